"""The HTTP/1.1 that the simulator understands, seen from a bare socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any, Final

import pytest

from simulator.http_request import MAX_HEAD_BYTES, BadRequestError, ChunkedBody, parse_head

Exchange = Callable[..., bytes]

BODY: Final = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}).encode()
HEAD: Final = (
    b"POST /openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n"
    b"Content-Type: application/json\r\n"
)
WHOLE: Final = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED: Final = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


def test_requests_sent_ahead_are_answered_in_order(simulator: Any, raw_exchange: Exchange) -> None:
    """Many requests in one write get as many responses, on one connection."""
    received = raw_exchange(WHOLE * 50 + WHOLE.replace(b"Host: localhost", b"Connection: close"))
    assert received.count(b"HTTP/1.1 200 OK\r\n") == 51
    assert {entry["connection"] for entry in simulator.journal} == {simulator.journal[0]["connection"]}
    assert [entry["attempt"] for entry in simulator.journal] == list(range(1, 52))


@pytest.mark.parametrize("request_bytes", [WHOLE, CHUNKED])
def test_a_request_may_come_in_pieces(simulator: Any, request_bytes: bytes) -> None:
    """Wherever the bytes are cut, the request is the same."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(0, len(request_bytes), 7):
            connection.sendall(request_bytes[place : place + 7])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_bodies_may_come_in_chunks(simulator: Any, raw_exchange: Exchange) -> None:
    """A chunked body, with extensions and trailers, is put together; the next request follows."""
    chunks = b"".join(
        b"%x;ext=1\r\n%b\r\n" % (len(BODY[at : at + 9]), BODY[at : at + 9]) for at in range(0, len(BODY), 9)
    )
    request = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nTrailer: x\r\n\r\n"
    assert (
        raw_exchange(request + WHOLE.replace(b"Host: localhost", b"Connection: close")).count(b"HTTP/1.1 200 OK") == 2
    )
    assert [entry["bodyBytes"] for entry in simulator.journal] == [len(BODY)] * 2


def test_chunks_are_taken_from_a_growing_buffer() -> None:
    """Byte by byte the chunked body comes out the same."""
    reader, buffer, result = ChunkedBody(), bytearray(), None
    for byte in b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n":
        assert result is None
        buffer.append(byte)
        result = reader.feed(buffer)
    assert result == b"abcde"
    with pytest.raises(BadRequestError):
        ChunkedBody().feed(bytearray(b"xyz\r\n"))
    with pytest.raises(BadRequestError):
        ChunkedBody().feed(bytearray(b"fffffffff\r\n"))


def test_a_client_may_wait_for_permission(simulator: Any) -> None:
    """Expect: 100-continue is granted before the body comes."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"HELLO\r\n\r\n", b"400"),
        (b"GET / HTTP/2\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nName : x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"x" * (MAX_HEAD_BYTES + 1), b"431"),
    ],
)
def test_what_is_not_http_ends_the_connection(raw_exchange: Exchange, request_bytes: bytes, status: bytes) -> None:
    """A plain response says what was wrong, and the connection is closed."""
    received = raw_exchange(request_bytes, silence=5)
    assert received.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in received


def test_who_wants_the_connection_closed() -> None:
    """HTTP/1.1 keeps it unless told otherwise, HTTP/1.0 closes it unless told otherwise."""
    lines = {
        b"GET /a?b=c HTTP/1.1": True,
        b"GET /a HTTP/1.1\r\nConnection: close": False,
        b"GET /a HTTP/1.0": False,
        b"GET /a HTTP/1.0\r\nConnection: Keep-Alive": True,
    }
    assert [parse_head(line).keep_alive for line in lines] == list(lines.values())


def test_heads_are_understood() -> None:
    """Names lose their case, repeated headers are joined, the query and a proxy's host leave the path."""
    head = parse_head(b"GET http://host:1/a/b?key=1 HTTP/1.1\r\nX-A: 1\r\nx-a:  2 ")
    assert (head.path, head.query, head.headers) == ("/a/b", "key=1", {"x-a": "1, 2"})


def test_remembered_heads_stay_few() -> None:
    """However many different heads come, memory stays flat, and each is still right."""
    for number in range(1200):
        assert parse_head(b"GET /%d HTTP/1.1" % number).path == f"/{number}"


def test_elsewhere_is_a_404(raw_exchange: Exchange) -> None:
    """A path that belongs to no vendor says which there are."""
    received = raw_exchange(b"GET /elsewhere HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 404 ")
    assert b"/openai/v1" in received


def test_a_flood_is_held_back(simulator: Any) -> None:
    """While a response is delayed, the simulator stops reading what a client sends ahead, and resumes after it."""
    slow = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "[[sim delay=0.05]]"}]}).encode()
    slow_request = HEAD + b"Content-Length: %d\r\n\r\n" % len(slow) + slow
    big = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "x" * 3_000_000}]}).encode()
    closing = HEAD.replace(b"Host: localhost", b"Connection: close") + b"Content-Length: %d\r\n\r\n" % len(big) + big
    received = b""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as connection:
        connection.sendall(slow_request + closing)
        while part := connection.recv(65536):
            received += part
    assert received.count(b"HTTP/1.1 200 OK") == 2
