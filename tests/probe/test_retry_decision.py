"""The one decision to retry, as a table: from a failure, an attempt, a budget and the time left to yes or no."""

from __future__ import annotations

from typing import Any

import pytest

from common.classification import Failure
from common.classification.failure import Retry
from common.config import get_config
from common.errors import ErrorCode, RetryableError
from common.probe.retry import NO, RetryDecision, decide

CONFIG = get_config()._replace(max_attempts=5, backoff_seconds=1.0, backoff_max_seconds=30.0)


def failure(retry: Retry, named: float | None = None) -> Failure:
    """A call that failed, of a kind, with the delay that the server named."""
    error = RetryableError("m", ErrorCode.RATE_LIMIT, retry_after_seconds=named)
    return Failure(error, retry, "row")


def decided(retry: Retry = Retry.BACKOFF, named: float | None = None, **state: Any) -> RetryDecision:
    """The decision where chance always draws the upper bound."""
    given = {"attempt": 1, "retried_once": False, "retries_left": 10, "seconds_left": 100.0, **state}
    return decide(failure(retry, named), config=CONFIG, uniform=lambda _, most: most, **given)


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        # Kinds.
        ({"retry": Retry.NEVER}, NO),
        ({"retry": Retry.ONCE}, RetryDecision(1.0)),
        ({"retry": Retry.ONCE, "retried_once": True}, NO),
        ({"retried_once": True}, RetryDecision(1.0)),
        # Our own pauses double up to their bound.
        ({"attempt": 2}, RetryDecision(2.0)),
        ({"attempt": 3}, RetryDecision(4.0)),
        # Bounds.
        ({"attempt": 5}, NO),
        ({"retries_left": 0}, NO),
        # A place in a tier is waited for until the deadline, however often.
        ({"retry": Retry.PATIENT, "attempt": 50, "retries_left": 0}, RetryDecision(30.0)),
        ({"retry": Retry.PATIENT, "named": 2.0}, RetryDecision(2.2)),
        ({"retry": Retry.PATIENT, "seconds_left": 0.9}, RetryDecision(None, out_of_time=True)),
        # The server's delay is never cut short, and slept only where it fits.
        ({"named": 2.0}, RetryDecision(2.2, from_server=True)),
        ({"named": 60.0}, RetryDecision(60.5, from_server=True)),
        ({"named": 100.0}, NO),
        ({"named": 2.0, "attempt": 5}, NO),
        # A pause of ours that does not fit ends the job because no time is left, and says so.
        ({"seconds_left": 0.9}, RetryDecision(None, out_of_time=True)),
        ({"seconds_left": 0.9, "retries_left": 0}, NO),
        ({"seconds_left": 0.9, "retry": Retry.NEVER}, NO),
    ],
)
def test_a_failed_call_is_retried_or_not(state: dict[str, Any], decision: RetryDecision) -> None:
    """After so many seconds."""
    found = decided(**state)
    assert found._replace(wait=None) == decision._replace(wait=None)
    assert found.wait == (decision.wait if decision.wait is None else pytest.approx(decision.wait))


def test_our_own_pause_has_a_bound_and_is_never_nothing() -> None:
    """Whatever chance draws."""
    for attempt in range(1, 5):
        for draw in (min, max):
            wait = decide(
                failure(Retry.BACKOFF),
                attempt=attempt,
                retried_once=False,
                retries_left=1,
                seconds_left=1000.0,
                config=CONFIG._replace(backoff_max_seconds=3.0),
                uniform=draw,
            ).wait
            assert wait is not None
            assert 0.5 <= wait <= 3.0
