"""Values without dust: what is equal on paper is equal in the analysis."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.analysis.exact import exact_mean, settle
from common.analysis.fields import moment
from common.analysis.ranks import kendall_w
from common.analysis.settings import Scale
from support.transcripts import computed, scored, transcript


@given(st.lists(st.integers(10, 50), min_size=1, max_size=30), st.integers(1, 4))
def test_equal_fractions_are_equal_whatever_their_terms(tenths: list[int], times: int) -> None:
    """The double nearest to the true mean, in any order and however often all of them come."""
    scores = [value / 10 for value in tenths]
    expected = float(Fraction(sum(tenths), 10 * len(tenths)))
    assert exact_mean(scores) == exact_mean(scores[::-1] * times) == expected


def test_scores_with_very_many_decimals_have_twelve_digits() -> None:
    """They are measurements; plain sums of them differ by their order."""
    scores = [math.pi, math.e, 0.1 + 1e-11]
    assert exact_mean(scores) == exact_mean(scores[::-1]) == pytest.approx(sum(scores) / 3)


def test_differences_of_thirds_tie() -> None:
    """Five thirds less two thirds is four thirds less one third; a minus before nothing goes."""
    values = settle(np.array([5 / 3 - 2 / 3, 4 / 3 - 1 / 3, 0.1 + 0.2 - 0.3, -0.0]), 5.0)
    assert list(values) == [1.0, 1.0, 0.0, 0.0]
    assert str(values[3]) == "0.0"
    assert settle(np.array([100_000 / 3]), 1e5)[0] == pytest.approx(100_000 / 3)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", 7, None, "9999-12-31T23:59:59-23:00"])
def test_what_is_no_time_is_none(text: object) -> None:
    """It decides nothing."""
    assert moment(text) is None or isinstance(moment(text), float)
    assert moment("2026-01-01T00:00:00") == moment("2026-01-01T00:00:00+00:00")


def test_w_of_very_many_ranks_is_tested_by_chi_square() -> None:
    """To shuffle them all would take longer than the answer is worth."""
    random = np.random.default_rng(1)
    found = kendall_w(random.integers(1, 6, (2, 30_000)).astype(float))
    assert found is not None
    assert found.how == "chi-square"
    assert 0 < found.p < 1


@given(st.integers(-1000, 1000), st.integers(1, 6))
def test_a_score_that_is_turned_back_has_no_dust(units: int, decimals: int) -> None:
    """Of 0 to 1 a turned 0.9 is 0.1, and ties with it; 1,000,000 - 999,999.9 too is 0.1."""
    low, high, score = -1000 / 10**decimals, 1000 / 10**decimals + 1, units / 10**decimals
    assert Scale(low, high, None).turned(score) == (10**decimals - units) / 10**decimals
    assert Scale(0.0, 1e6, None).turned(999_999.9) == 0.1
    assert str(Scale(-1.0, 1.0, 0.0).turned(0.0)) == "0.0"


def test_a_single_score_ties_with_the_mean_of_equal_ones() -> None:
    """Also where it is a measurement, of which a mean has twelve digits."""
    items = scored({"a": [1 / 3] * 6, "b": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]})
    items += [transcript("a", "s00", place, score=1 / 3) for place in (1, 2)]
    (pair,) = computed(items, scale={"min": 0, "max": 1})["agreement"]["pairs"]
    assert (pair["rho"], "same decision" in str(pair["reason"])) == (None, True)
