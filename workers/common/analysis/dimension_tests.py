"""Whether the levels of a dimension differ, and whether they do so for all models alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.clusters import Clustered, clustered
from common.analysis.dimension_levels import FEWEST_IN_LEVEL, OTHER
from common.analysis.figures import average_ranks
from common.analysis.numerical import np
from common.analysis.permutation import PValue, orders_p, orders_within
from common.analysis.ranks import kruskal_wallis

if TYPE_CHECKING:
    from common.analysis.dimension_levels import Factor
    from common.analysis.numerical import Array, Indexes

DUST: Final = 1e-12
SAME: Final = "all of these scenarios have the same decision"


class LevelTest(NamedTuple):
    """The test of the levels of a dimension."""

    n: int
    levels: int
    h: float | None
    degrees: int | None
    test: PValue | None
    eta_squared: float | None
    reason: str | None


class Shares(NamedTuple):
    """The test of an interaction, and how much of the variance it explains."""

    n: int
    share: float | None
    test: PValue | None
    reason: str | None


def levels_test(values: Array, factor: Factor, families: Indexes) -> LevelTest:
    """Kruskal and Wallis's H of the levels with enough scenarios.

    Where scenarios come in families, p is from permutations: of the labels of whole families among those that have one
    level, and within families, over what is left of their means, where levels vary in them.
    """
    tested = factor.tested()
    chosen = np.isin(factor.codes, tested)
    n = int(chosen.sum())
    if len(tested) < 2:
        reason = f"a test needs two levels with at least {FEWEST_IN_LEVEL} scenarios each; here: {len(tested)}"
        return LevelTest(n, len(tested), None, None, None, None, reason)
    values, codes, families = values[chosen], factor.codes[chosen], families[chosen]
    result = kruskal_wallis([values[codes == place] for place in tested])
    if result is None:
        return LevelTest(n, len(tested), None, None, None, None, SAME)
    if len(np.unique(families)) == n:
        test: PValue | None = PValue(result.p, "chi-square")
    else:
        test = _family_test(values, codes, families)
    unknown = None if test is not None else "every family shows the same, or each level is one family"
    return LevelTest(n, len(tested), result.h, result.degrees, test, result.eta_squared, unknown)


def _family_test(values: Array, codes: Indexes, families: Indexes) -> PValue | None:
    rows, labels, groups = _exchangeable(values[None, :], codes, families)
    ranks = average_ranks(np.round(rows[0], 10))
    ranks = ranks - ranks.mean()
    if not np.any(ranks) or len(np.unique(labels)) < 2:
        return None
    marks = (labels[:, None] == np.unique(labels)[None, :]).astype(np.float64)
    counts = marks.sum(axis=0)
    orders = orders_within(tuple(groups.tolist()))
    statistics = np.sum((ranks[orders] @ marks) ** 2 / counts, axis=1)
    seen = float(np.sum((ranks @ marks) ** 2 / counts))
    return orders_p(seen, statistics)


def _exchangeable(rows: Array, codes: Indexes, families: Indexes) -> tuple[Array, Indexes, Indexes]:
    """What may change places, its level, and the group in which it stays.

    Families with one level as a whole, among themselves. Of one with several its levels, within it, by the mean of its
    scenarios of a level: those may be variants of each other, such as two orders, and are no independent cases.
    """
    groups = clustered(families)
    first = np.zeros(len(groups.sizes), dtype=np.intp)
    first[groups.places[::-1]] = codes[::-1]
    if np.all(first[groups.places] == codes):
        return _means(rows, groups), first, np.zeros(len(first), dtype=np.intp)
    width = int(codes.max()) + 1
    keys, places = np.unique(groups.places * width + codes, return_inverse=True)
    means = _means(rows, Clustered(places, np.bincount(places).astype(np.float64)))
    of_family = clustered(keys // width)
    rest = means - _means(means, of_family)[:, of_family.places]
    whole = of_family.sizes[of_family.places] == 1
    if whole.any():
        # Beside what is left of a family's mean these are what is left of theirs.
        rest[:, whole] = means[:, whole] - means[:, whole].mean(axis=1, keepdims=True)
    return rest, keys % width, np.where(whole, -1, of_family.places)


def _means(rows: Array, groups: Clustered) -> Array:
    return np.array([groups.sums(row) for row in rows]) / groups.sizes


def interaction_test(rest: Array, factor: Factor, families: Indexes) -> Shares:
    """Whether the levels move models differently, from what models and scenarios as such leave unexplained.

    Under no interaction the labels of scenarios could as well stand in another order; that of each scenario belongs to
    all models at once.
    """
    tested = factor.tested()
    several = (~np.isnan(rest)).sum(axis=0) > 1
    chosen = np.isin(factor.codes, tested) & several & (factor.codes != OTHER)
    n = int(chosen.sum())
    if len(tested) < 2 or n < 2 * FEWEST_IN_LEVEL:
        return Shares(
            n, None, None, f"a test needs two levels with at least {FEWEST_IN_LEVEL} scenarios that two models answered"
        )
    found = explained(np.nan_to_num(rest[:, chosen]), factor.codes[chosen], families[chosen])
    if found is None:
        return Shares(n, None, None, "models differ by the same in all of these scenarios")
    return Shares(n, *found, None)


def explained(values: Array, codes: Indexes, families: Indexes) -> tuple[float, PValue] | None:
    """How much of the variance of several values of each scenario its level explains, and whether chance would.

    Args:
        values: values by scenarios.
        codes: the level of each scenario.
        families: of each scenario.

    Returns:
        None where there is nothing to explain, or one level alone.
    """
    rows, labels, groups = _exchangeable(values, codes, families)
    rows = rows - rows.mean(axis=1, keepdims=True)
    names = np.unique(labels)
    total = float(np.sum(rows**2))
    if total <= DUST or len(names) < 2:
        return None
    marks = (labels[:, None] == names[None, :]).astype(np.float64)
    counts = marks.sum(axis=0)
    columns = np.ascontiguousarray(rows.T)
    orders = orders_within(tuple(groups.tolist()))
    statistics = np.array([np.sum((marks.T @ columns[order]) ** 2 / counts[:, None]) for order in orders])
    seen = float(np.sum((marks.T @ columns) ** 2 / counts[:, None]))
    return min(1.0, seen / total), orders_p(seen, statistics)
