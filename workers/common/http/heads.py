"""Connections that stay alive while they are silent, and heads of answers that a strict parser refuses.

A gateway and its upstream may each write `Transfer-Encoding: chunked`: the answer behind the doubled header is whole
and paid for, and the parser would throw it away. Here the second one is taken out before the parser sees it. Nothing
else is changed: two different codings or lengths stay what they are, a fault.
"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any, Final

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

# NATs and firewalls drop a connection that was silent for one to five minutes, and an answer may take five.
KEEPALIVE_IDLE_SECONDS: Final = 60
KEEPALIVE_INTERVAL_SECONDS: Final = 20
KEEPALIVE_PROBES: Final = 6
# No head of an answer is longer; what has not ended by then goes to the parser as it is.
MAX_HEAD_BYTES: Final = 64 * 1024

_HTTP: Final = b"HTTP/"
# The parser takes lines that end with LF alone, and so does this.
_LINE_END: Final = re.compile(rb"\r?\n")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_DOUBLED: Final = b"transfer-encoding"
_CHUNKED: Final = b"chunked"


def keepalive_options() -> list[tuple[int, int, int]]:
    """Socket options with which the kernel asks a silent peer whether it is still there."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    wanted = {
        "TCP_KEEPIDLE": KEEPALIVE_IDLE_SECONDS,
        "TCP_KEEPALIVE": KEEPALIVE_IDLE_SECONDS,  # macOS
        "TCP_KEEPINTVL": KEEPALIVE_INTERVAL_SECONDS,
        "TCP_KEEPCNT": KEEPALIVE_PROBES,
    }
    options += [
        (socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in wanted.items() if hasattr(socket, name)
    ]
    return options


class HeadReader:
    """Collects the head of the next answer, and hands it on with a doubled header taken out."""

    __slots__ = ("_awaited", "_collected")

    def __init__(self) -> None:
        self._awaited = False
        self._collected = b""

    def asked(self) -> None:
        """A request was written: what comes next is the head of its answer."""
        self._awaited = True

    def take(self, data: bytes) -> bytes:
        """The bytes that may go to the parser now; empty where the head has not come to its end."""
        if not self._awaited:
            return data
        rest, self._collected = self._collected + data, b""
        ready = b""
        while self._awaited:
            end = _HEAD_END.search(rest)
            if end is None:
                # What begins otherwise is no HTTP: the words of a SOCKS proxy before there is a connection.
                if data and len(rest) < MAX_HEAD_BYTES and rest[:5] == _HTTP[: len(rest)]:
                    self._collected = rest
                    return ready
                self._awaited = False
                return ready + rest
            head, rest = rest[: end.start()], rest[end.start() :]
            # An informational answer (1xx) comes before the real one.
            self._awaited = head.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1"))
            ready += _without_doubles(head) if _DOUBLED in head.lower() else head
            if self._awaited:
                blank = len(end.group())
                ready, rest = ready + rest[:blank], rest[blank:]
        return ready + rest


def _without_doubles(head: bytes) -> bytes:
    kept: list[bytes] = []
    seen = False
    for line in _LINE_END.split(head):
        name, _, value = line.partition(b":")
        if name.strip().lower() == _DOUBLED:
            codings = {coding.strip().lower() for coding in value.split(b",")}
            if codings == {_CHUNKED}:
                if seen:
                    continue
                line = name + b": " + _CHUNKED  # noqa: PLW2901 - `chunked, chunked` is chunked once
                seen = True
        kept.append(line)
    return b"\r\n".join(kept)


class _Stream(httpcore.NetworkStream):
    """A connection whose answers' heads are looked at."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._head = HeadReader()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            data = self._stream.read(max_bytes, timeout)
            ready = self._head.take(data)
            if ready or not data:
                return ready

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._head.asked()
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        return self._stream.get_extra_info(info)


class _AsyncStream(httpcore.AsyncNetworkStream):
    """The same without blocking."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._head = HeadReader()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's own signature
        while True:
            data = await self._stream.read(max_bytes, timeout)
            ready = self._head.take(data)
            if ready or not data:
                return ready

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the same
        self._head.asked()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the same
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        return self._stream.get_extra_info(info)


class Network(httpcore.SyncBackend):
    """Opens connections for blocking calls."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection with keepalive."""
        options = [*(socket_options or ()), *keepalive_options()]
        return _Stream(super().connect_tcp(host, port, timeout, local_address, options))


class AsyncNetwork(httpcore.AnyIOBackend):
    """The same without blocking."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection with keepalive."""
        options = [*(socket_options or ()), *keepalive_options()]
        return _AsyncStream(await super().connect_tcp(host, port, timeout, local_address, options))
