"""Whether and when a failed call is retried: one pure decision, and what a turn remembers for it.

tenacity gives the strategies for the waits. Nothing here is imported before the first failure, which most jobs never
have.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, NamedTuple

from common.classification.failure import Retry
from common.http.exchange import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.classification import Failure
    from common.config import Config
    from common.errors import LLMError
    from common.process.deadline import Deadline

# A retry-after is never cut short; a little more keeps many workers from coming back in one moment.
RETRY_AFTER_SPREAD: Final = 0.1
RETRY_AFTER_SPREAD_MAX_SECONDS: Final = 0.5


class RetryDecision(NamedTuple):
    """What becomes of a call that failed.

    Attributes:
        wait: seconds until it is retried; None where it is not.
        from_server: whether the pause is the server's retry-after; then it concerns every caller of that provider.
        out_of_time: whether it would be retried, had the deadline left time for our own pause.
    """

    wait: float | None
    from_server: bool = False
    out_of_time: bool = False


NO: Final = RetryDecision(None)


def decide(
    failure: Failure,
    *,
    attempt: int,
    retried_once: bool,
    retries_left: int,
    seconds_left: float,
    config: Config,
    uniform: Callable[[float, float], float] = random.uniform,
) -> RetryDecision:
    """Whether a failed call is retried, and after how long. It looks at no clock and holds no state.

    Args:
        failure: of the call.
        attempt: how many calls the turn has taken, this one included; where it waits for room, how often it has waited.
        retried_once: whether the turn has had its one retry of a call that may have been paid for.
        retries_left: of the whole job.
        seconds_left: until the job's deadline.
        config: bounds and back-off.
        uniform: a random number between two bounds.
    """
    if failure.retry is Retry.NEVER or (_once(failure) and retried_once):
        return NO
    patient = failure.retry is Retry.PATIENT
    if not patient and (attempt >= config.max_attempts or retries_left <= 0):
        return NO
    retry_after = failure.error.retry_after_seconds
    if retry_after is not None:
        wait = retry_after + uniform(0, min(RETRY_AFTER_SPREAD_MAX_SECONDS, retry_after * RETRY_AFTER_SPREAD))
        # A pause that does not fit is reported with the failure, not slept.
        return RetryDecision(wait, from_server=not patient) if wait < seconds_left else NO
    wait = backoff(attempt, config, uniform)
    return RetryDecision(wait) if wait < seconds_left else RetryDecision(None, out_of_time=True)


def _once(failure: Failure) -> bool:
    """Whether a call like it is made once more only, because it was paid for or may have been."""
    return failure.retry is Retry.ONCE or failure.usage is not None or failure.error.billing is not None


def backoff(attempt: int, config: Config, uniform: Callable[[float, float], float]) -> float:
    """Our own pause in seconds: half fixed and half random, so never at once, and never two workers in step."""
    from tenacity import RetryCallState, Retrying, wait_exponential  # noqa: PLC0415 - see the module's docstring

    strategy = wait_exponential(multiplier=config.backoff_seconds / 2, max=config.backoff_max_seconds / 2)
    call = RetryCallState(Retrying(), None, (), {})
    call.attempt_number = attempt
    half = strategy(call)
    return half + uniform(0, half)


class RetryBudget:
    """The retries that one job has left, over all its turns."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class TurnRetries:
    """What one turn remembers of its calls."""

    def __init__(self, config: Config, budget: RetryBudget, deadline: Deadline) -> None:
        self._config = config
        self._budget = budget
        self._deadline = deadline
        self._attempt = 0
        self._patient = 0
        self._retried_once = False

    def next_wait(self, failure: Failure) -> Wait:
        """The pause before the next call.

        Raises:
            LLMError: there will be no next call: the failure itself, which says so where the deadline is the reason.
        """
        patient = failure.retry is Retry.PATIENT
        # A wait for room is bounded by the deadline alone, and takes nothing of what other failures may need.
        self._patient += patient
        self._attempt += not patient
        decision = decide(
            failure,
            attempt=self._patient if patient else self._attempt,
            retried_once=self._retried_once,
            retries_left=self._budget.left,
            seconds_left=self._deadline.remaining(),
            config=self._config,
        )
        if decision.wait is None:
            raise out_of_time(failure) if decision.out_of_time else failure.error
        self._budget.left -= not patient
        self._retried_once |= _once(failure)
        return Wait(decision.wait, decision.from_server)


def out_of_time(failure: Failure) -> LLMError:
    """The failure that used the time up, now that the deadline leaves none for another try."""
    last = failure.error
    why = "the deadline leaves no time for another try; raise config.deadlineSeconds, or try later"
    return last.but(details=f"{last.details} | {why}" if last.details else why)
