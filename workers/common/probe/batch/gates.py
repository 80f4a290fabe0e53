"""What stands before the calls of many conversations: limits per provider, pauses it asked for, and its closed door.

Conversations under way go before those that have not begun, so that what is half paid for is finished first.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from common.config import count
from common.errors import ErrorCode, LLMError, RetryableError

if TYPE_CHECKING:
    from common.http.exchange import Call

MINUTE: Final = 60.0


class ProviderGate:
    """The door to one provider.

    Limits come from the environment: PROBE_<PROVIDER>_MAX_IN_FLIGHT calls at once and
    PROBE_<PROVIDER>_REQUESTS_PER_MINUTE; without them only the job concurrency bounds the calls.
    """

    def __init__(self, provider: str) -> None:
        """Read the limits.

        Raises:
            ConfigError: a limit is not a whole number.
        """
        name = provider.upper()
        self._provider = provider
        self._most = count(f"PROBE_{name}_MAX_IN_FLIGHT", 0, least=0, most=100_000)
        per_minute = count(f"PROBE_{name}_REQUESTS_PER_MINUTE", 0, least=0, most=1_000_000)
        self._spacing = MINUTE / per_minute if per_minute else 0.0
        self._in_flight = 0
        self._next_start = 0.0
        self._paused_until = 0.0
        self._closed_by: LLMError | None = None
        self._closed_models: dict[str, LLMError] = {}
        self._waiting: tuple[deque[asyncio.Future[bool]], deque[asyncio.Future[bool]]] = (deque(), deque())
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self, call: Call, *, first: bool) -> None:
        """Wait until the call may be made.

        Raises:
            LLMError: the key is wrong or the credit used up, or the provider asked for a pause that the deadline
                does not allow.
        """
        self._check(call, first=first)
        if not self._may_start() or any(self._waiting):
            while not await self._turn_comes(call, first=first):
                self._check(call, first=first)
        else:
            self._start()
        if first:
            call.deadline.restart()

    async def _turn_comes(self, call: Call, *, first: bool) -> bool:
        """Wait in line; True when let in, False when things have changed and the caller should look again."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[1 if first else 0].append(future)
        self._schedule()
        try:
            # A job that has not begun does not lose its time in the line.
            async with asyncio.timeout(None if first else call.deadline.remaining()):
                return await future
        except TimeoutError:
            self._give_back(future)
            raise RetryableError(
                "the deadline passed while the call waited for its turn; lower --concurrency or raise the limits",
                ErrorCode.TIMEOUT,
                provider=self._provider,
            ) from None
        except asyncio.CancelledError:
            self._give_back(future)
            raise

    def leave(self) -> None:
        """The call is over."""
        self._in_flight -= 1
        self._schedule()

    def pause(self, seconds: float) -> None:
        """Let no call through for this long."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)
        self._wake_all()

    def report(self, error: LLMError, model: str) -> None:
        """Close the door where every other call must fail too, pause where the server says so."""
        if error.stops_model and model not in self._closed_models:
            self._closed_models[model] = error
            self._wake_all()
        elif error.stops_provider and self._closed_by is None:
            self._closed_by = error
            self._wake_all()
        elif error.retryable and error.retry_after_seconds is not None and not error.tier_unavailable:
            self.pause(error.retry_after_seconds)

    def _wake_all(self) -> None:
        for queue in self._waiting:
            for future in queue:
                if not future.done():
                    future.set_result(False)
            queue.clear()

    def _check(self, call: Call, *, first: bool) -> None:
        cause = self._closed_by or self._closed_models.get(call.model)
        if cause is not None:
            raise LLMError(
                f"not sent, because an earlier call showed: {cause.message}",
                cause.code,
                details=cause.details,
                provider=self._provider,
                reason=cause.reason,
                stops_provider=cause.stops_provider,
                stops_model=cause.stops_model,
            )
        pause = self._paused_until - time.monotonic()
        # The time of a job that has not begun is still whole when its turn comes.
        if pause >= (call.deadline.seconds if first else call.deadline.remaining()):
            raise RetryableError(
                "not sent, because the provider asked for a pause that is longer than the job's deadline",
                ErrorCode.RATE_LIMIT,
                provider=self._provider,
                retry_after_seconds=round(pause, 3),
            )

    def _may_start(self) -> bool:
        now = time.monotonic()
        return not self._full() and now >= self._next_start and now >= self._paused_until

    def _full(self) -> bool:
        """Whether the next call has to wait until another is over."""
        return bool(self._most) and self._in_flight >= self._most

    def _start(self) -> None:
        self._in_flight += 1
        if self._spacing:
            self._next_start = max(self._next_start, time.monotonic()) + self._spacing

    def _give_back(self, future: asyncio.Future[bool]) -> None:
        if future.done() and not future.cancelled() and future.result():
            self.leave()  # it was let in at the very moment in which it gave up

    def _schedule(self) -> None:
        """Let in the calls that may start now, and come back when the next one may."""
        for queue in self._waiting:
            while queue and (queue[0].done() or self._may_start()):
                future = queue.popleft()
                if not future.done():
                    self._start()
                    future.set_result(True)
        if any(self._waiting) and self._timer is None and not self._full():
            # The moment may have come since it was asked for; then too somebody must look again.
            wake = max(self._next_start, self._paused_until) - time.monotonic()
            self._timer = asyncio.get_running_loop().call_later(max(wake, 0.0), self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._schedule()
