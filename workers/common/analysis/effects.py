"""By how many points each level of a dimension moves the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.clusters import Spread, clustered, p_of, spread_of
from common.analysis.dimension_levels import OTHER
from common.analysis.numerical import np
from common.analysis.regression import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.dimension_levels import Factor
    from common.analysis.numerical import Array, Indexes

# With fewer clusters for each coefficient a joint fit would explain chance.
CLUSTERS_FOR_EACH: Final = 2


class Cells(NamedTuple):
    """Decisions with what they belong to.

    Attributes:
        values: the decisions.
        rows: of each, the place of its model.
        columns: of each, the place of its scenario.
        families: of each, the number of its family.
        models: how many there are.
    """

    values: Array
    rows: Indexes
    columns: Indexes
    families: Indexes
    models: int


class Coefficient(NamedTuple):
    """An effect, and how far it moves."""

    value: float
    left_out: Array
    sizes: Array
    spread: Spread | None
    p: float | None


class Effects(NamedTuple):
    """The effects of a dimension's levels against its first, and its slope.

    Attributes:
        levels: by the place of the level.
        against: the place of the level with which they are compared; None where nothing is.
        slope: for one unit of the level's value; None where levels have no order.
        adjusted: whether the other dimensions were held constant.
    """

    levels: dict[int, Coefficient]
    against: int | None
    slope: Coefficient | None
    adjusted: bool


def estimate(cells: Cells, factors: Sequence[Factor]) -> dict[str, Effects]:
    """The average marginal component effects (Hainmueller, Hopkins and Yamamoto 2014, Political Analysis 22(1)).

    By least squares with all dimensions at once and each model with its own level. Where dimensions cannot be told
    apart, or are too many for the scenarios, each is fitted by itself.
    """
    usable = [factor for factor in factors if len(factor.tested()) > 1]
    groups = clustered(cells.families)
    base = np.zeros((len(cells.values), cells.models))
    base[np.arange(len(cells.values)), cells.rows] = 1.0
    blocks = {factor.name: _block(factor, cells.columns) for factor in usable}
    room = len(groups.sizes) / CLUSTERS_FOR_EACH
    whole = np.column_stack([base, *blocks.values()]) if blocks else base
    joint = fit(whole, cells.values, groups) if len(usable) > 1 and whole.shape[1] - cells.models < room else None
    found: dict[str, Effects] = {}
    begin = cells.models
    for factor in usable:
        block = blocks[factor.name]
        fitted, at = joint, begin
        begin += block.shape[1]
        if fitted is None:
            fitted, at = fit(np.column_stack([base, block]), cells.values, groups), cells.models
        others = [blocks[other.name] for other in usable if other is not factor and joint is not None]
        found[factor.name] = Effects(
            {}
            if fitted is None
            else {
                place: _coefficient(float(fitted.coefficients[at + step]), fitted.left_out[:, at + step], groups.sizes)
                for step, place in enumerate(factor.tested()[1:])
            },
            factor.tested()[0],
            _slope(cells, factor, np.column_stack([base, *others])),
            joint is not None or len(usable) == 1,
        )
    return found


def _block(factor: Factor, columns: Indexes) -> Array:
    """A column for each level but the first; small levels, and scenarios without one, share the last."""
    tested = factor.tested()
    codes = factor.codes[columns]
    marks = [codes == place for place in tested[1:]]
    others = ~np.isin(codes, tested)
    return np.column_stack([*marks, others] if others.any() else marks).astype(np.float64)


def _slope(cells: Cells, factor: Factor, base: Array) -> Coefficient | None:
    if factor.values is None:
        return None
    codes = factor.codes[cells.columns]
    known = codes != OTHER
    values = np.array(factor.values)[codes[known]]
    scale = float(np.std(values))
    if scale == 0:
        return None
    groups = clustered(cells.families[known])
    centred = (values - values.mean()) / scale
    kept = base[known][:, np.any(base[known] != 0, axis=0)]
    fitted = fit(np.column_stack([kept, centred]), cells.values[known], groups)
    if fitted is None:
        return None
    return _coefficient(float(fitted.coefficients[-1]) / scale, fitted.left_out[:, -1] / scale, groups.sizes)


def _coefficient(value: float, left_out: Array, sizes: Array) -> Coefficient:
    spread = spread_of(left_out, sizes)
    return Coefficient(value, left_out, sizes, spread, None if spread is None else p_of(value, spread))
