"""Answers in events, in each vendor's shape."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from simulator.answers import THINKING_TOKENS
from simulator.providers.events import MAX_PIECES, pieces_of

if TYPE_CHECKING:
    from simulator import Simulator

Ask = Callable[..., httpx.Response]

CHAT_SHAPED: Final = ("openai", "xai", "deepseek", "mistral")


def data_of(response: httpx.Response) -> list[Any]:
    """The data of each event, the closing word left as it is."""
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def google_stream(
    simulator: Simulator, client: httpx.Client, text: str, query: str = "", **more: Any
) -> httpx.Response:
    """Ask Google for a stream."""
    url = f"{simulator.url}/google/v1beta/models/gemini-3.5-flash:streamGenerateContent{query}"
    body = {"contents": [{"role": "user", "parts": [{"text": text}]}], **more}
    return client.post(url, headers={"x-goog-api-key": "k"}, json=body)


@pytest.mark.parametrize("provider", CHAT_SHAPED)
def test_chunks_say_what_the_answer_says(ask: Ask, provider: str) -> None:
    """The text in pieces, the finish reason in the last, one ID for all, and a word that there is no more."""
    whole = ask(provider, "Hi").json()
    *chunks, done = data_of(ask(provider, "Hi", stream=True))
    assert done == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert {chunk["model"] for chunk in chunks} == {whole["model"]}
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == whole["choices"][0]["message"]["content"]
    assert deltas[0]["role"] == "assistant"
    finishes = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert finishes == [None] * (len(finishes) - 1) + ["stop"]


@pytest.mark.parametrize("provider", CHAT_SHAPED[1:])
def test_counts_come_with_the_last_chunk(ask: Ask, provider: str) -> None:
    """Whether or not they are asked for."""
    chunks = data_of(ask(provider, "Hi", stream=True))[:-1]
    assert [("usage" in chunk) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["usage"] == ask(provider, "Hi").json()["usage"]


def test_openai_counts_only_if_asked_and_apart(ask: Ask) -> None:
    """The last chunk has no choices then, and all the others say that they have no counts."""
    assert not any("usage" in chunk for chunk in data_of(ask("openai", "Hi", stream=True))[:-1])
    asked = data_of(ask("openai", "Hi", stream=True, stream_options={"include_usage": True}))[:-1]
    assert [chunk["usage"] for chunk in asked[:-1]] == [None] * (len(asked) - 1)
    assert asked[-1]["choices"] == []
    assert asked[-1]["usage"] == ask("openai", "Hi").json()["usage"]
    refused = ask("openai", "Hi", stream_options={"include_usage": True})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "stream_options")


@pytest.mark.parametrize(("provider", "model"), [("xai", "grok-4.3"), ("deepseek", "deepseek-v4-pro")])
def test_reasoning_comes_first(ask: Ask, provider: str, model: str) -> None:
    """In a field of its own, before any text."""
    chunks = data_of(ask(provider, "Hi", model, stream=True))[:-1]
    kinds = [name for chunk in chunks for name, text in chunk["choices"][0]["delta"].items() if text and name != "role"]
    assert [kind for kind, _ in itertools.groupby(kinds)] == ["reasoning_content", "content"]


def test_mistral_thinks_in_lists(ask: Ask) -> None:
    """Thinking stays a list of chunks, text becomes a string."""
    chunks = data_of(ask("mistral", "Hi", "magistral-small-latest", stream=True))[:-1]
    contents = [chunk["choices"][0]["delta"].get("content") for chunk in chunks]
    thoughts = [content for content in contents if isinstance(content, list)]
    words = "".join(part["text"] for content in thoughts for part in content[0]["thinking"])
    assert words == f"Simulated thinking of {THINKING_TOKENS} tokens."
    assert "".join(content for content in contents if isinstance(content, str)).endswith("to: Hi")


def test_refusals_and_calls_of_tools_are_streamed(ask: Ask) -> None:
    """Each in its own field, in pieces."""
    deltas = [
        chunk["choices"][0]["delta"] for chunk in data_of(ask("openai", "[[sim answer=refusal]]", stream=True))[:-1]
    ]
    assert "refuses" in "".join(delta.get("refusal") or "" for delta in deltas)
    deltas = [chunk["choices"][0]["delta"] for chunk in data_of(ask("openai", "[[sim answer=tool]]", stream=True))[:-1]]
    calls = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert calls[0]["function"]["name"] == "simulated_tool"
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == {"city": "Berlin"}


def test_anthropic_sends_named_events(ask: Ask) -> None:
    """A start, each block from its start to its stop, the end with the counts, a stop; names and types agree."""
    response = ask("anthropic", "Hi", "claude-sonnet-5", stream=True)
    events = data_of(response)
    names = [line.removeprefix("event: ") for line in response.text.splitlines() if line.startswith("event: ")]
    assert names == [event["type"] for event in events]
    kinds = [kind for kind, _ in itertools.groupby(name for name in names if name != "ping")]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    assert kinds == ["message_start", *block, *block, "message_delta", "message_stop"]
    whole = ask("anthropic", "Hi", "claude-sonnet-5").json()
    start, end = events[0]["message"], events[-2]
    assert (start["content"], start["stop_reason"], start["usage"]["output_tokens"]) == ([], None, 1)
    assert (end["delta"]["stop_reason"], end["usage"]["output_tokens"]) == ("end_turn", whole["usage"]["output_tokens"])
    texts = [event["delta"]["text"] for event in events if event.get("delta", {}).get("type") == "text_delta"]
    assert "".join(texts) == whole["content"][1]["text"]
    signatures = [event["delta"]["signature"] for event in events if "signature" in event.get("delta", {})]
    assert signatures == [whole["content"][0]["signature"]]


def test_anthropic_streams_what_a_tool_is_given(ask: Ask) -> None:
    """As pieces of JSON."""
    events = data_of(ask("anthropic", "[[sim answer=tool]]", stream=True))
    pieces = [event["delta"]["partial_json"] for event in events if "partial_json" in event.get("delta", {})]
    assert json.loads("".join(pieces)) == {"city": "Berlin"}


def test_google_streams_events_or_one_array(simulator: Simulator, client: httpx.Client) -> None:
    """The URL says which; the same pieces come either way, the last with the finish reason and the counts."""
    events = data_of(google_stream(simulator, client, "Hi", "?alt=sse"))
    response = google_stream(simulator, client, "Hi")
    assert response.headers["content-type"] == "application/json"
    array = response.json()
    for pieces in (events, array):
        parts = [piece["candidates"][0]["content"]["parts"][0] for piece in pieces]
        assert "".join(part["text"] for part in parts) == "Simulated answer 1 of google to: Hi"
        assert ["finishReason" in piece["candidates"][0] for piece in pieces] == [False] * (len(pieces) - 1) + [True]
        assert ["candidatesTokenCount" in piece["usageMetadata"] for piece in pieces][-2:] == [False, True]
        assert "thoughtSignature" in parts[-1]
    blocked = data_of(google_stream(simulator, client, "[[sim answer=blocked]]", "?alt=sse"))
    assert [list(piece) for piece in blocked] == [["usageMetadata", "promptFeedback", "modelVersion", "responseId"]]


def test_google_s_errors_are_lists_where_an_array_was_asked_for(simulator: Simulator, client: httpx.Client) -> None:
    """And objects elsewhere."""
    response = google_stream(simulator, client, "[[sim error=rate_limit]]")
    assert (response.status_code, response.json()[0]["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    response = google_stream(simulator, client, "[[sim error=rate_limit]]", "?alt=sse")
    assert response.json()["error"]["status"] == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("provider", [*CHAT_SHAPED, "anthropic"])
def test_errors_before_the_stream_are_ordinary_errors(ask: Ask, provider: str) -> None:
    """With their status, and as JSON."""
    response = ask(provider, "[[sim error=overloaded]]", stream=True)
    assert response.status_code >= 500
    assert response.json()
    assert ask(provider, "Hi", stream="yes").status_code in {400, 422}


@pytest.mark.parametrize("provider", [*CHAT_SHAPED, "anthropic"])
def test_an_error_may_come_in_mid_stream(ask: Ask, provider: str) -> None:
    """After half of the events, in the vendor's envelope, and nothing comes after it."""
    response = ask(provider, "[[sim stream-error=overloaded]]", stream=True)
    events = data_of(response)
    assert response.status_code == 200
    assert "error" in {*events[-1], events[-1].get("object")}
    assert 0 < len(events) - 1 < len(data_of(ask(provider, "Hi", stream=True)))


def test_google_s_error_in_mid_stream(simulator: Simulator, client: httpx.Client) -> None:
    """One more piece of either form, the array left open."""
    assert "error" in data_of(google_stream(simulator, client, "[[sim stream-error=server]]", "?alt=sse"))[-1]
    text = google_stream(simulator, client, "[[sim stream-error=server]]").text
    assert "error" in json.loads(text + "]")[-1]


def test_events_come_one_by_one(simulator: Simulator, client: httpx.Client, payload: Any) -> None:
    """The first is here while the last is not yet sent; the connection is kept for the next request."""
    body = payload("openai", "[[sim event-every=0.02]]", "gpt-4o", stream=True)
    url = f"{simulator.url}/openai/v1/chat/completions"
    with client.stream("POST", url, headers={"authorization": "Bearer k"}, json=body) as response:
        assert response.headers["transfer-encoding"] == "chunked"
        parts = response.iter_raw()
        next(parts)
        assert simulator.journal[0]["outcome"] == "pending"
        rest = b"".join(parts)
    assert rest.endswith(b"data: [DONE]\n\n")
    assert simulator.journal[0]["outcome"] == "answered"
    client.post(url, headers={"authorization": "Bearer k"}, json=body)
    assert simulator.journal[0]["connection"] == simulator.journal[1]["connection"]


@pytest.mark.parametrize("directive", ["close=body", "reset=body", "chunk-cut=1", "close=head"])
def test_a_stream_can_break_off(ask: Ask, directive: str) -> None:
    """Like any other body."""
    with pytest.raises(httpx.TransportError):
        ask("openai", f"[[sim {directive}]]", stream=True)


def test_other_faults_of_the_body_are_those_of_any_answer(ask: Ask) -> None:
    """Compressed, dripping, or something else altogether."""
    assert data_of(ask("openai", "[[sim gzip=1]]", stream=True))[-1] == "[DONE]"
    assert data_of(ask("openai", "[[sim drip=0]]", stream=True))[-1] == "[DONE]"
    html = ask("openai", "[[sim body=html]]", stream=True)
    assert html.headers["content-type"].startswith("text/html")
    assert ask("openai", "[[sim body=list]]", stream=True).headers["content-type"] == "application/json"
    assert "[DONE]" not in ask("openai", "[[sim body=half]]", stream=True).text
    assert data_of(ask("openai", "[[sim usage=none]]", stream=True, stream_options={"include_usage": True}))


@pytest.mark.parametrize("kind", ["empty", "null", "no-choices", "length-thinking", "multi", "surrogate", "nul"])
@pytest.mark.parametrize("provider", [*CHAT_SHAPED, "anthropic"])
def test_bent_answers_can_be_streamed(ask: Ask, provider: str, kind: str) -> None:
    """Whatever the model says or does not say, the stream comes to its end."""
    events = data_of(ask(provider, f"[[sim answer={kind}]]", stream=True))
    assert events[-1] == ({"type": "message_stop"} if provider == "anthropic" else "[DONE]")


@pytest.mark.parametrize("kind", ["empty", "null", "no-choices", "length-thinking", "signature-only", "tool", "filter"])
def test_bent_answers_of_google_can_be_streamed(simulator: Simulator, client: httpx.Client, kind: str) -> None:
    """The same for Google, in both forms."""
    text = f"[[sim answer={kind}]]"
    pieces = google_stream(simulator, client, text).json()
    events = data_of(google_stream(simulator, client, text, "?alt=sse"))
    for piece in (*pieces, *events):
        del piece["responseId"]
    assert pieces == events


@pytest.mark.parametrize("how", ["none", "partial", "garbage", "zero"])
def test_bent_counts_can_be_streamed(simulator: Simulator, client: httpx.Client, ask: Ask, how: str) -> None:
    """They stand where the right ones would, or nowhere."""
    text = f"[[sim usage={how}]]"
    end = data_of(ask("anthropic", text, stream=True))[-2]
    assert ("usage" in end) is (how != "none")
    pieces = google_stream(simulator, client, text).json()
    assert ("usageMetadata" in pieces[-1]) is (how != "none")
    assert ("usage" in data_of(ask("mistral", text, stream=True))[-2]) is (how != "none")


def test_anthropic_streams_the_thinking_that_it_shows(ask: Ask) -> None:
    """In pieces, before its signature."""
    thinking = {"type": "enabled", "budget_tokens": 1024}
    events = data_of(ask("anthropic", "Hi", thinking=thinking, max_tokens=2000, stream=True))
    kinds = [event["delta"]["type"] for event in events if event["type"] == "content_block_delta"]
    assert [kind for kind, _ in itertools.groupby(kinds)] == ["thinking_delta", "signature_delta", "text_delta"]


def test_long_answers_come_in_longer_pieces() -> None:
    """Not in more of them, and none is lost."""
    text = "漢字" * 100_000
    pieces = list(pieces_of(text))
    assert "".join(pieces) == text
    assert len(pieces) <= MAX_PIECES
    assert list(pieces_of("")) == list(pieces_of(None)) == []
