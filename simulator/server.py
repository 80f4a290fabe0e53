"""The simulator as an object: start it, ask it for its environment and journal, stop it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from typing import IO, TYPE_CHECKING, Final, Self

from simulator.application import Application
from simulator.hosts import Hosts
from simulator.http_server import READ_BYTES, Connection
from simulator.journal import Counters, Entry, Journal
from simulator.keys import made_up_key
from simulator.providers import PROVIDERS

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from simulator.http_request import Request
    from simulator.ledger import Statement
    from simulator.own_answers import OwnAnswers
    from simulator.prices import Prices
    from simulator.reply import Plan

BACKLOG: Final = 16_384
MAX_CONNECTIONS: Final = 20_000
# A connection that was accepted just now takes some turns of the loop to join the others.
ACCEPT_TURNS: Final = 4
STOP_SECONDS: Final = 10.0


class _Site:
    """One running server: what its connections need."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, journal: Journal, application: Application, max_connections: int
    ) -> None:
        self.loop = loop
        self.max_connections = max_connections
        self.journal = journal
        self.connections: set[Connection] = set()
        self.read_buffer = memoryview(bytearray(READ_BYTES))
        self._application = application
        self._number = 0

    def respond(self, request: Request) -> Plan:
        """What to do about a request."""
        return self._application.respond(request)

    def connect(self) -> Connection:
        """A new connection."""
        self._number += 1
        return Connection(self, self._number)


class Simulator:
    """The simulated vendors behind one loopback port, served by a thread of their own.

    Args:
        latency: seconds before each answer.
        host: the address to listen on.
        port: 0 for any free one.
        keyless: whether OpenAI's part behaves like a local server, which needs no key and has any model.
        keep_bodies: whether the journal keeps every request; without, it keeps totals only, and memory stays flat.
        journal_file: where each finished request is written as a line of JSON.
        tls: certificate and private key, for https.
        answers: the user's own, where they are not the simulator's.
        prices: what the calls are billed at, where that is not the simulator's own list.
        max_connections: how many may be open at once; the next one is answered with 503 and closed.
    """

    def __init__(
        self,
        *,
        latency: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
        keyless: bool = False,
        keep_bodies: bool = True,
        journal_file: IO[str] | None = None,
        tls: tuple[Path | str, Path | str] | None = None,
        prices: Prices | None = None,
        answers: OwnAnswers | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._host = host
        self._wanted_port = port
        self._tls = tls
        self._journal = Journal(keep_bodies=keep_bodies, file=journal_file)
        self._max_connections = max_connections
        self._application = Application(
            self._journal, latency=latency, keyless=keyless, hosts=Hosts(host), prices=prices, answers=answers
        )
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._port = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Listen, and serve in a thread; connections are accepted from here on.

        Raises:
            OSError: the address cannot be listened on.
        """
        if self._thread is not None:
            raise RuntimeError("the simulator is running already")
        context = None
        if self._tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._tls)
        listener = socket.create_server((self._host, self._wanted_port), backlog=BACKLOG)
        # Accepted sockets inherit it; without, a response in several pieces waits for the client's delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(listener, context, ready), name="simulator", daemon=True
        )
        self._thread.start()
        ready.wait()
        return self

    def stop(self) -> None:
        """Close every connection and end the thread. Stopping twice is no error."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._stopping is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended on its own
            self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join(STOP_SECONDS)

    def _run(self, listener: socket.socket, context: ssl.SSLContext | None, ready: threading.Event) -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(self._serve(listener, context, ready))
        finally:
            listener.close()
            ready.set()

    async def _serve(self, listener: socket.socket, context: ssl.SSLContext | None, ready: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        site = _Site(loop, self._journal, self._application, self._max_connections)
        self._loop, self._stopping = loop, asyncio.Event()
        server = await loop.create_server(site.connect, sock=listener, ssl=context, backlog=BACKLOG)
        ready.set()
        await self._stopping.wait()
        server.close()
        for _ in range(ACCEPT_TURNS):
            await asyncio.sleep(0)
        for connection in list(site.connections):
            connection.abort()
        while site.connections:  # noqa: ASYNC110 - a connection takes a turn of the loop to say that it is lost
            await asyncio.sleep(0)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._port

    @property
    def url(self) -> str:
        """The server's root, without a trailing slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'http' if self._tls is None else 'https'}://{host}:{self._port}"

    @property
    def journal(self) -> list[Entry]:
        """Every request so far, in the order of arrival."""
        return self._journal.snapshot()

    @property
    def counters(self) -> Counters:
        """Totals, which exist in lean mode too."""
        return self._journal.counters()

    @property
    def ledger(self) -> Statement:
        """What the requests so far have cost, which is kept in lean mode too."""
        return self._journal.statement()

    def reset(self) -> None:
        """Forget every request, total and attempt, and what the vendors' caches hold."""
        self._application.forget()

    def env(self) -> dict[str, str]:
        """The environment that leads clients here: base URLs and made-up keys for all of them."""
        values = {}
        for provider in PROVIDERS.values():
            record = provider.record
            values[record.base_url_variable] = f"{self.url}/{record.name}{record.base_path}"
            values[record.key_variable] = made_up_key(record.name)
        return values
