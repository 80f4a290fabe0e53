"""A chat completion as its chunks, for the four vendors that share that format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.providers.events import DONE, pieces_of, unnamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.question import Json

# What of an answer stands in every chunk too.
_COMMON = ("id", "created", "model", "service_tier", "system_fingerprint")


def chat_events(answer: Json, *, usage_apart: bool, usage_asked: bool) -> Iterator[bytes]:
    """The events of a whole answer.

    Args:
        answer: the envelope.
        usage_apart: whether the counts come in a chunk of their own, which has no choices (and only if asked for), or
            in the last of the choices' chunks.
        usage_asked: whether the request asks for the counts.
    """
    common: Json = {name: answer[name] for name in _COMMON if name in answer}
    common["object"] = "chat.completion.chunk"
    usage = answer.get("usage")
    if usage_apart and usage_asked:
        common["usage"] = None
    chunks = [chunk for choice in answer["choices"] for chunk in _chunks(choice)]
    for place, chunk in enumerate(chunks):
        event: Json = {**common, "choices": [chunk]}
        if not usage_apart and usage is not None and place == len(chunks) - 1:
            event["usage"] = usage
        yield unnamed(event)
    if usage_apart and usage_asked and usage is not None:
        yield unnamed({**common, "choices": [], "usage": usage})
    yield DONE


def _chunks(choice: Json) -> Iterator[Json]:
    message: Json = choice["message"]
    shared: Json = {"index": choice["index"]}
    if "logprobs" in choice:
        shared["logprobs"] = None
    first: Json = {"role": "assistant", "content": ""}
    if "refusal" in message:
        first["refusal"] = None
    for delta in (first, *_deltas(message)):
        yield {**shared, "delta": delta, "finish_reason": None}
    yield {**shared, "delta": {}, "finish_reason": choice["finish_reason"]}


def _deltas(message: Json) -> Iterator[Json]:
    for piece in pieces_of(message.get("reasoning_content")):
        yield {"reasoning_content": piece}
    content: Any = message.get("content")
    if isinstance(content, list):
        for block in content:
            yield from _block_deltas(block)
    else:
        for piece in pieces_of(content):
            yield {"content": piece}
    for piece in pieces_of(message.get("refusal")):
        yield {"refusal": piece}
    for index, call in enumerate(message.get("tool_calls") or []):
        function: Json = call["function"]
        yield {"tool_calls": [{**call, "index": index, "function": {**function, "arguments": ""}}]}
        for piece in pieces_of(function["arguments"]):
            yield {"tool_calls": [{"index": index, "function": {"name": "", "arguments": piece}}]}


def _block_deltas(block: Json) -> Iterator[Json]:
    """Mistral's chunks of content: thinking stays a list, text becomes a string."""
    if block["type"] == "text":
        for piece in pieces_of(block["text"]):
            yield {"content": piece}
        return
    for part in block["thinking"]:
        for piece in pieces_of(part["text"]):
            yield {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]}
