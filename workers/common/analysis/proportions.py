"""Shares and their intervals, where samples of one scenario are no independent ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from common.analysis.figures import LEVEL, tidy
from common.analysis.numerical import np, special

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.analysis.figure_documents import Share
    from common.analysis.numerical import Array, Indexes

_Z: Final = float(special.ndtri(0.5 + LEVEL / 2))


def share(count: int, n: int) -> Share:
    """A share of things that are independent."""
    return _document(count, n, n, float(n))


def clustered_share(clusters: Mapping[str, Sequence[int]]) -> Share:
    """A share of samples that come in clusters: for each cluster how many of them count, and how many there are."""
    ordered: Array = np.array(sorted((hits, of) for hits, of in clusters.values() if of), dtype=np.float64).reshape(
        -1, 2
    )
    hits: Array = ordered[:, 0]
    totals: Array = ordered[:, 1]
    return _document(int(hits.sum()), int(totals.sum()), len(totals), _effective(hits, totals) if len(totals) else 0.0)


def share_of(flags: Array, clusters: Indexes) -> Share:
    """The same from one flag (0 or 1) for each thing, and the number of the cluster to which it belongs."""
    _, places = np.unique(clusters, return_inverse=True)
    counted, sizes = np.bincount(places, weights=flags), np.bincount(places)
    order = np.lexsort((sizes, counted))
    hits: Array = counted[order].astype(np.float64)
    totals: Array = sizes[order].astype(np.float64)
    return _document(int(hits.sum()), int(totals.sum()), len(totals), _effective(hits, totals) if len(totals) else 0.0)


def _effective(hits: Array, totals: Array) -> float:
    """How many independent samples would say as much: n over the design effect (Kish 1965; Korn and Graubard 1998).

    The design effect is the larger of two estimates, that of the shares' variance between clusters and that of the
    intraclass correlation, because with few clusters each of them misses some; it is raised by the square of t over
    z for the few degrees of freedom from which it comes. It is 1 where no cluster has two samples, and never more than
    that of clusters all of whose samples are the same. Where every sample is the same, nothing shows that they would
    not be so by their cluster alone, and the whole of it counts.
    """
    n, clusters = float(totals.sum()), len(totals)
    most = float(np.sum(totals**2)) / n
    p = float(hits.sum()) / n
    if p in {0.0, 1.0} or clusters < 2:
        return n / most
    between = float(np.sum((hits - p * totals) ** 2)) / (n * p * (1 - p)) * clusters / (clusters - 1)
    shares = hits / totals
    within = float(np.sum(totals * shares * (1 - shares))) / max(n - clusters, 1.0)
    mean_square = float(np.sum(totals * (shares - p) ** 2)) / (clusters - 1)
    size = (n - most) / (clusters - 1)
    room = mean_square + (size - 1) * within
    correlation = min(1.0, max(0.0, (mean_square - within) / room)) if room > 0 else 1.0
    effect = max(min(max(between, 1.0), most), 1 + (most - 1) * correlation)
    few = float(special.stdtrit(clusters - 1, 0.5 + LEVEL / 2)) / _Z
    return n / min(effect * few * few, most)


def _document(count: int, n: int, clusters: int, effective: float) -> Share:
    """The Wilson score interval (Wilson 1927) of the effective n: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Unlike the one that most people learn first it stays inside 0 and 1, and has a width where nothing, or everything,
    was counted. Null where there is nothing to count in.
    """
    if n == 0:
        return {"count": count, "n": 0, "share": None, "low": None, "high": None, "clusters": 0, "effectiveN": None}
    p = count / n
    scale = 1 + _Z * _Z / effective
    middle = (p + _Z * _Z / (2 * effective)) / scale
    half = _Z * math.sqrt(p * (1 - p) / effective + _Z * _Z / (4 * effective * effective)) / scale
    return {
        "count": count,
        "n": n,
        "share": tidy(p),
        "low": 0.0 if count == 0 else tidy(max(0.0, middle - half)),
        "high": 1.0 if count == n else tidy(min(1.0, middle + half)),
        "clusters": clusters,
        "effectiveN": tidy(effective),
    }
