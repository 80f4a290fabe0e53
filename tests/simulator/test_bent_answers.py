"""Answers that are strange but well-formed, and bodies that are not what was asked for."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from simulator.answers import THINKING_TOKENS
from simulator.directive_keys import ANSWERS
from simulator.gzip_bomb import EXPANDED_BYTES, gzip_bomb
from simulator.providers import PROVIDERS

# Many examples of what the tests beside it take line by line.
pytestmark = pytest.mark.untraced

Ask = Callable[..., httpx.Response]

NAMES: Final = tuple(PROVIDERS)
CHAT_SHAPED: Final = ("openai", "xai", "deepseek", "mistral")


def answer(ask: Ask, provider: str, kind: str, model: str | None = None) -> Any:
    """The body of an answer of that kind."""
    response = ask(provider, f"Hi [[sim answer={kind}]]", model)
    assert response.status_code == 200
    return response.json()


def choice_of(body: Any) -> tuple[Any, str]:
    """Content and finish reason of the first choice."""
    return body["choices"][0]["message"]["content"], body["choices"][0]["finish_reason"]


@pytest.mark.parametrize("kind", [*ANSWERS, "size:5000"])
@pytest.mark.parametrize("provider", NAMES)
def test_every_vendor_has_every_kind_of_answer(ask: Ask, provider: str, kind: str) -> None:
    """Each kind is a 200 with JSON and usage."""
    body = answer(ask, provider, kind)
    assert body["usageMetadata" if provider == "google" else "usage"]


def test_refusals(ask: Ask) -> None:
    """OpenAI keeps a refusal apart, Anthropic says so in the stop reason, for others it is text."""
    message = answer(ask, "openai", "refusal")["choices"][0]["message"]
    assert message["content"] is None
    assert message["refusal"]
    anthropic = answer(ask, "anthropic", "refusal")
    assert (anthropic["stop_reason"], anthropic["content"][0]["type"]) == ("refusal", "text")
    assert anthropic["stop_details"]["category"]
    empty = answer(ask, "anthropic", "refusal-empty")
    assert (empty["stop_reason"], empty["content"], empty["stop_details"]) == ("refusal", [], None)
    for provider in ("xai", "deepseek", "mistral"):
        content, finish = choice_of(answer(ask, provider, "refusal"))
        assert content
        assert finish == "stop"
    assert answer(ask, "google", "refusal")["candidates"][0]["finishReason"] == "STOP"


def test_filters(ask: Ask) -> None:
    """A filter leaves no text or half of it; a blocked prompt has no candidates at Google."""
    for provider in CHAT_SHAPED:
        assert choice_of(answer(ask, provider, "filter")) == ("", "content_filter")
        content, finish = choice_of(answer(ask, provider, "filter-partial"))
        assert content
        assert finish == "content_filter"
    safety = answer(ask, "google", "filter")["candidates"][0]
    assert (safety["content"], safety["finishReason"]) == ({}, "SAFETY")
    assert safety["safetyRatings"][0]["blocked"] is True
    assert answer(ask, "google", "filter-partial")["candidates"][0]["content"]["parts"]
    blocked = answer(ask, "google", "blocked")
    assert "candidates" not in blocked
    assert blocked["promptFeedback"]["blockReason"]


def test_answers_without_text(ask: Ask) -> None:
    """Empty, blank, null, none at all, a tool call, or thinking alone."""
    for provider in CHAT_SHAPED:
        assert choice_of(answer(ask, provider, "empty")) == ("", "stop")
        assert choice_of(answer(ask, provider, "null")) == (None, "stop")
        content, _ = choice_of(answer(ask, provider, "blank"))
        assert content
        assert not content.strip()
        assert answer(ask, provider, "no-choices")["choices"] == []
        tool = answer(ask, provider, "tool")["choices"][0]
        assert tool["finish_reason"] == "tool_calls"
        assert tool["message"]["tool_calls"]
    assert answer(ask, "anthropic", "no-choices")["content"] == []
    assert [block["type"] for block in answer(ask, "anthropic", "tool")["content"]] == ["tool_use"]
    assert "candidates" not in answer(ask, "google", "no-choices")
    assert answer(ask, "google", "signature-only")["candidates"][0]["content"]["parts"][0].keys() == {
        "thoughtSignature"
    }
    thinking = answer(ask, "deepseek", "thinking-only")
    assert choice_of(thinking) == ("", "stop")
    assert thinking["choices"][0]["message"]["reasoning_content"]
    chunks, _ = choice_of(answer(ask, "mistral", "thinking-only"))
    assert [chunk["type"] for chunk in chunks] == ["thinking"]
    assert answer(ask, "openai", "thinking-only")["usage"]["completion_tokens"] == THINKING_TOKENS


def test_lengths(ask: Ask) -> None:
    """Cut text, no text for no reason, or no text because thinking took it all."""
    content, finish = choice_of(answer(ask, "openai", "length"))
    assert content
    assert finish == "length"
    assert choice_of(answer(ask, "openai", "length-empty", "gpt-5")) == ("", "length")
    spent = ask("openai", "[[sim answer=length-thinking]]", "gpt-5", max_completion_tokens=500).json()["usage"]
    assert spent["completion_tokens_details"]["reasoning_tokens"] == spent["completion_tokens"] == 500


def test_several_texts(ask: Ask) -> None:
    """Several blocks, parts or chunks make up one text; chat completions have a second choice instead."""
    expected = "Simulated answer 1 of {} to: Hi"
    blocks = answer(ask, "anthropic", "multi")["content"]
    assert len(blocks) == 2
    assert "".join(block["text"] for block in blocks) == expected.format("anthropic")
    parts = answer(ask, "google", "multi")["candidates"][0]["content"]["parts"]
    assert "".join(part["text"] for part in parts) == expected.format("google")
    chunks, _ = choice_of(answer(ask, "mistral", "multi"))
    assert "".join(chunk["text"] for chunk in chunks) == expected.format("mistral")
    assert [choice["index"] for choice in answer(ask, "openai", "multi")["choices"]] == [0, 1]


def test_characters_that_databases_refuse(ask: Ask) -> None:
    """NUL and half a surrogate pair come as JSON escapes."""
    assert "\x00" in choice_of(answer(ask, "openai", "nul"))[0]
    response = ask("openai", "[[sim answer=surrogate]]")
    assert b"\\ud800" in response.content
    assert "\ud800" in choice_of(json.loads(response.content))[0]


def test_a_large_answer(ask: Ask) -> None:
    """size:N is that long whatever the limit on tokens says."""
    body = ask("anthropic", "[[sim answer=size:300000]]", max_tokens=10).json()
    assert len(body["content"][0]["text"]) == 300_000
    assert body["stop_reason"] == "end_turn"


@pytest.mark.parametrize("provider", NAMES)
def test_usage_can_be_missing_partial_or_nonsense(ask: Ask, provider: str) -> None:
    """The bill is left out, holds the input alone, or no numbers one could use."""
    key = "usageMetadata" if provider == "google" else "usage"
    assert key not in ask(provider, "[[sim usage=none]]").json()
    partial = ask(provider, "[[sim usage=partial]]").json()[key]
    assert [value > 0 for value in partial.values()] == [True]
    garbage = ask(provider, "[[sim usage=garbage]]").json()[key]
    assert "many" in garbage.values()


def test_names_can_be_set(ask: Ask) -> None:
    """Finish reason, model and fingerprint are given word for word."""
    body = ask("deepseek", "[[sim finish=insufficient_system_resource model=m fingerprint=f]]").json()
    assert (body["choices"][0]["finish_reason"], body["model"], body["system_fingerprint"]) == (
        "insufficient_system_resource",
        "m",
        "f",
    )
    assert ask("google", "[[sim finish=SPII]]").json()["candidates"][0]["finishReason"] == "SPII"
    assert ask("anthropic", "[[sim finish=pause_turn]]").json()["stop_reason"] == "pause_turn"


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("blank", b"\n", b"\n"),
        ("list", b"[]", b"[]"),
        ("null", b"null", b"null"),
        ("string", b'"', b'"'),
        ("html", b"<!DOCTYPE html>", b"</html>\n"),
        ("nested", b"[[[", b"]]]"),
        ("error200", b'{"error":{"code":429', b"}}"),
    ],
)
@pytest.mark.parametrize("provider", NAMES)
def test_bodies_instead_of_an_answer(ask: Ask, provider: str, kind: str, start: bytes, end: bytes) -> None:
    """A 200 whose body is something else."""
    response = ask(provider, f"[[sim body={kind}]]")
    assert response.status_code == 200
    assert response.content.startswith(start)
    assert response.content.endswith(end)


@pytest.mark.parametrize("provider", NAMES)
def test_broken_bodies(ask: Ask, provider: str) -> None:
    """Nothing, half of the JSON, a raw NUL in it, or bytes that are no UTF-8."""
    assert ask(provider, "[[sim body=empty]]").content == b""
    for kind in ("half", "nul-byte", "bad-utf8"):
        with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
            json.loads(ask(provider, f"[[sim body={kind}]]").content)
    assert b"\x00" in ask(provider, "[[sim body=nul-byte]]").content
    assert b"\xff" in ask(provider, "[[sim body=bad-utf8]]").content


def test_answers_of_another_vendor(ask: Ask) -> None:
    """The shape of another vendor's success."""
    assert "choices" in ask("anthropic", "[[sim body=foreign]]").json()
    assert "choices" in ask("google", "[[sim body=foreign]]").json()
    assert "choices" not in ask("openai", "[[sim body=foreign]]").json()


def test_gzip(ask: Ask) -> None:
    """A compressed answer is an answer."""
    response = ask("openai", "[[sim gzip=1]]")
    assert response.headers["content-encoding"] == "gzip"
    assert response.json()["object"] == "chat.completion"


def test_the_bomb_is_small_and_becomes_large() -> None:
    """About 200 kB hold 200 MB of blanks, a good answer, and the right checksum."""
    bomb = gzip_bomb(b'{"a":1}')
    assert len(bomb) < 300_000
    with gzip.open(io.BytesIO(bomb)) as file:
        size = 0
        while part := file.read(1024 * 1024):
            size += len(part)
            last = part
    assert size == EXPANDED_BYTES + 7
    assert last.endswith(b'{"a":1}')
