"""The socket side: one protocol object per connection, one request at a time, no task and no buffer of its own."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Final, Protocol, cast

from simulator.http_request import MAX_HEAD_BYTES, BadRequestError, ChunkedBody, Head, Request, parse_head
from simulator.journal import ABORTED, CLIENT_CLOSED
from simulator.reply import Ending, Plan, Reply, plain_plan

if TYPE_CHECKING:
    from simulator.journal import Journal

READ_BYTES: Final = 256 * 1024
MAX_UNREAD_BYTES: Final = 1024 * 1024
RESET_AFTER_SECONDS: Final = 0.01
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class Site(Protocol):
    """What a connection needs of the server it belongs to."""

    loop: asyncio.AbstractEventLoop
    journal: Journal
    connections: set[Connection]
    max_connections: int
    # Reads are handled at once and one after the other, so all connections can share one buffer.
    read_buffer: memoryview

    def respond(self, request: Request) -> Plan:
        """What to do about a request."""


class Connection(asyncio.BufferedProtocol):
    """Parses requests, plays the plans made for them, and notices when the client leaves."""

    __slots__ = (
        *("_buffer", "_chunks", "_head", "_number", "_paused", "_plan", "_searched", "_site", "_timer", "_transport"),
    )

    def __init__(self, site: Site, number: int) -> None:
        self._site = site
        self._number = number
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._searched = 0
        self._head: Head | None = None
        self._chunks: ChunkedBody | None = None
        self._plan: Plan | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the server's connections."""
        self._transport = cast("asyncio.Transport", transport)
        self._site.connections.add(self)
        self._site.journal.connected()
        if len(self._site.connections) > self._site.max_connections:
            reply = Reply(503, b"the simulator has too many connections\n", "text/plain; charset=utf-8")
            self._play_from_start(plain_plan(None, reply, 0.0, keep_alive=False))

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever was not finished now never will be."""
        del exc
        self._site.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._plan is not None and self._plan.record is not None:
            self._site.journal.end(self._plan.record, CLIENT_CLOSED)
        self._plan = None

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next read goes."""
        del sizehint
        return self._site.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Something was read."""
        self._buffer += self._site.read_buffer[:nbytes]
        if self._plan is None:
            self._advance()
        elif len(self._buffer) > MAX_UNREAD_BYTES and not self._paused:
            self._transport.pause_reading()
            self._paused = True

    def abort(self) -> None:
        """End the connection because the server ends."""
        if self._plan is not None and self._plan.record is not None:
            self._site.journal.end(self._plan.record, ABORTED)
        self._transport.abort()

    def _advance(self) -> None:
        """Answer the next request if it has arrived as a whole."""
        try:
            request = self._take_request()
        except BadRequestError as error:
            self._buffer.clear()
            reply = Reply(error.status, f"{error}\n".encode(), "text/plain; charset=utf-8")
            self._play_from_start(plain_plan(None, reply, 0.0, keep_alive=False))
            return
        if request is not None:
            self._play_from_start(self._site.respond(request))

    def _take_request(self) -> Request | None:
        buffer = self._buffer
        if self._head is None:
            end = buffer.find(b"\r\n\r\n", self._searched, MAX_HEAD_BYTES + 4)
            if end < 0:
                if len(buffer) > MAX_HEAD_BYTES:
                    raise BadRequestError(431, "the head is too large")
                # A head that comes byte by byte is not searched from its beginning each time.
                self._searched = max(0, len(buffer) - 3)
                return None
            self._searched = 0
            self._head = parse_head(bytes(buffer[:end]))
            del buffer[: end + 4]
            if self._head.expects_continue:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = self._head
        body: bytes | None
        if head.chunked:
            self._chunks = self._chunks or ChunkedBody()
            body = self._chunks.feed(buffer)
            if body is None:
                return None
            self._chunks = None
        else:
            if len(buffer) < head.content_length:
                return None
            body = bytes(buffer[: head.content_length])
            del buffer[: head.content_length]
        self._head = None
        return Request(head, body, self._number)

    def _play_from_start(self, plan: Plan) -> None:
        self._plan = plan
        if plan.wait:
            self._timer = self._site.loop.call_later(plan.wait, self._play, 0)
        else:
            self._play(0)

    def _play(self, index: int) -> None:
        plan = self._plan
        if plan is None or plan.ending is Ending.HANG:
            return
        pieces = plan.pieces
        record = plan.record
        if record is not None and index == 0:
            record.status = plan.status
        while index < len(pieces):
            if index == len(pieces) - 1 and record is not None:
                # Before the bytes are out, so that a client with its answer finds it in the journal.
                self._site.journal.end(record, plan.outcome)
            self._transport.write(pieces[index][1])
            index += 1
            if index < len(pieces) and pieces[index][0]:
                self._timer = self._site.loop.call_later(pieces[index][0], self._play, index)
                return
        if record is not None:
            self._site.journal.end(record, plan.outcome)
        self._finish(plan)

    def _finish(self, plan: Plan) -> None:
        self._timer = None
        if plan.ending is Ending.KEEP:
            self._plan = None
            if self._paused:
                self._paused = False
                self._transport.resume_reading()
            if self._buffer:
                # Not at once: a client that sends many requests ahead would make this a deep recursion.
                self._site.loop.call_soon(self._advance_if_idle)
        elif plan.ending is Ending.CLOSE:
            self._transport.close()
        elif plan.pieces:
            # What was sent has to arrive before the reset does, or the client never sees it.
            self._timer = self._site.loop.call_later(RESET_AFTER_SECONDS, self._reset)
        else:
            self._reset()

    def _advance_if_idle(self) -> None:
        if self._plan is None and not self._transport.is_closing():
            self._advance()

    def _reset(self) -> None:
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._transport.abort()
