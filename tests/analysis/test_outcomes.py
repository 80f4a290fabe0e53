"""Order, refusals, changes of mind and distributions: outcomes beside the mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from common.analysis.proportions import clustered_share
from support.transcripts import computed, scored, transcript, turn

if TYPE_CHECKING:
    from collections.abc import Sequence


def twins(model: str, answers: Sequence[tuple[float, float]], **scenario: Any) -> list[dict[str, Any]]:
    """Pairs of scenarios with their raw scores in the original and in the opposite order."""
    return [
        transcript(
            model,
            f"{place:02}{'xy'[side]}",
            score=scores[side],
            scenario={"pair": f"p{place}", "orientation": ("normal", "flipped")[side], **scenario},
        )
        for place, scores in enumerate(answers)
        for side in (0, 1)
    ]


def test_scores_of_the_opposite_order_are_turned_back() -> None:
    """A raw 2 there says 4; unless the summary says that it was turned back already."""
    found = computed(twins("m", [(4, 2), (5, 1)]))
    assert found["decisions"]["models"][0]["mean"] == 4.5
    done = [{**item, "summary": {**item["summary"], "turnedBack": True}} for item in twins("m", [(4, 4), (5, 5)])]
    assert computed(done)["decisions"]["models"][0]["mean"] == 4.5
    outcome = [{**item, "summary": {**item["summary"], "rawScore": 2}} for item in twins("m", [(4, 4), (5, 5)])]
    assert computed(outcome)["decisions"]["models"][0]["mean"] == 4.5
    wide = computed(twins("m", [(70, 30)]), scale={"min": 0, "max": 100})
    assert wide["decisions"]["models"][0]["mean"] == 70.0


def test_a_score_is_turned_back_by_the_orientation_of_its_own_transcript() -> None:
    """Also where other samples of the scenario came in the other order; those that do not say go with most of them."""
    orders = [{"orientation": order} for order in ("normal", "flipped", "flipped")]
    items = [
        transcript(
            "m", "s", sample, score=score, scenario=scenario, turns=[{**turn(), "score": score}, {**turn(), "score": 3}]
        )
        for sample, (score, scenario) in enumerate(zip([4, 2, 2, 2], [*orders, {}], strict=True))
    ]
    found = computed(items)
    (model,) = found["decisions"]["models"]
    assert (model["mean"], model["consistency"]["identical"]["count"]) == (4.0, 1)
    assert model["changeOfMind"]["shift"]["value"] == -1.0
    assert any("1 scenarios come in both orders" in text for text in found["warnings"])
    assert not any("in both orders" in text for text in computed(items[1:])["warnings"])


def test_the_order_effect_is_how_far_the_order_moves_the_score() -> None:
    """A model that says 4 whatever stands first leans by two points, and flips every pair; another does neither."""
    items = twins("leans", [(4, 4)] * 6 + [(5, 4)]) + twins(
        "firm", [(4, 2), (2, 4), (5, 1), (1, 5), (4, 2), (2, 3), (4, 2)]
    )
    firm, leans = computed(items)["orderEffects"]
    assert (leans["modelId"], leans["pairs"], leans["flips"]["count"]) == ("leans", 7, 7)
    assert leans["effect"]["value"] == pytest.approx((6 * 2 + 3) / 7)
    # All seven have one sign.
    assert (leans["p"], leans["pHolm"]) == (2 / 2**7, 2 * 2 / 2**7)
    assert (firm["effect"]["value"], firm["flips"]["count"], firm["p"]) == (pytest.approx(-1 / 7), 0, 1.0)


def test_twins_are_one_case() -> None:
    """Seven pairs are seven clusters of the mean's interval."""
    found = computed(twins("m", [(4, 2), (2, 4), (5, 1), (1, 4), (3, 3), (2, 2), (4, 1)]))
    interval = found["decisions"]["models"][0]["interval"]
    assert (interval["clusters"], interval["degreesOfFreedom"]) == (7, 6.0)


def test_without_a_named_pair_twins_are_found_by_family_and_dimensions() -> None:
    """Where that is unclear nothing is guessed, and the warning says what to name."""
    items = [
        transcript(
            "m",
            f"{stakes}-{order}",
            score=4,
            scenario={"family": "f", "orientation": order, "dimensions": {"stakes": stakes}},
        )
        for stakes in ("low", "high")
        for order in ("normal", "flipped")
    ]
    assert computed(items)["orderEffects"][0]["pairs"] == 2
    unclear = [{**item, "scenario": {**item["scenario"], "dimensions": {}}} for item in items]
    found = computed(unclear)
    assert found["orderEffects"] == []
    assert any("name their scenario.pair" in text for text in found["warnings"])
    lonely = computed([transcript("m", "s", score=4, scenario={"orientation": "flipped"})])
    assert any("none has a twin" in text for text in lonely["warnings"])
    odd = computed([transcript("m", "s", score=4, scenario={"orientation": "sideways"})])
    assert odd["decisions"]["models"][0]["mean"] == 4.0
    assert any("scenario.orientation" in text for text in odd["warnings"])


def refused(model: str, scenario: str, sample: int = 0, /, **fields: Any) -> dict[str, Any]:
    """A transcript that refuses."""
    return transcript(model, scenario, sample, turns=[turn(finishReason="refusal")], **fields)


def test_samples_of_one_scenario_that_are_all_refused_are_one_refusal() -> None:
    """Two of ten scenarios, ten samples each: the interval is that of two of ten, not of twenty of a hundred."""
    items = [
        refused("m", f"s{place}", sample) if place < 2 else transcript("m", f"s{place}", sample)
        for place in range(10)
        for sample in range(10)
    ]
    found = computed(items)["models"][0]["sharesOfTranscripts"]["refused"]
    assert (found["count"], found["n"], found["clusters"], found["effectiveN"]) == (20, 100, 10, 10.0)
    assert (found["low"], found["high"]) == (pytest.approx(0.0441, abs=1e-4), pytest.approx(0.5098, abs=1e-4))
    truncated = computed(items)["models"][0]["sharesOfTranscripts"]["truncated"]
    assert (truncated["low"], truncated["effectiveN"]) == (0.0, 10.0)


def test_refusals_that_come_more_evenly_than_by_chance_count_for_more_than_they_are() -> None:
    """One in each of twenty scenarios of five samples: the design effect is 0, and counts as .3."""
    items = [
        refused("m", f"s{place:02}", sample) if sample == place % 5 else transcript("m", f"s{place:02}", sample)
        for place in range(20)
        for sample in range(5)
    ]
    found = computed(items)["models"][0]["sharesOfTranscripts"]["refused"]
    assert (found["count"], found["n"]) == (20, 100)
    assert found["effectiveN"] == pytest.approx(100 / (0.3 * (2.0930 / 1.9600) ** 2), rel=1e-4)


def test_the_design_effect_is_that_of_the_shares_of_the_scenarios() -> None:
    """Of four samples each 0 to 3: Σ(hits - 1.5)² = 10.5 over 40 · .375 · .625, times 10/9, times (t of 9 / z)²."""
    hits = [0, 1, 2, 3, 1, 2, 1, 2, 0, 3]
    found = clustered_share({f"s{place}": (count, 4) for place, count in enumerate(hits)})
    effect = 10.5 / (40 * 0.375 * 0.625) * 10 / 9
    assert found["effectiveN"] == pytest.approx(40 / (effect * (2.262157 / 1.959964) ** 2), rel=1e-6)


def test_means_have_bounds_for_what_was_refused() -> None:
    """Over what all were asked: two of four refused leave between (4 + 4 + 1 + 1) / 4 and (4 + 4 + 5 + 5) / 4."""
    items = [*scored({"a": [4, 4], "b": [2, 2, 2, 2, 2]}), refused("a", "s02"), refused("a", "s03")]
    found = computed(items)["refusals"]
    strict, lenient = found["models"]
    assert (strict["scenarios"], strict["mean"], strict["lowest"], strict["highest"]) == (4, 4.0, 2.5, 4.5)
    assert (lenient["scenarios"], lenient["mean"], lenient["lowest"], lenient["highest"]) == (4, 2.0, 2.0, 2.0)
    (pair,) = found["pairs"]
    assert (pair["models"], pair["n"], pair["difference"], pair["p"]) == (["a", "b"], 4, 0.5, 0.5)


def test_a_model_that_refused_everything_could_have_any_mean() -> None:
    """Over the two scenarios that it refused and the other answered, and not over the one that it was never asked."""
    items = [*scored({"a": [4, 2, 3]}), refused("b", "s00"), refused("b", "s01")]
    strict = next(model for model in computed(items)["refusals"]["models"] if model["modelId"] == "b")
    assert (strict["scenarios"], strict["mean"], strict["lowest"], strict["highest"]) == (2, None, 1.0, 5.0)
    assert strict["reason"] == "the model refused all of these scenarios"


def test_options_have_no_mean_that_refusals_could_hide() -> None:
    """The reason is the scale's, not that nothing was decided."""
    items = [transcript("m", f"s{place}", summary={"score": "help"}) for place in range(6)]
    (model,) = computed([*items, refused("m", "s9")], scale={"options": ["help", "leave"]})["refusals"]["models"]
    assert (model["refused"]["count"], model["mean"], model["reason"]) == (1, None, "options have no mean")


def test_nothing_is_bounded_where_no_scenario_was_put_to_every_model() -> None:
    """One model answered the first scenario, the other refused the second."""
    items = [*scored({"a": [4]}), refused("b", "s01")]
    strict = next(model for model in computed(items)["refusals"]["models"] if model["modelId"] == "b")
    assert (strict["scenarios"], strict["lowest"], strict["highest"]) == (0, None, None)
    assert strict["reason"] == "there is no scenario that every model answered or refused"


def test_a_scenario_that_was_half_refused_weighs_by_its_samples() -> None:
    """One 4 and one refusal: between (4 + 1) / 2 and (4 + 5) / 2; a class of refusal counts as one."""
    items = [transcript("a", "s1", 0, score=4), refused("a", "s1", 1)]
    (model,) = computed(items)["refusals"]["models"]
    assert (model["mean"], model["lowest"], model["highest"]) == (4.0, 2.5, 4.5)
    classed = computed([transcript("a", "s1", summary={"score": None, "class": "refusal"})])
    assert classed["refusals"]["models"][0]["refused"]["count"] == 1
    assert computed(scored({"a": [1, 2]}))["refusals"] is None


def unended(item: dict[str, Any], **summary: Any) -> dict[str, Any]:
    """The transcript with this summary, without a word of how its turns ended."""
    return {**item, "summary": summary, "turns": [{**turn(), "providerMetadata": {}}]}


def test_a_transcript_with_a_decision_is_known_not_to_be_refused() -> None:
    """Also where nobody says how its turns ended: one of three samples is refused in five of ten scenarios."""
    items = [
        unended(transcript("a", f"s{place}", sample), **{"class": "refusal", "score": None})
        if sample == 2 and place < 5
        else unended(transcript("a", f"s{place}", sample), score=4)
        for place in range(10)
        for sample in range(3)
    ]
    found = computed([*items, unended(transcript("a", "s9", 3), **{"class": "none", "score": None})])
    assert found["models"][0]["sharesOfTranscripts"]["refused"]["n"] == 31
    (model,) = found["refusals"]["models"]
    assert (model["refused"]["count"], model["refused"]["n"]) == (5, 31)
    assert model["lowest"] == pytest.approx((5 * 3 + 5 * 4) / 10)
    assert model["highest"] == pytest.approx((5 * 13 / 3 + 5 * 4) / 10)


def test_what_hides_a_mean_is_what_was_refused_without_a_score() -> None:
    """A refusal with a score is an answer, a null that is no refusal hides nothing: (3 + 3 + 1) / 3 and up."""
    items = [
        item
        for place in range(6)
        for item in (
            refused("a", f"s{place}", 0, score=3),
            transcript("a", f"s{place}", 1, score=3),
            transcript("a", f"s{place}", 2, summary={"score": None}),
            refused("a", f"s{place}", 3),
        )
    ]
    (model,) = computed(items)["refusals"]["models"]
    assert (model["lowest"], model["highest"]) == (pytest.approx(7 / 3), pytest.approx(11 / 3))


def test_refusals_are_counted_by_level() -> None:
    """All at the high one."""
    items = [
        (refused if stakes == "high" else transcript)(
            "m", f"{stakes}{place}", scenario={"dimensions": {"stakes": stakes}}
        )
        for stakes in ("low", "high")
        for place in range(3)
    ]
    levels = computed(items)["refusals"]["levels"]
    assert [(level["level"], level["refused"]["count"], level["refused"]["n"]) for level in levels] == [
        ("high", 3, 3),
        ("low", 0, 3),
    ]


def test_the_distribution_counts_every_score() -> None:
    """Four scores of 1, two of 5: the entropy is that of two in three."""
    items = [transcript("m", f"s{place}", score=1 if place < 4 else 5) for place in range(6)]
    found = computed(items)["decisions"]["models"][0]["distribution"]
    assert found["scores"] == [{"score": 1.0, "count": 4}, {"score": 5.0, "count": 2}]
    assert found["entropyBits"] == pytest.approx(-(2 / 3) * math.log2(2 / 3) - (1 / 3) * math.log2(1 / 3))


def test_a_change_of_mind_is_from_the_first_scored_turn_to_the_last() -> None:
    """Over conversations with two scored turns; a turned one is turned back."""

    def talk(scenario: str, scores: list[float | None], /, **fields: Any) -> dict[str, Any]:
        return transcript("m", scenario, turns=[{**turn(), "score": score} for score in scores], score=3, **fields)

    items = [
        talk("s1", [2, None, 4]),
        talk("s2", [4, 4]),
        talk("s3", [5, 4]),
        talk("s4", [5]),
        talk("s5", [None, None]),
    ]
    items.append(talk("s6", [1, 2], scenario={"orientation": "flipped"}))
    found = computed(items)["decisions"]["models"][0]["changeOfMind"]
    assert found["transcripts"] == 4
    assert (found["changed"]["count"], found["changedSide"]["count"]) == (3, 1)
    assert found["shift"]["value"] == pytest.approx((2 + 0 - 1 - 1) / 4)
    silent = computed(scored({"m": [1]}))["decisions"]["models"][0]["changeOfMind"]
    assert (silent["transcripts"], silent["shift"]["value"]) == (0, None)
    assert "no transcript has two turns with a score" in silent["reason"]


def test_a_scale_has_its_own_bounds_and_neutral() -> None:
    """From -3 to 3 with 0 in the middle; a score beyond is left out and named; neutral may be another, or none."""
    items = scored({"m": [-3, -1, 0, 2, 4]})
    found = computed(items, scale={"min": -3, "max": 3})
    decisions = found["decisions"]
    assert (decisions["lowest"], decisions["highest"], decisions["neutral"]) == (-3.0, 3.0, 0.0)
    model = decisions["models"][0]
    assert (model["conditions"], model["mean"]) == (4, -0.5)
    assert {side: share["count"] for side, share in model["sides"]["withNeutral"].items()} == {
        "above": 1,
        "at": 1,
        "below": 2,
    }
    assert any("must be a number from -3 to 3" in text for text in found["warnings"])
    shifted = computed(items, scale={"min": -3, "max": 3, "neutral": 2})["decisions"]["models"][0]
    assert shifted["sides"]["withNeutral"]["at"]["count"] == 1
    without = computed(items + scored({"n": [1, 1, 1, 1]}), scale={"min": -3, "max": 3, "neutral": None})
    assert without["decisions"]["models"][0]["sides"] is None
    assert without["agreement"]["pairs"][0]["sameSide"] is None


def test_a_model_whose_scores_are_all_null_has_its_row() -> None:
    """Without a mean, and with the reason."""
    found = computed([*scored({"a": [1, 2]}), transcript("b", "s00", summary={"score": None})])
    first, second = found["decisions"]["models"]
    assert (first["modelId"], first["mean"], first["reason"]) == ("a", 1.5, None)
    assert (second["modelId"], second["mean"], second["nullScores"]) == ("b", None, 1)
    assert second["reason"] == "every score of this model is null"


def test_the_deviation_within_conditions_is_pooled() -> None:
    """Four repeats with a variance of 1/3 weigh three times as much as two with one of 2."""
    items = [
        transcript("m", scenario, sample, score=score)
        for scenario, scores in {"s1": [2, 3, 3, 2], "s2": [1, 3]}.items()
        for sample, score in enumerate(scores)
    ]
    consistency = computed(items)["decisions"]["models"][0]["consistency"]
    assert consistency["standardDeviationWithin"] == pytest.approx(((3 * (1 / 3) + 2) / 4) ** 0.5)
