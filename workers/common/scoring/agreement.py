"""Krippendorff's alpha: how far scorers agree beyond chance, with any number of them and with gaps.

Klaus Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), https://repository.upenn.edu/asc_papers/43
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from common.scoring.documents import Alpha

Level = Literal["ordinal", "nominal"]


def describe_alpha(units: Iterable[Sequence[float | str]], level: Level) -> Alpha:
    """Alpha with the number of units behind it, and why it is null where it is.

    Args:
        units: for each thing that was judged, the values that it was given; those with fewer than two say nothing.
        level: whether the values are an order, or names.
    """
    rated = [list(unit) for unit in units if len(unit) > 1]
    value = alpha(rated, level) if rated else None
    reason = None
    if not rated:
        reason = "nothing was judged twice"
    elif value is None:
        reason = "every verdict is the same, so there is nothing to tell agreement from chance by"
    return {"level": level, "n": len(rated), "alpha": None if value is None else round(value, 10), "reason": reason}


def alpha(units: Sequence[Sequence[float | str]], level: Level) -> float | None:
    """Krippendorff's alpha; None where all values are the same, so that no disagreement could be expected.

    Args:
        units: the values of each unit, at least two of them.
        level: which difference counts: any (nominal), or the ranks between two values (ordinal).
    """
    totals: Counter[float | str] = Counter(value for unit in units for value in unit)
    distance = _ordinal(totals) if level == "ordinal" else _nominal
    observed = sum(_within(Counter(unit), distance) / (len(unit) - 1) for unit in units)
    n = totals.total()
    expected = _within(totals, distance) / (n - 1)
    return None if not expected else 1 - observed / expected


def _within(counts: Counter[float | str], distance: Distance) -> float:
    """The differences of all ordered pairs of values."""
    values = list(counts)
    return sum(counts[one] * counts[other] * distance(one, other) for one in values for other in values if one != other)


def _nominal(one: float | str, other: float | str) -> float:
    return float(one != other)


def _ordinal(totals: Counter[float | str]) -> Distance:
    """The square of the ranks between two values: those of all values from one to the other, their own by half."""
    ordered = sorted(totals)
    below = dict(zip(ordered, accumulate((totals[value] for value in ordered), initial=0), strict=False))
    middle = {value: below[value] + totals[value] / 2 for value in ordered}

    def distance(one: float | str, other: float | str) -> float:
        return (middle[one] - middle[other]) ** 2

    return distance


if TYPE_CHECKING:
    from collections.abc import Callable

    Distance = Callable[[float | str, float | str], float]
