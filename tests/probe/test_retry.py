"""Whether and when a failed call is tried again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from common.config import get_config
from common.errors import WorkerError
from common.http.exchange import TransportFault
from common.probe.drivers import drive
from common.probe.run import prepare
from common.process.deadline import Deadline
from support.conversations import Script, hold, openai_answer, reply
from support.jobs import probe_job, three_turns

if TYPE_CHECKING:
    from common.json.documents import FailureError


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "made-up-key-0002")
    random.seed(1)


def lost(job: Any, outcomes: list[Any]) -> tuple[FailureError, Script]:
    """The error of a conversation that is lost, and what was asked."""
    conversation, _, _ = prepare(job)
    script = Script(outcomes)
    with pytest.raises(WorkerError) as caught:
        drive(conversation.steps(), script.send, script.sleep)
    return conversation.failure(caught.value)["error"], script


def test_a_success_needs_no_wait() -> None:
    """And no tenacity."""
    transcript, script, _ = hold(probe_job(), ["One."])
    assert script.waits == []
    assert transcript["turns"][0]["providerMetadata"]["attempts"] == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520, 529])
def test_what_may_succeed_is_tried_again(status: int) -> None:
    """One failure, one wait, one answer."""
    transcript, script, _ = hold(probe_job(), [reply({}, status), "One."])
    assert transcript["turns"][0]["providerMetadata"]["attempts"] == 2
    assert len(script.waits) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_what_cannot_succeed_is_asked_once(status: int) -> None:
    """One call, no wait."""
    error, script = lost(probe_job(), [reply({}, status)])
    assert len(script.calls) == 1
    assert script.waits == []
    assert error["retryable"] is False
    assert error["attempts"] == 1


def test_waits_grow_with_jitter_and_end() -> None:
    """Half fixed and half random, doubling: at most three calls in the first three seconds."""
    error, script = lost(probe_job(), [reply({}, 429)] * 9)
    assert len(script.calls) == 5
    for wait, least in zip(script.waits, (0.5, 1, 2, 4), strict=True):
        assert least <= wait <= 2 * least
    assert sum(script.waits[:2]) <= 3
    assert error["code"] == "RATE_LIMIT"
    assert error["retryable"] is True
    assert "retryAfterSeconds" not in error


def test_two_workers_do_not_wait_in_step() -> None:
    """The jitter differs from job to job."""
    _, first = lost(probe_job(), [reply({}, 503)] * 5)
    _, second = lost(probe_job(), [reply({}, 503)] * 5)
    assert first.waits != second.waits


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"retry_after": "2"}, 2, 2.5),
        ({"retry_after_ms": "500"}, 0.5, 0.6),
        ({"x_ratelimit_reset_tokens": "1m30s"}, 90, 91),
    ],
)
def test_a_delay_the_server_names_is_waited_for_and_not_cut_short(
    headers: dict[str, str], least: float, most: float
) -> None:
    """A little longer, so that many workers do not come back at once."""
    _, script, _ = hold(probe_job(), [reply({}, 429, **headers), "One."])
    assert least <= script.waits[0] <= most


def test_a_read_retry_after_that_does_not_fit_is_reported_and_not_slept() -> None:
    """RATE_LIMIT, retryable, with the delay, at once."""
    error, script = lost(probe_job(), [reply({}, 429, retry_after="3600")])
    assert script.waits == []
    assert (error["code"], error["retryable"], error["retryAfterSeconds"]) == ("RATE_LIMIT", True, 3600.0)


def test_a_wait_of_ours_that_does_not_fit_ends_the_job_at_once() -> None:
    """With the code of what used the time up, so that the queue slows down; the details name the deadline."""
    error, script = lost(probe_job(config={"deadlineSeconds": 0.4}), [reply({}, 503)])
    assert script.waits == []
    assert (error["code"], error["retryable"], error["reason"]) == ("SERVER_ERROR", True, "overloaded")
    assert "deadline" in str(error["details"])


@pytest.mark.parametrize("kind", ["broken", "tls"])
def test_a_call_that_may_have_been_paid_for_is_repeated_once_only(kind: Any) -> None:
    """A POST is not idempotent."""
    error, script = lost(probe_job(), [TransportFault(kind, "x")] * 3)
    assert len(script.calls) == 2
    assert error["code"] == "NETWORK_ERROR"
    assert error.get("billing") == ("unknown" if kind == "broken" else None)


def test_a_call_that_never_reached_the_provider_is_repeated_like_any() -> None:
    """A refused connection costs nothing."""
    error, script = lost(probe_job(), [TransportFault("connect", "x")] * 9)
    assert len(script.calls) == 5
    assert "billing" not in error


def test_a_timeout_is_not_repeated_in_the_same_process() -> None:
    """The deadline is over, and the call may have been paid for."""
    error, script = lost(probe_job(), [TransportFault("timeout", "x")])
    assert len(script.calls) == 1
    assert (error["code"], error["retryable"], error["billing"]) == ("TIMEOUT", True, "unknown")


def test_an_attempt_of_unknown_billing_is_in_the_turn_that_was_rescued() -> None:
    """The record shows that the bill may hold one call more."""
    transcript, _, _ = hold(probe_job(), [TransportFault("broken", "x"), "One."])
    assert transcript["turns"][0]["providerMetadata"]["discarded"] == [
        {"code": "NETWORK_ERROR", "rule": "transport.broken", "billing": "unknown"}
    ]


def test_a_job_has_a_budget_over_all_its_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each turn failing once is bounded too."""
    monkeypatch.setenv("PROBE_MAX_RETRIES_PER_JOB", "2")
    outcomes = [reply({}, 500), "One.", reply({}, 500), "Two.", reply({}, 500), "Three."]
    error, script = lost(three_turns(), outcomes)
    assert len(script.calls) == 5
    assert error["code"] == "SERVER_ERROR"


def test_the_servers_word_against_retrying_is_obeyed() -> None:
    """`x-should-retry: false` on a 500, `true` on a 400."""
    _, never = lost(probe_job(), [reply({}, 500, x_should_retry="false")])
    assert len(never.calls) == 1
    _, script, _ = hold(probe_job(), [reply({}, 400, x_should_retry="true"), "One."])
    assert len(script.calls) == 2


def test_a_rate_limit_that_can_never_succeed_is_final() -> None:
    """One request above the limit: not retryable."""
    error, script = lost(probe_job("claude-sonnet-4-5"), [reply({}, 429, x_should_retry="false")])
    assert (error["code"], error["retryable"], len(script.calls)) == ("RATE_LIMIT", False, 1)


def test_the_deadline_counts_monotonic_time() -> None:
    """Nothing is left once the time is up, and timestamps run with it."""
    now = [100.0]
    deadline = Deadline(5, clock=lambda: now[0])
    first = deadline.timestamp()
    assert deadline.remaining() == 5
    now[0] = 107.5
    assert deadline.remaining() == 0
    assert deadline.elapsed() == 7.5
    assert first.endswith("Z")
    assert deadline.timestamp() > first


def test_attempts_of_each_kind_mix_within_the_turns_bound() -> None:
    """A blank answer, then overload, then success."""
    transcript, _, _ = hold(probe_job(), [openai_answer(""), reply({}, 503), "One."])
    assert transcript["turns"][0]["providerMetadata"]["attempts"] == 3
    assert get_config().max_attempts == 5


def test_a_call_that_may_have_been_paid_for_is_made_once_more_whatever_its_status() -> None:
    """A server that gave up waiting for its own answer may bill it; one that was busy does not."""
    error, script = lost(probe_job(), [reply({"error": {"message": "gateway timeout"}}, 504)] * 2)
    assert error["code"] == "TIMEOUT"
    assert len(script.calls) == len(error["discarded"]) == 2
    _, script = lost(probe_job(), [reply({"error": {"message": "busy"}}, 503)] * 5)
    assert len(script.calls) == 5
