"""Least squares over scenarios, and what is left of it without each cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.numerical import np

if TYPE_CHECKING:
    from common.analysis.clusters import Clustered
    from common.analysis.numerical import Array, Mask

# Floats of the systems that are solved at a time: 32 MiB.
_ROOM: Final = 4_000_000
_SINGULAR: Final = 1e-9


class Fit(NamedTuple):
    """The coefficients, and those without each cluster (clusters by coefficients)."""

    coefficients: Array
    left_out: Array


def fit(design: Array, values: Array, groups: Clustered) -> Fit | None:
    """Ordinary least squares with the jackknife over clusters (the CR3 of Bell and McCaffrey 2002).

    None where the columns cannot be told apart. Where they cannot without one of the clusters, its coefficients are
    not finite.
    """
    columns = design.shape[1]
    gram = design.T @ design
    if not _regular(gram[None])[0]:
        return None
    right = design.T @ values
    count = len(groups.sizes)
    order = np.argsort(groups.places, kind="stable")
    starts = np.concatenate(([0], np.cumsum(groups.sizes).astype(np.intp)[:-1]))
    rows, ys = design[order], values[order]
    left_out = np.empty((count, columns))
    step = max(1, int(_ROOM / (columns * columns * max(1.0, float(np.mean(groups.sizes))))))
    bounds = np.append(starts, len(values))
    for begin in range(0, count, step):
        end = min(begin + step, count)
        part = slice(int(bounds[begin]), int(bounds[end]))
        inner = starts[begin:end] - bounds[begin]
        products = rows[part, :, None] * rows[part, None, :]
        grams = gram - np.add.reduceat(products, inner, axis=0)
        rights = right - np.add.reduceat(rows[part] * ys[part, None], inner, axis=0)
        regular = _regular(grams)
        left_out[begin:end] = np.nan
        if regular.any():
            left_out[begin:end][regular] = np.linalg.solve(grams[regular], rights[regular, :, None])[..., 0]
    coefficients: Array = np.linalg.solve(gram, right).astype(np.float64)
    return Fit(coefficients, left_out)


def _regular(grams: Array) -> Mask:
    """Whether each system has one solution: no eigenvalue is next to nothing beside the largest."""
    values = np.linalg.eigvalsh(grams)
    found: Mask = values[:, 0] > _SINGULAR * values[:, -1]
    return found
