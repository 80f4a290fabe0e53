"""Whole answers of Google."""

from __future__ import annotations

from typing import Any, Final

from support.whole_answers.whole import Whole

_HEADERS: Final = (("content-type", "application/json; charset=UTF-8"), ("server-timing", "gfet4t7; dur=900"))
_RATINGS: Final = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}]


def _content(parts: list[dict[str, Any]] | None, usage: dict[str, Any], finish: str = "STOP") -> Any:
    content: dict[str, Any] = {"role": "model"} if parts is None else {"role": "model", "parts": parts}
    candidate = {"content": content, "finishReason": finish, "index": 0, "safetyRatings": _RATINGS}
    more = {"modelVersion": "gemini-2.5-flash", "responseId": "made-up-7", "usageMetadata": usage}
    return {"candidates": [candidate], **more}


def _usage(read: int, written: int | None, thought: int | None = None, **more: Any) -> dict[str, Any]:
    counts = {"promptTokenCount": read, "candidatesTokenCount": written, "thoughtsTokenCount": thought, **more}
    total = read + (written or 0) + (thought or 0)
    # A count of nothing is left out.
    return {**{name: count for name, count in counts.items() if count}, "totalTokenCount": total}


def _whole(name: str, body: Any, text: str | None = None, *read: Any, **more: Any) -> Whole:
    about = {"version": "gemini-2.5-flash", "request_id": "made-up-7", "headers": _HEADERS}
    return Whole("google", name, body, text, *read, **{**about, **more})


GOOGLE: Final = (
    _whole(
        "a plain answer",
        _content([{"text": "Hardly ever."}], _usage(8, 3)),
        "Hardly ever.",
        (8, 3, None, None),
    ),
    _whole(
        "a thought, an answer in two parts, and a part that is a signature",
        _content(
            [
                {"text": "Consider the liar.", "thought": True},
                {"text": "Hardly "},
                {"text": "ever.", "thoughtSignature": "made-up"},
                {"thoughtSignature": "made-up"},
            ],
            _usage(8, 3, 250),
        ),
        "Hardly ever.",
        (8, 253, 250, None),
    ),
    _whole(
        "part of its prompt from the cache",
        _content([{"text": "Hardly ever."}], _usage(3_000, 3, cachedContentTokenCount=2_048)),
        "Hardly ever.",
        (3_000, 3, None, 2_048),
    ),
    _whole(
        "a version with the prefix of the list of models",
        {**_content([{"text": "No."}], _usage(8, 1)), "modelVersion": "models/gemini-2.5-pro"},
        "No.",
        (8, 1, None, None),
        version="models/gemini-2.5-pro",
    ),
    _whole(
        "cut off",
        _content([{"text": "Hard"}], _usage(8, 1), "MAX_TOKENS"),
        "Hard",
        (8, 1, None, None),
        finish="length",
    ),
    _whole(
        "all tokens spent on thinking, and no parts",
        _content(None, _usage(8, None, 100), "MAX_TOKENS"),
        code="INVALID_RESPONSE",
    ),
    _whole("a signature alone", _content([{"thoughtSignature": "made-up"}], _usage(8, None, 30)), code="SERVER_ERROR"),
    _whole(
        "a prompt that was blocked",
        {
            "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
            "usageMetadata": _usage(8, None),
            "modelVersion": "g",
        },
        code="CONTENT_FILTER",
    ),
    _whole("an answer that was withheld", _content(None, _usage(8, None), "SAFETY"), code="CONTENT_FILTER"),
)
