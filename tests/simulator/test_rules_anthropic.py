"""What Anthropic's simulation refuses, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

Ask = Callable[..., httpx.Response]

HAIKU: Final = "claude-haiku-4-5"
NEW_VERSION: Final = {"anthropic-version": "2026-10-21"}


def message_of(response: httpx.Response, status: int = 400) -> str:
    """The words of a refusal."""
    body = response.json()
    assert response.status_code == status
    assert response.headers["x-should-retry"] == "false"
    assert body["type"] == "error"
    assert body["request_id"] == response.headers["request-id"]
    return str(body["error"]["message"])


@pytest.mark.parametrize(
    ("model", "extra", "message"),
    [
        (HAIKU, {"seed": 1}, "seed: Extra inputs are not permitted"),
        (HAIKU, {"max_tokens": None}, "max_tokens: Field required"),
        (HAIKU, {"max_tokens": "many"}, "max_tokens: Input should be a valid integer"),
        (HAIKU, {"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        (HAIKU, {"max_tokens": 10**6}, "max_tokens: 1000000 > 128000, which is the maximum"),
        (HAIKU, {"temperature": 1.5}, "temperature: Input should be less than or equal to 1"),
        ("claude-opus-4-7", {"temperature": 0.5}, "`temperature` is deprecated for this model."),
        ("claude-sonnet-5", {"temperature": 0}, "`temperature` is deprecated for this model."),
        ("claude-mythos-preview", {"top_p": 0.5}, "`top_p` is deprecated for this model."),
        (HAIKU, {"messages": []}, "messages: at least one message is required"),
        (HAIKU, {"messages": ["x"]}, "messages.0: Input should be a valid dictionary"),
        (HAIKU, {"messages": [{"role": "system", "content": "x"}]}, 'messages: Unexpected role "system"'),
        (HAIKU, {"messages": [{"role": "assistant", "content": "x"}]}, 'first message must use the "user" role'),
        (HAIKU, {"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role: Input should be 'user' or 'assi"),
        (HAIKU, {"messages": [{"role": "user", "content": ""}]}, "text content blocks must be non-empty"),
        (HAIKU, {"messages": [{"role": "user", "content": " \n"}]}, "must contain non-whitespace text"),
        (HAIKU, {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "must be non-empty"),
        (HAIKU, {"messages": [{"role": "user", "content": ["x"]}]}, "messages.0.content.0: Input should be a valid di"),
        (HAIKU, {"messages": [{"role": "user", "content": 5}]}, "messages.0.content: Input should be a valid string"),
        (HAIKU, {"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        (HAIKU, {"system": 5}, "system: Input should be a valid string"),
        (HAIKU, {"output_config": {"effort": "extreme"}}, "output_config.effort: Input should be 'low', 'medium', "),
        (HAIKU, {"thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: Field required"),
        (HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 5}}, "greater than or equal to 1024"),
        (HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, "`max_tokens` must be greater than"),
        (HAIKU, {"thinking": {"type": "sometimes"}}, "thinking.type: Input should be 'adaptive', "),
        (HAIKU, {"thinking": {"type": "adaptive"}, "temperature": 0.5}, "`temperature` may only be set to 1"),
        ("claude-sonnet-5", {"thinking": {"type": "enabled", "budget_tokens": 1024}}, '"thinking.type.enabled" is not'),
        ("claude-fable-5-1", {"thinking": {"type": "disabled"}}, "cannot be disabled"),
    ],
)
def test_it_refuses_what_the_model_or_the_schema_does_not_take(
    ask: Ask, model: str, extra: dict[str, Any], message: str
) -> None:
    """A 400 says where and what, and that another try will not help."""
    assert message in message_of(ask("anthropic", "Hi", model, **extra))


@pytest.mark.parametrize(
    ("model", "extra"),
    [
        (HAIKU, {"temperature": 0, "system": "Be terse.", "stop_sequences": ["x"]}),
        (HAIKU, {"system": [{"type": "text", "text": "Be terse."}]}),
        ("claude-sonnet-5", {"temperature": 1, "output_config": {"effort": "low"}}),
        (HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}),
        ("claude-haiku-5-5", {"thinking": {"type": "disabled"}}),
    ],
)
def test_it_takes_what_is_right(ask: Ask, model: str, extra: dict[str, Any]) -> None:
    """Each setting is taken where the vendor takes it."""
    assert ask("anthropic", "Hi", model, **extra).status_code == 200


def test_the_version_of_the_api_is_needed(ask: Ask, client: httpx.Client, simulator: Any) -> None:
    """Without the header, or with a version that never was, there is a 400."""
    url = f"{simulator.url}/anthropic/v1/messages"
    assert message_of(client.post(url, headers={"x-api-key": "k"}, json={})) == "anthropic-version: header is required"
    message = message_of(ask("anthropic", headers={"anthropic-version": "2024-01-01"}))
    assert message == 'anthropic-version: "2024-01-01" is not a valid version'


def test_the_new_version_refuses_sampling_settings(ask: Ask) -> None:
    """Under 2026-10-21 temperature, top_p and top_k are unknown keys on every model, even at their defaults."""
    for name in ("temperature", "top_p", "top_k"):
        response = ask("anthropic", "Hi", HAIKU, headers=NEW_VERSION, **{name: 1})
        assert message_of(response) == f"{name}: Extra inputs are not permitted"
    assert ask("anthropic", "Hi", HAIKU, headers=NEW_VERSION).status_code == 200


def test_a_prefilled_answer_is_refused_by_new_models(ask: Ask) -> None:
    """A conversation that ends with the assistant is taken by old models only, and without a blank at its end."""
    assert "does not support assistant message prefill" in message_of(ask("anthropic", ["Hi", "He"], "claude-opus-5"))
    assert ask("anthropic", ["Hi", "He"], HAIKU).status_code == 200
    assert "trailing whitespace" in message_of(ask("anthropic", ["Hi", "He "], HAIKU))


def test_older_models_show_their_thinking(ask: Ask) -> None:
    """With a budget a model up to 4.6 thinks in words; the newest think without showing any."""
    thinking = {"type": "enabled", "budget_tokens": 1024}
    block = ask("anthropic", "Hi", HAIKU, thinking=thinking, max_tokens=4000).json()["content"][0]
    assert block["type"] == "thinking"
    assert block["thinking"]


def test_both_headers_carry_a_key(ask: Ask) -> None:
    """A bearer token is as good as x-api-key, which wins where both are sent."""
    bearer = {"x-api-key": "", "authorization": "Bearer a-key"}
    assert ask("anthropic", headers=bearer).status_code == 200
    assert ask("anthropic", headers={"authorization": "Bearer bad-key"}).status_code == 200
    assert ask("anthropic", api_key="bad-key", headers={"authorization": "Bearer a-key"}).status_code == 401
