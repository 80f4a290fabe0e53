"""Whether and when a failed call is tried again: tenacity's strategies behind one question.

tenacity is imported at the first failure; most jobs never have one. It is used through `iter`, its own protocol for
callers that do the sleeping themselves, so that the same decision serves a blocking and an asynchronous driver.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from common.classification.rule import Again
from common.http.exchange import Wait

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from common.classification import Failure
    from common.config import Config
    from common.errors import LLMError
    from common.process.deadline import Deadline

# A delay the server names is never cut short; a little more keeps many workers from coming back in one moment.
NAMED_DELAY_SPREAD: Final = 0.1
NAMED_DELAY_SPREAD_MAX_SECONDS: Final = 0.5


class RetryBudget:
    """The retries that one job has left, over all its turns."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class _FailedError(Exception):
    """Carries a failure through tenacity."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.rule)
        self.failure = failure


class TurnRetries:
    """The retries of one turn."""

    def __init__(self, config: Config, budget: RetryBudget, deadline: Deadline) -> None:
        self._config = config
        self._budget = budget
        self._deadline = deadline
        self._state: RetryCallState | None = None
        self._asked_once_more = False

    def next_wait(self, failure: Failure) -> Wait:
        """The pause before the next call.

        Raises:
            LLMError: there will be no next call: the failure itself, also where the next pause would outlast the
                deadline. A pause that the server named and that does not fit is reported, not slept.
        """
        from tenacity import DoSleep  # noqa: PLC0415 - see the module's docstring

        if self._state is None:
            self._state = self._begin()
        state = self._state
        wrapped = _FailedError(failure)
        state.set_exception((type(wrapped), wrapped, None))
        try:
            pause = state.retry_object.iter(state)
        except _FailedError:
            raise failure.error from None
        if not isinstance(pause, DoSleep):
            raise failure.error
        named = failure.error.retry_after_seconds is not None
        if pause >= self._deadline.remaining():
            raise failure.error if named else out_of_time(failure)
        state.prepare_for_next_attempt()
        self._budget.left -= 1
        self._asked_once_more |= failure.again is Again.ONCE
        return Wait(float(pause), named)

    def _begin(self) -> RetryCallState:
        from tenacity import (  # noqa: PLC0415 - see the module's docstring
            RetryCallState,
            Retrying,
            retry_if_exception,
            stop_after_attempt,
            wait_exponential,
            wait_random_exponential,
        )

        half, longest = self._config.backoff_seconds / 2, self._config.backoff_max_seconds / 2
        # Half fixed and half random: never at once, and never two workers in step.
        backoff = wait_exponential(multiplier=half, max=longest) + wait_random_exponential(multiplier=half, max=longest)

        def wait(state: RetryCallState) -> float:
            named = _failure(state).error.retry_after_seconds
            if named is None:
                return backoff(state)
            return named + random.uniform(0, min(NAMED_DELAY_SPREAD_MAX_SECONDS, named * NAMED_DELAY_SPREAD))  # noqa: S311

        def worthwhile(error: BaseException) -> bool:
            again = error.failure.again if isinstance(error, _FailedError) else Again.NEVER
            return again is Again.BACKOFF or (again is Again.ONCE and not self._asked_once_more)

        retrying = Retrying(
            retry=retry_if_exception(worthwhile),
            wait=wait,
            stop=stop_after_attempt(self._config.max_attempts) | (lambda _: self._budget.left <= 0),  # type: ignore[operator]
            reraise=True,
        )
        retrying.begin()
        nothing: Any = None  # tenacity wraps no function here: the driver makes the calls
        return RetryCallState(retrying, nothing, (), {})


def _failure(state: RetryCallState) -> Failure:
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, _FailedError):
        raise TypeError("only failures of calls are tried again")
    return error.failure


def out_of_time(failure: Failure) -> LLMError:
    """The failure that used the time up, now that the deadline leaves none for another try."""
    last = failure.error
    why = "the deadline leaves no time for another try; raise config.deadlineSeconds, or try later"
    error = type(last)(
        last.message,
        last.code,
        retryable=last.retryable,
        details=f"{last.details} | {why}" if last.details else why,
        status_code=last.status_code,
        provider=last.provider,
        request_id=last.request_id,
        reason=last.reason,
        retry_after_seconds=last.retry_after_seconds,
        attempts=last.attempts,
        billing=last.billing,
    )
    error.stops_provider, error.stops_model = last.stops_provider, last.stops_model
    return error
