"""The decisions of all models as one table, from which every comparison is computed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from common.analysis.exact import DIGITS, exact_mean, settle
from common.analysis.numerical import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.analysis.collection import Collection
    from common.analysis.numerical import Array, Indexes, Mask


class Table(NamedTuple):
    """Models by scenarios.

    Attributes:
        models: with at least one decision, sorted.
        scenarios: with at least one decision, sorted.
        means: the mean of the repeats; NaN where there is no decision.
        repeats: how many there are.
        squares: the sum of the squared deviations of the repeats from their mean.
        families: of each scenario the number of its family; scenarios of one family are no independent samples.
        grouped: whether some scenarios share a family.
        largest: the largest size that a value, or a difference of two, can have.
    """

    models: list[str]
    scenarios: list[str]
    means: Array
    repeats: Indexes
    squares: Array
    families: Indexes
    grouped: bool
    largest: float

    @property
    def known(self) -> Mask:
        """Where there is a decision."""
        return ~np.isnan(self.means)

    def settled(self, values: Array) -> Array:
        """Values computed from the means, without dust."""
        return settle(values, self.largest)


def tabulate(found: Collection) -> Table:
    """The table of a run with numeric scores."""
    models = sorted(found.scores)
    scenarios = sorted({scenario for mine in found.scores.values() for scenario in mine})
    places = {scenario: place for place, scenario in enumerate(scenarios)}
    means = np.full((len(models), len(scenarios)), np.nan)
    repeats = np.zeros(means.shape, dtype=np.intp)
    squares = np.zeros(means.shape)
    for row, model in enumerate(models):
        for scenario, scores in found.scores[model].items():
            at = row, places[scenario]
            # Sorted, so that no sum depends on the order in which the repeats came.
            mean = exact_mean(sorted(scores))
            means[at], repeats[at] = mean, len(scores)
            if len(scores) > 1 and min(scores) < max(scores):
                squares[at] = sum((score - mean) ** 2 for score in sorted(scores))
    families = family_numbers(found, scenarios)
    grouped = len(np.unique(families)) < len(families)
    return Table(models, scenarios, means, repeats, squares, families, grouped, found.settings.scale.largest)


def family_numbers(found: Collection, scenarios: list[str]) -> Indexes:
    """Of each scenario the number of its family, in the order in which families first stand."""
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(found.scenarios[scenario].family, len(numbers)) for scenario in scenarios], dtype=np.intp
    )


def _by_frequency(counts: Counter[float], mean: float) -> Callable[[float], tuple[int, float, float]]:
    return lambda score: (-counts[score], round(abs(score - mean), DIGITS), score)


def most_frequent(found: Collection, table: Table) -> Array:
    """The most frequent score of each condition; of several as frequent the one nearest the mean, then the lower."""
    modes = table.means.copy()
    places = {scenario: place for place, scenario in enumerate(table.scenarios)}
    for row, model in enumerate(table.models):
        for scenario, scores in found.scores[model].items():
            if len(scores) > 1:
                at = row, places[scenario]
                counts, mean = Counter(scores), float(table.means[at])
                modes[at] = min(counts, key=_by_frequency(counts, mean))
    return modes
