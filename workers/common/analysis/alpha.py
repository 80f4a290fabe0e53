"""Krippendorff's alpha: how far models give the same answer, not only the same order.

alpha = 1 - observed over expected disagreement (Krippendorff 2019, Content Analysis, chapter 12). A unit is a scenario,
a value the decision of a model; scenarios with fewer than two values say nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.clusters import bounds_of, clustered, interval, spread_of
from common.analysis.figures import average_ranks, tidy
from common.analysis.numerical import np

if TYPE_CHECKING:
    from common.analysis.clusters import Clustered
    from common.analysis.figure_documents import Estimate
    from common.analysis.numerical import Array, Indexes

# With more different values than this a nominal alpha asks whether two measurements agree to the last digit.
MOST_NAMES: Final = 50
# Beyond this z alpha is 1 to the last digit.
_LARGEST: Final = 40.0
NO_UNIT: Final = "no scenario has two values"
NO_VARIETY: Final = "all values are the same, so no disagreement could be expected"


class Alpha(NamedTuple):
    """Alpha, and what it is without each of the clusters.

    Attributes:
        value: None where it is not defined.
        units: scenarios with at least two values.
        left_out: alpha without each cluster.
        sizes: of the clusters.
        reason: why there is no value.
        values: how many a unit has, on average.
    """

    value: float | None
    units: int
    left_out: Array
    sizes: Array
    reason: str | None
    values: float = 2.0


def ordinal_alpha(table: Array, families: Indexes) -> Alpha:
    """Alpha with the ordinal metric, which is the squared difference of the values' mean ranks among all values.

    Without a cluster the ranks stay those of all: they hardly move, and the interval is about the scenarios.
    """
    table, families = _paired(table, families)
    known = ~np.isnan(table)
    ranks = np.zeros(table.shape)
    if known.any():
        # Doubled, ranks are whole numbers, and sums of their squares exact.
        ranks[known] = 2 * average_ranks(table[known])
    count = known.sum(axis=0).astype(np.float64)
    sums, squares = ranks.sum(axis=0), (ranks**2).sum(axis=0)
    observed = 2 * (count * squares - sums**2) / np.maximum(count - 1, 1)
    groups = clustered(families)

    def expected(n: Array, total: Array, square: Array) -> Array:
        return 2 * (n * square - total**2) / (n - 1)

    parts = [groups.sums(values) for values in (observed, count, sums, squares)]
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = expected(*(np.array([part.sum()]) for part in parts[1:]))
        without = expected(*(part.sum() - part for part in parts[1:]))
    return _alpha(parts[0], whole, without, groups, count)


def nominal_alpha(table: Array, families: Indexes) -> Alpha:
    """Alpha with the nominal metric: two values are the same, or not."""
    table, families = _paired(table, families)
    known = ~np.isnan(table)
    groups = clustered(families)
    names = np.unique(table[known])
    if not len(names):
        return Alpha(None, 0, np.array([]), groups.sizes, NO_UNIT)
    if len(names) > MOST_NAMES:
        reason = f"there are more than {MOST_NAMES} different values"
        return Alpha(None, table.shape[1], np.array([]), groups.sizes, reason)
    counts = np.array([(table == name).sum(axis=0) for name in names], dtype=np.float64).reshape(-1, table.shape[1])
    count = counts.sum(axis=0)
    observed = (count**2 - (counts**2).sum(axis=0)) / np.maximum(count - 1, 1)
    by_name = np.array([groups.sums(row) for row in counts]).reshape(-1, len(groups.sizes))

    def expected(each: Array) -> Array:
        n = each.sum(axis=0)
        found: Array = (n**2 - (each**2).sum(axis=0)) / (n - 1)
        return found

    with np.errstate(invalid="ignore", divide="ignore"):
        whole = expected(by_name.sum(axis=1, keepdims=True))
        without = expected(by_name.sum(axis=1, keepdims=True) - by_name)
    return _alpha(groups.sums(observed), whole, without, groups, count)


def alpha_document(alpha: Alpha, unit: str = "scenarios") -> Estimate:
    """Alpha with its interval, which is that of Fisher's z of an intraclass correlation."""
    document = interval(alpha.value, alpha.left_out, alpha.sizes, most=1.0, unit=unit)
    if alpha.value is not None and document["low"] is not None:
        ends = _ends(alpha.value, alpha)
        document["low"], document["high"] = ends or (document["low"], document["high"])
    return {
        "n": alpha.units,
        "value": None if alpha.value is None else tidy(alpha.value),
        "interval": document,
        "reason": alpha.reason,
    }


def _ends(value: float, alpha: Alpha) -> tuple[float, float] | None:
    """The ends by z = ½ ln((1 + (k - 1)a) / (1 - a)) for k values of a unit (Fisher 1925, section 39).

    Alpha is skewed by itself; z is hardly so. None where alpha is 1, or so low that it has no z, also without one of
    the clusters.
    """
    others = alpha.values - 1

    def z(of: Array) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Array = 0.5 * (np.log1p(others * of) - np.log1p(-of))
        return found

    middle = z(np.array([value]))
    spread = spread_of(z(alpha.left_out), alpha.sizes) if np.isfinite(middle[0]) else None
    if spread is None:
        return None
    low, high = (math.exp(2 * min(end, _LARGEST)) for end in bounds_of(float(middle[0]), spread))
    return tidy((low - 1) / (low + others)), tidy((high - 1) / (high + others))


def _paired(table: Array, families: Indexes) -> tuple[Array, Indexes]:
    """The scenarios with at least two values."""
    several = (~np.isnan(table)).sum(axis=0) > 1
    return table[:, several], families[several]


def _alpha(observed: Array, whole: Array, without: Array, groups: Clustered, count: Array) -> Alpha:
    units = len(count)
    if units == 0:
        return Alpha(None, 0, np.array([]), groups.sizes, NO_UNIT)
    if not whole[0] > 0:
        return Alpha(None, units, np.array([]), groups.sizes, NO_VARIETY)
    with np.errstate(invalid="ignore", divide="ignore"):
        left_out = 1 - (observed.sum() - observed) / without
    value = 1 - float(observed.sum()) / float(whole[0])
    return Alpha(value, units, left_out, groups.sizes, None, float(np.mean(count)))
