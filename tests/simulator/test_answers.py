"""What the simulated models say, and how each vendor counts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from simulator.answers import THINKING_TOKENS, excerpt, split_echo
from simulator.records import RECORDS
from simulator.tokens import count_tokens

Ask = Callable[..., httpx.Response]

PROVIDERS: Final = tuple(RECORDS)
TWO_TURNS: Final = ["What is up?", "Not much.", "And now?"]
# The first message alone is long enough for every cache of the models that are asked.
LONG_TURNS: Final = ["What is up? " * 400, "Not much.", "And now?"]


def text_of(provider: str, body: Any) -> str:
    """The visible text of an answer."""
    if provider == "anthropic":
        return "".join(block["text"] for block in body["content"] if block["type"] == "text")
    if provider == "google":
        parts = body["candidates"][0]["content"].get("parts", [])
        return "".join(part["text"] for part in parts if not part.get("thought"))
    content = body["choices"][0]["message"]["content"]
    if isinstance(content, list):
        return "".join(chunk["text"] for chunk in content if chunk["type"] == "text")
    return str(content)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_answer_names_the_turn_and_quotes_the_prompt(ask: Ask, provider: str) -> None:
    """Each vendor answers the second turn with its number and the words of the last message."""
    response = ask(provider, TWO_TURNS)
    assert response.status_code == 200
    assert text_of(provider, response.json()) == f"Simulated answer 2 of {provider} to: And now?"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_echo_is_answered_byte_for_byte(ask: Ask, provider: str) -> None:
    """What stands after the line ECHO: comes back as it is, directives and blanks included."""
    wanted = "  *é漢👩‍🚀*\r\n[[sim no]]\n\tend \n"
    response = ask(provider, f"Say this.\nECHO:\n{wanted}")
    assert text_of(provider, response.json()) == wanted


def test_an_echo_begins_on_its_own_line_only() -> None:
    """The marker counts at the beginning of a line, and the rest of its line belongs to the echo."""
    assert split_echo("no ECHO: here") == ("no ECHO: here", None)
    assert split_echo("a\nECHO: b\nc") == ("a\n", " b\nc")


def test_an_excerpt_never_splits_a_character() -> None:
    """A mark that combines with the last character, or a joined emoji, is left out as a whole."""
    assert excerpt("x" * 79 + "e\u0301" + "y" * 9) == "x" * 79
    assert excerpt("x" * 79 + "👩\u200d🚀") == "x" * 79
    assert excerpt("漢" * 100) == "漢" * 80


def test_tokens_are_a_quarter_of_the_bytes() -> None:
    """Every four bytes of UTF-8 begin a token, and half a surrogate pair does no harm."""
    assert [count_tokens(text) for text in ("", "a", "abcd", "abcde", "漢漢", "\ud800")] == [0, 1, 1, 2, 2, 1]


def test_openai_counts_reasoning_and_cache_inside(ask: Ask) -> None:
    """OpenAI's completion includes reasoning, its prompt includes what was cached; a short one never is."""
    usage = ask("openai", TWO_TURNS, "gpt-5-mini").json()["usage"]
    visible = count_tokens("Simulated answer 2 of openai to: And now?")
    assert usage["completion_tokens"] == visible + THINKING_TOKENS
    assert usage["completion_tokens_details"]["reasoning_tokens"] == THINKING_TOKENS
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 0
    ask("openai", LONG_TURNS[:1], "gpt-5-mini")
    usage = ask("openai", LONG_TURNS, "gpt-5-mini").json()["usage"]
    assert 0 < usage["prompt_tokens_details"]["cached_tokens"] < usage["prompt_tokens"]


def test_anthropic_counts_the_cache_beside_the_input(ask: Ask) -> None:
    """Anthropic's input leaves out what was read from or written to the cache; the output includes thinking."""
    marked = {"cache_control": {"type": "ephemeral"}}
    ask("anthropic", LONG_TURNS[:1], "claude-sonnet-5", **marked)
    body = ask("anthropic", LONG_TURNS, "claude-sonnet-5", **marked).json()
    usage = body["usage"]
    parts = [usage[name] for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")]
    assert all(parts)
    assert sum(parts) == sum(count_tokens(text) + 3 for text in LONG_TURNS)
    assert usage["output_tokens_details"] == {"thinking_tokens": THINKING_TOKENS}
    assert usage["output_tokens"] > THINKING_TOKENS
    assert [block["type"] for block in body["content"]] == ["thinking", "text"]
    assert body["content"][0]["thinking"] == ""
    assert body["content"][0]["signature"]


def test_google_counts_thoughts_beside_the_candidates(ask: Ask) -> None:
    """Google's candidates leave out the thoughts, and a count of 0 is absent."""
    ask("google", LONG_TURNS[:1], "gemini-3.5-flash")
    usage = ask("google", LONG_TURNS, "gemini-3.5-flash").json()["usageMetadata"]
    assert usage["candidatesTokenCount"] == count_tokens("Simulated answer 2 of google to: And now?")
    assert usage["thoughtsTokenCount"] == THINKING_TOKENS
    total = usage["promptTokenCount"] + usage["candidatesTokenCount"] + THINKING_TOKENS
    assert usage["totalTokenCount"] == total
    assert 0 < usage["cachedContentTokenCount"] < usage["promptTokenCount"]
    silent = ask("google", "[[sim answer=length-thinking]]", "gemini-3.5-flash").json()
    assert "candidatesTokenCount" not in silent["usageMetadata"]
    assert silent["candidates"][0]["content"] == {"role": "model"}


def test_google_shows_thoughts_only_if_asked(ask: Ask) -> None:
    """With includeThoughts the first part is a thought; with a budget of 0 there is none."""
    config = {"thinkingConfig": {"includeThoughts": True}}
    parts = ask("google", "Hi", "gemini-2.5-flash", generationConfig=config).json()["candidates"][0]["content"]["parts"]
    assert [part.get("thought", False) for part in parts] == [True, False]
    none = {"thinkingConfig": {"thinkingBudget": 0}}
    assert (
        "thoughtsTokenCount"
        not in ask("google", "Hi", "gemini-2.5-flash", generationConfig=none).json()["usageMetadata"]
    )


def test_xai_counts_reasoning_beside_the_completion(ask: Ask) -> None:
    """XAI's completion leaves reasoning out, its total has it in, and the words are shown."""
    body = ask("xai", TWO_TURNS, "grok-4.3").json()
    usage = body["usage"]
    assert usage["completion_tokens"] == count_tokens("Simulated answer 2 of xai to: And now?")
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] + THINKING_TOKENS
    assert body["choices"][0]["message"]["reasoning_content"]
    assert "reasoning_content" not in ask("xai").json()["choices"][0]["message"]


def test_deepseek_splits_the_prompt_into_hits_and_misses(ask: Ask) -> None:
    """DeepSeek's hits and misses make up the prompt; thinking is on unless it is switched off."""
    off = {"thinking": {"type": "disabled"}}
    ask("deepseek", LONG_TURNS[:1], "deepseek-v4-pro")
    plain = ask("deepseek", LONG_TURNS, "deepseek-v4-pro", **off).json()
    body = ask("deepseek", LONG_TURNS[:1], "deepseek-v4-pro").json()
    usage = body["usage"]
    assert usage["prompt_cache_hit_tokens"] + usage["prompt_cache_miss_tokens"] == usage["prompt_tokens"]
    assert usage["prompt_cache_hit_tokens"] > 0
    assert usage["completion_tokens"] > THINKING_TOKENS
    assert body["choices"][0]["message"]["reasoning_content"]
    assert plain["usage"]["prompt_cache_hit_tokens"] > 0
    assert "reasoning_content" not in plain["choices"][0]["message"]


def test_mistral_thinks_in_chunks(ask: Ask) -> None:
    """Mistral's content is a list where the model thinks, else a string."""
    content = ask("mistral", "Hi", "magistral-small-latest").json()["choices"][0]["message"]["content"]
    assert [chunk["type"] for chunk in content] == ["thinking", "text"]
    assert isinstance(ask("mistral").json()["choices"][0]["message"]["content"], str)
    effort = ask("mistral", reasoning_effort="high").json()["choices"][0]["message"]["content"]
    assert isinstance(effort, list)


@pytest.mark.parametrize(
    ("provider", "model", "served"),
    [
        ("openai", "gpt-4o", "gpt-4o-2024-08-06"),
        ("openai", "gpt-6-sol", "gpt-6-sol-2026-01-15"),
        ("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("openai", "chat-latest", "chat-latest"),
        ("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("anthropic", "claude-opus-4-0", "claude-opus-4-20250514"),
        ("anthropic", "claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("google", "gemini-flash-latest", "gemini-flash-latest"),
        ("xai", "grok-4.3", "grok-4.3"),
        ("deepseek", "deepseek-reasoner", "deepseek-v4-flash"),
        ("mistral", "mistral-small-latest", "mistral-small-latest"),
    ],
)
def test_the_served_version(ask: Ask, provider: str, model: str, served: str) -> None:
    """Aliases are answered by the version that really serves them."""
    body = ask(provider, "Hi", model).json()
    assert body["modelVersion" if provider == "google" else "model"] == served


@pytest.mark.parametrize(
    ("provider", "extra", "finish"),
    [
        ("openai", {"max_completion_tokens": 3}, "length"),
        ("anthropic", {"max_tokens": 3}, "max_tokens"),
        ("google", {"generationConfig": {"maxOutputTokens": 3}}, "MAX_TOKENS"),
        ("xai", {"max_tokens": 3}, "length"),
        ("deepseek", {"max_tokens": 3}, "length"),
        ("mistral", {"max_tokens": 3}, "length"),
    ],
)
def test_a_limit_cuts_the_text(ask: Ask, provider: str, extra: dict[str, Any], finish: str) -> None:
    """The text ends where the allowance does, and the finish reason says so."""
    body = ask(provider, "Hi", **extra).json()
    assert text_of(provider, body) == f"Simulated answer 1 of {provider} to: Hi"[:12]
    assert finish in {
        body.get("stop_reason"),
        body.get("choices", [{}])[0].get("finish_reason"),
        body.get("candidates", [{}])[0].get("finishReason"),
    }


def test_thinking_comes_out_of_the_same_allowance(ask: Ask) -> None:
    """A limit below the cost of thinking leaves no text at all, and all of it is billed as thinking."""
    body = ask("openai", "Hi", "o3", max_completion_tokens=10).json()
    assert body["choices"][0]["message"]["content"] == ""
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 10


def test_stop_sequences_end_the_text(ask: Ask) -> None:
    """The text ends before the first stop sequence, and Anthropic names it."""
    body = ask("anthropic", "Hi", stop_sequences=[" to: ", " of "]).json()
    assert text_of("anthropic", body) == "Simulated answer 1"
    assert (body["stop_reason"], body["stop_sequence"]) == ("stop_sequence", " of ")
    openai = ask("openai", "Hi", stop=" of ").json()
    assert openai["choices"][0]["message"]["content"] == "Simulated answer 1"


def test_fingerprints_are_null_where_the_model_reasons(ask: Ask) -> None:
    """OpenAI's system_fingerprint is null on reasoning models, and the same each time on others."""
    assert ask("openai", "Hi", "gpt-5").json()["system_fingerprint"] is None
    first, second = (ask("openai", text).json()["system_fingerprint"] for text in ("a", "b"))
    assert first == second
    assert first.startswith("fp_")
    assert ask("deepseek").json()["system_fingerprint"].startswith("fp_")
    assert ask("xai").json()["system_fingerprint"].startswith("fp_")


@pytest.mark.parametrize(
    ("provider", "header"),
    [
        ("openai", "x-request-id"),
        ("anthropic", "request-id"),
        ("xai", "x-request-id"),
        ("deepseek", "x-ds-trace-id"),
        ("mistral", "mistral-correlation-id"),
    ],
)
def test_each_answer_has_an_id_of_its_own(ask: Ask, provider: str, header: str) -> None:
    """The vendor's header carries an ID that no two answers share."""
    assert ask(provider).headers[header] != ask(provider).headers[header]


def test_the_list_of_models(simulator: Any, client: httpx.Client, key: Callable[[str, str], dict[str, str]]) -> None:
    """Each vendor lists models where its clients look for them."""
    paths = {
        "openai": "/openai/v1/models",
        "anthropic": "/anthropic/v1/models?limit=1",
        "google": "/google/v1beta/models?pageSize=1",
        "xai": "/xai/v1/models",
        "deepseek": "/deepseek/models",
        "mistral": "/mistral/v1/models",
    }
    for provider, path in paths.items():
        response = client.get(simulator.url + path, headers=key(provider, "a-key"))
        assert response.status_code == 200
        assert response.json()["models" if provider == "google" else "data"]
        refused = client.get(simulator.url + path, headers=key(provider, "bad-key"))
        assert refused.status_code in {400, 401}
