"""Which models differ: paired by scenario, over what both answered."""

from __future__ import annotations

import itertools
import statistics
from typing import Any

import numpy as np
import pytest
from scipy import stats

from common.analysis.permutation import saddlepoint, sign_flips, vector_flips
from support.transcripts import computed, scored, transcript


def pair_of(found: dict[str, Any], first: str, second: str) -> dict[str, Any]:
    """The comparison of two models."""
    (pair,) = [pair for pair in found["comparisons"]["pairs"] if pair["models"] == [first, second]]
    checked: dict[str, Any] = pair
    return checked


def test_a_pair_is_compared_scenario_by_scenario() -> None:
    """Differences 1, 0, 1, 1, 0, 1, 1, 1: their mean, their interval and their effect size as SciPy has them."""
    a, b = [2.0, 2, 3, 4, 4, 5, 5, 3], [1.0, 2, 2, 3, 4, 4, 4, 2]
    pair = pair_of(computed(scored({"a": a, "b": b})), "a", "b")
    differences = [x - y for x, y in zip(a, b, strict=True)]
    assert (pair["n"], pair["means"], pair["difference"]) == (8, [3.5, 2.75], 0.75)
    assert pair["effectSize"] == pytest.approx(0.75 / statistics.stdev(differences))
    assert pair["interval"]["standardError"] == pytest.approx(stats.sem(differences))
    # Of 2^6 signs of the six that are not 0, two give 6 or -6.
    assert (pair["p"], pair["how"]) == (2 / 64, "exact")
    assert pair["detectable"] == pytest.approx((stats.t.ppf(0.975, 7) + stats.t.ppf(0.8, 7)) * stats.sem(differences))
    assert pair["detectableHolm"] == pair["detectable"]
    assert (pair["verdict"], pair["equivalence"]) == ("different", None)


def test_the_largest_difference_comes_first() -> None:
    """Whatever the models are called; p-values are adjusted for all three pairs."""
    scores = {"a": [3.0] * 8, "b": [3.0] * 7 + [4], "c": [5.0] * 8}
    found = computed(scored(scores))["comparisons"]
    assert [pair["models"] for pair in found["pairs"]] == [["a", "c"], ["b", "c"], ["a", "b"]]
    assert [pair["difference"] for pair in found["pairs"]] == [-2.0, -1.875, -0.125]
    assert found["tested"] == 3
    assert found["pairs"][0]["pHolm"] == pytest.approx(3 * 2 / 2**8)


def test_a_small_difference_is_found_where_intervals_overlap() -> None:
    """A fifth of a point over 100 scenarios that differ by far more than that: paired, nothing hides it."""
    base = [1 + (place * 7) % 40 / 10 for place in range(100)]
    scores = {"a": base, "b": [min(5.0, value + (0.4 if place % 2 else 0.0)) for place, value in enumerate(base)]}
    found = computed(scored(scores))
    low, high = (model["interval"] for model in found["decisions"]["models"])
    assert low["high"] > high["low"]
    assert pair_of(found, "a", "b")["verdict"] == "different"


def test_no_difference_shown_is_not_equal() -> None:
    """Unless the job says within which bound models count as equal, and the run shows it."""
    scores = {"a": [3, 4, 3, 4, 3, 4, 3, 4, 3, 4.0], "b": [4, 3, 4, 3, 3, 4, 3, 4, 4, 4.0]}
    pair = pair_of(computed(scored(scores)), "a", "b")
    assert (pair["difference"], pair["verdict"]) == (-0.1, "not shown")
    wide = pair_of(computed(scored(scores), equivalenceBound=1.0), "a", "b")
    assert (wide["verdict"], wide["equivalence"]["bound"]) == ("equivalent", 1.0)
    differences = [x - y for x, y in zip(scores["a"], scores["b"], strict=True)]
    assert wide["equivalence"]["p"] == pytest.approx(stats.t.cdf((0.1 - 1) / stats.sem(differences), 9))
    assert pair_of(computed(scored(scores), equivalenceBound=0.2), "a", "b")["verdict"] == "not shown"


def test_means_side_by_side_are_over_what_all_models_answered() -> None:
    """A model that was spared the hard scenarios is not better for that."""
    items = scored({"a": [1, 1, 1, 5, 5, 5, 5, 5], "b": [1, 1, 1, 5, 5, 5, 5, 5]})
    items = [item for item in items if item["id"] not in {"b/s00/0", "b/s01/0", "b/s02/0"}]
    common = computed(items)["comparisons"]["common"]
    assert (common["scenarios"], [model["mean"] for model in common["models"]]) == (5, [5.0, 5.0])
    apart = computed([transcript("a", "s1", score=1), transcript("b", "s2", score=2)])["comparisons"]["common"]
    assert (apart["scenarios"], apart["models"]) == (0, [])
    assert "no scenario that every model answered" in apart["reason"]


def test_scenarios_of_a_family_change_signs_together() -> None:
    """Twenty scenarios of five families are five cases, not twenty: p cannot be below 2 of 2^5."""
    items = [
        transcript(model, f"s{place:02}", score=score, scenario={"family": f"f{place // 4}"})
        for model, score in (("a", 4), ("b", 3))
        for place in range(20)
    ]
    pair = pair_of(computed(items), "a", "b")
    assert (pair["n"], pair["p"], pair["interval"]["clusters"]) == (20, 2 / 32, 5)
    alone = pair_of(computed([{**item, "scenario": {}} for item in items]), "a", "b")
    assert alone["p"] == pytest.approx(2 / 2**20)


def test_families_that_nobody_named_are_warned_of() -> None:
    """Where the IDs or templates look like variants of each other, and only there."""

    def warned(names: list[str], **scenario: Any) -> bool:
        items = [transcript("m", name, score=3, scenario=scenario) for name in names]
        return any("look like families" in text for text in computed(items)["warnings"])

    variants = [f"{dilemma}-{variant}" for dilemma in ("trolley", "lie", "theft") for variant in (1, 2, 3)]
    assert warned(variants)
    assert not warned(variants, family="one")
    assert not warned([f"s-{place}" for place in range(9)])
    assert not warned(["alpha", "beta", "gamma"])
    items = [transcript("m", f"x{place}", score=3, scenario={"template": f"t{place % 3}"}) for place in range(9)]
    assert any("templates look like families" in text for text in computed(items)["warnings"])


@pytest.mark.parametrize("values", [[1, 2, -1, 3], [0.5, 0.5, -0.5, 1, 2], [1] * 6])
def test_p_of_few_clusters_counts_every_sign(values: list[float]) -> None:
    """By brute force."""
    sums = [abs(sum(np.array(signs) * values)) for signs in itertools.product((-1, 1), repeat=len(values))]
    expected = np.mean([value >= abs(sum(values)) - 1e-9 for value in sums])
    (found,) = sign_flips(np.array(values, dtype=float)[:, None])
    assert found is not None
    assert found.p == pytest.approx(float(expected))


def test_p_of_many_clusters_is_that_of_all_signs() -> None:
    """Sixteen differences: 65,536 signs by brute force beside 9,999 random ones, and beside the saddlepoint."""
    values = np.random.default_rng(3).normal(0.4, 1.0, 16)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=16)))
    expected = float(np.mean(np.abs(signs @ values) >= abs(values.sum()) - 1e-9))
    (found,) = sign_flips(values[:, None])
    assert found is not None
    assert found.p == pytest.approx(expected, abs=0.012)
    assert saddlepoint(values) == pytest.approx(expected, rel=0.05)


def test_a_rare_p_comes_from_the_tail_and_not_from_the_number_of_permutations() -> None:
    """Forty pairs of models are adjusted by forty: 1 in 10,000 would never be enough."""
    values = np.random.default_rng(5).normal(1.0, 1.0, 60)
    (found,) = sign_flips(values[:, None])
    assert found is not None
    assert found.how == "saddlepoint"
    assert found.p == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=30)
    assert 0 < found.p < 1e-7


def tail(sizes: np.ndarray[Any, Any], signs: np.ndarray[Any, Any]) -> float:
    """How many of all signs give as much, by convolution."""
    ways = np.ones(1)
    for size in sizes:
        ways = np.concatenate((ways, np.zeros(size))) + np.concatenate((np.zeros(size), ways))
    missing = int((sizes.sum() - abs((sizes * signs).sum())) // 2)
    return float(2 * ways[: missing + 1].sum() / 2.0 ** len(sizes))


def test_a_rare_p_of_whole_scores_is_that_of_all_signs() -> None:
    """Eighteen differences of 1 and two of -1 have p = 2 * 211 / 2^20; and so twelfths, of several sizes."""
    (found,) = sign_flips(np.array([1.0] * 18 + [-1.0] * 2)[:, None])
    assert found is not None
    assert found.how == "exact"
    assert found.p == pytest.approx(2 * 211 / 2**20)
    random = np.random.default_rng(7)
    for count in (15, 40, 100):
        for most in (1, 4, 12):
            sizes = random.integers(1, most + 1, count)
            signs = np.where(random.random(count) < 0.12, -1, 1)
            signs[0], sizes[-1] = -1, 1
            expected, values = tail(sizes, signs), np.round(sizes * signs / 12, 11)
            (found,) = sign_flips(values[:, None])
            assert found is not None
            assert found.p == pytest.approx(expected, abs=0.012 if expected > 3e-4 else 0.0, rel=1e-9)
            near = saddlepoint(values)
            assert near is not None
            assert 0.7 < near / expected < 1.4


def test_a_rare_p_of_sums_that_nearly_come_in_steps_is_no_less_than_it_is() -> None:
    """Seventeen differences of 1, one of which no step is a part: by brute force over 2^18 signs."""
    values = np.array([1.0] * 16 + [-1.0, np.pi / 8])
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums + value, sums - value))
    expected = float(np.mean(np.abs(sums) >= values.sum() - 1e-9))
    (found,) = sign_flips(values[:, None])
    assert found is not None
    assert found.how == "saddlepoint"
    assert (saddlepoint(values) or 0.0) < 0.7 * expected
    assert expected * (1 - 1e-9) <= found.p < 1.1 * expected


def test_a_difference_of_vectors_is_tested_as_one() -> None:
    """With one option it is the test of numbers, and no difference at all has no p."""
    values = np.array([[1.0], [2.0], [-1.0], [3.0]])
    (single,) = sign_flips(values)
    assert single is not None
    assert vector_flips(values) == single
    assert vector_flips(np.zeros((4, 2))) is None
    many = vector_flips(np.tile([[1.0, -1.0]], (20, 1)))
    assert many is not None
    assert many.p == 1 / 10_000


def test_a_pair_without_a_common_scenario_or_a_difference_has_a_reason() -> None:
    """And no p."""
    apart = computed([transcript("a", "s1", score=1), transcript("b", "s2", score=2)])
    pair = pair_of(apart, "a", "b")
    assert (pair["n"], pair["p"], pair["difference"]) == (0, None, None)
    assert "no scenario that both answered" in pair["reason"]
    same = pair_of(computed(scored({"a": [1, 2, 3, 4, 5], "b": [1, 2, 3, 4, 5]})), "a", "b")
    assert (same["p"], same["difference"], same["verdict"]) == (None, 0.0, "not shown")
    assert "no scenario or family shows a difference" in same["reason"]


def test_nothing_is_detectable_where_no_result_could_be_significant() -> None:
    """Five clusters have no p below 2 of 2^5; eight scenarios none below .05 over ten pairs; no scale is that long."""
    noise = [0.0, 1.0, 0.0, 2.0, 1.0, 0.0, 1.0, 1.0]
    five = pair_of(computed(scored({"a": [2.0] * 5, "b": [2 + value for value in noise[:5]]})), "a", "b")
    assert (five["interval"]["clusters"], five["detectable"], five["detectableHolm"]) == (5, None, None)
    models = {name: [3 + step / 4 * value for value in noise] for step, name in enumerate("abcde")}
    many = computed(scored(models))["comparisons"]
    assert many["tested"] == 10
    assert all(pair["detectable"] > 0 and pair["detectableHolm"] is None for pair in many["pairs"])
    apart = pair_of(computed(scored({"a": [1.0, 5] * 4, "b": [5.0, 1] * 4})), "a", "b")
    assert (apart["interval"]["standardError"] > 1, apart["detectable"]) == (True, None)
