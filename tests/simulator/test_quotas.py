"""Quotas of requests a minute, and what is only so while a tier is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from simulator.quota import Quotas

if TYPE_CHECKING:
    from simulator import Simulator

Ask = Callable[..., httpx.Response]


def test_a_bucket_is_full_at_first_and_fills_again_evenly() -> None:
    """A request a second with 60 a minute; another model has another bucket."""
    quotas = Quotas(lambda: 0.0)
    assert [quotas.take(("a",), 60).left for _ in range(60)] == list(range(59, -1, -1))
    refused = quotas.take(("a",), 60)
    assert (refused.admitted, refused.left, refused.reset, refused.wait) == (False, 0, 60.0, 1.0)
    assert quotas.take(("b",), 60).admitted
    quotas.advance(2)
    assert [quotas.take(("a",), 60).admitted for _ in range(3)] == [True, True, False]
    quotas.clear()
    assert quotas.take(("a",), 60).left == 59


@pytest.mark.parametrize(
    ("provider", "header"),
    [
        ("openai", "x-ratelimit-{}-requests"),
        ("anthropic", "anthropic-ratelimit-requests-{}"),
        ("xai", "x-ratelimit-{}-requests"),
        ("mistral", "x-ratelimit-{}-req-minute"),
        ("google", None),
        ("deepseek", None),
    ],
)
def test_beyond_its_quota_a_vendor_refuses_in_its_own_words(
    ask: Ask, simulator: Simulator, provider: str, header: str | None
) -> None:
    """Before that its headers say what is left; time that passes fills the quota again."""
    prompt = "[[sim rpm=2]] Is it right to lie?"
    answers = [ask(provider, prompt) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    if header is not None:
        assert [answer.headers[header.format("remaining")] for answer in answers] == ["1", "0", "0"]
        assert answers[0].headers[header.format("limit")] == "2"
        # 30 seconds, less what went by while the three were asked.
        assert 10 <= int(answers[2].headers["retry-after"]) <= 31
    assert [entry["billedDollars"] for entry in simulator.journal][2] == 0
    httpx.put(f"{simulator.url}/_sim/clock?advance=31", trust_env=False)
    assert ask(provider, prompt).status_code == 200


def test_a_tier_may_have_no_room_while_the_others_have(ask: Ask) -> None:
    """The condition is the tier that the request asks for."""
    prompt = "[[sim asked-tier=flex error=resource_unavailable]]"
    assert ask("openai", prompt, service_tier="flex").status_code == 429
    assert ask("openai", prompt, service_tier="default").status_code == 200
    assert ask("openai", prompt).json()["service_tier"] == "default"


def test_xais_cache_is_that_of_the_server_to_which_the_header_leads(ask: Ask) -> None:
    """With another value, another server."""
    long = "Nothing in this sentence matters. " * 60
    read = []
    for key in ("a", "a", "b"):
        usage = ask("xai", long, headers={"x-grok-conv-id": key}).json()["usage"]
        read.append(usage["prompt_tokens_details"]["cached_tokens"] > 0)
    assert read == [False, True, False]
