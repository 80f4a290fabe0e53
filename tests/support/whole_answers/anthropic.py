"""Whole answers of Anthropic."""

from __future__ import annotations

from typing import Any, Final

from support.whole_answers.whole import Whole

_HEADERS: Final = (
    ("content-type", "application/json"),
    ("request-id", "req_made_up_6"),
    # It comes with answers too, and says nothing about them.
    ("retry-after", "12"),
    ("anthropic-ratelimit-requests-reset", "2026-11-26T12:00:00Z"),
)
_SIGNED: Final = {"type": "thinking", "thinking": "", "signature": "made-up"}


def _message(stop_reason: str, usage: dict[str, Any], *blocks: dict[str, Any], **more: Any) -> Any:
    head = {"id": "msg_made_up", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929"}
    return {**head, "content": list(blocks), "stop_reason": stop_reason, "stop_sequence": None, "usage": usage, **more}


def _usage(read: int, written: int, **more: Any) -> dict[str, Any]:
    cache = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    return {"input_tokens": read, **cache, "output_tokens": written, "service_tier": "standard", **more}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _whole(name: str, body: Any, text: str | None = None, *read: Any, **more: Any) -> Whole:
    about = {"version": "claude-sonnet-4-5-20250929", "request_id": "req_made_up_6", "headers": _HEADERS}
    return Whole("anthropic", name, body, text, *read, **{**about, **more})


ANTHROPIC: Final = (
    _whole("a plain answer", _message("end_turn", _usage(14, 5), _text("Seldom.")), "Seldom.", (14, 5, None, 0)),
    _whole(
        "a thinking block without a text before the answer",
        _message(
            "end_turn",
            _usage(14, 70, output_tokens_details={"thinking_tokens": 60}),
            _SIGNED,
            _text("Sel"),
            _text("dom."),
        ),
        "Seldom.",
        (14, 70, 60, 0),
    ),
    _whole(
        "most of its prompt from the cache",
        _message(
            "end_turn",
            _usage(14, 5, cache_read_input_tokens=2_000, cache_creation_input_tokens=300),
            _text("Seldom."),
        ),
        "Seldom.",
        (2_314, 5, None, 2_000),
    ),
    _whole(
        "cut off",
        _message("max_tokens", _usage(14, 2), _text("Sel")),
        "Sel",
        (14, 2, None, 0),
        finish="length",
    ),
    _whole(
        "a refusal with a text",
        _message("refusal", _usage(14, 9), _text("I can't."), stop_details={"category": "cyber", "explanation": None}),
        "I can't.",
        (14, 9, None, 0),
        finish="refusal",
    ),
    _whole("no block at all", _message("end_turn", _usage(14, 1)), code="SERVER_ERROR"),
    _whole("a refusal without a text", _message("refusal", _usage(14, 1)), code="CONTENT_FILTER"),
)
