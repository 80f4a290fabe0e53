"""By how many points each level of a dimension moves the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.clusters import Spread, clustered, p_of, spread_of, why_none
from common.analysis.dimension_levels import OTHER
from common.analysis.numerical import np
from common.analysis.regression import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.dimension_levels import Factor
    from common.analysis.numerical import Array, Indexes
    from common.analysis.regression import Fit

# With fewer clusters for each coefficient a joint fit would explain chance.
CLUSTERS_FOR_EACH: Final = 2
DIGITS: Final = 10
# A joint fit of more takes too long, and is not what a reader wants of so many levels.
MOST_COLUMNS: Final = 200
MOST_LEVELS: Final = 50


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
    """An effect, and how far it moves.

    Attributes:
        value: in points of the scale.
        clusters: from which it comes.
        spread: None where it has none.
        p: that the effect is 0.
        why: it has no spread, where the clusters are enough.
    """

    value: float
    clusters: int
    spread: Spread | None
    p: float | None
    why: str


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
    apart, or are too many for the scenarios, each is fitted by itself; one of more than 50 levels has no effects.
    """
    usable = [each for each in factors if 1 < len(each.tested()) <= MOST_LEVELS]
    groups = clustered(cells.families)
    base = np.zeros((len(cells.values), cells.models))
    base[np.arange(len(cells.values)), cells.rows] = 1.0
    room = min(MOST_COLUMNS, len(groups.sizes) / CLUSTERS_FOR_EACH)
    blocks: dict[str, Array] = {}
    if len(usable) > 1 and sum(len(each.tested()) for each in usable) < room:
        blocks = {each.name: _block(each, cells.columns) for each in usable}
    joint = fit(np.column_stack([base, *blocks.values()]), cells.values, groups) if blocks else None
    found: dict[str, Effects] = {}
    begin = cells.models
    for each in usable:
        if joint is None:
            fitted = fit(np.column_stack([base, _block(each, cells.columns)]), cells.values, groups)
            found[each.name] = _effects(cells, each, fitted, cells.models, base, adjusted=len(usable) == 1)
        else:
            others = [block for name, block in blocks.items() if name != each.name]
            beside = np.column_stack([base, *others])
            found[each.name] = _effects(cells, each, joint, begin, beside, adjusted=True)
            begin += blocks[each.name].shape[1]
    return found


def _effects(cells: Cells, each: Factor, fitted: Fit | None, begin: int, beside: Array, *, adjusted: bool) -> Effects:
    """The effects of a dimension whose columns begin at a place of the fit, and its slope beside other columns."""
    first, *others = each.tested()
    levels = {}
    if fitted is not None:
        levels = {place: _coefficient(fitted, at) for at, place in enumerate(others, begin)}
    return Effects(levels, first, _slope(cells, each, beside), adjusted)


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
    return None if fitted is None else _coefficient(fitted, -1, scale)


def _plain(value: float) -> float:
    """A coefficient without dust: no effect is 0."""
    return round(float(value), DIGITS) + 0.0


def _coefficient(fitted: Fit, at: int, scale: float = 1.0) -> Coefficient:
    """Where a level has few clusters, they add the most to the variance, and leave few degrees of freedom.

    These are Kish's effective number of what the clusters add (after Bell and McCaffrey 2002).
    """
    value = _plain(fitted.coefficients[at]) / scale
    left_out = fitted.left_out[:, at] / scale
    spread = spread_of(left_out, fitted.weights[:, at], spent=0.0)
    p = None if spread is None else p_of(value, spread)
    return Coefficient(value, len(left_out), spread, p, why_none(left_out))
