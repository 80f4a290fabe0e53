"""What OpenAI's simulation refuses, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from simulator.providers import openai_models as families

if TYPE_CHECKING:
    from simulator import Simulator

Ask = Callable[..., httpx.Response]


def error_of(response: httpx.Response) -> tuple[int, Any, Any]:
    """Status, code and param of a refusal."""
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return response.status_code, error["code"], error["param"]


@pytest.mark.parametrize(
    ("model", "extra", "code", "param"),
    [
        ("gpt-4o", {"random_seed": 1}, "unknown_parameter", "random_seed"),
        ("gpt-4o", {"system": "Be terse."}, "unknown_parameter", "system"),
        ("o3", {"max_tokens": 100}, "unsupported_parameter", "max_tokens"),
        ("gpt-5-mini", {"max_tokens": 100}, "unsupported_parameter", "max_tokens"),
        ("gpt-6-sol", {"max_tokens": 100}, "unsupported_parameter", "max_tokens"),
        ("gpt-5-mini", {"stop": ["x"]}, "unsupported_parameter", "stop"),
        ("o4-mini-2025-04-16", {"stop": "x"}, "unsupported_parameter", "stop"),
        ("o1", {"temperature": 0.5}, "unsupported_value", "temperature"),
        ("gpt-5-2025-08-07", {"temperature": 0}, "unsupported_value", "temperature"),
        ("gpt-5.5", {"temperature": 0.5}, "unsupported_value", "temperature"),
        ("gpt-6-luna", {"temperature": 0.5}, "unsupported_value", "temperature"),
        ("gpt-5.4", {"temperature": 0.5, "reasoning_effort": "low"}, "unsupported_value", "temperature"),
        ("gpt-6-astra-law", {"reasoning_effort": "none"}, "unsupported_value", "reasoning_effort"),
        ("gpt-4o", {"reasoning_effort": "low"}, "unsupported_parameter", "reasoning_effort"),
        ("gpt-5", {"reasoning_effort": "extreme"}, "invalid_value", "reasoning_effort"),
        ("gpt-4o", {"temperature": -1}, "integer_below_min_value", "temperature"),
        ("gpt-4o", {"temperature": 2.5}, "decimal_above_max_value", "temperature"),
        ("gpt-4o", {"temperature": "hot"}, "invalid_type", "temperature"),
        ("gpt-4o", {"seed": True}, "invalid_type", "seed"),
        ("gpt-4o", {"stop": [1]}, "invalid_type", "stop[0]"),
        ("gpt-4o", {"max_completion_tokens": 0}, "integer_below_min_value", "max_completion_tokens"),
        ("gpt-4o", {"max_completion_tokens": 10**7}, "invalid_value", "max_completion_tokens"),
        ("gpt-4o", {"messages": []}, "empty_array", "messages"),
        ("gpt-4o", {"messages": None}, "missing_required_parameter", "messages"),
        ("gpt-4o", {"messages": ["hi"]}, "invalid_type", "messages[0]"),
        ("gpt-4o", {"messages": [{"role": "model", "content": "x"}]}, "invalid_value", "messages[0].role"),
        ("gpt-4o", {"messages": [{"content": "x"}]}, "missing_required_parameter", "messages[0].role"),
        ("gpt-4o", {"messages": [{"role": "user"}]}, "missing_required_parameter", "messages[0].content"),
        ("gpt-4o", {"messages": [{"role": "user", "content": 5}]}, "invalid_type", "messages[0].content"),
        ("gpt-4o", {"messages": [{"role": "user", "content": ["x"]}]}, "invalid_type", "messages[0].content[0]"),
        ("o1-mini", {"messages": [{"role": "developer", "content": "x"}]}, "unsupported_value", "messages[0].role"),
    ],
)
def test_it_refuses_what_the_model_or_the_schema_does_not_take(
    ask: Ask, model: str, extra: dict[str, Any], code: str, param: str
) -> None:
    """A 400 names the parameter and has the code that clients match on."""
    assert error_of(ask("openai", "Hi", model, **extra)) == (400, code, param)


@pytest.mark.parametrize(
    ("model", "extra"),
    [
        ("gpt-4o", {"temperature": 0.5, "max_tokens": 100, "seed": 5, "stop": ["x"], "top_p": 0.5}),
        ("gpt-3.5-turbo", {"max_completion_tokens": 100}),
        ("gpt-5.4", {"temperature": 0.5}),
        ("gpt-5.1", {"temperature": 0.5, "reasoning_effort": "none"}),
        ("gpt-5.6", {"temperature": 0.5, "reasoning_effort": "none"}),
        ("gpt-5", {"temperature": 1, "reasoning_effort": "minimal"}),
        ("a-model-nobody-knows", {"temperature": 0.5}),
        ("gpt-4o", {"messages": [{"role": "developer", "content": "Be terse."}, {"role": "user", "content": "Hi"}]}),
        ("gpt-4o", {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}),
        ("gpt-4o", {"temperature": None, "stop": None}),
    ],
)
def test_it_takes_what_is_right(ask: Ask, model: str, extra: dict[str, Any]) -> None:
    """Each setting is taken where the vendor takes it."""
    assert ask("openai", "Hi", model, **extra).status_code == 200


def test_a_model_of_the_other_api_is_no_chat_model(ask: Ask) -> None:
    """Models that only the Responses API has are a 404 here."""
    for model in ("gpt-5-pro", "gpt-5.1-codex", "o3-deep-research", "computer-use-preview"):
        assert error_of(ask("openai", "Hi", model)) == (404, None, "model")


def test_a_missing_model_is_asked_for(
    simulator: Simulator,
    client: httpx.Client,
    key: Callable[..., dict[str, str]],
    payload: Callable[..., dict[str, Any]],
) -> None:
    """Without a model, or with one that is no string, there is a 400."""
    for model in (None, 5):
        body = {**payload("openai", "Hi", ""), "model": model}
        response = client.post(f"{simulator.url}/openai/v1/chat/completions", headers=key("openai", "k"), json=body)
        assert response.status_code == 400
        assert "model parameter" in response.json()["error"]["message"]


def test_who_reasons() -> None:
    """Some models reason always, some only if told, chat variants never."""
    assert families.reasons("o3", None)
    assert families.reasons("gpt-5", "low")
    assert not families.reasons("gpt-5.4", None)
    assert families.reasons("gpt-5.4-mini", "low")
    assert not families.reasons("gpt-5.2-chat-latest", "low")
    assert not families.reasons("gpt-6-sol", "none")
    assert not families.reasons("gpt-4o", None)
