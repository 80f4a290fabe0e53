"""Whole answers of those who speak OpenAI's language: OpenAI, xAI, DeepSeek and Mistral."""

from __future__ import annotations

import json
from typing import Any, Final

from support.whole_answers.whole import Whole

_CLOUDFLARE: Final = (("content-type", "application/json"), ("server", "cloudflare"), ("cf-cache-status", "DYNAMIC"))


def _completion(model: str, message: dict[str, Any], usage: dict[str, Any], finish: str = "stop", **more: Any) -> Any:
    """A chat completion with the fields around the choice that all four send."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": finish}
    head = {"id": "chatcmpl-made-up", "object": "chat.completion", "created": 1_790_000_000, "model": model}
    return {**head, "choices": [choice], "usage": usage, **more}


def _openai_usage(read: int, written: int, thought: int = 0, cached: int = 0) -> dict[str, Any]:
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": 0, "accepted_prediction_tokens": 0},
    }


_OPENAI_HEADERS: Final = (
    *_CLOUDFLARE,
    ("x-request-id", "req_made_up_1"),
    ("openai-processing-ms", "812"),
    ("x-ratelimit-reset-tokens", "6m0s"),
)
_OPENAI_MORE: Final = {"system_fingerprint": "fp_made_up", "service_tier": "default"}

OPENAI: Final = (
    Whole(
        "openai",
        "a plain answer, part of its prompt from the cache",
        _completion(
            "gpt-4o-2024-08-06",
            {"content": "Lying is sometimes kind.", "refusal": None, "annotations": []},
            _openai_usage(1_300, 6, cached=1_280),
            **_OPENAI_MORE,
        ),
        "Lying is sometimes kind.",
        (1_300, 6, 0, 1_280),
        "gpt-4o-2024-08-06",
        request_id="req_made_up_1",
        headers=_OPENAI_HEADERS,
    ),
    Whole(
        "openai",
        "reasoning inside the completion",
        _completion("o3-2025-04-16", {"content": "No.", "refusal": None}, _openai_usage(20, 130, thought=128)),
        "No.",
        (20, 130, 128, 0),
        "o3-2025-04-16",
        request_id="req_made_up_1",
        headers=_OPENAI_HEADERS,
    ),
    Whole(
        "openai",
        "a refusal beside no content",
        _completion("gpt-4o-2024-08-06", {"content": None, "refusal": "I won't say that."}, _openai_usage(20, 8)),
        "I won't say that.",
        (20, 8, 0, 0),
        "gpt-4o-2024-08-06",
        finish="refusal",
    ),
    Whole(
        "openai",
        "cut off in the middle of a word",
        _completion("gpt-4o-2024-08-06", {"content": "It dep"}, _openai_usage(20, 2), "length"),
        "It dep",
        (20, 2, 0, 0),
        "gpt-4o-2024-08-06",
        finish="length",
    ),
    Whole(
        "openai",
        "all tokens spent on reasoning",
        _completion("gpt-5-2025-08-07", {"content": ""}, _openai_usage(20, 64, thought=64), "length"),
        code="INVALID_RESPONSE",
    ),
)

# Its completion tokens leave the reasoning out; the total has it.
_XAI_USAGE: Final = {
    "prompt_tokens": 31,
    "completion_tokens": 5,
    "total_tokens": 236,
    "prompt_tokens_details": {"text_tokens": 31, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 200, "audio_tokens": 0},
    "num_sources_used": 0,
    "cost_in_usd_ticks": 12_345,
}

XAI: Final = (
    Whole(
        "xai",
        "reasoning beside the completion",
        _completion(
            "grok-3-mini-high",
            {"content": "Rarely.", "reasoning_content": "Let me see.", "refusal": None},
            _XAI_USAGE,
            system_fingerprint="fp_made_up",
        ),
        "Rarely.",
        (31, 205, 200, 4),
        "grok-3-mini-high",
        request_id="made-up-2",
        headers=(*_CLOUDFLARE, ("x-request-id", "made-up-2"), ("x-ratelimit-limit-tokens", "18446744073709551615")),
    ),
    Whole(
        "xai",
        "no reasoning at all",
        _completion(
            "grok-4.20-non-reasoning",
            {"content": "Yes.", "refusal": None},
            {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
        ),
        "Yes.",
        (9, 2, None, None),
        "grok-4.20-non-reasoning",
    ),
)

_DEEPSEEK_USAGE: Final = {
    "prompt_tokens": 70,
    "completion_tokens": 45,
    "total_tokens": 115,
    "prompt_tokens_details": {"cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 40},
    "prompt_cache_hit_tokens": 64,
    "prompt_cache_miss_tokens": 6,
}
_DEEPSEEK_ANSWER: Final = _completion(
    "deepseek-v4-flash",
    {"content": "It is not.", "reasoning_content": "Kant would say so."},
    _DEEPSEEK_USAGE,
    system_fingerprint="fp_made_up",
)
_DEEPSEEK_READ: Final = ("It is not.", (70, 45, 40, 64), "deepseek-v4-flash")

DEEPSEEK: Final = (
    Whole("deepseek", "reasoning inside the completion", _DEEPSEEK_ANSWER, *_DEEPSEEK_READ),
    Whole(
        "deepseek",
        "blank lines before the JSON",
        "\n\n\n" + json.dumps(_DEEPSEEK_ANSWER),
        *_DEEPSEEK_READ,
        request_id="made-up-3",
        headers=(("content-type", "application/octet-stream"), ("x-ds-trace-id", "made-up-3")),
    ),
    Whole("deepseek", "nothing but blank lines", "\n\n\n", code="SERVER_ERROR"),
    Whole(
        "deepseek",
        "no capacity left in the middle of the answer",
        _completion("deepseek-v4-flash", {"content": "It"}, _DEEPSEEK_USAGE, "insufficient_system_resource"),
        code="SERVER_ERROR",
    ),
)

_MISTRAL_USAGE: Final = {"prompt_tokens": 12, "completion_tokens": 90, "total_tokens": 102, "num_cached_tokens": 8}
_THOUGHT: Final = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}], "closed": True}

MISTRAL: Final = (
    Whole(
        "mistral",
        "a plain answer under an alias",
        _completion("mistral-small-latest", {"content": "Perhaps.", "tool_calls": None}, _MISTRAL_USAGE),
        "Perhaps.",
        (12, 90, None, 8),
        "mistral-small-latest",
        request_id="made-up-4",
        headers=(*_CLOUDFLARE, ("mistral-correlation-id", "made-up-4"), ("x-kong-request-id", "made-up-5")),
    ),
    Whole(
        "mistral",
        "a list of chunks with thinking before the text",
        _completion(
            "magistral-small-latest",
            {"content": [_THOUGHT, {"type": "text", "text": "Per"}, {"type": "text", "text": "haps."}]},
            _MISTRAL_USAGE,
        ),
        "Perhaps.",
        (12, 90, None, 8),
        "magistral-small-latest",
    ),
    Whole(
        "mistral",
        "thinking and no text",
        _completion("magistral-small-latest", {"content": [_THOUGHT]}, _MISTRAL_USAGE),
        code="SERVER_ERROR",
    ),
    Whole(
        "mistral",
        "at the end of the model's context",
        _completion("mistral-small-latest", {"content": "Perha"}, _MISTRAL_USAGE, "model_length"),
        "Perha",
        (12, 90, None, 8),
        "mistral-small-latest",
        finish="length",
    ),
)
