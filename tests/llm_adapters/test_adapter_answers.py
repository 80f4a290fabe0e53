"""The six wire formats: what each reads in an answer."""

from __future__ import annotations

from typing import Any

import pytest

import common.llm_adapters as adapters
from common.llm_adapters import ShapeError, get_adapter


def chat(content: Any, **fields: Any) -> dict[str, Any]:
    """A chat completion around a message."""
    choice = {
        "message": {"role": "assistant", "content": content, **fields.pop("message", {})},
        "finish_reason": "stop",
    }
    return {"choices": [{**choice, **fields.pop("choice", {})}], **fields}


def test_mistrals_thinking_chunks_are_not_the_answer() -> None:
    """The text chunks of a list are joined in order."""
    body = chat(
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
            {"type": "text", "text": "It is "},
            {"type": "reference", "reference_ids": [1]},
            {"type": "text", "text": "wrong."},
        ]
    )
    answer = get_adapter("mistral").read(body, {})
    assert answer.text == "It is wrong."
    assert answer.reasoned


def test_mistrals_list_of_messages_stands_in_for_the_message() -> None:
    """Server-side tools put several messages where one was."""
    body = {
        "choices": [
            {
                "finish_reason": "stop",
                "messages": [
                    {"role": "assistant", "content": "a"},
                    {"role": "tool"},
                    {"role": "assistant", "content": "b"},
                ],
            }
        ]
    }
    assert get_adapter("mistral").read(body, {}).text == "b"


@pytest.mark.parametrize(
    ("provider", "usage", "counts"),
    [
        (
            "openai",
            {
                "prompt_tokens": 100,
                "completion_tokens": 75,
                "prompt_tokens_details": {"cached_tokens": 40},
                "completion_tokens_details": {"reasoning_tokens": 64},
            },
            (100, 75, 64, 40),
        ),
        (
            "xai",
            {
                "prompt_tokens": 100,
                "completion_tokens": 9,
                "total_tokens": 890,
                "prompt_tokens_details": {"cached_tokens": 3},
                "completion_tokens_details": {"reasoning_tokens": 781},
            },
            (100, 790, 781, 3),
        ),
        (
            "xai",
            {
                "prompt_tokens": 100,
                "completion_tokens": 790,
                "total_tokens": 890,
                "completion_tokens_details": {"reasoning_tokens": 781},
            },
            (100, 790, 781, None),
        ),
        (
            "deepseek",
            {
                "prompt_tokens": 62,
                "completion_tokens": 34,
                "prompt_cache_hit_tokens": 2,
                "completion_tokens_details": {"reasoning_tokens": 26},
            },
            (62, 34, 26, 2),
        ),
        (
            "deepseek",
            {"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
            (1, 2, None, 1),
        ),
        ("mistral", {"prompt_tokens": 9, "completion_tokens": 100, "num_cached_tokens": 5}, (9, 100, None, 5)),
        (
            "mistral",
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "prompt_tokens_details": {"cached_tokens": 0},
                "prompt_token_details": {"cached_tokens": 5},
            },
            (9, 1, None, 5),
        ),
        ("openai", {}, (None, None, None, None)),
        ("openai", {"prompt_tokens": "7", "completion_tokens": True}, (None, None, None, None)),
        ("openai", {"prompt_tokens": -1, "completion_tokens": 3.0}, (None, 3, None, None)),
        ("openai", {"prompt_tokens": 2**53, "completion_tokens": 1e400}, (None, None, None, None)),
    ],
)
def test_chat_tokens_are_what_the_provider_bills(provider: str, usage: Any, counts: tuple[int | None, ...]) -> None:
    """Input, output, reasoning, cached: thinking counted once, whichever way the vendor counts it."""
    found = get_adapter(provider).read(chat("x", usage=usage), {}).usage
    assert (found.input_tokens, found.output_tokens, found.reasoning_tokens, found.cached_input_tokens) == counts


def test_anthropics_input_includes_what_went_through_the_cache() -> None:
    """input_tokens leaves out what was read from it and written to it; the bill does not."""
    usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 5,
        "cache_read_input_tokens": 2,
        "output_tokens": 30,
        "output_tokens_details": {"thinking_tokens": 20},
    }
    found = get_adapter("anthropic").read({"content": [{"type": "text", "text": "x"}], "usage": usage}, {}).usage
    assert (found.input_tokens, found.output_tokens, found.reasoning_tokens, found.cached_input_tokens) == (
        17,
        30,
        20,
        2,
    )


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        (
            {"promptTokenCount": 9, "candidatesTokenCount": 7, "thoughtsTokenCount": 33, "totalTokenCount": 49},
            (9, 40, 33),
        ),
        ({"promptTokenCount": 9, "thoughtsTokenCount": 33, "totalTokenCount": 42}, (9, 33, 33)),
        ({"promptTokenCount": 9, "totalTokenCount": 9}, (9, 0, None)),
        (
            {"promptTokenCount": 9, "candidatesTokenCount": 40, "thoughtsTokenCount": 33, "totalTokenCount": 49},
            (9, 40, 33),
        ),
        (
            {"promptTokenCount": 9, "toolUsePromptTokenCount": 4, "candidatesTokenCount": 1, "totalTokenCount": 14},
            (13, 1, None),
        ),
        ({"candidatesTokenCount": 7, "thoughtsTokenCount": 33}, (None, 40, 33)),
        ({}, (None, None, None)),
    ],
)
def test_googles_output_includes_thoughts(usage: dict[str, int], counts: tuple[int | None, ...]) -> None:
    """CandidatesTokenCount leaves them out, but for two old previews that the total gives away."""
    body = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}], "usageMetadata": usage}
    found = get_adapter("google").read(body, {}).usage
    assert (found.input_tokens, found.output_tokens, found.reasoning_tokens) == counts


def test_anthropics_thinking_is_never_the_answer() -> None:
    """Text blocks are joined in order; the first block is often thinking."""
    blocks = [
        {"type": "thinking", "thinking": "", "signature": "s"},
        {"type": "text", "text": "One "},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "two."},
    ]
    answer = get_adapter("anthropic").read(
        {"content": blocks, "stop_reason": "end_turn", "model": "m-1"}, {"request-id": "r"}
    )
    assert (answer.text, answer.finish_reason, answer.model_version, answer.request_id) == (
        "One two.",
        "stop",
        "m-1",
        "r",
    )
    assert answer.reasoned


def test_googles_thoughts_are_never_the_answer() -> None:
    """Nor is a part that is only a signature."""
    parts = [{"text": "hm", "thought": True}, {"text": "Yes"}, {"thoughtSignature": "s"}, {"text": "."}]
    body = {
        "candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}],
        "modelVersion": "models/g",
        "responseId": "r",
    }
    answer = get_adapter("google").read(body, {})
    assert (answer.text, answer.model_version, answer.request_id) == ("Yes.", "models/g", "r")


@pytest.mark.parametrize(
    ("provider", "raw", "normal"),
    [
        ("openai", "stop", "stop"),
        ("openai", "length", "length"),
        ("openai", "content_filter", "content_filter"),
        ("openai", "tool_calls", "other"),
        ("openai", None, "other"),
        ("openai", "brand_new", "other"),
        ("xai", "MAX_LEN", "length"),
        ("mistral", "model_length", "length"),
        ("anthropic", "end_turn", "stop"),
        ("anthropic", "stop_sequence", "stop"),
        ("anthropic", "max_tokens", "length"),
        ("anthropic", "model_context_window_exceeded", "length"),
        ("anthropic", "refusal", "refusal"),
        ("anthropic", "pause_turn", "other"),
        ("google", "STOP", "stop"),
        ("google", "MAX_TOKENS", "length"),
        ("google", "RECITATION", "content_filter"),
        ("google", "SPII", "content_filter"),
        ("google", "ESCALATION", "other"),
        ("google", None, "other"),
    ],
)
def test_finish_reasons_are_normalised_and_kept(provider: str, raw: str | None, normal: str) -> None:
    """An unknown one is data."""
    bodies: dict[str, Any] = {
        "anthropic": {"content": [{"type": "text", "text": "x"}], "stop_reason": raw},
        "google": {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": raw}]},
    }
    answer = get_adapter(provider).read(bodies.get(provider, chat("x", choice={"finish_reason": raw})), {})
    assert (answer.finish_reason, answer.raw_finish_reason) == (normal, raw)


def test_a_refusal_with_text_is_the_answer() -> None:
    """OpenAI puts it beside the content, Anthropic into it."""
    answer = get_adapter("openai").read(chat(None, message={"refusal": "I won't."}), {})
    assert (answer.text, answer.finish_reason) == ("I won't.", "refusal")
    body = {"content": [{"type": "text", "text": "No."}], "stop_reason": "refusal"}
    assert get_adapter("anthropic").read(body, {}).text == "No."


def test_a_continuation_token_counts_only_with_its_finish_reason() -> None:
    """The SDK resumes on CONTINUATION and where the reason is missing."""
    candidate = {"content": {"parts": [{"text": "x"}]}, "continuationToken": "t"}
    for reason, token in (("CONTINUATION", "t"), (None, "t"), ("STOP", None)):
        body = {"candidates": [{**candidate, "finishReason": reason}]}
        assert get_adapter("google").read(body, {}).continuation == token


@pytest.mark.parametrize("provider", list(adapters.REGISTRY))
@pytest.mark.parametrize(
    "body", [None, [], "x", 3, {}, {"choices": [None]}, {"choices": {}}, {"content": 3}, {"candidates": {}}]
)
def test_a_body_of_another_shape_is_a_shape_error(provider: str, body: Any) -> None:
    """No other exception comes out."""
    with pytest.raises(ShapeError):
        get_adapter(provider).read(body, {})


def test_names_of_endless_length_are_cut() -> None:
    """They are a fault of the server, and would be stored with every turn."""
    body = chat("x", model="m" * 9_000, system_fingerprint="f" * 9_000, choice={"finish_reason": "r" * 9_000})
    answer = get_adapter("openai").read(body, {"x-request-id": "i" * 9_000})
    names = (answer.model_version, answer.system_fingerprint, answer.raw_finish_reason, answer.request_id)
    assert [len(name or "") for name in names] == [200] * 4
