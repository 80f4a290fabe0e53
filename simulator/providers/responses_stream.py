"""An answer of OpenAI's Responses as its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.providers.events import named, pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.question import Json


def response_events(answer: Json) -> Iterator[bytes]:
    """The events of a whole answer, numbered from 0."""
    for number, event in enumerate(_events(answer)):
        yield named({**event, "sequence_number": number})


def _events(answer: Json) -> Iterator[Json]:
    begun: Json = {**answer, "status": "in_progress", "output": [], "usage": None}
    begun |= {"completed_at": None, "incomplete_details": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(answer["output"]):
        yield {"type": "response.output_item.added", "output_index": index, "item": _opened(item)}
        place: Json = {"item_id": item["id"], "output_index": index}
        if item["type"] == "message":
            for part_index, part in enumerate(item["content"]):
                yield from _part(part, {**place, "content_index": part_index})
        elif item["type"] == "reasoning":
            for part_index, part in enumerate(item["summary"]):
                yield from _summary(part, {**place, "summary_index": part_index})
        else:
            for piece in pieces_of(item["arguments"]):
                yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}
            done: Json = {"type": "response.function_call_arguments.done", **place, "name": item["name"]}
            yield {**done, "arguments": item["arguments"]}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    end = "response.incomplete" if answer["status"] == "incomplete" else "response.completed"
    yield {"type": end, "response": answer}


def _opened(item: Json) -> Json:
    """An item before anything is in it."""
    if item["type"] == "message":
        return {**item, "status": "in_progress", "content": []}
    return (
        {**item, "summary": []} if item["type"] == "reasoning" else {**item, "arguments": "", "status": "in_progress"}
    )


def _part(part: Json, place: Json) -> Iterator[Json]:
    kind, field = ("refusal", "refusal") if part["type"] == "refusal" else ("output_text", "text")
    logprobs: Json = {} if kind == "refusal" else {"logprobs": []}
    yield {"type": "response.content_part.added", **place, "part": {**part, field: ""}}
    for piece in pieces_of(part[field]):
        yield {"type": f"response.{kind}.delta", **place, "delta": piece, **logprobs}
    yield {"type": f"response.{kind}.done", **place, field: part[field], **logprobs}
    yield {"type": "response.content_part.done", **place, "part": part}


def _summary(part: Json, place: Json) -> Iterator[Json]:
    yield {"type": "response.reasoning_summary_part.added", **place, "part": {**part, "text": ""}}
    for piece in pieces_of(part["text"]):
        yield {"type": "response.reasoning_summary_text.delta", **place, "delta": piece}
    yield {"type": "response.reasoning_summary_text.done", **place, "text": part["text"]}
    yield {"type": "response.reasoning_summary_part.done", **place, "part": part}
