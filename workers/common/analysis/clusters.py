"""The interval of any figure that is computed over scenarios: what changes where one cluster of them is left out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.figures import LEVEL, above_zero, tidy
from common.analysis.numerical import np, scipy

if TYPE_CHECKING:
    from common.analysis.figure_documents import Interval
    from common.analysis.numerical import Array, Indexes

# Of fewer clusters nobody can tell how far a figure would move.
FEWEST_CLUSTERS: Final = 5
# Of the sample's skewness only half is believed: in few scenarios it is noise (tools/simulations shows the table).
BELIEVED_SKEWNESS: Final = 0.5
_DUST: Final = 1e-12
SAME: Final = "all of them have the same value, so nothing shows how far it could move"
HELD: Final = "it cannot be told without one of them, so nothing shows how far it could move"


class Spread(NamedTuple):
    """How far a figure moves.

    Attributes:
        error: its standard error.
        degrees: of freedom.
        clusters: how many there are.
        skewness: of what single clusters contribute.
    """

    error: float
    degrees: float
    clusters: int
    skewness: float


def spread_of(left_out: Array, sizes: Array, *, spent: float = 1.0) -> Spread | None:
    """The jackknife over clusters (Efron and Tibshirani 1993, chapter 11).

    Args:
        left_out: the figure without each of the clusters.
        sizes: the scenarios of each, or what else it weighs; where they differ, fewer degrees of freedom are left
            (Kish's effective number).
        spent: degrees of freedom that are lost of that number; one fewer than clusters are left at most.

    Returns:
        None where there are too few clusters, or no cluster moves the figure.
    """
    count = len(left_out)
    if count < FEWEST_CLUSTERS or not np.all(np.isfinite(left_out)):
        return None
    moved = (count - 1) * (np.mean(left_out) - left_out)
    variance = float(np.mean(moved**2))
    if variance <= (_DUST * max(1.0, float(np.max(np.abs(left_out))))) ** 2:
        return None
    skewness = float(np.mean(moved**3)) / variance**1.5
    effective = float(np.sum(sizes)) ** 2 / float(np.sum(np.asarray(sizes, dtype=np.float64) ** 2))
    return Spread(math.sqrt(variance / (count - 1)), max(1.0, min(effective - spent, count - 1.0)), count, skewness)


def bounds_of(
    value: float, spread: Spread, *, level: float = LEVEL, believed: float = BELIEVED_SKEWNESS
) -> tuple[float, float]:
    """The ends of the interval: Student's t, bent by the skewness (Hall 1992, JRSS B 54(1), the cubic transformation).

    For a mean over single scenarios without skewness it is the interval of every textbook.
    """
    t = float(scipy.special.stdtrit(spread.degrees, 0.5 + level / 2)) / math.sqrt(spread.clusters - 1)
    scale = spread.error * math.sqrt(spread.clusters - 1)
    skewness = believed * spread.skewness

    def end(at: float) -> float:
        middle = at - skewness / (6 * spread.clusters)
        if abs(skewness) < _DUST:
            return middle
        return (float(np.cbrt(1 + skewness * middle)) - 1) * 3 / skewness

    return value - scale * end(t), value - scale * end(-t)


def p_of(value: float, spread: Spread) -> float:
    """The two-sided p-value of a figure that would be 0, by Student's t."""
    return above_zero(float(2 * scipy.special.stdtr(spread.degrees, -abs(value) / spread.error)))


def interval(
    value: float | None,
    left_out: Array,
    sizes: Array,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    unit: str = "scenarios",
) -> Interval:
    """The document of an interval; its ends are never beyond what the figure can be."""
    found = None if value is None else spread_of(left_out, sizes)
    why = why_none(left_out)
    return interval_of(value, found, len(left_out), least=least, most=most, unit=unit, why=why)


def why_none(left_out: Array) -> str:
    """Why clusters that are enough show no spread: they are all the same, or the figure is that of one of them."""
    return SAME if np.all(np.isfinite(left_out)) else HELD


def interval_of(
    value: float | None,
    found: Spread | None,
    clusters: int,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    unit: str = "scenarios",
    believed: float = BELIEVED_SKEWNESS,
    why: str = SAME,
) -> Interval:
    """The same from how far the figure moves, from how many clusters, and why these show nothing where they do not."""
    if value is None or found is None:
        few = f"an interval needs at least {FEWEST_CLUSTERS} {unit}; here: {clusters}"
        reason = "there is no figure" if value is None else few if clusters < FEWEST_CLUSTERS else why
        return {
            "low": None,
            "high": None,
            "level": LEVEL,
            "standardError": None,
            "clusters": clusters,
            "degreesOfFreedom": None,
            "reason": reason,
        }
    low, high = bounds_of(value, found, believed=believed)
    return {
        "low": tidy(max(least, low)),
        "high": tidy(min(most, high)),
        "level": LEVEL,
        "standardError": tidy(found.error),
        "clusters": found.clusters,
        "degreesOfFreedom": tidy(found.degrees),
        "reason": None,
    }


class Clustered(NamedTuple):
    """Values with the cluster of each: sums by cluster, from which any ratio of sums is left out one by one.

    Attributes:
        places: of each value, the number of its cluster from 0 on.
        sizes: the values in each cluster.
    """

    places: Indexes
    sizes: Array

    def sums(self, values: Array) -> Array:
        """The sum in each cluster."""
        found: Array = np.bincount(self.places, weights=values, minlength=len(self.sizes)).astype(np.float64)
        return found

    def means_left_out(self, values: Array) -> Array:
        """The mean over all values without each of the clusters."""
        return self.ratios_left_out(values, np.ones(len(values)))

    def ratios_left_out(self, values: Array, weights: Array) -> Array:
        """The sum of values over the sum of weights without each of the clusters; NaN where nothing would be left."""
        above, below = self.sums(values), self.sums(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Array = (above.sum() - above) / (below.sum() - below)
        return found


def clustered(families: Indexes) -> Clustered:
    """The clusters of values from the family of each."""
    _, places = np.unique(families, return_inverse=True)
    return Clustered(places, np.bincount(places).astype(np.float64))
