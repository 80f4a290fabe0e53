"""The plain statistics that every part of the analysis uses, with exact sums: no result depends on an order."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Final

from common.analysis.numerical import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.documents import Spread
    from common.analysis.numerical import Array, Indexes

LEVEL: Final = 0.95
# So many standard errors to each side hold a normal deviate as often.
DEVIATE: Final = 1.959963984540054
TAIL: Final = 0.95
# More than any of the figures is good for, and fewer than floating-point dust needs to show.
DIGITS: Final = 10


def tidy(value: float) -> float:
    """The value with ten significant digits."""
    return float(f"{value:.{DIGITS - 1}e}") + 0.0


def above_zero(p: float) -> float:
    """A p-value that is too small for a double is the smallest one: 0 would leave nothing to chance."""
    return max(p, sys.float_info.min)


def quantile(ordered: Array, share: float) -> float:
    """A quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan 1996, as in R and NumPy)."""
    position = (len(ordered) - 1) * share
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (position - below) * (ordered[above] - ordered[below]))


def spread(values: Sequence[float], of: int) -> Spread:
    """Sum, mean, median and 95th percentile of the values that are known, of so many; null where none is known."""
    if not values:
        return {"n": 0, "of": of, "sum": None, "mean": None, "median": None, "p95": None}
    total = sum(values) if all(isinstance(value, int) for value in values) else tidy(math.fsum(values))
    ordered = np.sort(np.array(values, dtype=np.float64))
    return {
        "n": len(values),
        "of": of,
        "sum": total,
        "mean": tidy(total / len(values)),
        "median": tidy(quantile(ordered, 0.5)),
        "p95": tidy(quantile(ordered, TAIL)),
    }


def mean(values: Sequence[float]) -> float:
    """The mean; equal ones come out equal, however many values they have and in whatever order."""
    return math.fsum(values) / len(values)


def standard_deviation(values: Sequence[float]) -> float | None:
    """The standard deviation of a sample (n - 1); None for one value, and 0 exactly where all are equal."""
    if len(values) < 2:
        return None
    if min(values) == max(values):
        return 0.0
    middle = mean(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))


def average_ranks(values: Array) -> Array:
    """Ranks from 1 on; equal values share the mean of their ranks."""
    order = np.argsort(values, kind="stable")
    starts, counts = ties(values[order])
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(starts + (counts + 1) / 2, counts)
    return ranks


def ties(ordered: Array) -> tuple[Indexes, Indexes]:
    """Where each run of equal values begins in sorted ones, and how long it is."""
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return starts, np.diff(np.concatenate((starts, [len(ordered)])))


def tie_sum(values: Array) -> int:
    """Σ(t³ - t) over the groups of t equal values, as the corrections for ties want it."""
    _, counts = ties(np.sort(values))
    return int(np.sum(counts.astype(np.int64) ** 3 - counts))
