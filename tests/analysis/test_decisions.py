"""What the models decided, how far they agree, and what moves them."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from support.transcripts import computed, scored, transcript


def decision(found: dict[str, Any], place: int = 0) -> dict[str, Any]:
    """The decisions of a model."""
    model: dict[str, Any] = found["decisions"]["models"][place]
    return model


def counts(shares: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Of each share the count and its n."""
    return {name: (share["count"], share["n"]) for name, share in shares.items()}


def test_conditions_weigh_the_same_and_repeats_are_averaged_first() -> None:
    """Four repeats of one scenario are one condition: (5 + 2 + 2) / 3, not (4 * 5 + 2 + 2) / 6."""
    items = [transcript("m", "s1", sample, score=5) for sample in range(4)]
    items += [transcript("m", "s2", score=2), transcript("m", "s3", score=2)]
    model = decision(computed(items))
    assert (model["conditions"], model["scores"]) == (3, 6)
    assert model["mean"] == 3.0
    assert model["standardDeviation"] == pytest.approx(statistics.stdev([5, 2, 2]))


def test_sides_are_counted_with_and_without_neutrals() -> None:
    """Of conditions, not of answers: 2 and 4 average to neutral."""
    items = scored({"m": [1, 2, 2.5, 3, 4, 5]})
    items += [transcript("m", "mixed", 0, score=2), transcript("m", "mixed", 1, score=4)]
    sides = decision(computed(items))["sides"]
    assert counts(sides["withNeutral"]) == {"above": (2, 7), "at": (2, 7), "below": (3, 7)}
    assert counts(sides["withoutNeutral"]) == {"above": (2, 5), "below": (3, 5)}
    # Wilson for 2 of 5, z = 1.959964: (0.4 + z²/10 ± z √(0.4 * 0.6/5 + z²/100)) / (1 + z²/5).
    above = sides["withoutNeutral"]["above"]
    assert (above["low"], above["high"]) == pytest.approx((0.117621, 0.769281), abs=1e-5)


def test_null_scores_are_counted_and_left_out() -> None:
    """Neither 0 nor neutral."""
    found = computed([*scored({"m": [4, 5]}), transcript("m", "s8", summary={"score": None}), transcript("m", "s9")])
    model = decision(found)
    assert (model["mean"], model["conditions"], model["nullScores"]) == (4.5, 2, 1)
    assert any("2 of 4 transcripts have a score (1 have null)" in text for text in found["warnings"])


def test_without_scores_nothing_is_decided() -> None:
    """And the warning says so."""
    found = computed([transcript()])
    assert (found["decisions"], found["agreement"], found["dimensions"]) == (None, None, [])
    assert any("no transcript has a summary.score" in text for text in found["warnings"])


def test_the_interval_surrounds_the_mean_whatever_else_is_in_the_run() -> None:
    """Clusters and degrees of freedom stand beside it; another model in the run changes nothing."""
    scores = {"m": [1, 2, 3, 4, 5, 5, 4, 4.0]}
    alone = decision(computed(scored(scores)))
    interval = alone["interval"]
    assert interval["low"] < alone["mean"] < interval["high"]
    assert (interval["level"], interval["clusters"], interval["degreesOfFreedom"]) == (0.95, 8, 7.0)
    assert (interval["standardError"], interval["reason"]) == (pytest.approx(0.5), None)
    with_another = computed(scored({"a": [1, 1, 2], **scores}))
    assert decision(with_another, 1)["interval"] == interval


@pytest.mark.parametrize(
    ("scores", "reason"),
    [([3], "at least 5 conditions; here: 1"), ([1, 2, 3, 4], "here: 4"), ([4] * 9, "the same value")],
)
def test_an_interval_that_would_say_nothing_is_null_with_a_reason(scores: list[float], reason: str) -> None:
    """A width of 0 would pass for certainty."""
    interval = decision(computed(scored({"m": scores})))["interval"]
    assert (interval["low"], interval["high"]) == (None, None)
    assert reason in interval["reason"]


def test_consistency_is_over_conditions_with_repeats() -> None:
    """By hand: variances 0, 0.5, 2 and one condition without repeats."""
    items = [
        transcript("m", scenario, sample, score=score)
        for scenario, scores in {"a": [4, 4], "b": [4, 5], "c": [2, 4], "d": [1]}.items()
        for sample, score in enumerate(scores)
    ]
    consistency = decision(computed(items))["consistency"]
    assert consistency["conditions"] == 3
    assert (consistency["identical"]["count"], consistency["identical"]["n"]) == (1, 3)
    assert consistency["sameSide"]["count"] == 2
    assert consistency["standardDeviationWithin"] == pytest.approx((2.5 / 3) ** 0.5)
    assert consistency["reason"] is None
    single = decision(computed(scored({"m": [1, 2]})))["consistency"]
    assert (single["identical"]["share"], single["standardDeviationWithin"]) == (None, None)
    assert "no condition has more than one score" in single["reason"]


def test_pairs_are_over_the_scenarios_that_both_answered() -> None:
    """By hand: b lacks one scenario of six; d² of the other five are 0, 1, 1, 1, 1, so rho is 1 - 6 * 4 / 120."""
    items = [item for item in scored({"a": [1, 2, 3, 4, 5, 5], "b": [1, 3, 2, 5, 4, 1]}) if item["id"] != "b/s05/0"]
    found = computed(items)
    (pair,) = found["agreement"]["pairs"]
    assert (pair["models"], pair["n"]) == (["a", "b"], 5)
    assert pair["rho"] == pytest.approx(0.8)
    # Of 120 orders of five, 16 are as far from 0 as 0.8: 2 * (1 + 4 + 3).
    assert pair["p"] == pytest.approx(16 / 120)
    assert pair["pHolm"] == pair["p"]
    assert any("1 are missing" in text for text in found["warnings"])


def test_few_common_scenarios_are_null_with_a_reason() -> None:
    """The other pairs are adjusted for their own number."""
    items = [*scored({"a": [1, 2, 3, 4, 5], "b": [5, 4, 3, 2, 1]}), transcript("c", "s00", score=3)]
    pairs = {tuple(pair["models"]): pair for pair in computed(items)["agreement"]["pairs"]}
    assert pairs["a", "b"]["rho"] == -1.0
    assert pairs["a", "b"]["pHolm"] == pytest.approx(2 / 120)
    assert (pairs["a", "c"]["n"], pairs["a", "c"]["rho"], pairs["a", "c"]["pHolm"]) == (1, None, None)
    assert "at least 5 scenarios" in pairs["a", "c"]["reason"]


def test_repeats_are_no_independent_samples() -> None:
    """Asked twenty times over, five scenarios are still five."""
    items = [
        transcript(model, f"s{place}", sample, score=score)
        for model in "ab"
        for place, score in enumerate([1, 2, 3, 4, 5])
        for sample in range(20)
    ]
    (pair,) = computed(items)["agreement"]["pairs"]
    assert (pair["n"], pair["p"]) == (5, pytest.approx(2 / 120))


def test_the_overall_agreement_is_over_what_two_models_answered() -> None:
    """Three models in one order, but for a scenario that c lacks; rho of a and b is 1 - 6 * 42/720.

    By hand: centred ranks of a and b over nine, those of c over eight, stretched by 10/9.
    """
    orders = {name: [1, 2, 3, 4, 5, 1.5, 2.5, 3.5] for name in "abc"}
    items = [*scored(orders), transcript("a", "s99", score=1.2), transcript("b", "s99", score=4.5)]
    overall = computed(items)["agreement"]["overall"]
    a, b = [-4, -1, 1, 3, 4, -2, 0, 2, -3], [-4, -2, 0, 2, 4, -3, -1, 1, 3]
    c = [rank * 10 / 9 for rank in (-3.5, -1.5, 0.5, 2.5, 3.5, -2.5, -0.5, 1.5)]
    sums = [x + y + z for x, y, z in zip(a, b, [*c, 0], strict=True)]
    squares = [x * x + y * y + z * z for x, y, z in zip(a, b, [*c, 0], strict=True)]
    room = sum((3 if place < 8 else 2) * square for place, square in enumerate(squares))
    assert (overall["models"], overall["scenarios"]) == (3, 9)
    assert overall["kendallW"] == pytest.approx(sum(value * value for value in sums) / room)
    assert (overall["chiSquare"], overall["how"]) == (None, "permutations")
    assert 0 < overall["p"] < 0.02
    assert (overall["meanRho"], overall["pairs"]) == (pytest.approx((0.65 + 1 + 1) / 3), 3)


def test_an_overall_agreement_that_cannot_be_is_null_with_a_reason() -> None:
    """No scenario of all, or no order in any."""
    overall = computed(scored({"a": [1, 2, 3], "b": [1, 2, 3]}))["agreement"]["overall"]
    assert overall["kendallW"] is None
    assert "here: 3" in overall["reason"]
    flat = computed(scored({"a": [3] * 6, "b": [2] * 6}))["agreement"]["overall"]
    assert flat["kendallW"] is None
    assert "no order" in flat["reason"]
    few = computed(scored({"a": [1, 2, 3, 4, 5], "b": [1, 2, 3, 4, 5]}))["agreement"]["overall"]
    # One order of 5! is the same.
    assert (few["kendallW"], few["chiSquare"], few["p"]) == (1.0, 8.0, pytest.approx(1 / 120, abs=0.003))


def test_the_scenarios_on_which_models_differ_most_come_first() -> None:
    """By range, then deviation, then ID; where all agree there is no difference; twenty at most."""
    found = computed(
        [
            *scored({"a": [1, 1, 3, 2], "b": [5, 1, 4, 3], "c": [5, 1, 3, 2]}),
            transcript("a", "only", score=1, scenario={"name": "Only a"}),
        ]
    )
    differing = found["agreement"]["differing"]
    assert [entry["scenarioId"] for entry in differing] == ["s00", "s02", "s03"]
    assert differing[0] == {
        "scenarioId": "s00",
        "name": None,
        "models": 3,
        "range": 4.0,
        "standardDeviation": pytest.approx(statistics.stdev([1, 5, 5])),
        "lowest": {"mean": 1.0, "modelIds": ["a"]},
        "highest": {"mean": 5.0, "modelIds": ["b", "c"]},
        "answers": [
            {"modelId": "a", "mean": 1.0, "transcriptIds": ["a/s00/0"]},
            {"modelId": "b", "mean": 5.0, "transcriptIds": ["b/s00/0"]},
            {"modelId": "c", "mean": 5.0, "transcriptIds": ["c/s00/0"]},
        ],
    }
    many = computed(scored({"a": [1] * 30, "b": [2] * 30}))["agreement"]["differing"]
    assert [entry["scenarioId"] for entry in many] == [f"s{place:02}" for place in range(20)]


def test_one_model_is_compared_with_nobody() -> None:
    """Null, and the warning says so."""
    found = computed(scored({"a": [1, 2, 3, 4, 5]}))
    assert found["agreement"] is None
    assert any("only one model has decisions" in text for text in found["warnings"])


def with_stakes(scores: dict[str, list[float]], stakes: list[Any]) -> list[dict[str, Any]]:
    """Scores in scenarios with a dimension."""
    return [
        transcript(model, f"s{place:02}", score=score, scenario={"name": f"S {place}", "dimensions": {"stakes": level}})
        for model, values in scores.items()
        for place, (score, level) in enumerate(zip(values, stakes, strict=True))
    ]


def test_a_dimension_is_tested_by_its_levels() -> None:
    """By hand: ranks 1 to 5 and 6 to 10 without a tie give H = 12/110 * (45 + 320) - 33, η² = (H - 1)/8."""
    values = [1, 1.2, 1.4, 1.6, 1.8, 4, 4.2, 4.4, 4.6, 4.8]
    found = computed(with_stakes({"m": values}, ["low"] * 5 + ["high"] * 5))
    (dimension,) = found["dimensions"]
    h = 12 / 110 * (15**2 / 5 + 40**2 / 5) - 33
    assert dimension["name"] == "stakes"
    assert (dimension["n"], dimension["levelsTested"], dimension["degreesOfFreedom"]) == (10, 2, 1)
    assert dimension["h"] == pytest.approx(h)
    # For one degree of freedom χ² is the square of a normal value.
    assert dimension["p"] == pytest.approx(2 * (1 - statistics.NormalDist().cdf(h**0.5)), rel=1e-6)
    assert dimension["pHolm"] == dimension["p"]
    assert dimension["etaSquared"] == pytest.approx((h - 1) / 8)
    assert [(level["level"], level["scenarios"], level["mean"]) for level in dimension["levels"]] == [
        ("high", 5, 4.4),
        ("low", 5, 1.4),
    ]
    assert dimension["models"][0]["h"] == dimension["h"]


def test_over_all_models_a_scenario_is_one_value() -> None:
    """Three models do not make three independent samples of it."""
    values = [1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    one = computed(with_stakes({"a": values}, [1] * 5 + [2] * 5))["dimensions"][0]
    three = computed(with_stakes(dict.fromkeys("abc", values), [1] * 5 + [2] * 5))["dimensions"][0]
    assert (three["n"], three["h"], three["p"]) == (one["n"], one["h"], one["p"])
    assert len(three["models"]) == 3


def test_small_levels_are_shown_and_left_out_of_the_test() -> None:
    """Numbers come first and are themselves, in order."""
    stakes = [10] * 5 + [2] * 5 + ["odd"]
    (dimension,) = computed(with_stakes({"m": [1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 5]}, stakes))["dimensions"]
    assert [(level["level"], level["tested"]) for level in dimension["levels"]] == [
        (2, True),
        (10, True),
        ("odd", False),
    ]
    assert (dimension["levelCount"], dimension["levelsTested"], dimension["n"]) == (3, 2, 10)
    assert (dimension["h"], dimension["etaSquared"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "stakes", "reason"),
    [
        ([1, 2, 3, 4, 5], ["low"] * 5, "two levels with at least 5 scenarios each; here: 1"),
        ([3] * 10, ["low"] * 5 + ["high"] * 5, "the same decision"),
        ([1, 2, 3, 4], [1, 2, 3, 4], "here: 0"),
    ],
)
def test_a_dimension_that_cannot_be_tested_is_null_with_a_reason(
    values: list[float], stakes: list[Any], reason: str
) -> None:
    """Null, not 0."""
    (dimension,) = computed(with_stakes({"m": values}, stakes))["dimensions"]
    assert (dimension["h"], dimension["p"], dimension["pHolm"], dimension["etaSquared"]) == (None,) * 4
    assert reason in dimension["reason"]


def test_differing_dimensions_of_one_scenario_are_noted() -> None:
    """The most frequent ones are used, whatever the order."""
    items = with_stakes({"a": [1], "b": [2]}, ["low"]) + with_stakes({"c": [3]}, ["high"])
    for order in (items, items[::-1]):
        found = computed(order)
        assert [level["level"] for level in found["dimensions"][0]["levels"]] == ["low"]
        assert any("1 scenarios come with differing dimensions" in text for text in found["warnings"])
