"""Whether the caller still wants a job's questions asked: what `--turns-ack` lets it say, and how long that holds.

A caller that was frozen may have lost the job to somebody else meanwhile, who asks the same questions. So a call is
made only on its word, and the word is as old as the question that it answers: an answer that lay in a socket while both
sides were frozen is no fresh one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from common.errors import ErrorCode, WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED: Final = "ticket_lost"
SILENT: Final = "no_word"


def refused() -> WorkerError:
    """The caller has said that the job is not to go on."""
    return _cancelled("the caller holds the job's ticket no longer, so nothing more is asked", REFUSED)


def silent() -> WorkerError:
    """The caller has not answered in time, or has gone."""
    return _cancelled("the caller does not say that the job may go on, so nothing more is asked", SILENT)


def _cancelled(why: str, reason: str) -> WorkerError:
    message = f"{why}; the job can be tried again, from the turns in partialTranscript"
    return WorkerError(message, ErrorCode.CANCELLED, reason=reason)


class Moment:
    """A point in time whose age neither a step of the wall clock nor a sleep of the machine makes smaller.

    The monotonic clock stands still while a machine sleeps, and the wall clock can be set back; the larger of both is
    at least as long as what has really passed.
    """

    __slots__ = ("_monotonic", "_wall")

    def __init__(self) -> None:
        self._monotonic = time.monotonic()
        self._wall = time.time()

    def age(self) -> float:
        """Seconds since then, rather too many than too few."""
        return max(time.monotonic() - self._monotonic, time.time() - self._wall)


class Word:
    """The caller's last word, and for how long calls may be made on it.

    Args:
        lease_seconds: how long a word holds, counted from the question; None for as long as nothing else is said.
        clock: makes the present moment.
    """

    def __init__(self, lease_seconds: float | None, clock: Callable[[], Moment] = Moment) -> None:
        self._lease = lease_seconds
        self._clock = clock
        self._asked: Moment | None = None

    def now(self) -> Moment:
        """The moment in which a question to the caller is put."""
        return self._clock()

    def given(self, asked: Moment) -> None:
        """The caller has answered a question that was put at that moment."""
        if self._asked is None or asked.age() < self._asked.age():
            self._asked = asked

    @property
    def holds(self) -> bool:
        """Whether a call may be made without asking again."""
        return self._lease is None or (self._asked is not None and self._asked.age() < self._lease)
