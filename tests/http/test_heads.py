"""Heads of answers that a strict parser refuses, and connections that stay alive while they are silent."""

from __future__ import annotations

import pytest

from common.http.heads import MAX_HEAD_BYTES, HeadReader

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DOUBLED = HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
ONCE = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def taken(data: bytes, size: int) -> bytes:
    """What the parser gets of an answer that comes in pieces."""
    reader = HeadReader()
    reader.asked()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(map(reader.take, pieces)) + reader.take(b"")


@pytest.mark.parametrize("size", [1, 5, 10_000])
@pytest.mark.parametrize(
    ("sent", "parsed"),
    [
        (DOUBLED + b"1\r\nx\r\n0\r\n\r\n", ONCE + b"1\r\nx\r\n0\r\n\r\n"),
        (ONCE.replace(b"chunked", b"chunked, chunked"), ONCE),
        (DOUBLED.replace(b"Transfer", b"TRANSFER"), ONCE.replace(b"Transfer", b"TRANSFER")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + DOUBLED, b"HTTP/1.1 100 Continue\r\n\r\n" + ONCE),
        (DOUBLED.replace(b"\r\n", b"\n") + b"x", ONCE[:-4].replace(b"\r\n\r\n", b"\r\n") + b"\n\nx"),
    ],
)
def test_a_doubled_transfer_encoding_is_written_once(sent: bytes, parsed: bytes, size: int) -> None:
    """A gateway and its upstream each wrote it; the answer behind it is paid for."""
    assert taken(sent, size) == parsed


@pytest.mark.parametrize(
    "data",
    [
        ONCE + b"body",
        HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
        HEAD + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"no head at all",
        b"x" * (MAX_HEAD_BYTES + 10),
    ],
)
def test_nothing_else_is_changed(data: bytes) -> None:
    """Two lengths are a fault, not a wrapping."""
    assert taken(data, 100) == data


def test_a_body_is_not_looked_at() -> None:
    """A text that looks like a head is an answer's own words."""
    body = b"\r\n\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert taken(ONCE + body, 10_000) == ONCE + body


@pytest.mark.parametrize("data", [b"\x05\x00", b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"])
def test_nothing_is_held_back_that_a_parser_waits_for(data: bytes) -> None:
    """The greeting of a SOCKS proxy has no end mark, and some servers end lines with LF alone."""
    reader = HeadReader()
    reader.asked()
    assert reader.take(data) == data
