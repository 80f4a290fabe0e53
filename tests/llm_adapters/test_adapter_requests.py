"""The six wire formats: the request that each builds."""

from __future__ import annotations

from typing import Any

import pytest

import common.llm_adapters as adapters
from common.errors import ErrorCode, WorkerError
from common.llm_adapters import Adapter, Message, Prompt, get_adapter

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
        "stream": False,
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
    """Same messages, same names, but for what is the vendor's own: xAI says of the newer name that thinking counts."""
    body = payload_of(provider)
    assert body["messages"] == CHAT
    assert body["max_completion_tokens" if provider == "xai" else "max_tokens"] == 100
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
        "stream": False,
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
    """No system message, no setting, no empty object; some gateways stream unless they are told not to."""
    body = get_adapter(provider).payload(Prompt("m", None, CONVERSATION[:1], {}))
    assert body.keys() <= {"model", "messages", "contents", "stream"}
    assert body.get("stream", False) is False


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


def test_one_class_per_provider_is_importable_by_name() -> None:
    """Others import them from common.llm_adapters."""
    for provider, (_, name) in adapters.REGISTRY.items():
        cls = getattr(adapters, name)
        assert issubclass(cls, Adapter)
        assert isinstance(get_adapter(provider), cls)
        assert get_adapter(provider).provider == provider
    with pytest.raises(AttributeError):
        adapters.NoSuchAdapter  # noqa: B018
    with pytest.raises(WorkerError) as caught:
        get_adapter("azure")
    assert caught.value.code is ErrorCode.UNSUPPORTED_PROVIDER
