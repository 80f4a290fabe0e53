"""Servers with the faults that a provider simulator has no business to have: bad certificates, proxies, black holes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.faults.bench import Bench, Outcome

CERTIFICATES: Final = Path(__file__).with_name("certificates")


class Server:
    """A listening socket, and a thread that treats each connection in one way."""

    def __init__(
        self, treat: Callable[[socket.socket], None] | None, *, scheme: str = "http", backlog: int = 16
    ) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/v1"
        self._treat = treat
        self._held: list[socket.socket] = []
        if treat is not None:
            threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closing does not wake a thread that waits in accept; shutting down does.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for held in self._held:
            held.close()

    def fill_backlog(self) -> None:
        """Take every place in the line, so that the next connection is never accepted."""
        for _ in range(8):
            waiting = socket.socket()
            waiting.setblocking(False)  # noqa: FBT003 - the method's own signature
            with contextlib.suppress(BlockingIOError):
                waiting.connect(("127.0.0.1", self.port))
            self._held.append(waiting)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self._treat is not None:
                self._treat(connection)


def _tls(name: str) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.crt", CERTIFICATES / f"{name}.key")

    def treat(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)

    return Server(treat, scheme="https")


def self_signed() -> Server:
    """For 127.0.0.1, signed by itself."""
    return _tls("self-signed")


def expired() -> Server:
    """For 127.0.0.1, over since 2020."""
    return _tls("expired")


def wrong_host() -> Server:
    """For another host."""
    return _tls("wrong-host")


def black_hole() -> Server:
    """Listens, and never accepts."""
    server = Server(None, backlog=0)
    server.fill_backlog()
    return server


def dripping_head() -> Server:
    """A response whose head comes byte by byte."""

    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x-filler: y\r\n" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return Server(treat)


def answers(raw: bytes) -> Server:
    """Answers each call in the same way, whatever is asked."""

    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(raw)

    return Server(treat)


class Crowd(Server):
    """Answers 429 to all, and to the first of them only when so many are there: none can have known of the others.

    Attributes:
        arrivals: when each call had arrived, in monotonic seconds.
        answered: when the first answer was sent.
    """

    def __init__(self, size: int, retry_after: int) -> None:
        self.arrivals: list[float] = []
        self.answered: float | None = None
        self._lock = threading.Lock()
        self._gathered = threading.Barrier(size, action=self._note)
        self._head = f"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {retry_after}\r\nContent-Length: 2\r\n\r\n{{}}"
        super().__init__(self._answer, backlog=2 * size)

    def _note(self) -> None:
        self.answered = time.monotonic()

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            while True:
                length = 0
                head = stream.readline()
                if not head:
                    return
                while (line := stream.readline()) not in {b"\r\n", b""}:
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                stream.read(length)
                with self._lock:
                    self.arrivals.append(time.monotonic())
                    is_late = self.answered is not None
                if not is_late:
                    with contextlib.suppress(threading.BrokenBarrierError):
                        self._gathered.wait(60)
                connection.sendall(self._head.encode())


def proxy_407() -> Server:
    """A proxy that refuses its credentials."""
    return answers(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def proxy_502() -> Server:
    """A proxy that did not get through."""
    page = b"<html><body>Bad gateway</body></html>"
    head = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nConnection: close\r\n"
    return answers(head + b"Content-Length: %d\r\n\r\n" % len(page) + page)


def proxy_dead_end() -> Server:
    """A proxy that says it got through, and hangs up."""

    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        # It hears the handshake out: closed with that unread, the connection might be reset instead of ended.
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    return Server(treat)


def scripted(answers: tuple[bytes, ...], asked: list[socket.socket]) -> Server:
    """Plays these answers in turn, the last one over and over, and notes each request in `asked`."""

    def treat(connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while stream.readline():
            length = 0
            while (line := stream.readline()).strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            stream.read(length)
            asked.append(connection)
            connection.sendall(answers[min(len(asked), len(answers)) - 1])

    return Server(treat)


# An address that no machine has (RFC 5737): calls to this machine never go through a proxy.
ELSEWHERE: Final = {"OPENAI_BASE_URL": "http://192.0.2.7/v1", "ALLOW_INSECURE_BASE_URL": "1"}


def https_behind(proxy: Callable[[], Server]) -> Callable[[Bench, bytes], Outcome]:
    """An https call through a proxy."""
    from tools.faults.bench import CANARY  # noqa: PLC0415 - the bench knows the servers, not the other way round

    def act(bench: Bench, stdin: bytes) -> Outcome:
        with proxy() as running:
            bench.env["HTTPS_PROXY"] = f"http://user:{CANARY}@127.0.0.1:{running.port}"
            bench.env |= ELSEWHERE | {"OPENAI_BASE_URL": ELSEWHERE["OPENAI_BASE_URL"].replace("http:", "https:")}
            bench.env.pop("NO_PROXY", None)
            bench.env.pop("no_proxy", None)
            return bench.run(stdin)

    return act
