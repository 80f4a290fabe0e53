"""Each formula against figures from the literature, a calculation by hand, or an implementation of others."""

from __future__ import annotations

import itertools
import math
import statistics
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from common.analysis.clusters import Spread, bounds_of, clustered, interval, p_of, spread_of
from common.analysis.figures import average_ranks, mean, spread, standard_deviation, tidy
from common.analysis.permutation import order_p, saddlepoint, sign_flips
from common.analysis.proportions import share
from common.analysis.ranks import holm, kendall_w, kruskal_wallis, spearman

SCORES = st.lists(st.integers(1, 5), min_size=9, max_size=40)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_wilsons(count: int, n: int, low: float, high: float) -> None:
    """To the four digits of the published table."""
    found = share(count, n)
    assert found["share"] == pytest.approx(count / n)
    assert found["low"] is not None
    assert found["high"] is not None
    assert found["low"] == pytest.approx(low, abs=5e-5)
    assert found["high"] == pytest.approx(high, abs=5e-5)
    turned = share(n - count, n)
    assert turned["low"] == pytest.approx(1 - found["high"], abs=1e-9)
    assert turned["high"] == pytest.approx(1 - found["low"], abs=1e-9)


def test_a_share_of_nothing_is_null() -> None:
    """It is not 0."""
    found = share(0, 0)
    assert (found["count"], found["n"], found["share"], found["low"], found["high"]) == (0, 0, None, None, None)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=60))
def test_median_and_percentile_interpolate(values: list[int]) -> None:
    """As Python's own inclusive quantiles do."""
    found = spread(values, len(values))
    assert found["median"] == pytest.approx(statistics.median(values), rel=1e-9)
    assert found["p95"] == pytest.approx(statistics.quantiles(values, n=20, method="inclusive")[18], rel=1e-9)
    assert found["sum"] == sum(values)
    assert found["mean"] == pytest.approx(statistics.fmean(values), rel=1e-9)


def test_a_spread_says_of_how_many_it_is() -> None:
    """One value is its own median; none is null, never 0."""
    assert spread([7], 3) == {"n": 1, "of": 3, "sum": 7, "mean": 7.0, "median": 7.0, "p95": 7.0}
    assert spread([], 3) == {"n": 0, "of": 3, "sum": None, "mean": None, "median": None, "p95": None}


def test_sums_do_not_depend_on_the_order() -> None:
    """Where plain addition would give 0.6000000000000001 and 0.6."""
    values = [0.1, 0.2, 0.3, 1e16, -1e16]
    found = {str(spread(list(order), 5)) for order in itertools.permutations(values)}
    assert len(found) == 1
    assert mean([1, 2]) == mean([1, 1, 2, 2]) == 1.5


@given(st.lists(st.floats(1, 5), min_size=2, max_size=30))
def test_the_standard_deviation_is_that_of_a_sample(values: list[float]) -> None:
    """Divided by n - 1; one value has none."""
    assert standard_deviation(values) == pytest.approx(statistics.stdev(values), abs=1e-9)
    assert standard_deviation(values[:1]) is None


def test_figures_have_ten_digits() -> None:
    """Enough for anybody, and free of floating-point dust."""
    assert tidy(0.1 + 0.2) == 0.3
    assert tidy(1 / 3) == 0.3333333333
    assert str(tidy(-0.0)) == "0.0"


def test_the_interval_of_a_mean_without_skewness_is_students() -> None:
    """Mean plus or minus t times the standard error, as SciPy has it."""
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 3.0, 2.5, 3.5])
    groups = clustered(np.arange(8))
    found = interval(float(values.mean()), groups.means_left_out(values), groups.sizes)
    low, high = stats.t.interval(0.95, 7, values.mean(), stats.sem(values))
    assert found["low"] == pytest.approx(low)
    assert found["high"] == pytest.approx(high)
    assert found["standardError"] == pytest.approx(stats.sem(values))


def test_the_interval_leans_to_the_long_side() -> None:
    """A few high scores among low ones: the mean may well be higher than it is, hardly lower."""
    values = np.array([1.0] * 8 + [2.0, 5.0])
    groups = clustered(np.arange(10))
    low, high = bounds_of(1.5, spread_of(groups.means_left_out(values), groups.sizes) or pytest.fail("no spread"))
    assert high - 1.5 > 1.5 - low > 0


def test_scenarios_of_one_family_widen_the_interval() -> None:
    """Five families of four equal scenarios say as much as five scenarios."""
    values, families = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 4), np.repeat(np.arange(5), 4)
    groups, alone = clustered(families), clustered(np.arange(5))
    one = interval(3.0, groups.means_left_out(values), groups.sizes)
    other = interval(3.0, alone.means_left_out(np.arange(1.0, 6.0)), alone.sizes)
    assert one["low"] == pytest.approx(other["low"])
    assert one["high"] == pytest.approx(other["high"])
    assert one["clusters"] == 5
    # Families of 1 and 9 leave fewer degrees of freedom: 100/82 - 1 is below 1, which is the least.
    uneven = clustered(np.array([0, 1, 2, 3, *[4] * 16]))
    assert interval(3.0, uneven.means_left_out(values), uneven.sizes)["degreesOfFreedom"] == 1.0


def test_spearman_of_a_textbook() -> None:
    """IQ and hours of television of ten people: d² sums up to 194, so rho is 1 - 6 * 194 / 990 = -29/165, p 0.63."""
    iq = np.array([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], dtype=float)
    hours = np.array([7, 27, 2, 50, 28, 29, 20, 12, 6, 17], dtype=float)
    found = spearman(average_ranks(iq), average_ranks(hours))
    assert found.rho == pytest.approx(float(Fraction(-29, 165)))
    assert found.p == pytest.approx(0.627188, abs=0.01)
    assert (found.n, found.reason) == (10, None)


@given(SCORES, st.randoms(use_true_random=False))
def test_spearman_with_ties_is_that_of_others(values: list[int], random: object) -> None:
    """scipy.stats, which shares no code with ours; its p is by Student's t, ours by permutation where that differs."""
    other = list(values)
    random.shuffle(other)  # type: ignore[attr-defined] # hypothesis' own Random
    found = spearman(average_ranks(np.array(values, dtype=float)), average_ranks(np.array(other, dtype=float)))
    if len(set(values)) == 1:
        assert (found.rho, found.p) == (None, None)
        return
    expected = stats.spearmanr(values, other)
    assert found.rho == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p is not None
    if found.how == "student-t":
        assert found.p == pytest.approx(expected.pvalue, abs=1e-9)


def test_p_of_a_correlation_by_one_scenario_is_that_of_its_place() -> None:
    """Two models that differ from 3 in one scenario of twenty, the same one: one place of twenty."""
    values = average_ranks(np.array([5.0] + [3.0] * 19))
    found = spearman(values, values)
    assert (found.rho, found.how) == (1.0, "permutations")
    assert found.p == pytest.approx(0.05, abs=0.007)


def test_p_of_many_scenarios_without_a_heavy_one_is_students() -> None:
    """The permutations agree with it."""
    random = np.random.default_rng(4)
    a = average_ranks(random.integers(1, 6, 400).astype(float))
    b = average_ranks(random.integers(1, 6, 400) + 0.3 * a / 400)
    found = spearman(a, b)
    assert found.how == "student-t"
    permuted = order_p(a - a.mean(), b - b.mean())
    assert found.p == pytest.approx(permuted.p, abs=0.01)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), ([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]), ([1, 1, 2, 3, 3], [2, 1, 2, 5, 4])],
)
def test_p_of_few_pairs_counts_every_order(a: list[int], b: list[int]) -> None:
    """By brute force over all of them: how often the sum of products is as far from its mean."""
    x, y = (stats.rankdata(values) for values in (a, b))
    middle = len(a) * (len(a) + 1) ** 2 / 4
    observed = abs(sum(x * y) - middle)
    orders = [abs(sum(np.array(order) * y) - middle) for order in itertools.permutations(x)]
    expected = sum(value >= observed - 1e-9 for value in orders) / math.factorial(len(a))
    assert spearman(average_ranks(np.array(a, float)), average_ranks(np.array(b, float))).p == pytest.approx(expected)


def test_five_pairs_in_perfect_order_have_p_two_in_a_hundred_and_twenty() -> None:
    """One order of 5! agrees completely, one disagrees completely."""
    ranks = np.arange(1.0, 6.0)
    assert spearman(ranks, ranks).p == pytest.approx(2 / 120)
    assert spearman(ranks, ranks[::-1].copy()).rho == -1


def test_few_or_constant_pairs_have_no_correlation_but_a_reason() -> None:
    """Null, not 0."""
    few = spearman(np.arange(1.0, 5.0), np.arange(1.0, 5.0))
    assert (few.n, few.rho, few.p) == (4, None, None)
    assert "at least 5" in str(few.reason)
    constant = spearman(np.full(9, 5.0), np.arange(1.0, 10.0))
    assert (constant.rho, constant.p) == (None, None)
    assert "same decision" in str(constant.reason)


def test_no_p_is_0() -> None:
    """A perfect order of thirty: none of 9,999 random ones is as good, and that is all that is known."""
    ranks = np.arange(1.0, 31.0)
    assert spearman(ranks, ranks)[1:3] == (1.0, 1 / 10_000)


def test_no_p_is_0_by_underflow() -> None:
    """What is too small for a double is the smallest one: a p of 0 would claim that nothing is left to chance."""
    one, other = (
        test.p
        for sums in (np.ones(1250), np.r_[np.ones(1249), -1.0])
        for test in sign_flips(sums[:, None])
        if test is not None
    )
    smooth = saddlepoint(np.r_[np.linspace(1, 2, 3000), -1.0])
    far = p_of(1.0, Spread(1e-3, 400.0, 401, 0.0))
    groups = kruskal_wallis([np.arange(0.0, 2000), np.arange(3000.0, 5000)])
    assert groups is not None
    assert {one, other, smooth, far, groups.p} == {sys.float_info.min}


def test_holm_is_monotone() -> None:
    """0.04 would come out as 0.04 and below its smaller neighbour's 0.06; it may not."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_never_lowers(values: list[float]) -> None:
    """And the smallest is Bonferroni's."""
    adjusted = holm(values)
    assert all(value <= mine <= 1 for value, mine in zip(values, adjusted, strict=True))
    ordered = [mine for _, mine in sorted(zip(values, adjusted, strict=True))]
    assert ordered == sorted(ordered)
    assert min(adjusted) == min(1.0, min(values) * len(values))


def test_kendalls_w_by_hand() -> None:
    """Rank sums 4, 5, 9, 12 lie -3.5, -2.5, 1.5, 4.5 from their mean: S = 41, W = 12 * 41 / (9 * (64 - 4))."""
    table = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [2, 1, 3, 4]], dtype=float)
    found = kendall_w(table)
    assert found is not None
    assert found.w == pytest.approx(492 / 540)
    assert found.chi_square == pytest.approx(3 * 3 * 492 / 540)
    # By brute force over all 24² orders of two models beside the third.
    orders = [np.array(order) for order in itertools.permutations(range(1, 5))]
    sums = [np.arange(1, 5) + first + second for first in orders for second in orders]
    exact = np.mean([np.sum((total - 7.5) ** 2) >= 41 for total in sums])
    assert found.p == pytest.approx(float(exact), abs=0.01)


@given(st.lists(st.lists(st.integers(1, 5), min_size=8, max_size=8), min_size=3, max_size=8))
def test_kendalls_w_with_ties_belongs_to_friedmans_test(rows: list[list[int]]) -> None:
    """χ² = m(n - 1)W is Friedman's statistic, which scipy.stats computes in another way."""
    table = np.array(rows, dtype=float)
    found = kendall_w(table)
    if all(len(set(row)) == 1 for row in rows):
        assert found is None
        return
    expected = stats.friedmanchisquare(*table.T)
    assert found is not None
    assert found.chi_square == pytest.approx(expected.statistic, abs=1e-9)
    assert 0 < found.p <= 1


def test_kruskal_wallis_by_hand() -> None:
    """Rank sums 15, 40, 65: H = 0.05 * (45 + 320 + 845) - 48 = 12.5; with two degrees of freedom p is exp(-H/2)."""
    found = kruskal_wallis([np.arange(1.0, 6.0), np.arange(6.0, 11.0), np.arange(11.0, 16.0)])
    assert found is not None
    assert found.h == pytest.approx(12.5)
    assert found.degrees == 2
    assert found.p == pytest.approx(math.exp(-6.25))
    assert found.eta_squared == pytest.approx((12.5 - 3 + 1) / (15 - 3))


@given(st.lists(st.lists(st.integers(1, 5), min_size=2, max_size=9), min_size=2, max_size=5))
def test_kruskal_wallis_with_ties_is_that_of_others(groups: list[list[int]]) -> None:
    """scipy.stats, which shares no code with ours."""
    found = kruskal_wallis([np.array(group, dtype=float) for group in groups])
    if len({value for group in groups for value in group}) == 1:
        assert found is None
        return
    expected = stats.kruskal(*groups)
    assert found is not None
    assert found.h == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-9)
    assert 0 <= found.eta_squared <= 1
