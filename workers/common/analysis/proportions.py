"""Shares and their intervals, where samples of one scenario are no independent ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from common.analysis.figures import DEVIATE, LEVEL, tidy
from common.analysis.numerical import np, scipy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.analysis.figure_documents import Share
    from common.analysis.numerical import Array, Indexes

# Clusters that are alike by chance do not make endlessly more of their samples: of ten, one run in forty is below it.
LEAST_EFFECT: Final = 0.3


def share(count: int, n: int) -> Share:
    """A share of things that are independent."""
    return _document(count, n, n, float(n), apart=True)


def clustered_share(clusters: Mapping[str, Sequence[int]]) -> Share:
    """A share of samples that come in clusters: for each cluster how many of them count, and how many there are."""
    ordered: Array = np.array(sorted((hits, of) for hits, of in clusters.values() if of), dtype=np.float64).reshape(
        -1, 2
    )
    return _of_clusters(ordered[:, 0], ordered[:, 1])


def share_of(flags: Array, clusters: Indexes) -> Share:
    """The same from one flag (0 or 1) for each thing, and the number of the cluster to which it belongs."""
    _, places = np.unique(clusters, return_inverse=True)
    counted, sizes = np.bincount(places, weights=flags), np.bincount(places)
    order = np.lexsort((sizes, counted))
    return _of_clusters(counted[order].astype(np.float64), sizes[order].astype(np.float64))


def _of_clusters(hits: Array, totals: Array) -> Share:
    if not len(totals):
        return share(0, 0)
    count, n = int(hits.sum()), int(totals.sum())
    return _document(count, n, len(totals), _effective(hits, totals), apart=n == len(totals))


def _effective(hits: Array, totals: Array) -> float:
    """How many independent samples would say as much (Korn and Graubard 1998, Survey Methodology 24(2)).

    That is n over the design effect (Kish 1965), which is raised by the square of t over z for the few degrees of
    freedom from which it comes. This estimate is taken as it is also below 1: held at 1 or more the interval of
    independent samples covers 97 to 98 %, for chance then counts on one side alone. The result is never less than that
    of clusters all of whose samples are the same, and is this where every sample is the same: then nothing shows that
    they would not be so by their cluster alone.
    """
    n, clusters = float(totals.sum()), len(totals)
    most = float(np.sum(totals**2)) / n
    p = float(hits.sum()) / n
    if p in {0.0, 1.0} or clusters < 2 or most <= 1:
        return n / most
    squares = (hits - p * totals) ** 2
    effect = float(np.sum(squares)) / (n * p * (1 - p)) * clusters / (clusters - 1)
    few = float(scipy.special.stdtrit(_degrees(squares), 0.5 + LEVEL / 2)) / DEVIATE
    return n / min(max(effect, LEAST_EFFECT) * few * few, most)


def _degrees(squares: Array) -> float:
    """The degrees of freedom of a variance: 2n over the kurtosis less 1 (Satterthwaite 1946), at most n - 1.

    Where a few clusters hold all that was counted, theirs are the only squares that say how large the variance is.
    """
    count = len(squares)
    mean = float(np.mean(squares))
    excess = float(np.mean(squares**2)) / (mean * mean) - 1 if mean > 0 else 0.0
    return min(count - 1.0, 2 * count / excess) if excess > 0 else count - 1.0


def _document(count: int, n: int, clusters: int, effective: float, *, apart: bool) -> Share:
    """The Wilson score interval of the effective n, and of samples in clusters its wider ends and those of Jeffreys'.

    Wilson 1927: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n). Jeffreys: quantiles of a beta distribution with
    np + 1/2 and n(1-p) + 1/2. Unlike the interval that most people learn first both stay inside 0 and 1, and have a
    width where nothing, or everything, was counted. Of few clusters that hold all that was counted Wilson's near end is
    too near (Brown, Cai and DasGupta 2001, Statistical Science 16(2)). Null where there is nothing to count in.

    Args:
        count: how many count.
        n: of how many.
        clusters: from which they are.
        effective: how many independent ones would say as much.
        apart: whether each is a cluster of its own.
    """
    if n == 0:
        return {"count": count, "n": 0, "share": None, "low": None, "high": None, "clusters": 0, "effectiveN": None}
    p = count / n
    scale = 1 + DEVIATE * DEVIATE / effective
    middle = (p + DEVIATE * DEVIATE / (2 * effective)) / scale
    half = DEVIATE * math.sqrt(p * (1 - p) / effective + DEVIATE * DEVIATE / (4 * effective * effective)) / scale
    low, high = middle - half, middle + half
    if not apart:
        counted, others = effective * p + 0.5, effective * (1 - p) + 0.5
        low = min(low, float(scipy.special.betaincinv(counted, others, 0.5 - LEVEL / 2)))
        high = max(high, float(scipy.special.betaincinv(counted, others, 0.5 + LEVEL / 2)))
    return {
        "count": count,
        "n": n,
        "share": tidy(p),
        "low": 0.0 if count == 0 else tidy(max(0.0, low)),
        "high": 1.0 if count == n else tidy(min(1.0, high)),
        "clusters": clusters,
        "effectiveN": tidy(effective),
    }
