"""The six wire formats: the request each builds, and what it reads in an answer."""

from __future__ import annotations

from typing import Any

import pytest

import common.llm_adapters as adapters
from common.errors import ErrorCode, WorkerError
from common.llm_adapters import Adapter, Message, Prompt, ShapeError, get_adapter

CONVERSATION = (Message("user", "One?"), Message("assistant", "Two."), Message("user", "Three?"))
SETTINGS: dict[str, Any] = {
    "temperature": 0.3,
    "topP": 0.9,
    "maxTokens": 100,
    "seed": 7,
    "frequencyPenalty": 0.1,
    "presencePenalty": 0.2,
    "stopSequences": ["END"],
    "reasoningEffort": "high",
}


def payload_of(provider: str, **changes: Any) -> dict[str, Any]:
    """The body of a call with every setting the API has."""
    adapter = get_adapter(provider)
    known = {name: value for name, value in SETTINGS.items() if name in adapter.wire_names}
    fields: dict[str, Any] = {"settings": known, **changes}
    return adapter.payload(Prompt("the-model", "Be brief.", CONVERSATION, **fields))


CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "Two."},
    {"role": "user", "content": "Three?"},
]


def test_openai_gets_max_completion_tokens() -> None:
    """max_tokens is refused by the reasoning models; the newer name is taken by all."""
    assert payload_of("openai") == {
        "model": "the-model",
        "messages": CHAT,
        "temperature": 0.3,
        "top_p": 0.9,
        "max_completion_tokens": 100,
        "seed": 7,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "stop": ["END"],
        "reasoning_effort": "high",
    }


def test_the_operator_may_name_the_bound() -> None:
    """`maxTokensParam: max_tokens` serves local servers that know only the old name."""
    assert payload_of("openai", max_tokens_param="max_tokens")["max_tokens"] == 100
    assert "max_completion_tokens" not in payload_of("openai", max_tokens_param="max_tokens")


@pytest.mark.parametrize("provider", ["xai", "deepseek", "mistral"])
def test_the_others_of_that_shape_get_max_tokens(provider: str) -> None:
    """Same messages, same names, but for what is the vendor's own."""
    body = payload_of(provider)
    assert body["messages"] == CHAT
    assert body["max_tokens"] == 100
    assert body.get("seed") == (7 if provider == "xai" else None)
    assert body.get("random_seed") == (7 if provider == "mistral" else None)


def test_deepseek_switches_thinking_off_for_effort_none() -> None:
    """Its effort has no such value; thinking is a switch of its own."""
    body = payload_of("deepseek", settings={"reasoningEffort": "none"})
    assert body["thinking"] == {"type": "disabled"}
    assert "reasoning_effort" not in body


def test_anthropic_takes_the_preamble_as_system_and_demands_a_bound() -> None:
    """Messages hold the text alone."""
    assert payload_of("anthropic") == {
        "model": "the-model",
        "messages": CHAT[1:],
        "system": "Be brief.",
        "temperature": 0.3,
        "top_p": 0.9,
        "max_tokens": 100,
        "stop_sequences": ["END"],
        "output_config": {"effort": "high"},
    }
    assert payload_of("anthropic", settings={"reasoningEffort": "none"})["thinking"] == {"type": "disabled"}


def test_google_takes_contents_and_a_generation_config() -> None:
    """The assistant is `model`, the preamble a systemInstruction, effort a thinking level."""
    assert payload_of("google", continuation="t1") == {
        "contents": [
            {"role": "user", "parts": [{"text": "One?"}]},
            {"role": "model", "parts": [{"text": "Two."}]},
            {"role": "user", "parts": [{"text": "Three?"}]},
        ],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {
            "temperature": 0.3,
            "topP": 0.9,
            "maxOutputTokens": 100,
            "seed": 7,
            "frequencyPenalty": 0.1,
            "presencePenalty": 0.2,
            "stopSequences": ["END"],
            "thinkingConfig": {"thinkingLevel": "HIGH"},
        },
        "continuationToken": "t1",
    }


@pytest.mark.parametrize("provider", list(adapters.REGISTRY))
def test_without_preamble_and_settings_nothing_is_added(provider: str) -> None:
    """No system message, no setting, no empty object."""
    body = get_adapter(provider).payload(Prompt("m", None, CONVERSATION[:1], {}))
    assert body.keys() <= {"model", "messages", "contents"}


@pytest.mark.parametrize(
    ("provider", "path", "headers"),
    [
        ("openai", "/chat/completions", {"authorization": "Bearer K"}),
        ("xai", "/chat/completions", {"authorization": "Bearer K"}),
        ("deepseek", "/chat/completions", {"authorization": "Bearer K"}),
        ("mistral", "/v1/chat/completions", {"authorization": "Bearer K"}),
        ("anthropic", "/v1/messages", {"x-api-key": "K", "anthropic-version": "2023-06-01"}),
        ("google", "/v1beta/models/m:generateContent", {"x-goog-api-key": "K"}),
    ],
)
def test_the_key_stands_in_its_header_and_nowhere_else(provider: str, path: str, headers: dict[str, str]) -> None:
    """Also Google's: a key in the URL ends in logs."""
    adapter = get_adapter(provider)
    assert adapter.path("m") == path
    assert adapter.auth_headers("K") == headers
    assert "K" not in adapter.auth_headers(None).values()


def test_google_models_keep_their_folder_and_lose_their_traps() -> None:
    """An ID cannot leave the path it belongs in."""
    google = get_adapter("google")
    assert google.path("tunedModels/t") == "/v1beta/tunedModels/t:generateContent"
    assert google.path("models/g") == "/v1beta/models/g:generateContent"
    assert google.path("a b?key=x#y") == "/v1beta/models/a%20b%3Fkey%3Dx%23y:generateContent"
    assert google.path("../../files") == "/v1beta/models/..%2F..%2Ffiles:generateContent"


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
    assert answer.thought


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
    assert answer.thought


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
    "body", [None, [], "x", 3, {}, {"choices": [None]}, {"choices": {}}, {"content": "x"}, {"candidates": {}}]
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


def test_one_class_per_provider_is_importable_by_name() -> None:
    """Others import them from common.llm_adapters."""
    for provider, (_, name) in adapters.REGISTRY.items():
        cls = getattr(adapters, name)
        assert issubclass(cls, Adapter)
        assert cls.provider == provider
    with pytest.raises(AttributeError):
        adapters.NoSuchAdapter  # noqa: B018
    with pytest.raises(WorkerError) as caught:
        get_adapter("azure")
    assert caught.value.code is ErrorCode.UNSUPPORTED_PROVIDER
