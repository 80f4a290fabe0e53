"""Which models differ, by how much, and how sure that is: paired by scenario."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.clusters import clustered, interval, spread_of
from common.analysis.exact import settle
from common.analysis.figures import above_zero, mean, standard_deviation, tidy
from common.analysis.numerical import np, scipy
from common.analysis.permutation import sign_flips
from common.analysis.ranks import holm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.analysis.clusters import Clustered, Spread
    from common.analysis.comparison_documents import Common, Comparisons, Equivalence, PairDifference
    from common.analysis.numerical import Array
    from common.analysis.permutation import PValue
    from common.analysis.settings import Scale
    from common.analysis.table import Table

ALPHA: Final = 0.05
POWER: Final = 0.8


class Pair(NamedTuple):
    """Two models over the scenarios that both answered.

    Attributes:
        first: the row of one.
        second: the row of the other.
        differences: of each scenario, the first less the second.
        groups: the clusters of these scenarios.
        spread: of the mean difference; None where it has none.
        equivalent_p: of two one-sided tests; None where the job names no bound or there is no spread.
    """

    first: int
    second: int
    differences: Array
    groups: Clustered
    spread: Spread | None
    equivalent_p: float | None


def compare_models(table: Table, scale: Scale, bound: float | None) -> Comparisons | None:
    """Each two models, and all over what all answered; None where fewer than two have decisions."""
    if len(table.models) < 2:
        return None
    pairs = [
        _pair(table, first, second, bound) for first, second in itertools.combinations(range(len(table.models)), 2)
    ]
    tests = sign_flips(_cluster_sums(table, pairs))
    tested = [test.p for test in tests if test is not None]
    adjusted = iter(holm(tested))
    equal = iter(holm([pair.equivalent_p for pair in pairs if pair.equivalent_p is not None]))
    documents = [
        _document(
            table,
            pair,
            test,
            None if test is None else next(adjusted),
            _equivalence(pair, bound, equal),
            _detectable(pair.spread, scale, len(tested)),
        )
        for pair, test in zip(pairs, tests, strict=True)
    ]
    documents.sort(key=lambda found: (-abs(found["difference"] or 0.0), found["difference"] is None, found["models"]))
    return {"common": common_means(table, scale), "pairs": documents, "tested": len(tested)}


def _pair(table: Table, first: int, second: int, bound: float | None) -> Pair:
    both = table.known[first] & table.known[second]
    differences = table.settled(table.means[first, both] - table.means[second, both])
    groups = clustered(table.families[both])
    spread = spread_of(groups.means_left_out(differences), groups.sizes) if len(differences) else None
    equivalent = None
    if bound is not None and len(differences):
        equivalent = _equivalent_p(float(np.mean(differences)), spread, bound)
    return Pair(first, second, differences, groups, spread, equivalent)


def _equivalent_p(difference: float, spread: Spread | None, bound: float) -> float | None:
    """The larger of the p-values of two one-sided tests (Schuirmann 1987)."""
    if spread is None:
        return None
    return above_zero(float(scipy.special.stdtr(spread.degrees, (abs(difference) - bound) / spread.error)))


def _cluster_sums(table: Table, pairs: list[Pair]) -> Array:
    """Families by pairs: the sum of a family's differences. Signs change by family."""
    count = int(table.families.max(initial=-1)) + 1
    sums = np.zeros((count, len(pairs)))
    known = table.known
    for column, pair in enumerate(pairs):
        families = table.families[known[pair.first] & known[pair.second]]
        sums[:, column] = np.bincount(families, weights=pair.differences, minlength=count)
    return settle(sums, table.largest * 10)


def _document(
    table: Table,
    pair: Pair,
    test: PValue | None,
    adjusted: float | None,
    equivalence: Equivalence | None,
    detectable: tuple[float | None, float | None],
) -> PairDifference:
    both = table.known[pair.first] & table.known[pair.second]
    n = len(pair.differences)
    values = [float(value) for value in pair.differences]
    difference = mean(values) if n else None
    deviation = standard_deviation(values) if n else None
    different = adjusted is not None and adjusted < ALPHA
    equal = equivalence is not None and equivalence["shown"]
    return {
        "models": [table.models[pair.first], table.models[pair.second]],
        "n": n,
        "means": [tidy(mean([float(v) for v in table.means[row, both]])) for row in (pair.first, pair.second)]
        if n
        else [],
        "difference": None if difference is None else tidy(difference),
        "interval": interval(
            difference,
            pair.groups.means_left_out(pair.differences) if n else np.array([]),
            pair.groups.sizes,
            unit="families" if table.grouped else "scenarios that both answered",
        ),
        "effectSize": tidy(difference / deviation) if difference is not None and deviation else None,
        "p": None if test is None else tidy(test.p),
        "pHolm": None if adjusted is None else tidy(adjusted),
        "how": None if test is None else test.how,
        "detectable": detectable[0],
        "detectableHolm": detectable[1],
        "equivalence": equivalence,
        "verdict": "equivalent" if equal and not different else "different" if different else "not shown",
        "reason": _reason(n, test, pair.spread),
    }


def _reason(n: int, test: PValue | None, spread: Spread | None) -> str | None:
    if n == 0:
        return "there is no scenario that both answered"
    if test is None:
        return "no scenario or family shows a difference between the two"
    return None if spread is not None else "too few scenarios, or all differ by the same"


def detectable(spread: Spread, alpha: float, power: float = POWER) -> float | None:
    """The difference that a test at alpha finds with this power: (t of 1 - alpha/2, + t of power) standard errors.

    None where the test can find none: of G clusters one sign for all of them has p = 2^(1 - G), and none has less.
    """
    if 2.0 ** (1 - spread.clusters) >= alpha:
        return None
    t = float(scipy.special.stdtrit(spread.degrees, 1 - alpha / 2)) + float(
        scipy.special.stdtrit(spread.degrees, power)
    )
    return t * spread.error


def _detectable(spread: Spread | None, scale: Scale, tested: int) -> tuple[float | None, float | None]:
    """By one test, and where it must hold against all that were made; no two models differ by more than the scale."""
    levels = ALPHA, ALPHA / max(tested, 1)
    one, all_of_them = (None if spread is None else detectable(spread, level) for level in levels)
    most = scale.high - scale.low
    return (
        None if one is None or one > most else tidy(one),
        None if all_of_them is None or all_of_them > most else tidy(all_of_them),
    )


def _equivalence(pair: Pair, bound: float | None, adjusted: Iterator[float]) -> Equivalence | None:
    if bound is None:
        return None
    if pair.equivalent_p is None:
        return {"bound": bound, "p": None, "pHolm": None, "shown": False}
    value = next(adjusted)
    return {"bound": bound, "p": tidy(pair.equivalent_p), "pHolm": tidy(value), "shown": bool(value < ALPHA)}


def common_means(table: Table, scale: Scale) -> Common:
    """The mean of each model over the scenarios that all of them answered."""
    all_of_them = table.known.all(axis=0)
    count = int(all_of_them.sum())
    if not count:
        return {"scenarios": 0, "models": [], "reason": "there is no scenario that every model answered"}
    groups = clustered(table.families[all_of_them])
    rows = [row[all_of_them] for row in table.means]
    means = [mean([float(value) for value in row]) for row in rows]
    order = sorted(range(len(rows)), key=lambda place: (-tidy(means[place]), table.models[place]))
    return {
        "scenarios": count,
        "models": [
            {
                "modelId": table.models[place],
                "mean": tidy(means[place]),
                "interval": interval(
                    means[place],
                    groups.means_left_out(rows[place]),
                    groups.sizes,
                    least=scale.low,
                    most=scale.high,
                    unit="families" if table.grouped else "scenarios that all answered",
                ),
            }
            for place in order
        ],
        "reason": None,
    }
