"""The one clock of a job: how much of its time is left."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadline:
    """A bound in monotonic time, which a change of the wall clock does not move.

    Attributes:
        seconds: the whole time of the job.
    """

    __slots__ = ("_clock", "_ends", "_started", "_wall", "seconds")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Count from now: a job that had to wait for its turn has lost nothing of its time."""
        self._started = self._clock()
        self._ends = self._started + self.seconds
        self._wall = datetime.now(UTC)

    def remaining(self) -> float:
        """Seconds left; 0 once the time is up."""
        return max(0.0, self._ends - self._clock())

    @property
    def began(self) -> float:
        """When the job began, on the job's own clock."""
        return self._started

    def now(self) -> float:
        """The present moment, on the job's own clock."""
        return self._clock()

    def elapsed(self) -> float:
        """Seconds since the job began."""
        return self._clock() - self._started

    def timestamp(self, moment: float | None = None) -> str:
        """A moment (by default the present) as UTC, counted from the job's start: no step of the clock shows in it."""
        return self.moment(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def moment(self, moment: float | None = None) -> datetime:
        """The same as a moment."""
        since = self.elapsed() if moment is None else moment - self._started
        return self._wall + timedelta(seconds=since)
