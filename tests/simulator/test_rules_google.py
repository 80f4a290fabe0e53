"""What Google's simulation refuses, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

if TYPE_CHECKING:
    from simulator import Simulator

Ask = Callable[..., httpx.Response]


def error_of(response: httpx.Response, status: int = 400, name: str = "INVALID_ARGUMENT") -> dict[str, Any]:
    """The error of a refusal."""
    error: dict[str, Any] = response.json()["error"]
    assert (response.status_code, error["code"], error["status"]) == (status, status, name)
    return error


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"messages": []}, 'Unknown name "messages": Cannot find field.'),
        ({"generationConfig": {"max_tokens": 5}}, "Unknown name \"max_tokens\" at 'generation_config': Cannot find"),
        ({"generationConfig": {"thinkingConfig": {"effort": 1}}}, "at 'generation_config.thinking_config': Cannot"),
        ({"generationConfig": {"temperature": "hot"}}, "Invalid value at 'generation_config.temperature' (TYPE_FLOAT)"),
        ({"generationConfig": {"temperature": 2.5}}, "generation_config.temperature"),
        ({"generationConfig": {"maxOutputTokens": 10**8}}, "maxOutputTokens value of 100000000 but the supported"),
        ({"generationConfig": {"thinkingConfig": {"thinkingLevel": "SOME"}}}, "thinking_config.thinking_level"),
        ({"contents": []}, "contents is out of range or not specified"),
        ({"contents": ["x"]}, "Invalid value at 'contents[0]'"),
        ({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}, "Please use a valid role: user, model."),
        ({"contents": [{"role": "system", "parts": [{"text": "x"}]}]}, "Please use a valid role: user, model."),
        ({"contents": [{"role": "user", "parts": []}]}, "contents[0].parts"),
        ({"contents": [{"role": "user", "parts": ["x"]}]}, "Invalid value at 'contents[0].parts[0]'"),
        ({"contents": [{"role": "user", "parts": [{}]}]}, "contents[0].parts[0].data"),
        (
            {"contents": [{"role": "user", "parts": [{"words": "x"}]}]},
            "Unknown name \"words\" at 'contents[0].parts[0]'",
        ),
        ({"systemInstruction": "Be terse."}, "Invalid value at 'system_instruction'"),
        ({"continuationToken": "made-up"}, "continuation token"),
    ],
)
def test_it_refuses_what_the_schema_does_not_take(ask: Ask, extra: dict[str, Any], message: str) -> None:
    """A 400 INVALID_ARGUMENT names the field as the protocol buffer does."""
    assert message in error_of(ask("google", "Hi", **extra))["message"]


def test_an_unknown_field_is_a_field_violation(ask: Ask) -> None:
    """The details of the error repeat its description."""
    error = error_of(ask("google", "Hi", foo=1))
    assert error["details"][0]["fieldViolations"][0]["description"] == error["message"]


def test_it_takes_both_spellings(ask: Ask) -> None:
    """Protocol buffers take camelCase and snake_case."""
    body = {
        "system_instruction": {"parts": [{"text": "Be terse."}]},
        "generation_config": {"max_output_tokens": 99, "top_k": 40.0, "temperature": 0, "seed": 5},
    }
    assert ask("google", "Hi", **body).status_code == 200


def test_a_model_turn_at_the_end_is_refused_from_36_on(ask: Ask) -> None:
    """A request that ends with a model turn is a 400 for the newest models only."""
    error_of(ask("google", ["Hi", "He"], "gemini-3.6-flash"))
    assert ask("google", ["Hi", "He"], "gemini-3.5-flash").status_code == 200


@pytest.mark.parametrize("folder", ["models", "tunedModels"])
def test_the_model_in_the_path_may_be_encoded(
    simulator: Simulator, client: httpx.Client, folder: str, payload: Callable[..., dict[str, Any]]
) -> None:
    """A percent-encoded ID names the same model, directives and all."""
    path = f"/google/v1beta/{folder}/{quote('gemini-2.0-flash~finish=ODD', safe='')}:generateContent"
    headers = {"x-goog-api-key": "k"}
    body = client.post(simulator.url + path, headers=headers, json=payload("google", "Hi", "")).json()
    assert body["candidates"][0]["finishReason"] == "ODD"
    assert body["modelVersion"] == "gemini-2.0-flash"
    assert simulator.journal[-1]["model"] == "gemini-2.0-flash"


def test_a_long_answer_is_continued(ask: Ask) -> None:
    """With `continuation` each piece but the last carries the token that brings the next."""
    text, reasons = "", []
    extra: dict[str, Any] = {}
    for _ in range(3):
        body = ask("google", "Tell me [[sim continuation=2]]", **extra).json()
        candidate = body["candidates"][0]
        text += candidate["content"]["parts"][0]["text"]
        reasons.append(candidate["finishReason"])
        extra = {"continuationToken": candidate.get("continuationToken")}
    assert reasons == ["CONTINUATION", "CONTINUATION", "STOP"]
    assert text == "Simulated answer 1 of google to: Tell me"
    assert extra == {"continuationToken": None}


def test_continuation_is_google_s_alone(ask: Ask) -> None:
    """Asked of another vendor the directive is not understood."""
    assert ask("openai", "[[sim continuation=2]]").status_code == 418
