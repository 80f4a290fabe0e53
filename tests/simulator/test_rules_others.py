"""What the simulations of xAI, DeepSeek and Mistral refuse, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Ask = Callable[..., httpx.Response]

USER = {"role": "user", "content": "Hi"}
ASSISTANT = {"role": "assistant", "content": "He"}
SYSTEM = {"role": "system", "content": "Be terse."}


@pytest.mark.parametrize(
    ("model", "extra", "status", "message"),
    [
        ("grok-4.3", {"presence_penalty": 0}, 400, "does not support parameter presencePenalty"),
        ("grok-4.3", {"frequency_penalty": 0}, 400, "does not support parameter frequencyPenalty"),
        ("grok-4.3", {"stop": []}, 400, "does not support parameter stop"),
        ("grok-4.7", {"reasoning_effort": "low"}, 400, "does not support parameter reasoningEffort"),
        ("grok-4.3", {"reasoning_effort": "extreme"}, 422, "unknown variant `extreme`"),
        ("grok-4.3", {"temperature": 3}, 400, "temperature is out of range"),
        ("grok-4.3", {"messages": []}, 400, "at least one message"),
        ("grok-4.3", {"messages": None}, 422, "missing field `messages`"),
        ("grok-4.3", {"messages": 5}, 422, "messages: invalid type: integer, expected a sequence"),
    ],
)
def test_xai_says_in_a_string_what_it_refuses(
    ask: Ask, model: str, extra: dict[str, Any], status: int, message: str
) -> None:
    """`error` is a string and `code` a sentence."""
    response = ask("xai", "Hi", model, **extra)
    body = response.json()
    assert response.status_code == status
    assert message in body["error"]
    assert body["code"] == "Client specified an invalid argument"


def test_xai_takes_what_is_right(ask: Ask) -> None:
    """Sampling settings, seeds and efforts are taken where the vendor takes them; one effort has a model of its own."""
    assert ask("xai", "Hi", "grok-4.3", temperature=0, seed=5, max_tokens=500, some_new_key=1).status_code == 200
    body = ask("xai", "Hi", "grok-3-mini", reasoning_effort="high", max_completion_tokens=500).json()
    assert body["model"] == "grok-3-mini-high"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"messages": [{"role": "user", "content": {"type": "text"}}]}, "messages[0].content: invalid type: object"),
        ({"messages": [{"role": "model", "content": "x"}]}, "messages[0].role: unknown variant `model`"),
        ({"messages": None}, "missing field `messages`"),
        ({"thinking": {"type": "maybe"}}, "thinking.type: unknown variant `maybe`"),
        ({"temperature": "hot"}, "temperature: invalid type: string"),
    ],
)
def test_deepseek_answers_what_it_cannot_read_in_plain_text(ask: Ask, extra: dict[str, Any], message: str) -> None:
    """A body that does not fit its types is a 422 in text/plain."""
    response = ask("deepseek", "Hi", **extra)
    assert response.status_code == 422
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text.startswith("Failed to deserialize the JSON body into the target type: ")
    assert message in response.text


def test_deepseek_takes_what_is_right(ask: Ask) -> None:
    """Whole numbers may have a point, a called tool leaves no content, and a picture has no text."""
    picture = {"type": "image_url", "image_url": {"url": "data:"}}
    messages = [
        {"role": "user", "content": [picture, {"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": None, "tool_calls": [{}]},
        {"role": "tool", "content": "x", "tool_call_id": "1"},
        USER,
    ]
    response = ask("deepseek", "Hi", messages=messages, max_tokens=500.0, temperature=2, reasoning_effort="low")
    assert response.status_code == 200
    assert ask("deepseek", "Hi", reasoning_effort="extreme").status_code == 422


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"max_tokens": 0}, "Invalid max_tokens value, the valid range of max_tokens is [1, 393216]"),
        ({"max_tokens": 10**6}, "Invalid max_tokens value, the valid range of max_tokens is [1, 393216]"),
        ({"temperature": 3}, "Invalid temperature value, the valid range of temperature is [0, 2]"),
        ({"messages": []}, "Empty input messages"),
    ],
)
def test_deepseek_answers_what_is_out_of_range_in_json(ask: Ask, extra: dict[str, Any], message: str) -> None:
    """A 400 whose JSON is declared as bytes."""
    response = ask("deepseek", "Hi", **extra)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.json()["error"] == {
        "message": message,
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_request_error",
    }


def test_mistral_lists_every_unknown_key(ask: Ask) -> None:
    """Its body is strict: a 422 names each key that it does not know, with what was sent."""
    response = ask("mistral", "Hi", max_completion_tokens=5, seed=7)
    assert response.status_code == 422
    assert response.json()["detail"] == [
        {
            "type": "extra_forbidden",
            "loc": ["body", name],
            "msg": "Extra inputs are not permitted",
            "input": value,
        }
        for name, value in (("max_completion_tokens", 5), ("seed", 7))
    ]


@pytest.mark.parametrize(
    ("extra", "kind", "loc"),
    [
        ({"temperature": 2}, "less_than_equal", ["temperature"]),
        ({"messages": None}, "missing", ["messages"]),
        ({"messages": []}, "too_short", ["messages"]),
        ({"messages": [{"role": "user", "content": 5}]}, "string_type", ["messages", 0, "content"]),
        ({"reasoning_effort": "extreme"}, "literal_error", ["reasoning_effort"]),
        ({"random_seed": 1.5}, "int_type", ["random_seed"]),
    ],
)
def test_mistral_says_where_a_value_is_wrong(ask: Ask, extra: dict[str, Any], kind: str, loc: list[Any]) -> None:
    """A 422 in pydantic's words."""
    response = ask("mistral", "Hi", **extra)
    assert response.status_code == 422
    assert [(item["type"], item["loc"]) for item in response.json()["detail"]] == [(kind, ["body", *loc])]


@pytest.mark.parametrize(
    ("messages", "code", "message"),
    [
        ([USER, ASSISTANT, SYSTEM, USER], "3230", "Unexpected role 'system' after role 'assistant'"),
        ([USER, ASSISTANT], "3230", "Expected last role User or Tool"),
        ([USER, {"role": "assistant", "content": ""}, USER], "3240", "either content or tool_calls"),
    ],
)
def test_mistral_minds_the_order_of_roles(ask: Ask, messages: list[Any], code: str, message: str) -> None:
    """A 400 with one of its own codes."""
    response = ask("mistral", "Hi", messages=messages)
    body = response.json()
    assert response.status_code == 400
    assert (body["object"], body["code"]) == ("error", code)
    assert message in body["message"]


def test_mistral_wants_the_answer_to_fit(ask: Ask) -> None:
    """A limit that goes beyond the context is a 422."""
    assert ask("mistral", "Hi", max_tokens=2_000_000).status_code == 422


def test_mistral_takes_what_is_right(ask: Ask) -> None:
    """Its own name for the seed, a prefix, and a system message in front."""
    assert ask("mistral", "Hi", messages=[SYSTEM, USER], random_seed=5, temperature=0.7).status_code == 200
    assert ask("mistral", "Hi", messages=[USER, {**ASSISTANT, "prefix": True}]).status_code == 200
