"""A server on loopback that plays whole answers as bytes, in turn, and keeps what it was asked."""

from __future__ import annotations

import json
import socketserver
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from common.providers.records import PROVIDERS

if TYPE_CHECKING:
    from types import TracebackType


def http(body: Any, status: int = 200, **headers: str) -> bytes:
    """An answer with a length; underscores in a header's name without hyphens stand for hyphens."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Scripted", "content-type: application/json", f"content-length: {len(payload)}"]
    lines += [f"{name if '-' in name else name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + payload


class WireServer:
    """Plays answers in order; the last one repeats.

    Attributes:
        calls: what came, in order: `path`, `headers` with names in lower case, `body`, and `keepalive`, whether the
            kernel asks this connection's silent peer whether it is there (None where that cannot be seen).
    """

    def __init__(self, *answers: bytes) -> None:
        self.calls: list[dict[str, Any]] = []
        self._answers = answers
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while (call := _read_call(self.rfile)) is not None:
                    call["keepalive"] = _keepalive(self.client_address[1])
                    outer.calls.append(call)
                    self.wfile.write(outer._answers[min(len(outer.calls), len(outer._answers)) - 1])

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A worker that hangs up is no fault of the test."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a worker whose providers are all this server."""
        keys = {provider.key_variables[0]: "Zq7RkT2mVx9LbN4cWd8HsJ6p" for provider in PROVIDERS.values()}
        urls = {
            provider.base_url_variables[0]: self.url + urlsplit(provider.base_url).path
            for provider in PROVIDERS.values()
        }
        return {**keys, **urls, "PROBE_BACKOFF_SECONDS": "0.002", **more}

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _read_call(stream: Any) -> dict[str, Any] | None:
    line = stream.readline().decode("latin-1").split()
    if len(line) < 2:
        return None
    headers: dict[str, str] = {}
    while head := stream.readline().decode("latin-1").strip():
        name, _, value = head.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return {"path": line[1], "headers": headers, "body": json.loads(body or b"null")}


def _keepalive(port: int) -> bool | None:
    """Whether a keepalive timer runs for the socket with this local port (02 in the kernel's table)."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        return None
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    timers = [row[5][:2] for row in rows if int(row[1].rpartition(":")[2], 16) == port]
    return "02" in timers if timers else None
