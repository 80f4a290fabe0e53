"""`probe.py --turns-ack`: no question is paid for without the word of the caller, who may have lost the job."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from common.probe.callers_word import Moment, Word
from support.jobs import probe_job, three_turns
from support.live_process import until
from support.workers import Run, begin_worker, check_run, log_lines, run_probe, strict_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Simulator

BOTH = pytest.mark.parametrize("mode", [(), ("--jsonl",)], ids=["one job", "many jobs"])


class Caller:
    """The other end of a worker: what it writes on its stream, and what is written back."""

    def __init__(self, env: dict[str, str], *args: str) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        fourth = theirs.fileno()
        self.process = begin_worker(
            "probe.py", env, "--turns-fd", str(fourth), "--turns-ack", *args, pass_fds=(fourth,)
        )
        theirs.close()
        self.stream: Any = self.socket.makefile("rwb")

    def give(self, *jobs: dict[str, Any], last: bool = True) -> None:
        """Write jobs; `last` closes stdin."""
        assert self.process.stdin is not None
        for job in jobs:
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
        self.process.stdin.flush()
        if last:
            self.process.stdin.close()
            self.process.stdin = None

    def hear(self) -> dict[str, Any]:
        """The next line of the stream."""
        line: dict[str, Any] = json.loads(self.stream.readline())
        return line

    def say(self, text: str) -> None:
        """Write a line back."""
        self.stream.write(f"{text}\n".encode())
        self.stream.flush()

    def end(self) -> Run:
        """The run, when the process has ended."""
        stdout, stderr = self.process.communicate()
        run = Run(self.process.returncode, stdout, stderr)
        check_run(run)
        return run

    def close(self) -> None:
        """Leave nothing behind."""
        self.stream.close()
        self.socket.close()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def caller(simulated: dict[str, str]) -> Iterator[Any]:
    """Starts workers with given options."""
    begun: list[Caller] = []

    def begin(*args: str) -> Caller:
        begun.append(Caller(simulated, *args))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


def cancelled(run: Run, reason: str, turns: int) -> None:
    """It ended at the caller's word, with the turns that were paid for."""
    error = run.document["error"]
    assert (error["code"], error["retryable"], error["reason"]) == ("CANCELLED", True, reason)
    partial = run.document.get("partialTranscript") or {"turns": []}
    assert len(partial["turns"]) == turns
    assert run.document.get("error", {}).get("billing") is None


@BOTH
def test_a_turn_that_is_refused_is_the_last_one_asked(mode: tuple[str, ...], caller: Any, simulator: Simulator) -> None:
    """The caller's ticket is in other hands; the document still has what was paid for."""
    worker = caller(*mode)
    worker.give(three_turns(jobId="j"))
    worker.say(f"{worker.hear()['seq']} refused")
    cancelled(worker.end(), "ticket_lost", 1)
    assert len(simulator.journal) == 1


@BOTH
def test_a_caller_that_says_nothing_is_not_built_upon(mode: tuple[str, ...], caller: Any, simulator: Simulator) -> None:
    """Its word is waited for for a bounded time."""
    worker = caller("--turns-wait", "0.2", *mode)
    worker.give(three_turns(jobId="j"))
    worker.hear()
    cancelled(worker.end(), "no_word", 1)
    assert len(simulator.journal) == 1


@pytest.mark.measured
@BOTH
def test_a_caller_that_hangs_up_is_asked_nothing_more_for(
    mode: tuple[str, ...], caller: Any, simulator: Simulator
) -> None:
    """What it was told is in the document too."""
    worker = caller(*mode)
    worker.give(three_turns(jobId="j"))
    worker.hear()
    worker.socket.shutdown(socket.SHUT_RDWR)
    cancelled(worker.end(), "no_word", 1)
    assert len(simulator.journal) == 1


@BOTH
def test_with_a_lease_the_first_question_needs_a_word_too(
    mode: tuple[str, ...], caller: Any, simulator: Simulator
) -> None:
    """The job may have waited in a pipe for hours."""
    worker = caller("--turns-lease", "60", *mode)
    worker.give(probe_job(jobId="j"))
    question = worker.hear()
    assert question == {"seq": 1, "ask": True}
    assert simulator.journal == []
    worker.say("1")
    assert len(worker.end().turns) == 1
    assert len(simulator.journal) == 1


@BOTH
def test_with_a_lease_a_question_that_is_refused_is_not_asked(
    mode: tuple[str, ...], caller: Any, simulator: Simulator
) -> None:
    """Nothing was sent, so nothing may be billed."""
    worker = caller("--turns-lease", "60", *mode)
    worker.give(probe_job(jobId="j"))
    worker.say(f"{worker.hear()['seq']} refused")
    cancelled(worker.end(), "ticket_lost", 0)
    assert simulator.journal == []


@pytest.mark.measured
@BOTH
def test_a_word_on_a_turn_is_as_old_as_the_turn(mode: tuple[str, ...], caller: Any, simulator: Simulator) -> None:
    """It lay in the socket for longer than the lease, so the worker asks anew before its next call."""
    worker = caller("--turns-lease", "0.5", *mode)
    worker.give(three_turns(jobId="j"))
    turn: dict[str, Any] | None = None
    while turn is None:
        line = worker.hear()
        if "turn" in line:
            turn = line
        else:
            worker.say(str(line["seq"]))
    heard = Moment()
    until(lambda: heard.age() > 0.5)  # the lease is over, however quick the machine is
    worker.say(str(turn["seq"]))
    question = worker.hear()
    assert question["ask"] is True
    worker.say(f"{question['seq']} refused")
    cancelled(worker.end(), "ticket_lost", 1)
    assert len(simulator.journal) == 1


@pytest.mark.measured
def test_a_job_that_is_called_off_ends_beside_others_that_go_on(caller: Any, simulator: Simulator) -> None:
    """In the middle of a wait for the next try, which would be paid for."""
    worker = caller("--jsonl")
    lost = probe_job(jobId='lo"st', scenario={"prompt": "Why? [[sim status=429 retry-after=30]]"})
    worker.give(lost, last=False)
    until(lambda: len(simulator.journal) == 1)
    worker.say(f"cancel {json.dumps(lost['jobId'])}")
    assert worker.process.stdout is not None
    document = strict_document(worker.process.stdout.readline())
    assert (document["jobId"], document["error"]["reason"]) == ('lo"st', "ticket_lost")
    other = probe_job("claude-sonnet-5", jobId="other")
    worker.give(other)
    assert worker.end().document["success"] is True
    assert len(simulator.journal) == 2


@pytest.mark.measured
def test_a_job_that_was_called_off_before_it_was_read_is_not_begun(caller: Any, simulator: Simulator) -> None:
    """The word came over the socket while the job lay in the pipe."""
    worker = caller("--jsonl", "--turns-lease", "60")
    worker.give(probe_job(jobId="first"), last=False)
    question = worker.hear()
    worker.say('cancel "second"')
    worker.say(str(question["seq"]))
    worker.give(probe_job(jobId="second"))
    stdout, _ = worker.process.communicate()
    documents = {item["jobId"]: item for item in map(json.loads, stdout.splitlines())}
    assert documents["first"]["success"] is True
    assert documents["second"]["error"]["reason"] == "ticket_lost"
    assert len(simulator.journal) == 1


def test_one_question_serves_all_jobs_of_a_process(caller: Any, simulator: Simulator) -> None:
    """A launch of hundreds is not a storm of questions."""
    worker = caller("--jsonl", "--turns-lease", "3600")
    worker.give(*(probe_job(jobId=f"j{number}") for number in range(50)))
    worker.say(str(worker.hear()["seq"]))
    stdout, stderr = worker.process.communicate()
    assert all(json.loads(line)["success"] for line in stdout.splitlines())
    assert len(simulator.journal) == 50
    assert worker.stream.readline() == b""
    assert log_lines(stderr) is not None


def test_nonsense_from_the_caller_is_no_word(caller: Any) -> None:
    """Lines that nobody understands are left out."""
    worker = caller()
    worker.give(three_turns(jobId="j"))
    for line in ("", "yes", "cancel", "cancel {", "cancel 7", 'cancel "another"', "-1", "1.5"):
        worker.say(line)
    for _ in range(2):
        worker.say(str(worker.hear()["seq"]))
    assert len(worker.end().turns) == 3


@pytest.mark.parametrize("value", ["x", "0", "-1", "nan", "inf", "1e9"])
@pytest.mark.parametrize("name", ["--turns-wait", "--turns-lease"])
def test_a_time_that_is_none_is_refused(name: str, value: str, simulated: dict[str, str]) -> None:
    """Before anything is asked, and by its name."""
    error = run_probe(probe_job(), simulated, args=("--turns-fd", "3", "--turns-ack", f"{name}={value}")).error
    assert error["code"] == "VALIDATION_ERROR"
    assert name in error["message"]


@pytest.mark.parametrize("name", ["--turns-wait", "--turns-lease"])
def test_times_need_a_caller_that_answers(name: str, simulated: dict[str, str]) -> None:
    """They mean nothing without --turns-ack."""
    error = run_probe(probe_job(), simulated, args=(name, "5")).error
    assert "--turns-ack" in error["message"]
    assert name in error["message"]


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def moment(self) -> Any:
        """The present."""
        hand, then = self, self.now

        class At:
            def age(self) -> float:
                return hand.now - then

        return At()


def test_a_word_holds_from_its_question_on() -> None:
    """Not from when the answer is read: both ends may have been frozen in between."""
    clock = Hand()
    word = Word(5.0, clock.moment)
    assert not word.holds
    asked = word.now()
    clock.now = 4.0
    word.given(asked)
    assert word.holds
    clock.now = 5.0
    assert not word.holds
    later = word.now()
    word.given(later)
    word.given(asked)  # an older word that comes late takes nothing away
    assert word.holds


def test_without_a_lease_a_word_is_not_needed() -> None:
    """Callers of old say nothing of it."""
    assert Word(None).holds
