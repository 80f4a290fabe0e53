"""The levels of a dimension, and which scenarios have which."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from common.analysis.numerical import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.collection import Collection
    from common.analysis.numerical import Indexes

Level = float | str
# A smaller level says too little: the chi-square approximation of H wants five values (Kruskal and Wallis 1952).
FEWEST_IN_LEVEL = 5
OTHER = -1


class Factor(NamedTuple):
    """A dimension over the scenarios of a table.

    Attributes:
        name: of the dimension.
        levels: those that some scenario has, in order.
        codes: of each scenario the place of its level; OTHER where it has none.
        values: what a trend counts: the level's own number, or its place in the job's order; None where none is given.
    """

    name: str
    levels: list[Level]
    codes: Indexes
    values: tuple[float, ...] | None

    def counts(self) -> Indexes:
        """The scenarios of each level."""
        return np.bincount(self.codes[self.codes != OTHER], minlength=len(self.levels))

    def tested(self) -> list[int]:
        """The places of the levels with enough scenarios."""
        return [place for place, count in enumerate(self.counts()) if count >= FEWEST_IN_LEVEL]

    def at(self, chosen: Indexes) -> Factor:
        """The same over some of the scenarios."""
        return self._replace(codes=self.codes[chosen])


def levels_of(found: Collection, name: str) -> dict[str, Level]:
    """The level of each scenario that has one."""
    return {
        scenario: level for scenario, about in found.scenarios.items() for key, level in about.dimensions if key == name
    }


def shown_level(level: Level) -> int | float | str:
    """A level as it came: whole numbers without a point."""
    return int(level) if isinstance(level, float) and level.is_integer() else level


def factor(found: Collection, scenarios: Sequence[str], name: str) -> Factor:
    """A dimension over some scenarios."""
    known = levels_of(found, name)
    levels = found.settings.ordered(name, {known[scenario] for scenario in scenarios if scenario in known})
    places = {level: place for place, level in enumerate(levels)}
    codes = np.array([places[known[s]] if s in known else OTHER for s in scenarios], dtype=np.intp)
    return Factor(name, levels, codes, _values(levels, found.settings.order_of(name)))


def _values(levels: Sequence[Level], order: Sequence[Level]) -> tuple[float, ...] | None:
    if order:
        places = {level: float(place) for place, level in enumerate(order)}
        return tuple([places[level] for level in levels]) if all(level in places for level in levels) else None
    numbers = [level for level in levels if isinstance(level, float)]
    return tuple(numbers) if len(numbers) == len(levels) else None
