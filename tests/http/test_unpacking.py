"""Bodies are unpacked whatever their headers say, and never beyond their bounds."""

from __future__ import annotations

import gzip
import zlib

import pytest

from common.http.unpacking import FREE_BYTES, MAX_TRAILER_BYTES, EncodingFaultError, TooLargeError, Unpacker

BODY = b'{"a": "' + b"some text " * 50 + b'"}'
RAW_DEFLATE = zlib.compress(BODY)[2:-4]


def unpacked(encoding: str, body: bytes, size: int = 7) -> bytes:
    """A body unpacked piece by piece."""
    unpacker = Unpacker(encoding)
    out = b"".join(unpacker.feed(body[at : at + size]) for at in range(0, len(body), size))
    assert unpacker.whole
    return out


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", BODY),
        ("identity", BODY),
        ("gzip", gzip.compress(BODY)),
        # A moment in the head of gzip whose bytes look like the beginning of JSON, or like blanks.
        ("gzip", gzip.compress(BODY, mtime=int.from_bytes(b"[{ [", "little"))),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY, mtime=0x0A5B0D7B), mtime=0x200A5B09)),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", RAW_DEFLATE),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY))),
        ("gzip, gzip", gzip.compress(BODY)),
        ("gzip,identity", gzip.compress(BODY)),
        ("gzip, deflate", zlib.compress(gzip.compress(BODY))),
        ("gzip", gzip.compress(BODY[:100]) + gzip.compress(BODY[100:])),
        ("gzip", gzip.compress(BODY) + bytes(100)),
    ],
)
def test_what_can_be_read_is_read(encoding: str, body: bytes, size: int) -> None:
    """Packed once or twice, doubled in the header alone, in members, with padding."""
    assert unpacked(encoding, body, size) == BODY


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("gzip", b"no gzip"), ("gzip, br", b"x"), ("gzip, gzip, gzip, gzip", gzip.compress(BODY))],
)
def test_what_cannot_be_read_is_a_fault(encoding: str, body: bytes) -> None:
    """Its name or what is wrong."""
    with pytest.raises(EncodingFaultError):
        unpacked(encoding, body)


def test_a_body_that_ends_early_is_not_whole() -> None:
    """Half an answer must not pass."""
    unpacker = Unpacker("gzip")
    unpacker.feed(gzip.compress(BODY)[:-9])
    assert not unpacker.whole


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(bytes(40 * FREE_BYTES))),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(40 * FREE_BYTES)))),
        ("gzip", gzip.compress(b"x") + b"y" * (MAX_TRAILER_BYTES + 1)),
        ("", bytes(17 * 1024 * 1024)),
    ],
    ids=["bomb", "bomb in a bomb", "behind the end", "plain"],
)
def test_no_body_unfolds_beyond_its_bounds(encoding: str, body: bytes) -> None:
    """Small bodies, or many bytes behind the end of one, buy no memory."""
    with pytest.raises(TooLargeError):
        unpacked(encoding, body, 64 * 1024)


def test_an_answer_that_says_one_thing_over_and_over_is_no_bomb() -> None:
    """A model caught in a loop packs a thousand times smaller, and is paid for."""
    body = b'{"a": "' + b"no " * 300_000 + b'"}'
    assert unpacked("gzip", gzip.compress(body), 4096) == body
