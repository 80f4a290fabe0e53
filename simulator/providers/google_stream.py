"""An answer of Gemini's as its pieces: server-sent events, or the elements of one JSON array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.providers.events import pieces_of
from simulator.reply import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.question import Json

# What a candidate says at its end.
_AT_THE_END = ("finishReason", "finishMessage", "safetyRatings", "continuationToken")


def answer_pieces(answer: Json) -> Iterator[Json]:
    """Answers with a part of the text each; the last one has the reason why it ended, and the counts of the output."""
    shared: Json = {name: value for name, value in answer.items() if name not in {"candidates", "usageMetadata"}}
    counts: Json | None = answer.get("usageMetadata")
    early: Json = {}
    if counts is not None and isinstance(counts.get("promptTokenCount"), int):
        prompt = counts["promptTokenCount"]
        early["usageMetadata"] = {"promptTokenCount": prompt, "totalTokenCount": prompt}
    last: Json = {} if counts is None else {"usageMetadata": counts}
    pieces = [piece for candidate in answer.get("candidates", []) for piece in _pieces(candidate)]
    for piece in pieces[:-1]:
        yield {"candidates": [piece], **early, **shared}
    yield {**({"candidates": pieces[-1:]} if pieces else {}), **last, **shared}


def _pieces(candidate: Json) -> list[Json]:
    content: Json = candidate["content"]
    parts = [piece for part in content.get("parts", []) for piece in _part_pieces(part)]
    role: Json = {name: value for name, value in content.items() if name != "parts"}
    plain: Json = {name: value for name, value in candidate.items() if name not in {"content", *_AT_THE_END}}
    pieces: list[Json] = [{"content": {"parts": [part], **role}, **plain} for part in parts[:-1]]
    return [*pieces, {**candidate, "content": {**content, **({"parts": parts[-1:]} if parts else {})}}]


def _part_pieces(part: Json) -> list[Json]:
    text: Any = part.get("text")
    if not isinstance(text, str) or not text:
        return [part]
    mark: Json = {"thought": True} if part.get("thought") else {}
    pieces: list[Json] = [{"text": piece, **mark} for piece in pieces_of(text)]
    # The signature stands in the last piece of what it signs.
    pieces[-1] = {**part, **pieces[-1]}
    return pieces


def as_events(pieces: Iterator[Json]) -> Iterator[bytes]:
    """One event a piece."""
    for piece in pieces:
        yield b"data: %b\r\n\r\n" % encode(piece)


def as_array(pieces: Iterator[Json]) -> Iterator[bytes]:
    """One array, an element a piece."""
    opening = b"["
    for piece in pieces:
        yield opening + encode(piece)
        opening = b"\n,\r\n"
    yield b"\n]\n"
