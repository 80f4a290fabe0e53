"""By how much levels move the scores, within models, and whether they move all models alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from common.analysis.additive import fit_values
from common.analysis.clusters import clustered
from common.analysis.regression import fit
from support.transcripts import computed, transcript

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEVELS = ["low", "high"]


def factorial(
    scores: Mapping[str, Sequence[float]], dimensions: list[dict[str, Any]], **scenario: Any
) -> list[dict[str, Any]]:
    """Scores in scenarios with dimensions."""
    return [
        transcript(model, f"s{place:02}", score=score, scenario={"dimensions": dimensions[place], **scenario})
        for model, values in scores.items()
        for place, score in enumerate(values)
    ]


def test_an_effect_is_in_points_against_the_first_level() -> None:
    """For one model and two levels it is the difference of their means, with the interval of two unequal variances."""
    high, low = [3, 4, 5, 4, 5, 3], [1, 2, 2, 3, 1, 2]
    items = factorial({"m": [*high, *low]}, [{"stakes": "high"}] * 6 + [{"stakes": "low"}] * 6)
    (dimension,) = computed(items)["dimensions"]
    (effect,) = dimension["models"][0]["effects"]
    assert (effect["level"], effect["against"]) == ("low", "high")
    assert effect["effect"]["value"] == pytest.approx(np.mean(low) - np.mean(high))
    # The jackknife leaves out one of six: each variance of a mean is that of Student's, times 6/5, less 1 of 12.
    error = (11 / 12 * 6 / 5 * (np.var(high, ddof=1) + np.var(low, ddof=1)) / 6) ** 0.5
    assert effect["effect"]["interval"]["standardError"] == pytest.approx(error)
    assert effect["p"] == pytest.approx(2 * stats.t.cdf(effect["effect"]["value"] / error, 11))
    assert dimension["effects"][0]["effect"]["value"] == effect["effect"]["value"]


def test_effects_stand_beside_the_other_dimensions() -> None:
    """In an unbalanced design a plain difference of means would give one dimension what is the other's."""
    design = [
        (stakes, who) for stakes, who, times in ((0, 0, 6), (0, 1, 2), (1, 0, 2), (1, 1, 6)) for _ in range(times)
    ]
    noise = [0.0, 0.1, -0.1, 0.2, -0.2, 0.0] * 3
    scores = [2 + 2 * stakes + noise[place] for place, (stakes, _) in enumerate(design)]
    dimensions = [{"stakes": LEVELS[stakes], "who": "ab"[who]} for stakes, who in design]
    stakes, who = computed(factorial({"m": scores}, dimensions))["dimensions"]
    assert (stakes["name"], stakes["adjusted"], who["adjusted"]) == ("stakes", True, True)
    matrix = np.array([[1, stakes == 0, who] for stakes, who in design], dtype=float)
    expected = np.linalg.lstsq(matrix, np.array(scores), rcond=None)[0]
    assert stakes["effects"][0]["effect"]["value"] == pytest.approx(expected[1])
    assert who["effects"][0]["effect"]["value"] == pytest.approx(expected[2])
    assert abs(expected[2]) < 0.2
    plain = {level["level"]: level["mean"] for level in who["levels"]}
    assert plain["b"] - plain["a"] > 0.9


def test_dimensions_that_cannot_be_told_apart_are_taken_one_by_one() -> None:
    """And the document says so."""
    dimensions = [{"one": place % 2, "other": LEVELS[place % 2]} for place in range(12)]
    one, other = computed(factorial({"m": [1, 3, 2, 4, 1, 5, 2, 4, 1, 4, 2, 5]}, dimensions))["dimensions"]
    assert (one["adjusted"], other["adjusted"]) == (False, False)
    assert one["effects"][0]["effect"]["value"] == -other["effects"][0]["effect"]["value"]


def test_a_level_that_a_strict_model_did_not_answer_is_not_lenient_for_that() -> None:
    """Every model alone says the same at both levels."""
    dimensions = [{"stakes": LEVELS[place % 2]} for place in range(40)]
    scores = {"strict": [1, 2] * 20, "medium": [3, 3, 4, 4] * 10, "lenient": [4, 4, 5, 5] * 10}
    items = [
        item
        for item in factorial(scores, dimensions)
        if item["modelId"] != "strict" or item["scenario"]["dimensions"]["stakes"] == "low"
    ]
    (dimension,) = computed(items)["dimensions"]
    assert dimension["p"] > 0.5
    assert dimension["effects"][0]["effect"]["value"] == pytest.approx(0, abs=1e-9)
    means = {level["level"]: level["mean"] for level in dimension["levels"]}
    assert means["high"] == pytest.approx(means["low"])


def test_ordered_levels_have_a_trend() -> None:
    """Numbers by their size; words in the order that the job gives, and in none without it."""
    amounts = [1, 10, 100] * 5
    scores = [float(value) for value in np.linspace(1, 5, 15)]
    items = factorial({"m": scores}, [{"amount": amount} for amount in amounts])
    (dimension,) = computed(items)["dimensions"]
    expected = stats.linregress(amounts, scores)
    assert dimension["trend"]["slope"]["value"] == pytest.approx(expected.slope)
    assert dimension["trend"]["p"] == dimension["models"][0]["trend"]["p"]
    words = [{"stakes": ("none", "some", "all")[place % 3]} for place in range(15)]
    (unordered,) = computed(factorial({"m": scores}, words))["dimensions"]
    assert unordered["trend"] is None
    (ordered,) = computed(factorial({"m": scores}, words), levels={"stakes": ["none", "some", "all"]})["dimensions"]
    assert [level["level"] for level in ordered["levels"]] == ["none", "some", "all"]
    steps = [place % 3 for place in range(15)]
    assert ordered["trend"]["slope"]["value"] == pytest.approx(stats.linregress(steps, scores).slope)


def test_an_interaction_is_found_where_a_level_moves_models_differently() -> None:
    """One up, one down: no effect over all, and an interaction; the same for both is none."""
    dimensions = [{"stakes": LEVELS[place % 2]} for place in range(20)]
    noise = [0.0, 0.3, 0.6, 0.9, 1.2, 0.1, 0.4, 0.7, 1.0, 1.3] * 2
    up = [2 + place % 2 + noise[place] for place in range(20)]
    down = [3 - place % 2 + noise[-place] for place in range(20)]
    (apart,) = computed(factorial({"a": up, "b": down}, dimensions))["dimensions"]
    assert apart["interaction"]["p"] < 0.01
    assert apart["interaction"]["share"] > 0.3
    alike = [2 + place % 2 + noise[-place] for place in range(20)]
    (together,) = computed(factorial({"a": up, "b": alike}, dimensions))["dimensions"]
    assert together["interaction"]["p"] > 0.05
    (single,) = computed(factorial({"a": up}, dimensions))["dimensions"]
    assert (single["interaction"]["p"], single["interaction"]["reason"]) == (None, "there is one model alone")


def test_the_tests_of_models_are_adjusted_for_all_of_them() -> None:
    """Two models and one dimension are two tests."""
    dimensions = [{"stakes": LEVELS[place % 2]} for place in range(20)]
    scores = {"a": [1, 2, 1, 3, 2, 3] * 3 + [1, 2], "b": [3, 3, 2, 4, 3, 3] * 3 + [2, 4]}
    (dimension,) = computed(factorial(scores, dimensions))["dimensions"]
    p, adjusted = zip(*((model["p"], model["pHolm"]) for model in dimension["models"]), strict=True)
    assert min(adjusted) == pytest.approx(2 * min(p))
    assert max(adjusted) == pytest.approx(max(*p, 2 * min(p)))


def test_families_with_one_level_each_are_the_cases_of_a_test() -> None:
    """Two families of five scenarios at each level: six families, of which three have the high one."""
    items = [
        transcript(
            "m",
            f"s{place:02}",
            score=4 if place >= 15 else 2,
            scenario={"family": f"f{place // 5}", "dimensions": {"stakes": LEVELS[place >= 15]}},
        )
        for place in range(30)
    ]
    (dimension,) = computed(items)["dimensions"]
    # Of the 20 ways to give three of six families the high level, two are as far apart.
    assert dimension["p"] == pytest.approx(0.1, abs=0.03)
    assert dimension["how"] == "permutations"


def test_levels_that_vary_within_families_are_compared_within_them() -> None:
    """Families differ by far more than the levels, which move each of them by one point."""
    items = [
        transcript(
            "m",
            f"s{place:02}",
            score=1 + (place // 2) % 4 + place % 2,
            scenario={"family": f"f{place // 2}", "dimensions": {"stakes": LEVELS[place % 2]}},
        )
        for place in range(20)
    ]
    (dimension,) = computed(items)["dimensions"]
    assert dimension["p"] == pytest.approx(2 / 2**10, abs=0.003)
    alone = computed([{**item, "scenario": {"dimensions": item["scenario"]["dimensions"]}} for item in items])
    assert alone["dimensions"][0]["p"] > 0.01


def test_a_fit_without_each_cluster_is_that_of_the_others() -> None:
    """Against NumPy's least squares, cluster by cluster; columns that say the same have no fit."""
    random = np.random.default_rng(8)
    design = np.column_stack([np.ones(30), random.normal(size=(30, 2))])
    values, families = random.normal(size=30), np.repeat(np.arange(10), 3)
    found = fit(design, values, clustered(families))
    assert found is not None
    assert found.coefficients == pytest.approx(np.linalg.lstsq(design, values, rcond=None)[0])
    for family in range(10):
        others = families != family
        expected = np.linalg.lstsq(design[others], values[others], rcond=None)[0]
        assert found.left_out[family] == pytest.approx(expected)
    assert fit(np.column_stack([design, design[:, 1]]), values, clustered(families)) is None
    only = np.zeros(30)
    only[:3] = 1.0
    held = fit(np.column_stack([design, only]), values, clustered(families))
    assert held is not None
    assert np.isnan(held.left_out[0]).tolist() == [False, False, False, True]
    # The others are what they are where nothing of that family is there.
    assert held.left_out[0, :3] == pytest.approx(found.left_out[0])
    assert np.isfinite(held.left_out[1:]).all()


@pytest.mark.parametrize("odd", [{"stakes": "rare"}, {}])
def test_a_scenario_of_a_rare_level_or_of_none_takes_no_interval_away(odd: dict[str, Any]) -> None:
    """It has its own column, so the other effects are as without it; a level of one family alone is told of."""
    dimensions = [{"stakes": LEVELS[place % 2]} for place in range(20)]
    scores = {"a": [1.0, 3, 2, 4, 1, 5, 2, 4, 1, 4] * 2, "b": [2.0, 3, 3, 4, 2, 5, 2, 3, 1, 5] * 2}
    (without,) = computed(factorial(scores, dimensions))["dimensions"]
    more = {model: [*values, 3.0] for model, values in scores.items()}
    (found,) = computed(factorial(more, [*dimensions, odd]))["dimensions"]
    for one, other in ((without, found), (without["models"][0], found["models"][0])):
        ends, expected = (each["effects"][0]["effect"]["interval"] for each in (other, one))
        assert ends["low"] == pytest.approx(expected["low"], rel=0.02)
        assert ends["high"] == pytest.approx(expected["high"], rel=0.02)
        assert other["effects"][0]["p"] == pytest.approx(one["effects"][0]["p"], rel=0.5)
    held = factorial(scores, [{"stakes": "mid"}] * 5 + dimensions[5:])
    for place, item in enumerate(held):
        item["scenario"] = {**item["scenario"], "family": f"f{max(place % 20, 4)}"}
    (apart,) = computed(held)["dimensions"]
    by_level = {effect["level"]: effect for effect in apart["effects"]}
    assert by_level["low"]["effect"]["interval"]["low"] is not None
    interval = by_level["mid"]["effect"]["interval"]
    assert (interval["low"], by_level["mid"]["p"]) == (None, None)
    assert "without one of them" in interval["reason"]


def test_a_dimension_of_very_many_levels_has_no_effects_and_takes_no_time() -> None:
    """What differs in nearly every scenario is a name, not a level; it is still tested."""
    dimensions = [{"name": f"n{place // 5}", "stakes": LEVELS[place % 2]} for place in range(300)]
    items = factorial({"m": [1 + place * 7 % 5 for place in range(300)]}, dimensions)
    name, stakes = computed(items)["dimensions"]
    assert (name["levelsTested"], name["effects"]) == (60, [])
    assert name["p"] is not None
    assert len(stakes["effects"]) == 1


def test_variants_of_a_level_within_a_family_are_one_case() -> None:
    """Six families with four paraphrases at each level say as much as six with one: two of 2^6 signs are as far out."""
    items = [
        transcript(
            model,
            f"{family}-{stakes}-{variant}",
            score=2 + (family + shift) % 2 + (stakes == "high") * (1 - shift),
            scenario={"family": f"f{family}", "dimensions": {"stakes": stakes}},
        )
        for model, shift in (("a", 0), ("b", 1))
        for family in range(6)
        for stakes in LEVELS
        for variant in range(4)
    ]
    (dimension,) = computed(items)["dimensions"]
    assert dimension["p"] == pytest.approx(2 / 2**6, abs=0.012)
    assert dimension["interaction"]["p"] == pytest.approx(2 / 2**6, abs=0.012)


@pytest.mark.parametrize("cross", [False, True])
def test_one_family_with_two_levels_throws_no_other_scenario_away(cross: bool) -> None:  # noqa: FBT001 - a case
    """Of sixty scenarios two share a family: the others are compared with each other, beside the two."""
    noise = np.random.default_rng(2).integers(-1, 2, (2, 60))
    items = [
        transcript(
            model,
            f"s{place:02}",
            score=int(3 + (1 if place % 2 == side * cross else -1) + noise[side, place]),
            scenario={
                "dimensions": {"stakes": LEVELS[place % 2]},
                **({"family": "one"} if place < 2 else {}),
            },
        )
        for side, model in enumerate("ab")
        for place in range(60)
    ]
    (found,) = computed(items)["dimensions"]
    assert (found["interaction"] if cross else found)["p"] == 1 / 2000
    (alone,) = computed([{**item, "scenario": {**item["scenario"], "family": None}} for item in items])["dimensions"]
    assert found["interaction"]["share"] == pytest.approx(alone["interaction"]["share"], abs=0.02)


def test_a_level_with_few_scenarios_leaves_few_degrees_of_freedom() -> None:
    """Six scenarios of sixty: most of the variance of the difference is theirs, as Welch's test has it."""
    random = np.random.default_rng(6)
    dimensions = [{"stakes": LEVELS[place >= 6]} for place in range(60)]
    scores = np.round(random.uniform(1, 5, 60), 3)
    (dimension,) = computed(factorial({"m": [float(score) for score in scores]}, dimensions))["dimensions"]
    (effect,) = dimension["effects"]
    # Kish's effective number of 6 that weigh 1/25 each and 54 that weigh 1/53².
    weights = np.array([1 / 5**2] * 6 + [1 / 53**2] * 54)
    expected = weights.sum() ** 2 / (weights**2).sum()
    assert effect["effect"]["interval"]["degreesOfFreedom"] == pytest.approx(expected)
    welch = stats.ttest_ind(scores[:6], scores[6:], equal_var=False)
    assert effect["p"] == pytest.approx(welch.pvalue, rel=0.25)


def test_scenarios_are_compared_over_a_single_one_that_links_two_models() -> None:
    """Two models of 500 scenarios with one in common: the effects are those of least squares, to 8 decimals."""
    random = np.random.default_rng(1)
    effects = random.normal(0, 0.5, 999)
    means = np.full((2, 999), np.nan)
    means[0, :500], means[1, 499:] = 4 + effects[:500], 2 + effects[499:]
    found = fit_values(means, 5.0)
    assert found.scenarios == pytest.approx(3 + effects, abs=1e-7)
    assert np.nanmax(np.abs(found.rest)) < 1e-7


def test_scenarios_that_nothing_links_are_not_compared() -> None:
    """What a lone model answered says nothing of the others' scenarios: tests and means are without it, and say so."""
    dimensions = [{"stakes": LEVELS[place % 2]} for place in range(12)]
    items = factorial({"a": [1, 3, 2, 4, 1, 5] * 2, "b": [2, 3, 2, 4, 2, 5] * 2}, dimensions)
    lone = [
        transcript("lone", f"x{place}", score=5, scenario={"dimensions": {"stakes": stakes}})
        for place, stakes in enumerate(["low", "low", "other"])
    ]
    (linked,), found = computed(items)["dimensions"], computed([*items, *lone])
    (apart,) = found["dimensions"]
    assert (apart["n"], apart["h"], apart["p"]) == (12, linked["h"], linked["p"])
    levels = {level["level"]: (level["scenarios"], level["mean"] is None) for level in apart["levels"]}
    assert levels == {"high": (6, False), "low": (8, False), "other": (1, True)}
    assert any("3 scenarios share no model with the others" in text for text in found["warnings"])
    assert not any("share no model" in text for text in computed(items)["warnings"])
