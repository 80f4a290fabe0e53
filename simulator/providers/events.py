"""Server-sent events, and the pieces of a text that they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.reply import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.question import Json

PIECE_LENGTH: Final = 16
# A long answer comes in longer pieces, not in more of them.
MAX_PIECES: Final = 64
DONE: Final = b"data: [DONE]\n\n"


def pieces_of(text: str | None) -> Iterator[str]:
    """A text in the pieces in which it is streamed; nothing where there is none."""
    if not text:
        return
    size = max(PIECE_LENGTH, -(-len(text) // MAX_PIECES))
    for place in range(0, len(text), size):
        yield text[place : place + size]


def unnamed(value: object) -> bytes:
    """An event that has data and nothing else."""
    return b"data: %b\n\n" % encode(value)


def named(value: Json) -> bytes:
    """An event whose name is the `type` of its data."""
    return b"event: %b\ndata: %b\n\n" % (str(value["type"]).encode(), encode(value))
