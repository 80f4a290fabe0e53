"""Krippendorff's alpha, against values that were worked out by hand."""

from __future__ import annotations

import pytest

from common.scoring.agreement import alpha, describe_alpha

# Krippendorff's own example of four observers and twelve units, with gaps (2011, part C): nominal .743, ordinal .815.
FOUR_OBSERVERS: list[list[float | str]] = [
    [1, 1, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [5, 5, 5],
    [1, 1],
]


def test_the_example_of_its_author() -> None:
    """With gaps, and any number of observers."""
    assert alpha(FOUR_OBSERVERS, "nominal") == pytest.approx(0.743, abs=0.0005)
    assert alpha(FOUR_OBSERVERS, "ordinal") == pytest.approx(0.815, abs=0.0005)


def test_two_units_by_hand() -> None:
    """[a, a] and [a, b]: observed 2 / 4 values, expected 2 * 3 * 1 / (4 * 3) = .5, so alpha is 0."""
    assert alpha([["a", "a"], ["a", "b"]], "nominal") == pytest.approx(0)


def test_three_units_by_hand() -> None:
    """[a, a], [b, b], [a, b]: observed 2 / 6; expected 2 * 3 * 3 / (6 * 5) = .6; 1 - .3333 / .6 = .4444."""
    assert alpha([["a", "a"], ["b", "b"], ["a", "b"]], "nominal") == pytest.approx(4 / 9)


def test_ordinal_distances_by_hand() -> None:
    """[1, 1], [3, 3], [1, 2]: 3 ones, 1 two, 2 threes.

    The squared ranks: 1 to 2 (3/2 + 1/2)^2 = 4, 1 to 3 (3/2 + 1 + 2/2)^2 = 12.25, 2 to 3 (1/2 + 2/2)^2 = 2.25.
    Observed 2 * 4 = 8; expected 2 * (3 * 1 * 4 + 3 * 2 * 12.25 + 1 * 2 * 2.25) / 5 = 36; 1 - 8 / 36.
    """
    assert alpha([[1, 1], [3, 3], [1, 2]], "ordinal") == pytest.approx(1 - 8 / 36)


def test_full_agreement_is_one_and_systematic_disagreement_less_than_nothing() -> None:
    """1 at best; below 0 where scorers agree less than by chance."""
    assert alpha([[1, 1], [2, 2], [5, 5]], "ordinal") == 1
    worst = alpha([[1, 5], [5, 1], [1, 5]], "ordinal")
    assert worst is not None
    assert worst < 0


def test_what_cannot_be_computed_has_a_reason() -> None:
    """Not 0, and not 1."""
    same = describe_alpha([[3, 3], [3, 3, 3]], "ordinal")
    assert (same["alpha"], same["n"]) == (None, 2)
    assert same["reason"]
    alone = describe_alpha([[3], []], "ordinal")
    assert (alone["alpha"], alone["n"]) == (None, 0)
    assert alone["reason"]
    assert describe_alpha([[1, 1], [2, 2]], "ordinal") == {"level": "ordinal", "n": 2, "alpha": 1, "reason": None}
