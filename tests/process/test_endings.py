"""What may end a worker from outside: signals, its deadline, the death of its parent. Paid turns are never lost."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from common.process import runner
from support.jobs import probe_job, three_turns
from support.live_process import collect, feed, start, until
from support.workers import WORKERS, check_run, run_probe, strict_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from simulator import Simulator


def second_turn(directive: str, model: str = "gpt-4o") -> dict[str, Any]:
    """A job whose first turn is answered and whose second meets a fault."""
    job = three_turns(model)
    job["scenario"]["followups"][0]["prompt"] = f"Why is that so? [[sim {directive}]]"
    return job


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("directive", ["hang=1", "drip=0.05", "blank=1000", "status=503 retry-after=100"])
def test_a_signal_gives_a_cancelled_document_with_the_paid_turns(
    number: signal.Signals, directive: str, simulated: dict[str, str], simulator: Simulator
) -> None:
    """While waiting for an answer, while reading one, and while waiting for another try."""
    process = start("probe.py", simulated)
    feed(process, second_turn(directive))
    until(lambda: len(simulator.journal) >= 2)
    if "status" in directive:
        assert process.stderr is not None
        until(lambda: b"call failed" in os.read(process.stderr.fileno(), 65536))  # type: ignore[union-attr]
    process.send_signal(number)
    began = time.monotonic()
    run = collect(process)
    # Far less than the 100 s until another try, and far more than a busy machine takes.
    assert time.monotonic() - began < 30
    check_run(run)
    assert (run.error["code"], run.error["retryable"]) == ("CANCELLED", True)
    partial = run.document["partialTranscript"]
    assert [turn["turnNumber"] for turn in partial["turns"]] == [1]
    assert partial["totalOutputTokens"] > 0
    assert run.error.get("billing") == (None if "status" in directive else "unknown")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_with_fail_a_signal_shows_in_the_status(
    number: signal.Signals, status: int, simulated: dict[str, str], simulator: Simulator
) -> None:
    """As shells expect; the document is written first."""
    process = start("probe.py", simulated, "--fail")
    feed(process, probe_job(prompt="[[sim hang=1]]"))
    until(lambda: len(simulator.journal) >= 1)
    process.send_signal(number)
    run = collect(process)
    assert run.status == status
    assert run.error["code"] == "CANCELLED"
    assert "partialTranscript" not in run.document


def unread(pipe: Any) -> int:
    """How many bytes of a pipe nobody has taken yet."""
    return int.from_bytes(fcntl.ioctl(pipe.fileno(), termios.FIONREAD, b"\0" * 4), sys.byteorder)


def test_a_signal_while_modules_are_loaded_gives_a_document(simulated: dict[str, str], simulator: Simulator) -> None:
    """It waits until there is somebody to answer it."""
    env = {**simulated, "PYTHONPROFILEIMPORTTIME": "1"}
    process = start("probe.py", env)
    assert process.stderr is not None
    while b"common.json.strict" not in process.stderr.readline():  # the interpreter says what it has loaded
        pass
    process.send_signal(signal.SIGTERM)
    feed(process, probe_job(prompt="[[sim hang=1]]"))
    stdout, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    assert strict_document(stdout)["error"]["code"] == "CANCELLED"
    assert simulator.journal == []


def test_a_signal_while_stdin_is_read_gives_a_document(simulated: dict[str, str]) -> None:
    """The caller changed its mind before it had sent the job."""
    process = start("probe.py", simulated)
    feed(process, b'{"runId": "r"', close=False)
    assert process.stdin is not None
    until(lambda: unread(process.stdin) == 0)
    process.send_signal(signal.SIGTERM)
    run = collect(process)
    check_run(run)
    assert run.error["code"] == "CANCELLED"


@pytest.mark.parametrize(
    "directive", ["hang=1", "drip=0.05", "blank=1000 blank-every=0.05", "body-delay=30", "delay=30"]
)
def test_nothing_outlives_the_deadline(directive: str, simulated: dict[str, str]) -> None:
    """TIMEOUT, retryable, with the paid turns; the bill of the last call is not known."""
    job = {**second_turn(directive), "config": {"deadlineSeconds": 1}}
    began = time.monotonic()
    run = run_probe(job, simulated)
    # Less than the 30 s that the longest of these answers would take, whatever else the machine does.
    assert time.monotonic() - began < 20
    assert (run.error["code"], run.error["retryable"], run.error["billing"]) == ("TIMEOUT", True, "unknown")
    assert len(run.document["partialTranscript"]["turns"]) == 1


def test_the_environment_sets_the_deadline_of_jobs_without_one(simulated: dict[str, str]) -> None:
    """PROBE_DEADLINE_SECONDS."""
    run = run_probe(probe_job(prompt="[[sim hang=1]]"), {**simulated, "PROBE_DEADLINE_SECONDS": "0.5"})
    assert run.error["code"] == "TIMEOUT"


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, sys.argv[1]], stdin=subprocess.PIPE, stdout=open(sys.argv[3], "wb"))
child.stdin.write(open(sys.argv[2], "rb").read())
child.stdin.close()
print(child.pid, flush=True)
time.sleep(60)
"""


def orphan(tmp_path: Path, env: dict[str, str], simulator: Simulator, *, nohup: bool = False) -> tuple[int, Path]:
    """Start a worker under a parent of its own, and kill the parent while the worker waits for an answer."""
    job, output = tmp_path / "job.json", tmp_path / "out.json"
    job.write_text(json.dumps(second_turn("delay=1.5")))
    command = [sys.executable, "-c", PARENT, str(WORKERS / "probe.py"), str(job), str(output)]
    ignore = (lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) if nohup else None
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, preexec_fn=ignore)  # noqa: PLW1509 - no threads here
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    until(lambda: len(simulator.journal) >= 2)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    return child, output


def is_running(pid: int) -> bool:
    """Whether a process does anything any more."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_worker_whose_parent_dies_ends_in_order(
    tmp_path: Path, simulated: dict[str, str], simulator: Simulator
) -> None:
    """It pays for nothing more; where its document can still be read it has the paid turns."""
    child, output = orphan(tmp_path, simulated, simulator)
    until(lambda: not is_running(child))
    document = strict_document(output.read_bytes())
    assert document["error"]["code"] == "CANCELLED"
    assert len(document["partialTranscript"]["turns"]) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_worker_started_with_nohup_outlives_its_parent(
    tmp_path: Path, simulated: dict[str, str], simulator: Simulator
) -> None:
    """That is what nohup is for."""
    child, output = orphan(tmp_path, simulated, simulator, nohup=True)
    until(lambda: not is_running(child))
    assert strict_document(output.read_bytes())["success"] is True


def test_half_a_document_is_not_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no memory for the rest, the status says so; before the first piece there still is a document."""
    written: list[bytes] = []
    output: Any = SimpleNamespace(write=written.append)

    def broken(document: Mapping[str, object]) -> Iterator[bytes]:
        if document:
            yield b'{"rows":['
        raise MemoryError

    monkeypatch.setattr(runner, "pieces_of", broken)
    assert runner._write(output, {"rows": []}) == 1
    assert written == [b'{"rows":[']
    with pytest.raises(MemoryError):
        runner._write(output, {})
