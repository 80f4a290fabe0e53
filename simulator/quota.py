"""Quotas of requests a minute: a bucket for each vendor, key and model, full at first, which fills again evenly."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BUCKETS: Final = 1024
MINUTE: Final = 60.0


class Quota(NamedTuple):
    """What a request finds of its quota.

    Attributes:
        admitted: whether it was within it.
        limit: requests a minute.
        left: requests that might follow at once.
        reset: seconds until the bucket is full.
        wait: seconds until the next request is within it.
    """

    admitted: bool
    limit: int
    left: int
    reset: float
    wait: float


class Quotas:
    """All the buckets. Used by the server's thread alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ahead = 0.0
        self._buckets: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()

    def clear(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()

    def advance(self, seconds: float) -> None:
        """Let that much time pass."""
        self._ahead += seconds

    def take(self, scope: tuple[str, ...], per_minute: int) -> Quota:
        """Take a request out of its bucket, where there is one in it."""
        now = self._clock() + self._ahead
        rate = per_minute / MINUTE
        filled, since = self._buckets.get(scope, (float(per_minute), now))
        held = min(float(per_minute), filled + (now - since) * rate)
        admitted = held >= 1
        held -= admitted
        self._buckets[scope] = (held, now)
        self._buckets.move_to_end(scope)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return Quota(admitted, per_minute, int(held), (per_minute - held) / rate, max(0.0, (1 - held) / rate))
