"""`probe.py --turns-fd N`: every answer is in the caller's hands before the next one is asked for."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import MODELS, probe_job, three_turns
from support.live_process import until
from support.workers import WORKERS, begin_worker, run_probe, start_worker, strict_document

if TYPE_CHECKING:
    from simulator import Simulator


def streamed(
    jobs: list[dict[str, Any]], env: dict[str, str], *args: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bytes]:
    """The documents, the lines of the turn stream, and stderr."""
    read, write = os.pipe()
    process = begin_worker("probe.py", env, "--turns-fd", str(write), *args, pass_fds=(write,))
    os.close(write)
    stdout, stderr = process.communicate(b"\n".join(json.dumps(job).encode() for job in jobs))
    assert process.returncode == 0
    with os.fdopen(read, "rb") as stream:
        turns = [strict_document(line) for line in stream]
    return [strict_document(line + b"\n") for line in stdout.splitlines()], turns, stderr


@pytest.mark.parametrize("provider", list(MODELS))
def test_every_turn_but_the_last_is_handed_over_as_it_stands_in_the_transcript(
    provider: str, simulated: dict[str, str]
) -> None:
    """The last one is in the document, which follows at once."""
    [document], lines, _ = streamed([three_turns(MODELS[provider], jobId="j")], simulated)
    assert [line["turn"] for line in lines] == document["transcript"]["turns"][:-1]
    assert all(line["jobId"] == "j" and line["runId"] == document["runId"] for line in lines)
    assert {line["startedAt"] for line in lines} == {document["transcript"]["startedAt"]}


def test_many_jobs_in_one_process_are_told_apart(simulated: dict[str, str]) -> None:
    """By their IDs and the number of their line."""
    jobs = [three_turns(jobId=f"j{number}") for number in range(5)]
    documents, lines, _ = streamed(jobs, simulated, "--jsonl")
    assert len(lines) == 10
    for document in documents:
        own = [line["turn"] for line in lines if line["line"] == document["line"]]
        assert own == document["transcript"]["turns"][:-1]


def test_what_was_handed_over_before_a_kill_is_not_asked_again(simulated: dict[str, str], simulator: Simulator) -> None:
    """By kill -9 in the second turn; the first is given back as resumeFrom."""
    job = three_turns(jobId="j")
    job["scenario"]["followups"][0]["prompt"] = "Why? [[sim delay=30]]"
    read, write = os.pipe()
    process = start_worker("probe.py", simulated, "--turns-fd", str(write), pass_fds=(write,))
    os.close(write)
    assert process.stdin is not None
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    until(lambda: len(simulator.journal) == 2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()
    with os.fdopen(read, "rb") as stream:
        [line] = [json.loads(line) for line in stream]
    resumed = {"turns": [line["turn"]], "startedAt": line["startedAt"], "durationMs": line["durationMs"]}
    job["scenario"]["followups"][0]["prompt"] = "Why?"
    run = run_probe({**job, "resumeFrom": resumed}, simulated)
    assert run.turns[0] == line["turn"]
    assert len(simulator.journal) == 4  # the first, the second in flight, and then the second and the third


def test_a_reader_that_goes_away_costs_no_answer(simulated: dict[str, str]) -> None:
    """One warning, and the document as ever."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, str(WORKERS / "probe.py"), "--turns-fd", str(write)],
        input=json.dumps(three_turns()).encode(),
        capture_output=True,
        pass_fds=[write],
        env=simulated,
        check=True,
    )
    os.close(write)
    assert len(strict_document(done.stdout)["transcript"]["turns"]) == 3
    warnings = [line for line in map(json.loads, done.stderr.splitlines()) if line["level"] == "warn"]
    assert sum("--turns-fd" in line["msg"] for line in warnings) == 1


def test_no_secret_gets_into_the_stream(simulated: dict[str, str]) -> None:
    """An answer that quotes the key is redacted there as in the document.

    Attack (reader): a key is looked for in the stream of turns.
    """
    key = simulated["OPENAI_API_KEY"]
    job = probe_job(scenario={"prompt": f"Say {key}", "followups": [{"prompt": "Again"}]})
    _, lines, _ = streamed([job], simulated)
    assert lines
    assert key not in json.dumps(lines)


@pytest.mark.parametrize("number", ["x", "-1", "1", "2", "199", "9" * 30])
def test_a_number_that_is_no_descriptor_of_the_callers_is_refused(number: str, simulated: dict[str, str]) -> None:
    """Before anything is asked; the standard streams are not for this."""
    error = run_probe(probe_job(), simulated, args=("--turns-fd", number)).error
    assert error["code"] == "VALIDATION_ERROR"
    assert "--turns-fd" in error["message"]


def test_the_next_question_waits_until_the_turn_is_acknowledged(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """One job and one process, or many: what is not in safety is not built upon."""
    for args in ((), ("--jsonl",)):
        asked = len(simulator.journal)
        ours, theirs = socket.socketpair()
        fourth = theirs.fileno()
        process = begin_worker(
            "probe.py", simulated, "--turns-fd", str(fourth), "--turns-ack", *args, pass_fds=(fourth,)
        )
        theirs.close()
        assert process.stdin is not None
        process.stdin.write(json.dumps(three_turns(jobId="j")).encode() + b"\n")
        process.stdin.flush()
        if not args:
            process.stdin.close()
        with ours, ours.makefile("rwb") as stream:
            for turn in (1, 2):
                line = json.loads(stream.readline())
                assert line["turn"]["turnNumber"] == turn
                assert len(simulator.journal) == asked + turn
                stream.write(b"%d\n" % line["seq"])
                stream.flush()
            if args:
                process.stdin.close()
            process.stdin = None
            stdout, _ = process.communicate()
        assert len(strict_document(stdout)["transcript"]["turns"]) == 3
        assert len(simulator.journal) == asked + 3


def test_the_word_of_a_quick_caller_is_never_missed(simulated: dict[str, str]) -> None:
    """Many conversations side by side, each turn acknowledged the moment it is read: nobody waits in vain."""
    ours, theirs = socket.socketpair()
    fourth = theirs.fileno()
    process = begin_worker(
        "probe.py", simulated, "--jsonl", "--turns-fd", str(fourth), "--turns-ack", pass_fds=(fourth,)
    )
    theirs.close()

    def acknowledge() -> None:
        with ours, ours.makefile("rb") as stream:
            for line in stream:
                ours.sendall(b"%d\n" % json.loads(line)["seq"])

    caller = threading.Thread(target=acknowledge)
    caller.start()
    jobs = b"".join(json.dumps(three_turns(jobId=f"j{number}")).encode() + b"\n" for number in range(100))
    stdout, stderr = process.communicate(jobs)
    caller.join()
    assert all(len(json.loads(line)["transcript"]["turns"]) == 3 for line in stdout.splitlines())
    assert b"nothing more is asked" not in stderr


def test_to_be_acknowledged_there_must_be_a_descriptor(simulated: dict[str, str]) -> None:
    """--turns-ack alone is a mistake."""
    error = run_probe(probe_job(), simulated, args=("--turns-ack",)).error
    assert "--turns-fd" in error["message"]
