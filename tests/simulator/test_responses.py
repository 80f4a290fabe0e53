"""OpenAI's Responses, which xAI has as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from simulator.answers import THINKING_TOKENS
from simulator.tokens import count_tokens

if TYPE_CHECKING:
    from simulator import Simulator

Respond = Callable[..., httpx.Response]


@pytest.fixture
def respond(simulator: Simulator, client: httpx.Client) -> Respond:
    """Ask a vendor's Responses."""

    def respond(given: Any = "Hi", model: str = "gpt-4o", provider: str = "openai", **more: Any) -> httpx.Response:
        url = f"{simulator.url}/{provider}/v1/responses"
        body = {"model": model, "input": given, **more}
        return client.post(url, headers={"authorization": "Bearer k"}, json=body)

    return respond


def events_of(response: httpx.Response) -> list[Any]:
    """The data of each event."""
    return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]


def test_an_answer_is_a_list_of_items(respond: Respond) -> None:
    """A message with a part of text, the counts, and what was asked for."""
    body = respond("Hi", instructions="Be brief.", max_output_tokens=100, temperature=0.5, metadata={"a": "b"}).json()
    assert (body["object"], body["status"], body["model"]) == ("response", "completed", "gpt-4o-2024-08-06")
    (message,) = body["output"]
    (part,) = message["content"]
    assert (message["type"], message["role"], part["type"]) == ("message", "assistant", "output_text")
    assert part["text"] == "Simulated answer 1 of openai to: Hi"
    usage = body["usage"]
    assert usage["input_tokens"] == count_tokens("Hi") + 3 + count_tokens("Be brief.") + 3
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    echoed = [body[name] for name in ("instructions", "max_output_tokens", "temperature", "metadata", "store")]
    assert echoed == ["Be brief.", 100, 0.5, {"a": "b"}, True]


def test_a_conversation_is_a_list_of_what_went_in_and_came_out(respond: Respond) -> None:
    """Items of the output go in again as they are, reasoning among them; the turns are counted."""
    given: list[Any] = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "One"}]
    for turn in (1, 2):
        body = respond(given, "gpt-5").json()
        assert [item["type"] for item in body["output"]] == ["reasoning", "message"]
        assert f"answer {turn} of" in body["output"][1]["content"][0]["text"]
        given += [*body["output"], {"role": "user", "content": [{"type": "input_text", "text": "Next"}]}]


def test_a_refusal_goes_in_again_like_any_answer(respond: Respond) -> None:
    """As the part that it came in."""
    refused = respond("[[sim answer=refusal]]").json()["output"]
    body = respond([{"role": "user", "content": "One"}, *refused, {"role": "user", "content": "Two"}]).json()
    assert "answer 2 of" in body["output"][0]["content"][0]["text"]


def test_reasoning_is_told_and_shown_if_asked(respond: Respond) -> None:
    """It is part of the output; its summary is empty unless one was asked for."""
    body = respond("Hi", "gpt-5", reasoning={"effort": "low", "summary": "auto"}).json()
    assert body["output"][0]["summary"][0]["type"] == "summary_text"
    assert body["usage"]["output_tokens_details"]["reasoning_tokens"] == THINKING_TOKENS
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert respond("Hi", "gpt-5").json()["output"][0]["summary"] == []
    none = respond("Hi", "gpt-5.1", reasoning={"effort": "none"}).json()
    assert [item["type"] for item in none["output"]] == ["message"]


def test_a_limit_leaves_the_answer_incomplete(respond: Respond) -> None:
    """With its reason; where reasoning used it up there is no message at all."""
    body = respond("A question that is too long for so few tokens", max_output_tokens=16).json()
    assert (body["status"], body["output"][0]["status"]) == ("incomplete", "incomplete")
    body = respond("Hi", "gpt-5", max_output_tokens=32).json()
    assert (body["status"], body["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert [item["type"] for item in body["output"]] == ["reasoning"]
    assert respond("[[sim answer=filter]]").json()["incomplete_details"] == {"reason": "content_filter"}


def test_refusals_and_tools_have_items_of_their_own(respond: Respond) -> None:
    """A refusal is a part of the message, a call of a tool an item."""
    assert respond("[[sim answer=refusal]]").json()["output"][0]["content"][0]["type"] == "refusal"
    (call,) = respond("[[sim answer=tool]]").json()["output"]
    assert (call["type"], json.loads(call["arguments"])) == ("function_call", {"city": "Berlin"})


def test_xai_answers_too(respond: Respond) -> None:
    """With its own errors, its reasoning shown, and more counts."""
    body = respond("Hi", "grok-4.3", "xai").json()
    assert [item["type"] for item in body["output"]] == ["reasoning", "message"]
    assert body["output"][0]["summary"][0]["text"] == f"Simulated thinking of {THINKING_TOKENS} tokens."
    assert body["usage"]["output_tokens"] == THINKING_TOKENS + count_tokens("Simulated answer 1 of xai to: Hi")
    assert body["usage"]["num_server_side_tools_used"] == 0
    refused = respond("Hi", "grok-build-0.1", "xai", reasoning={"effort": "low"})
    assert refused.json()["error"] == "Model grok-build-0.1 does not support parameter reasoningEffort."
    assert respond("Hi", "grok-4.3", "xai", previous_response_id="resp_1").status_code == 404


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"max_tokens": 5}, "unknown_parameter", "max_tokens"),
        ({"max_output_tokens": 5}, "integer_below_min_value", "max_output_tokens"),
        ({"temperature": 3}, "integer_above_max_value", "temperature"),
        ({"given": None}, "missing_required_parameter", "input"),
        ({"given": []}, "empty_array", "input"),
        ({"given": 5}, "invalid_type", "input"),
        ({"given": ["x"]}, "invalid_type", "input[0]"),
        ({"given": [{"role": "model", "content": "x"}]}, "invalid_value", "input[0].role"),
        ({"given": [{"role": "user", "content": ["x"]}]}, "invalid_type", "input[0].content[0]"),
        (
            {"given": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]},
            "invalid_value",
            "input[0].content[0].type",
        ),
        (
            {"given": [{"role": "user", "content": [{"type": "input_text", "text": 5}]}]},
            "invalid_type",
            "input[0].content[0].text",
        ),
        ({"reasoning": {"effort": "extreme"}}, "invalid_value", "reasoning.effort"),
        ({"reasoning": {"effort": "low"}}, "unsupported_parameter", "reasoning.effort"),
        ({"model": "gpt-5", "temperature": 0.5}, "unsupported_parameter", "temperature"),
        ({"model": "no-such-model"}, "model_not_found", "model"),
        ({"previous_response_id": "resp_1"}, "unsupported_parameter", "previous_response_id"),
        ({"service_tier": "cheap"}, "invalid_value", "service_tier"),
    ],
)
def test_what_is_wrong_is_told_in_openai_s_words(respond: Respond, more: dict[str, Any], code: str, param: str) -> None:
    """A 400 with a code and the place."""
    response = respond(**more)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["param"]) == (code, param)


def test_models_of_this_interface_alone(respond: Respond, ask: Any) -> None:
    """The chat refuses them."""
    assert respond("Hi", "gpt-5-pro").status_code == 200
    assert ask("openai", "Hi", "gpt-5-pro").status_code == 404
    assert respond("Hi", "").json()["error"]["message"] == "you must provide a model parameter"


def test_events_are_numbered_and_add_up(respond: Respond) -> None:
    """From `created` to `completed`, whose response is the whole answer."""
    response = respond("Hi", "gpt-5", reasoning={"effort": "low", "summary": "auto"}, stream=True)
    events = events_of(response)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[0]["response"]["output"] == []
    whole = events[-1]["response"]
    assert (events[-1]["type"], whole["status"]) == ("response.completed", "completed")
    deltas = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    assert "".join(deltas) == whole["output"][1]["content"][0]["text"]
    thoughts = [event["delta"] for event in events if event["type"] == "response.reasoning_summary_text.delta"]
    assert "".join(thoughts) == whole["output"][0]["summary"][0]["text"]
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert done == whole["output"]


@pytest.mark.parametrize(
    ("directive", "wanted"),
    [
        ("answer=refusal", "response.refusal.done"),
        ("answer=tool", "response.function_call_arguments.done"),
        ("answer=filter", "response.incomplete"),
        ("answer=multi", "response.content_part.added"),
        ("answer=no-choices", "response.completed"),
        ("answer=null", "response.completed"),
        ("stream-error=server", "error"),
    ],
)
def test_events_of_other_answers(respond: Respond, directive: str, wanted: str) -> None:
    """Each kind has its own; an error ends the stream."""
    events = events_of(respond(f"[[sim {directive}]]", stream=True))
    assert wanted in {event["type"] for event in events}
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    events = events_of(respond(f"[[sim {directive}]]", "grok-4.3", "xai", stream=True))
    assert wanted in {event["type"] for event in events} or wanted == "response.refusal.done"


def test_counts_can_be_bent(respond: Respond) -> None:
    """Thinking in the total alone, beside the output, or no counts at all."""
    total = respond("[[sim usage=total-only]]", "gpt-5").json()["usage"]
    assert total["total_tokens"] - total["input_tokens"] - total["output_tokens"] == THINKING_TOKENS
    assert "output_tokens_details" not in total
    beside = respond("[[sim usage=beside]]", "gpt-5").json()["usage"]
    assert beside["output_tokens_details"] == {"reasoning_tokens": THINKING_TOKENS}
    assert beside["total_tokens"] == beside["input_tokens"] + beside["output_tokens"] + THINKING_TOKENS
    assert respond("[[sim usage=none]]").json()["usage"] is None
    assert respond("[[sim finish=odd model=other tier=flex]]").json()["status"] == "odd"
