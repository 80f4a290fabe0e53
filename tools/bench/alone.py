"""What the simulator sustains alone, so that nobody takes its limit for the workers'."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 2.0


def requests_per_second(base_url: str, connections: int) -> float:
    """How many requests it answers, asked by bare sockets over kept connections."""
    return asyncio.run(_run(base_url, connections))


async def _run(base_url: str, connections: int) -> float:
    parts = urlsplit(base_url)
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello?"}]}).encode()
    head = (
        f"POST {parts.path}/chat/completions HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer any-key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    until = time.perf_counter() + SECONDS
    counts = await asyncio.gather(
        *(_ask(parts.hostname or "", parts.port or 80, request, until) for _ in range(connections))
    )
    return sum(counts) / SECONDS


async def _ask(host: str, port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    answered = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        answered += 1
    writer.close()
    return answered
