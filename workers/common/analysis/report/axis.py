"""The axis of the scores, on which means, effects and differences are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from common.analysis.report.markup import HEIGHT, WIDTH, line, scale, svg

if TYPE_CHECKING:
    from common.analysis.figure_documents import Interval

# The ends of the axis keep clear of the picture's edge.
_EDGE = 20


class Axis(NamedTuple):
    """From the lowest to the highest value that is shown, with a mark at one of them."""

    low: float
    high: float
    mark: float | None

    def x(self, value: float) -> float:
        """Where a value stands; what lies beyond stands at the end."""
        part = (value - self.low) / (self.high - self.low)
        return _EDGE + min(max(part, 0.0), 1.0) * (WIDTH - 2 * _EDGE)

    def labels(self) -> str:
        """The heading of a column of such pictures."""
        middle = (self.low + self.high) / 2
        return scale([f"{value:g}" for value in (self.low, middle, self.high)])

    def picture(self, value: float | None, interval: Interval, what: str) -> str:
        """A value with its interval; `what` begins the words that stand for the picture."""
        drawn = line("base", self.x(self.low), self.x(self.high))
        if self.mark is not None:
            drawn += line("neutral", self.x(self.mark), self.x(self.mark), 0, HEIGHT)
        if value is None:
            return svg(f"{what} is not known", drawn)
        low, high = interval["low"], interval["high"]
        words = f"{what} {value:.2f}"
        if low is not None and high is not None:
            drawn += line("bar", self.x(low), self.x(high))
            words += f", interval {low:.2f} to {high:.2f}"
        return svg(words, drawn + line("dot", self.x(value), self.x(value), 3, HEIGHT - 3))


def around_zero(values: list[float]) -> Axis:
    """An axis with 0 in the middle on which all values fit."""
    most = max((abs(value) for value in values), default=0.0)
    step = next(
        (step for step in (0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 50.0, 100.0) if step >= most),
        most or 1.0,
    )
    return Axis(-step, step, 0.0)


def ends(value: float | None, interval: Interval) -> list[float]:
    """What must fit on an axis."""
    return [number for number in (value, interval["low"], interval["high"]) if number is not None]
