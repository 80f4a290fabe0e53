"""Agreement in answers beside agreement in order, and what repeats leave of both."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from common.analysis.alpha import nominal_alpha, ordinal_alpha
from support.transcripts import computed, scored, transcript

GAP = float("nan")
# Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve units.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
        [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
    ]
)


def test_alpha_is_krippendorffs() -> None:
    """The published nominal and ordinal figures, with missing values."""
    families = np.arange(12)
    assert nominal_alpha(PUBLISHED, families).value == pytest.approx(0.743, abs=5e-4)
    assert ordinal_alpha(PUBLISHED, families).value == pytest.approx(0.815, abs=5e-4)
    assert ordinal_alpha(PUBLISHED, families).units == 11


def by_definition(table: Any, *, ordinal: bool) -> float | None:
    """From all pairs of values, with the ordinal metric as it is defined: the values between two, half of the ends."""
    units = [[value for value in column if not np.isnan(value)] for column in np.array(table, dtype=float).T]
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    counts = {name: values.count(name) for name in sorted(set(values))}

    def metric(a: float, b: float) -> float:
        if not ordinal:
            return float(a != b)
        low, high = min(a, b), max(a, b)
        between = sum(count for name, count in counts.items() if low <= name <= high)
        return float((between - (counts[low] + counts[high]) / 2) ** 2)

    observed = (
        sum(sum(metric(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in units)
        / len(values)
        if values
        else 0.0
    )
    expected = sum(metric(a, b) for a, b in itertools.permutations(values, 2))
    return 1 - observed * len(values) * (len(values) - 1) / expected if expected else None


@given(st.lists(st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, GAP]), min_size=6, max_size=6), min_size=2, max_size=4))
def test_alpha_is_that_of_its_definition(rows: list[list[float]]) -> None:
    """Pair by pair, which no formula of ours does."""
    for function, ordinal in ((ordinal_alpha, True), (nominal_alpha, False)):
        found = function(np.array(rows), np.arange(6)).value
        expected = by_definition(rows, ordinal=ordinal)
        assert found == (None if expected is None else pytest.approx(expected, abs=1e-9))


def test_alpha_without_a_cluster_is_that_of_the_others() -> None:
    """The nominal one to the digit; the ordinal one with the ranks of all."""
    found = nominal_alpha(PUBLISHED, np.arange(12))
    for place in range(11):
        others = np.delete(PUBLISHED[:, :11], place, axis=1)
        expected = nominal_alpha(np.column_stack([others, PUBLISHED[:, 11]]), np.arange(11)).value
        assert found.left_out[place] == pytest.approx(expected)


def test_the_same_order_on_opposite_sides_is_no_agreement() -> None:
    """The correlation is perfect, and the models never agree."""
    found = computed(scored({"a": [1, 2, 1, 2, 1, 2, 1, 2], "b": [4, 5, 4, 5, 4, 5, 4, 5]}))
    (pair,) = found["agreement"]["pairs"]
    assert pair["rho"] == 1.0
    assert pair["alphaOrdinal"]["value"] < -0.4
    assert (pair["sameSide"]["count"], pair["sameSide"]["n"]) == (0, 8)
    assert pair["meanAbsoluteDifference"]["value"] == 3.0
    assert found["agreement"]["overall"]["alphaNominal"]["value"] < 0


def test_the_nominal_alpha_compares_the_most_frequent_scores() -> None:
    """5, 5, 4 is a 5; 1, 2, 3 is the 2 that is nearest to its mean."""
    items = [
        transcript(model, scenario, sample, score=score)
        for model, answers in {
            "a": {"s1": [5, 5, 4], "s2": [1, 2, 3], "s3": [3], "s4": [1]},
            "b": {"s1": [5], "s2": [2], "s3": [3], "s4": [1]},
        }.items()
        for scenario, scores in answers.items()
        for sample, score in enumerate(scores)
    ]
    (pair,) = computed(items)["agreement"]["pairs"]
    assert pair["alphaNominal"]["value"] == 1.0
    assert pair["alphaOrdinal"]["value"] < 1.0


def test_pairs_that_differ_most_come_first() -> None:
    """By their mean absolute difference."""
    found = computed(scored({"a": [1, 2, 3, 4, 5], "b": [1, 2, 3, 4, 4], "c": [5, 4, 3, 2, 1]}))
    assert [pair["models"] for pair in found["agreement"]["pairs"]] == [["a", "c"], ["b", "c"], ["a", "b"]]


def test_equal_means_of_three_samples_are_equal() -> None:
    """Thirds by whatever road: a model that always says the same has no order, and no factor moves it."""
    orders = list(itertools.permutations([1.1, 1.4, 1.7]))
    items = [
        transcript("a", f"s{place:02}", sample, score=score, scenario={"dimensions": {"stakes": place % 2}})
        for place in range(12)
        for sample, score in enumerate(orders[place % 6] if place % 4 else [1.4])
    ]
    items += scored({"b": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]}, scenario={"dimensions": {"stakes": 0}})
    found = computed(items)
    (pair,) = found["agreement"]["pairs"]
    assert pair["rho"] is None
    assert "the same decision" in pair["reason"]
    alone = computed([item for item in items if item["modelId"] == "a"])
    assert (alone["decisions"]["models"][0]["standardDeviation"], alone["dimensions"][0]["p"]) == (0.0, None)


def test_variance_components_are_those_of_the_crossed_table() -> None:
    """By hand: three models, four scenarios, two samples each that differ by 1 or 0."""
    cells = {"a": [1, 2, 3, 4], "b": [2, 3, 3, 5], "c": [1, 1, 2, 4]}
    items = [
        transcript(model, f"s{place}", sample, score=score + (sample if place == 0 else 0))
        for model, row in cells.items()
        for place, score in enumerate(row)
        for sample in range(2)
    ]
    table = np.array([[row[0] + 0.5, *row[1:]] for row in cells.values()])
    rest = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
    of_rest = np.sum(rest**2) / 6
    found = computed(items)["reliability"]
    parts = found["components"]
    # Three cells with squares of 0.5 over twelve degrees of freedom.
    assert parts["repeat"] == pytest.approx(1.5 / 12)
    assert parts["interaction"] == pytest.approx(max(0, of_rest - 1.5 / 12 / 2))
    assert parts["model"] == pytest.approx(max(0, (4 * np.var(table.mean(1), ddof=1) - of_rest) / 4))
    assert parts["scenario"] == pytest.approx((3 * np.var(table.mean(0), ddof=1) - of_rest) / 3)
    first = found["models"][0]
    reliability = 1 - 0.5 / 4 / 2 / np.var(table[0], ddof=1)
    assert first["reliability"] == pytest.approx(reliability)
    assert first["noiseCeiling"] == pytest.approx(reliability**0.5)
    ceilings = {tuple(pair["models"]): pair["ceiling"] for pair in computed(items)["agreement"]["pairs"]}
    second = found["models"][1]["reliability"]
    assert ceilings["a", "b"] == pytest.approx((reliability * second) ** 0.5)


def test_a_plan_says_how_many_scenarios_the_next_run_needs() -> None:
    """More samples need fewer scenarios, a finer precision four times as many; without repeats one row is known."""
    items = [
        transcript(model, f"s{place}", sample, score=1 + (place * 3 + sample + ord(model)) % 5)
        for model in "ab"
        for place in range(12)
        for sample in range(3)
    ]
    plan = computed(items, precision=0.2)["reliability"]["plan"]
    needs = [need["scenariosForMeans"] for need in plan["needs"]]
    assert [need["samples"] for need in plan["needs"]] == [1, 2, 3, 5, 10]
    assert needs == sorted(needs, reverse=True)
    finer = computed(items, precision=0.1)["reliability"]["plan"]["needs"][0]["scenariosForMeans"]
    assert finer == pytest.approx(4 * needs[0], abs=12)
    # So many scenarios are enough for Student's t, and one fewer is not; with one sample of each.
    variance = np.mean([np.var([1 + (place * 3 + ord(model)) % 5 for place in range(12)], ddof=1) for model in "ab"])
    single = computed([item for item in items if item["sampleIndex"] == 0], precision=0.5)["reliability"]
    count = single["plan"]["needs"][0]["scenariosForMeans"]
    widths = [stats.t.ppf(0.975, n - 1) * (variance / n) ** 0.5 for n in (count - 1, count)]
    assert widths[1] <= 0.5 < widths[0]
    same = computed(scored({"a": [3] * 9, "b": [3] * 9}))["reliability"]["plan"]
    assert (same["needs"][0]["scenariosForMeans"], same["needs"][0]["scenariosForDifferences"]) == (None, None)
    assert "nothing shows how many" in same["reason"]
    single = computed(scored({"a": [1, 2, 3], "b": [3, 2, 2]}))["reliability"]
    assert len(single["plan"]["needs"]) == 1
    assert "no condition has two scores" in single["components"]["reason"]


def test_w_of_families_is_that_of_scenarios_and_its_p_that_of_families() -> None:
    """Ten scenarios of five families are five cases."""
    items = [
        transcript(model, f"s{place}", score=1 + place // 2, scenario={"family": f"f{place // 2}"})
        for model in "ab"
        for place in range(10)
    ]
    overall = computed(items)["agreement"]["overall"]
    assert (overall["scenarios"], overall["kendallW"]) == (10, 1.0)
    assert overall["p"] == pytest.approx(1 / 120, abs=0.004)


def test_one_family_has_an_order_and_no_p_with_its_own_reason() -> None:
    """Of scenarios W and rho are known; of one family, or of four, no order of families says how rare they are."""
    items = [
        transcript(model, f"s{place}", score=1 + (place + shift) % 5, scenario={"family": "one"})
        for shift, model in enumerate("ab")
        for place in range(10)
    ]
    found = computed(items)["agreement"]
    overall, (pair,) = found["overall"], found["pairs"]
    assert (overall["kendallW"], overall["p"], overall["how"]) == (pytest.approx(0.5), None, None)
    assert overall["reason"] == "every model has the same mean in all families, or there is one family, so W has no p"
    assert (pair["rho"], pair["p"], pair["reason"]) == (0.0, None, "p needs at least 5 families; here: 1")
    for place, item in enumerate(items):
        item["scenario"] = {"family": f"f{place % 10 // 2}"}
        item["summary"] = {"score": 3 if place < 10 else 3 + (-1) ** place}
    (flat,) = computed([*items, transcript("b", "s9", 1, score=5)])["agreement"]["pairs"]
    assert flat["rho"] is None
    items[0]["summary"], items[1]["summary"] = {"score": 4}, {"score": 2}
    (level,) = computed(items)["agreement"]["pairs"]
    assert (level["rho"] is None, level["p"]) == (False, None)
    assert level["reason"] == "one of them has the same mean in all families, so rho has no p"


def test_an_alpha_that_one_scenario_alone_tells_says_so() -> None:
    """Without the only one that differs no disagreement could be expected."""
    alpha = computed(scored({"a": [3.0] * 9 + [5], "b": [3.0] * 10}))["agreement"]["overall"]["alphaNominal"]
    assert (alpha["value"], alpha["interval"]["low"]) == (0.0, None)
    assert alpha["interval"]["reason"].startswith("it cannot be told without one of them")
