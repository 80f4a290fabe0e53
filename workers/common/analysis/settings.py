"""What the job says of its scores and of the comparison that it wants."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Scale(NamedTuple):
    """What a score can be: a number between bounds, or the name of one of several options without an order.

    Attributes:
        low: the lowest score.
        high: the highest.
        neutral: the score that takes no side; None where there is none.
        options: the names, for a nominal scale; empty otherwise.
    """

    low: float
    high: float
    neutral: float | None
    options: tuple[str, ...] = ()

    @property
    def nominal(self) -> bool:
        """Whether scores are names."""
        return bool(self.options)

    @property
    def largest(self) -> float:
        """The largest size that a score, or a difference of two, can have."""
        return max(abs(self.low), abs(self.high), self.high - self.low)

    def like(self, other: Scale) -> bool:
        """Whether scores of both can be compared; the order in which options are named says nothing."""
        return self._replace(options=()) == other._replace(options=()) and set(self.options) == set(other.options)

    def turned(self, score: float) -> float:
        """The score on the scale in its own order, where it was asked in the opposite one.

        By decimals: in binary 0 + 1 - 0.9 is not 0.1, and would not tie with it.
        """
        low, high, asked = (Decimal(repr(float(value))) for value in (self.low, self.high, score))
        return float(low + high - asked) + 0.0

    def side(self, score: float) -> int | None:
        """1 above neutral, 0 at it, -1 below; None where nothing is neutral."""
        return None if self.neutral is None else (score > self.neutral) - (score < self.neutral)


# What a run without a declared scale has always had.
DEFAULT_SCALE: Final = Scale(1.0, 5.0, 3.0)
# A tenth of a point of five: what a reader of a table with one decimal can see.
DEFAULT_PRECISION: Final = 0.1


class Settings(NamedTuple):
    """The job's own words, beside its transcripts.

    Attributes:
        name: of the run, for people; None where the job gives none.
        scale: of the scores.
        equivalence_bound: models that differ by less count as equal; None where the job names none.
        precision: half the width of the interval that the next run is to have, in points of the scale.
        levels: the order of the levels of a dimension, for those that have one.
        runs: the runs that are compared, the oldest first, each with its scale; none where the job is of one run.
        pool: whether the other figures are over all of these runs, and not over the last alone.
    """

    name: str | None = None
    scale: Scale = DEFAULT_SCALE
    equivalence_bound: float | None = None
    precision: float = DEFAULT_PRECISION
    levels: tuple[tuple[str, tuple[float | str, ...]], ...] = ()
    runs: tuple[tuple[str, Scale], ...] = ()
    pool: bool = False

    def ordered(self, name: str, levels: Iterable[float | str]) -> list[float | str]:
        """Levels of a dimension: in the job's order; the others behind, numbers by size, then words by alphabet."""
        known = {level: place for place, level in enumerate(self.order_of(name))}
        return sorted(
            levels,
            key=lambda level: (
                known.get(level, len(known)),
                isinstance(level, str),
                0.0 if isinstance(level, str) else level,
                str(level),
            ),
        )

    def order_of(self, name: str) -> tuple[float | str, ...]:
        """The order that the job gives to the levels of a dimension; empty where it gives none."""
        return dict(self.levels).get(name, ())
