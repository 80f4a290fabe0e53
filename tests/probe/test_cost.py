"""What answers cost, to ten digits, against sums by hand: wire bodies of each provider, at the prices of the table."""

from __future__ import annotations

from typing import Any, cast

import pytest

from common.http.exchange import TransportFault
from common.probe.cost import cost_of_turn, cost_snapshot
from common.probe.job import ModelCost
from common.providers.price_table import PriceTable
from support.conversations import failed, hold, openai_answer, reply
from support.jobs import probe_job

pytestmark = pytest.mark.usefixtures("made_up_keys")

EXACT = 1e-10


def chat(model: str, tier: str | None = None, **usage: Any) -> dict[str, Any]:
    """A chat completion with this bill."""
    return openai_answer("Yes.", model=model, usage=usage, **({} if tier is None else {"service_tier": tier}))


def claude(tier: str = "standard", **usage: Any) -> dict[str, Any]:
    """A message of Anthropic's with this bill."""
    return {
        "model": "claude-sonnet-5",
        "content": [{"type": "text", "text": "Yes."}],
        "stop_reason": "end_turn",
        "usage": {"service_tier": tier, **usage},
    }


def gemini(tier: str | None = None, **usage: Any) -> dict[str, Any]:
    """An answer of Google's with this bill."""
    return {
        "candidates": [{"content": {"parts": [{"text": "Yes."}]}, "finishReason": "STOP"}],
        "usageMetadata": {**usage, **({} if tier is None else {"serviceTier": tier})},
    }


FLEX = {"serviceTier": "flex"}
GOLDEN = {
    "openai: cached": (
        "gpt-4o",
        {},
        chat("gpt-4o", prompt_tokens=2000, completion_tokens=100, prompt_tokens_details={"cached_tokens": 1024}),
        ((2000 - 1024) * 2.5 + 1024 * 1.25 + 100 * 10) / 1e6,
    ),
    "openai: cache writes": (
        "gpt-6-sol",
        {},
        chat(
            "gpt-6-sol",
            prompt_tokens=3000,
            completion_tokens=7,
            prompt_tokens_details={"cached_tokens": 500, "cache_write_tokens": 2000},
        ),
        (500 * 2 + 500 * 0.2 + 2000 * 2.5 + 7 * 10) / 1e6,
    ),
    "openai: reasoning is in the output": (
        "gpt-5",
        {},
        chat("gpt-5", prompt_tokens=11, completion_tokens=300, completion_tokens_details={"reasoning_tokens": 256}),
        (11 * 1.25 + 300 * 10) / 1e6,
    ),
    "openai: flex, served": (
        "gpt-5",
        FLEX,
        chat(
            "gpt-5",
            "flex",
            prompt_tokens=2000,
            completion_tokens=100,
            prompt_tokens_details={"cached_tokens": 1024},
        ),
        (976 * 1.25 + 1024 * 0.125 + 100 * 10) / 2 / 1e6,
    ),
    "openai: flex, served as default": (
        "gpt-5",
        FLEX,
        chat("gpt-5", "default", prompt_tokens=10, completion_tokens=5),
        (10 * 1.25 + 5 * 10) / 1e6,
    ),
    "openai: flex, and nobody says what was served": (
        "gpt-5",
        FLEX,
        chat("gpt-5", prompt_tokens=10, completion_tokens=5),
        None,
    ),
    "openai: priority, by the project's default": (
        "gpt-5",
        {},
        chat(
            "gpt-5",
            "priority",
            prompt_tokens=2000,
            completion_tokens=100,
            prompt_tokens_details={"cached_tokens": 1024},
        ),
        (976 * 2.5 + 1024 * 0.25 + 100 * 20) / 1e6,
    ),
    "openai: priority, at five thirds of the price": (
        "gpt-4o-mini",
        {},
        chat("gpt-4o-mini", "priority", prompt_tokens=3_000_000, completion_tokens=900),
        (3_000_000 * 0.25 + 900 * 1) / 1e6,
    ),
    "openai: a tier without a price": (
        "gpt-5",
        {},
        chat("gpt-5", "scale", prompt_tokens=10, completion_tokens=5),
        None,
    ),
    "openai: priority without a price for it": (
        "gpt-5-nano",
        {},
        chat("gpt-5-nano", "priority", prompt_tokens=10, completion_tokens=5),
        None,
    ),
    "openai: flex without a price for it": (
        "gpt-4o",
        FLEX,
        chat("gpt-4o", "flex", prompt_tokens=10, completion_tokens=5),
        None,
    ),
    "openai: a long prompt": (
        "gpt-6-sol",
        {},
        chat("gpt-6-sol", prompt_tokens=300_000, completion_tokens=10),
        (300_000 * 4 + 10 * 15) / 1e6,
    ),
    "openai: one token less than long": (
        "gpt-6-sol",
        {},
        chat("gpt-6-sol", prompt_tokens=272_000, completion_tokens=10),
        (272_000 * 2 + 10 * 10) / 1e6,
    ),
    "anthropic: cached, written for minutes and for an hour": (
        "claude-sonnet-5",
        {},
        claude(
            input_tokens=40,
            cache_read_input_tokens=3000,
            cache_creation_input_tokens=1500,
            cache_creation={"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 500},
            output_tokens=60,
            output_tokens_details={"thinking_tokens": 50},
        ),
        (40 * 2 + 3000 * 0.2 + 1000 * 2.5 + 500 * 4 + 60 * 10) / 1e6,
    ),
    "anthropic: priority": ("claude-sonnet-5", {}, claude("priority", input_tokens=4, output_tokens=6), None),
    "google: thoughts beside the answer, cached": (
        "gemini-2.5-pro",
        {},
        gemini(promptTokenCount=5000, cachedContentTokenCount=4096, candidatesTokenCount=20, thoughtsTokenCount=700),
        (904 * 1.25 + 4096 * 0.125 + 720 * 10) / 1e6,
    ),
    "google: flex, in which its caches are no cheaper": (
        "gemini-2.5-pro",
        FLEX,
        gemini("flex", promptTokenCount=5000, cachedContentTokenCount=4096, candidatesTokenCount=20),
        (904 * 1.25 / 2 + 4096 * 0.125 + 20 * 10 / 2) / 1e6,
    ),
    "xai: thinking beside the answer, cached": (
        "grok-4.7",
        {},
        chat(
            "grok-4.7",
            prompt_tokens=1000,
            completion_tokens=10,
            total_tokens=1410,
            completion_tokens_details={"reasoning_tokens": 400},
            prompt_tokens_details={"cached_tokens": 640},
        ),
        (360 * 2 + 640 * 0.5 + 410 * 6) / 1e6,
    ),
    "mistral: cached": (
        "mistral-large-latest",
        {},
        chat(
            "mistral-large-latest",
            prompt_tokens=900,
            completion_tokens=11,
            total_tokens=911,
            prompt_tokens_details={"cached_tokens": 300},
        ),
        (600 * 0.5 + 300 * 0.05 + 11 * 1.5) / 1e6,
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_an_answer_costs_what_the_sum_by_hand_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Null, with the reason, where it cannot be known."""
    monkeypatch.setenv("XAI_API_KEY", "xai-made-up-key-for-tests")
    model, configured, body, by_hand = GOLDEN[name]
    transcript, _, _ = hold(probe_job(model, modelConfig=configured), [body])
    snapshot, metadata = transcript["costSnapshot"], transcript["turns"][0]["providerMetadata"]
    assert metadata["costUsd"] == snapshot["totalCost"]
    if by_hand is None:
        assert snapshot["totalCost"] is None
        assert snapshot["unpriced"]
    else:
        assert snapshot["totalCost"] == pytest.approx(by_hand, abs=EXACT, rel=0)
        assert "unpriced" not in snapshot
        assert (snapshot["source"][:8], snapshot["date"]) == ("https://", "2026-11-23")


def test_sums_are_exact() -> None:
    """Where floating point is not: three times a tenth of a cent."""
    price = ModelCost(costInputPerMillion=0.1, costOutputPerMillion=0.7)
    turns = [_turn(1_000_000, 0)] * 3 + [_turn(0, 3)]
    assert cost_snapshot(price, turns)["totalCost"] == 0.3000021


def test_a_model_without_a_row_has_no_cost_and_the_jobs_price_goes_before_all() -> None:
    """And of a price that the job gives nothing is added from ours."""
    transcript, _, _ = hold(probe_job("gpt-4o-audio-preview"), [openai_answer("Yes.")])
    assert "costSnapshot" not in transcript
    assert "costUsd" not in transcript["turns"][0]["providerMetadata"]
    own = {"costInputPerMillion": 1, "costOutputPerMillion": 2}
    body = chat("gpt-4o", prompt_tokens=10, completion_tokens=5, prompt_tokens_details={"cached_tokens": 4})
    transcript, _, _ = hold(probe_job("gpt-4o", modelCost=own), [body])
    assert transcript["costSnapshot"]["totalCost"] is None
    transcript, _, _ = hold(probe_job("gpt-4o", modelCost=own), [openai_answer("Yes.")])
    assert transcript["costSnapshot"]["totalCost"] == pytest.approx((10 * 1 + 5 * 2) / 1e6, abs=EXACT)


def test_a_call_that_is_thrown_away_is_in_the_cost_of_its_turn() -> None:
    """The blank answer was billed: 10 in, 5 out, twice."""
    transcript, _, _ = hold(probe_job(), [openai_answer(" "), "One."])
    by_hand = 2 * (10 * 2.5 + 5 * 10) / 1e6
    assert transcript["turns"][0]["providerMetadata"]["costUsd"] == pytest.approx(by_hand, abs=EXACT, rel=0)


def test_a_call_that_is_thrown_away_is_priced_by_the_tier_that_it_names() -> None:
    """One was served as flex, and the next as nobody knows what."""
    job = probe_job("gpt-5", modelConfig=FLEX)
    transcript, _, _ = hold(
        job,
        [openai_answer(" ", service_tier="flex"), openai_answer("One.", service_tier="default")],
    )
    metadata = transcript["turns"][0]["providerMetadata"]
    assert [call["serviceTier"] for call in metadata["discarded"]] == ["flex"]
    assert metadata["costUsd"] == pytest.approx(1.5 * (10 * 1.25 + 5 * 10) / 1e6, abs=EXACT, rel=0)
    transcript, _, _ = hold(job, [openai_answer(" "), openai_answer("One.", service_tier="default")])
    assert transcript["turns"][0]["providerMetadata"]["costUsd"] is None


def test_what_failed_and_was_billed_is_in_the_cost_of_the_failure() -> None:
    """Each turn that was paid for, and the two answers that could not be kept."""
    job = probe_job(scenario={"prompt": "One?", "followups": [{"prompt": "Two?"}]})
    document, _ = failed(job, ["One.", openai_answer(""), openai_answer("")])
    by_hand = 2 * (10 * 2.5 + 5 * 10) / 1e6
    assert document["error"]["costSnapshot"]["totalCost"] == pytest.approx(by_hand, abs=EXACT, rel=0)
    paid = document["partialTranscript"]["turns"][0]["providerMetadata"]["costUsd"]
    assert paid == pytest.approx((10 * 2.5 + 5 * 10) / 1e6, abs=EXACT, rel=0)


def part(text: str, token: str | None = None, tier: str | None = None, **usage: Any) -> dict[str, Any]:
    """A part of an answer of Google's; with a token, there are more."""
    body = gemini(tier, **usage)
    candidate = {"content": {"parts": [{"text": text}]}, "finishReason": "CONTINUATION" if token else "STOP"}
    return {**body, "candidates": [candidate if token is None else {**candidate, "continuationToken": token}]}


def test_each_part_of_an_answer_costs_what_its_own_call_costs() -> None:
    """Two questions of 120,000 tokens are no question of 240,000, and each is paid for in the tier that served it."""
    long = {"fromInputTokens": 200_001, "inputFactor": 2, "outputFactor": 1.5}
    price = {"costInputPerMillion": 2, "costOutputPerMillion": 12, "longContext": long, "flexFactor": 0.5}
    job = probe_job("gemini-3.1-pro-preview", modelCost=price, modelConfig=FLEX)
    counts = {"promptTokenCount": 120_000, "candidatesTokenCount": 1000}
    answers = [part("Y", "a", "FLEX", **counts), part("es.", None, "STANDARD", **counts)]
    transcript, _, _ = hold(job, answers)
    turn = transcript["turns"][0]
    assert (turn["inputTokens"], turn["outputTokens"]) == (240_000, 2000)
    once = (120_000 * 2 + 1000 * 12) / 1e6
    assert transcript["costSnapshot"]["totalCost"] == pytest.approx(1.5 * once, abs=EXACT)
    assert cost_of_turn(ModelCost(**price), turn) == pytest.approx(1.5 * once, abs=EXACT)  # type: ignore[arg-type]


def test_an_answer_of_which_one_part_has_no_counts_has_no_known_cost() -> None:
    """The rest is not all of it; the counts are estimates, and said to be."""
    answers = [part("Y", "a"), part("es.", promptTokenCount=100, candidatesTokenCount=5)]
    transcript, _, _ = hold(probe_job("gemini-2.5-flash"), answers)
    assert transcript["turns"][0]["providerMetadata"]["tokenSource"] == "estimate"
    assert transcript["costSnapshot"]["totalCost"] is None


def test_a_call_that_may_have_been_billed_makes_the_cost_unknown() -> None:
    """Its connection broke after the question had been sent."""
    lost = TransportFault("broken", "the connection broke")
    transcript, _, _ = hold(probe_job(), [lost, "One."])
    assert transcript["turns"][0]["providerMetadata"]["costUsd"] is None
    # An error is not billed.
    transcript, _, _ = hold(probe_job(), [reply({"error": {"message": "busy"}}, 503), "One."])
    assert transcript["turns"][0]["providerMetadata"]["costUsd"] == pytest.approx(75e-6, abs=EXACT, rel=0)


@pytest.mark.parametrize(
    ("began", "minutes", "factor"),
    [
        ("2026-11-26T02:00:00.000Z", 1, 1),  # a Thursday
        ("2026-11-26T03:59:59.000Z", 0, 1),
        ("2026-11-26T04:00:00.000Z", 1, 0.5),
        ("2026-11-26T09:30:00.000Z", 10, 1),
        ("2026-11-26T12:00:00.000Z", 600, 0.5),
        ("2026-11-28T02:00:00.000Z", 1, 0.5),  # a Saturday
        ("2026-11-26T03:59:00.000Z", 2, None),
        ("2026-11-26T00:30:00.000Z", 240, None),  # off-peak at both ends, and not between them
        ("nonsense", 1, None),
    ],
)
def test_deepseek_is_cheaper_outside_its_peak_hours(began: str, minutes: int, factor: float | None) -> None:
    """A call during which the price changes has none that could be known."""
    price = PriceTable(None).price("deepseek", "deepseek-v4-pro", "2026-11-26")
    assert price is not None
    turn = _turn(1000, 100, cachedInputTokens=600, startedAt=began, durationMs=minutes * 60_000)
    by_hand = (400 * 1.32 + 600 * 0.044 + 100 * 3.96) / 1e6
    found = cost_of_turn(price, turn)
    assert found == (None if factor is None else pytest.approx(by_hand * factor, abs=EXACT, rel=0))


def test_a_price_that_holds_no_more_is_none() -> None:
    """What follows it is not known."""
    price = ModelCost(costInputPerMillion=1, costOutputPerMillion=1, validUntil="2026-12-01")
    days = [_turn(1, 1, startedAt=f"{day}T12:00:00.000Z", durationMs=5) for day in ("2026-11-30", "2026-12-01")]
    assert [cost_of_turn(price, turn) for turn in days] == [2e-6, None]
    assert cost_of_turn(price, _turn(1, 1)) is None
    assert cost_of_turn(price, _turn(1, 1, startedAt="2026-11-30T12:00:00.000Z", durationMs=2**53)) is None


def test_a_tier_that_is_billed_apart_needs_its_own_price_for_cached_tokens_too() -> None:
    """Half of it is a guess, and so is the whole."""
    price = ModelCost(costInputPerMillion=1, costOutputPerMillion=1, costCachedInputPerMillion=1, flexFactor=0.5)
    assert cost_of_turn(price, _turn(10, 0, serviceTier="flex")) == 5e-6
    assert cost_of_turn(price, _turn(10, 0, serviceTier="flex", cachedInputTokens=1)) is None
    hour = _turn(10, 0, cacheWriteInputTokens=5, cacheWriteHourInputTokens=2)
    minutes = ModelCost(costInputPerMillion=1, costOutputPerMillion=1, costCacheWriteInputPerMillion=2)
    snapshot = cost_snapshot(minutes, [hour])
    assert snapshot["totalCost"] is None
    assert "costCacheWriteHourInputPerMillion" in snapshot["unpriced"][0]


def _turn(read: int, written: int, **metadata: Any) -> Any:
    return cast(
        "Any",
        {"inputTokens": read, "outputTokens": written, "providerMetadata": {"tokenSource": "provider", **metadata}},
    )
