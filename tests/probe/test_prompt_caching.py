"""What makes a provider find a preamble in its cache, and that not one word of the conversation changes for it."""

from __future__ import annotations

from typing import Any

import pytest

from common.probe.run import prepare
from support.conversations import hold, openai_answer, reply
from support.jobs import probe_job

pytestmark = pytest.mark.usefixtures("made_up_keys")

LONG = "You are a moral philosopher. " * 200
CLAUDE = {"content": [{"type": "text", "text": "No."}], "stop_reason": "end_turn", "model": "claude-sonnet-5"}


def cached_job(model: str, preamble: str | None = LONG, prompt: str = "Is it right to lie?", **fields: Any) -> Any:
    """A job that asks for caching."""
    scenario = {"prompt": prompt, **({} if preamble is None else {"preamble": preamble})}
    config = {"promptCaching": True, **fields.pop("config", {})}
    return probe_job(model, scenario=scenario, config=config, **fields)


def sent_with(job: Any, answer: Any) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """The body and the headers of the call, and the metadata of its turn."""
    transcript, script, _ = hold(job, [answer])
    metadata: Any = transcript["turns"][0]["providerMetadata"]
    return script.bodies[0], script.calls[0].headers, metadata


def without_caching(job: Any, answer: Any) -> dict[str, Any]:
    """The body of the same job without it."""
    return sent_with({**job, "config": {}}, answer)[0]


@pytest.mark.parametrize("model", ["gpt-4o", "mistral-large-latest"])
def test_openai_and_mistral_get_a_key_that_is_the_preambles_own(model: str) -> None:
    """The same for every question after that preamble, another for another preamble or model."""
    answer = openai_answer("No.")
    body, _, metadata = sent_with(cached_job(model), answer)
    key = body.pop("prompt_cache_key")
    assert body == without_caching(cached_job(model), answer)
    assert (metadata["requested"]["promptCaching"], metadata["sent"]["promptCaching"]) == (True, key)
    assert len(key) == 32
    assert sent_with(cached_job(model, prompt="And to steal?"), answer)[0]["prompt_cache_key"] == key
    assert sent_with(cached_job(model, LONG + "!"), answer)[0]["prompt_cache_key"] != key


def test_xai_gets_it_as_a_header_and_its_body_stays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """By which it leads the calls to the server that has the cache."""
    monkeypatch.setenv("XAI_API_KEY", "made-up-key-0001")
    job, answer = cached_job("grok-4.3"), openai_answer("No.")
    body, headers, metadata = sent_with(job, answer)
    assert headers["x-grok-conv-id"] == metadata["sent"]["promptCaching"]
    assert body == without_caching(job, answer)


def test_an_anthropic_preamble_is_marked_and_its_text_stays_byte_for_byte() -> None:
    """As the one block of the system message."""
    job = cached_job("claude-sonnet-5")
    body, _, metadata = sent_with(job, CLAUDE)
    (block,) = body["system"]
    assert block == {"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}
    plain = without_caching(job, CLAUDE)
    assert {**body, "system": block["text"]} == plain
    assert list(body) == list(plain)
    assert metadata["sent"]["promptCaching"] == "ephemeral"


@pytest.mark.parametrize(
    ("model", "fields", "why"),
    [
        ("claude-haiku-4-5", {}, "the preamble is shorter than the 4096 tokens that are cached"),
        ("claude-sonnet-5", {"preamble": None}, "there is no preamble to find again"),
        ("claude-sonnet-5", {"config": {"preamblePlacement": "prompt"}}, "the preamble is a part of the prompt"),
        ("gpt-4o", {"preamble": " "}, "there is no preamble to find again"),
        ("gemini-2.5-pro", {}, "the API has no such setting"),
    ],
)
def test_where_nothing_can_be_marked_the_turn_says_so(model: str, fields: dict[str, Any], why: str) -> None:
    """It is left out, with the reason; and the job goes on."""
    conversation, _, _ = prepare(cached_job(model, **fields))
    assert any(text.startswith(f"promptCaching was left out: {why}") for text in conversation.warnings)


def test_a_server_that_refuses_the_key_is_asked_without_it() -> None:
    """As with any other setting; a compatible server may be strict."""
    refusal = reply({"error": {"message": "Unrecognized request argument supplied: prompt_cache_key"}}, 400)
    transcript, script, _ = hold(cached_job("gpt-4o"), [refusal, openai_answer("No.")])
    assert "prompt_cache_key" not in script.bodies[1]
    assert transcript["turns"][0]["providerMetadata"]["dropped"] == ["promptCaching"]
