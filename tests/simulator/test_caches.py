"""The vendors' prompt caches: what is written, what is read, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from simulator import prefix_cache
from simulator.prefix_cache import ONE_HOUR, CacheRule, CacheUse, Part, PrefixCache
from simulator.tokens import count_tokens

if TYPE_CHECKING:
    from simulator import Simulator

Ask = Callable[..., httpx.Response]

LONG: Final = "Nothing in this sentence matters. " * 600
MARK: Final = {"cache_control": {"type": "ephemeral"}}
HOUR: Final = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}


def cached_of(provider: str, body: Any) -> int:
    """What an answer says it read from the cache."""
    if provider == "google":
        return int(body["usageMetadata"].get("cachedContentTokenCount", 0))
    usage = body["usage"]
    return int(
        usage["cache_read_input_tokens"] if provider == "anthropic" else usage["prompt_tokens_details"]["cached_tokens"]
    )


def block(text: str, mark: dict[str, Any] | None = None) -> dict[str, Any]:
    """A block of Anthropic's."""
    return {"type": "text", "text": text, **(mark or {})}


@pytest.mark.parametrize("provider", ["openai", "google", "xai", "deepseek", "mistral"])
def test_a_long_prompt_is_read_the_second_time(ask: Ask, provider: str) -> None:
    """Whoever asks it again with the same key; a short one never is, whatever comes before it."""
    assert [cached_of(provider, ask(provider, LONG).json()) > 1024 for _ in range(2)] == [False, True]
    assert cached_of(provider, ask(provider, [LONG, "Yes.", "And now?"]).json()) > 1024
    assert cached_of(provider, ask(provider, LONG, api_key="other-key").json()) == 0
    short = ["Are you there?", "Yes.", "And now?"]
    assert [cached_of(provider, ask(provider, short).json()) for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(("provider", "block_size"), [("openai", 128), ("deepseek", 64)])
def test_what_is_read_is_whole_blocks(ask: Ask, provider: str, block_size: int) -> None:
    """Never all of the prompt."""
    ask(provider, LONG)
    body = ask(provider, LONG).json()
    assert cached_of(provider, body) % block_size == 0
    assert 0 < body["usage"]["prompt_tokens"] - cached_of(provider, body) <= block_size


@pytest.mark.parametrize(("tokens", "read"), [(1020, 0), (1024, 0), (1025, 1024), (1153, 1152)])
def test_openai_caches_from_1024_tokens_on(ask: Ask, tokens: int, read: int) -> None:
    """Of which the last one is computed each time."""
    prompt = "x" * 4 * (tokens - 3)
    ask("openai", prompt)
    assert cached_of("openai", ask("openai", prompt).json()) == read


def test_gemini_pro_caches_longer_prompts_only(ask: Ask) -> None:
    """From 4,096 tokens on."""
    for text, cached in ((LONG[:15_000], False), (LONG[:20_000], True)):
        ask("google", text, "gemini-2.5-pro")
        assert (cached_of("google", ask("google", text, "gemini-2.5-pro").json()) > 0) is cached


@pytest.mark.parametrize(
    ("model", "tells"), [("gpt-5.6", True), ("gpt-6-sol", True), ("gpt-5.4", False), ("gpt-4o", False)]
)
def test_openai_tells_what_it_writes_from_gpt_5_6_on(ask: Ask, model: str, tells: bool) -> None:  # noqa: FBT001
    """All of a new prompt in whole blocks, then what is new behind what was read."""
    first = ask("openai", LONG, model).json()["usage"]["prompt_tokens_details"]
    assert ("cache_write_tokens" in first) is tells
    if not tells:
        return
    assert first["cache_write_tokens"] > 1024
    again = ask("openai", LONG, model).json()["usage"]["prompt_tokens_details"]
    assert (again["cached_tokens"], again["cache_write_tokens"]) == (first["cache_write_tokens"], 0)
    more = ask("openai", [LONG, "Yes.", "And now? " * 100], model).json()["usage"]["prompt_tokens_details"]
    assert more["cached_tokens"] == first["cache_write_tokens"]
    assert more["cache_write_tokens"] % 128 == 0 < more["cache_write_tokens"]
    assert ask("openai", "Hi", model).json()["usage"]["prompt_tokens_details"]["cache_write_tokens"] == 0


def test_anthropic_caches_what_is_marked(ask: Ask) -> None:
    """Nothing without a mark; with one everything up to it, for five minutes or an hour."""
    assert [cached_of("anthropic", ask("anthropic", LONG).json()) for _ in range(2)] == [0, 0]
    content = [block(LONG, MARK), block("And a question.")]
    usages = []
    for _ in range(2):
        body = ask("anthropic", "", messages=[{"role": "user", "content": content}], system=[block(LONG, HOUR)])
        usages.append(body.json()["usage"])
    size = count_tokens(LONG) + 3
    assert usages[0]["cache_creation"] == {"ephemeral_5m_input_tokens": size, "ephemeral_1h_input_tokens": size}
    assert (usages[0]["cache_creation_input_tokens"], usages[0]["cache_read_input_tokens"]) == (2 * size, 0)
    assert (usages[1]["cache_creation_input_tokens"], usages[1]["cache_read_input_tokens"]) == (0, 2 * size)
    assert usages[0]["input_tokens"] == usages[1]["input_tokens"] == count_tokens("And a question.")


def test_anthropic_takes_calls_of_tools_and_what_they_brought(ask: Ask) -> None:
    """Messages without a text, as a client's loop of tools sends them."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "simulated_tool", "input": {}}
    brought = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [brought]},
    ]
    assert ask("anthropic", "", messages=messages).status_code == 200


def test_anthropic_s_mark_of_the_whole_request(ask: Ask) -> None:
    """Stands for one on the last block; the next turn reads what this one wrote."""
    first = ask("anthropic", LONG, **MARK).json()["usage"]
    assert first["cache_creation_input_tokens"] > 1024
    second = ask("anthropic", [LONG, "Yes.", "And now?"], **MARK).json()["usage"]
    assert second["cache_read_input_tokens"] >= first["cache_creation_input_tokens"]
    assert second["cache_creation_input_tokens"] > 0
    assert ask("anthropic", "Hi", **MARK).json()["usage"]["cache_creation_input_tokens"] == 0


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"cache_control": {"type": "forever"}}, "cache_control.type"),
        ({"cache_control": {"type": "ephemeral", "ttl": "2h"}}, "cache_control.ttl"),
        ({"cache_control": {}}, "cache_control.type: Field required"),
        ({"cache_control": "yes"}, "cache_control: Input should be a valid dictionary"),
        ({"system": [block("a", MARK), block("b", HOUR)]}, "must not come after"),
        ({"system": [block(str(number), MARK) for number in range(5)]}, "A maximum of 4 blocks"),
    ],
)
def test_anthropic_s_marks_have_rules(ask: Ask, extra: dict[str, Any], words: str) -> None:
    """A 400 says which one was broken."""
    response = ask("anthropic", "Hi", **extra)
    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


def test_entries_die_of_time(simulator: Simulator, client: httpx.Client, ask: Ask) -> None:
    """Five minutes after their last use; the control door lets the time pass."""

    def advance(seconds: object) -> int:
        return client.put(f"{simulator.url}/_sim/clock?advance={seconds}").status_code

    def read() -> bool:
        return cached_of("anthropic", ask("anthropic", LONG, **MARK).json()) > 0

    assert (read(), read()) == (False, True)
    assert advance(299) == 200
    assert read()
    assert advance(299) == 200
    assert read()
    assert advance(301) == 200
    assert not read()
    assert [advance(value) for value in ("-1", "nan", "soon", "")] == [400] * 4
    simulator.reset()
    assert not read()


@pytest.mark.parametrize(
    "directive", ["status=503", "error=rate_limit", "html=502", "cloudflare=520", "hang=0 status=400"]
)
def test_what_is_refused_is_not_cached(ask: Ask, directive: str) -> None:
    """It never came to the model."""
    prompt = f"[[sim {directive} times=1]] {LONG}"
    assert ask("openai", prompt).status_code >= 400
    assert cached_of("openai", ask("openai", prompt).json()) == 0


def parts(*sizes: int, mark: float = 0.0) -> list[Part]:
    """Messages of so many tokens."""
    return [Part("user", f"message {place}", size, mark) for place, size in enumerate(sizes)]


def test_the_longest_beginning_is_read() -> None:
    """Whatever follows it; each use makes it live longer."""
    now = [0.0]
    cache = PrefixCache(lambda: now[0])
    rule = CacheRule(minimum=10, seconds=100.0, tells_writes=True)
    assert cache.use(("a",), parts(10, 10), rule) == CacheUse(0, 19)
    assert cache.use(("a",), parts(10, 10, 10), rule) == CacheUse(20, 9)
    now[0] = 90.0
    assert cache.use(("a",), parts(10, 10), rule) == CacheUse(19)
    now[0] = 150.0
    assert cache.use(("a",), [*parts(10), Part("user", "else", 5)], rule) == CacheUse(10, 4)
    assert cache.use(("b",), parts(10, 10), rule) == CacheUse(0, 19)
    now[0] = 1000.0
    assert cache.use(("a",), parts(10, 10), rule).read == 0


def test_a_cache_for_an_hour_is_told_apart() -> None:
    """By the life that its mark gives it."""
    cache = PrefixCache()
    rule = CacheRule(minimum=10, tells_writes=True, automatic=False)
    marked = [*parts(20, mark=ONE_HOUR), Part("user", "and more", 20, 300.0), Part("user", "unmarked", 5)]
    assert cache.use((), marked, rule) == CacheUse(0, 20, 20)
    assert cache.use((), marked, rule) == CacheUse(40)


def test_the_cache_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest entries make room."""
    monkeypatch.setattr(prefix_cache, "MAX_ENTRIES", 3)
    cache, rule = PrefixCache(), CacheRule(minimum=10)
    for number in range(4):
        cache.use((), [Part("user", str(number), 20)], rule)
    read = [cache.use((), [Part("user", str(number), 20)], rule).read for number in (3, 0)]
    assert read == [19, 0]
