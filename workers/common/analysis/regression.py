"""Least squares over scenarios, and what is left of it without each cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.numerical import np

if TYPE_CHECKING:
    from common.analysis.clusters import Clustered
    from common.analysis.numerical import Array

# Floats that are held at a time: 32 MiB.
_ROOM: Final = 4_000_000
_SINGULAR: Final = 1e-9
# Of what a coefficient could be moved by at most: less is dust.
_MOVED: Final = 1e-6


class Fit(NamedTuple):
    """Coefficients, and what single clusters contribute.

    Attributes:
        coefficients: by column of the design.
        left_out: those without each cluster (clusters by coefficients).
        weights: the variance that each cluster adds to that of each coefficient, were all values independent.
    """

    coefficients: Array
    left_out: Array
    weights: Array


def fit(design: Array, values: Array, groups: Clustered) -> Fit | None:
    """Ordinary least squares with the jackknife over clusters (the CR3 of Bell and McCaffrey 2002).

    Without cluster g the coefficients are b - (X'X)^-1 X[g]' (I - H[g])^-1 e[g], with e the residuals and H[g] the
    cluster's part of the hat matrix: no other fit is made. None where the columns cannot be told apart; where some of
    them cannot without one of the clusters, their coefficients without it are not finite, and those of the others are.
    """
    gram = design.T @ design
    spread = np.linalg.eigvalsh(gram)
    if not spread[0] > _SINGULAR * spread[-1]:
        return None
    inverse: Array = np.linalg.inv(gram).astype(np.float64)
    coefficients: Array = inverse @ (design.T @ values)
    rest: Array = values - design @ coefficients
    order = np.argsort(groups.places, kind="stable")
    starts = np.concatenate(([0], np.cumsum(groups.sizes)[:-1])).astype(np.intp)
    left_out = np.empty((len(groups.sizes), design.shape[1]))
    weights = np.empty(left_out.shape)
    # Clusters of one size at a time, for these are one array.
    for size in np.unique(groups.sizes).astype(np.intp):
        same = np.flatnonzero(groups.sizes == size)
        step = max(1, _ROOM // int(size * max(size, design.shape[1])))
        for begin in range(0, len(same), step):
            chosen = same[begin : begin + step]
            places = order[starts[chosen][:, None] + np.arange(size)]
            shares = _shares(design[places], inverse)
            left_out[chosen] = coefficients - np.einsum("gik,gi->gk", shares, rest[places])
            weights[chosen] = np.sum(shares**2, axis=1)
    return Fit(coefficients, left_out, weights)


def _shares(rows: Array, inverse: Array) -> Array:
    """By how much a residual of each of several clusters (clusters by cells by columns) moves the coefficients.

    That is (I - H[g])^-1 X[g] (X'X)^-1; NaN for coefficients that the cluster alone tells.
    """
    solved = rows @ inverse
    room = np.eye(rows.shape[1]) - solved @ rows.transpose(0, 2, 1)
    regular = np.linalg.eigvalsh(room)[:, 0] > _SINGULAR
    shares = np.empty(rows.shape)
    if regular.any():
        shares[regular] = np.linalg.solve(room[regular], solved[regular])
    for place in np.flatnonzero(~regular):
        shares[place] = _shares_of_one(room[place], solved[place], inverse)
    return shares


def _shares_of_one(room: Array, solved: Array, inverse: Array) -> Array:
    """The same for a cluster that alone tells some of the coefficients, by the generalized inverse of I - H[g].

    Its null vectors u say which: without the cluster any multiple of (X'X)^-1 X[g]' u may be added to the coefficients,
    and none of those that it moves is known. The others are what they are without the cluster, whatever is added.
    """
    values, vectors = np.linalg.eigh(room)
    none = values <= _SINGULAR
    shares: Array = (vectors[:, ~none] / values[~none]) @ vectors[:, ~none].T @ solved
    free = np.max(np.abs(vectors[:, none].T @ solved), axis=0) / np.sqrt(np.diag(inverse))
    shares[:, free > _MOVED] = np.nan
    return shares
