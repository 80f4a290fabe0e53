"""A message of Anthropic's as its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.providers.events import named, pieces_of
from simulator.reply import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.question import Json

_ENDS = ("stop_reason", "stop_sequence", "stop_details")
# What the last count of a stream leaves out.
_ONLY_AT_THE_START = ("cache_creation", "service_tier", "inference_geo")


def message_events(answer: Json) -> Iterator[bytes]:
    """The events of a whole answer: its start without the end, each block piece by piece, then the end."""
    usage: Json | None = answer.get("usage")
    start: Json = {**answer, "content": [], **dict.fromkeys(_ENDS)}
    if usage is not None and isinstance(usage.get("output_tokens"), int):
        start["usage"] = {name: value for name, value in usage.items() if name != "output_tokens_details"}
        start["usage"]["output_tokens"] = min(1, usage["output_tokens"])
    yield named({"type": "message_start", "message": start})
    for index, block in enumerate(answer["content"]):
        yield named({"type": "content_block_start", "index": index, "content_block": _opened(block)})
        if index == 0:
            yield named({"type": "ping"})
        for delta in _deltas(block):
            yield named({"type": "content_block_delta", "index": index, "delta": delta})
        yield named({"type": "content_block_stop", "index": index})
    end: Json = {"type": "message_delta", "delta": {name: answer[name] for name in _ENDS}}
    if usage is not None:
        end["usage"] = {name: value for name, value in usage.items() if name not in _ONLY_AT_THE_START}
    yield named(end)
    yield named({"type": "message_stop"})


def _opened(block: Json) -> Json:
    """A block before anything is in it."""
    if block["type"] == "thinking":
        return {"type": "thinking", "thinking": "", "signature": ""}
    return {**block, "input": {}} if block["type"] == "tool_use" else {"type": "text", "text": ""}


def _deltas(block: Json) -> Iterator[Json]:
    if block["type"] == "thinking":
        for piece in pieces_of(block["thinking"]):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif block["type"] == "tool_use":
        for piece in pieces_of(encode(block["input"]).decode()):
            yield {"type": "input_json_delta", "partial_json": piece}
    else:
        for piece in pieces_of(block["text"]):
            yield {"type": "text_delta", "text": piece}
