"""Ends that a machine makes hard: no reader, no look-up, no package, descriptors by the thousand."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import probe_job, three_turns
from support.live_process import collect, feed, start, until
from support.workers import WORKERS, check_log, log_lines, run_probe, strict_document

if TYPE_CHECKING:
    from pathlib import Path

    from simulator import Simulator

# More than select() can watch.
MANY = 1_100

HAND_DOWN = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
for _ in range({MANY}):
    os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

SLOW_LOOKUP = """
import socket, time
look_up = socket.getaddrinfo
def slow(host, *args, **kwargs):
    if "slow" in str(host):
        time.sleep(60)
    return look_up(host, *args, **kwargs)
socket.getaddrinfo = slow
"""

NO_LOOP = """
import asyncio
def none():
    raise OSError("no descriptor is left")
asyncio.new_event_loop = none
"""


def patched(env: dict[str, str], folder: Path, code: str, name: str = "sitecustomize") -> dict[str, str]:
    """The environment of a worker in which this module comes first."""
    (folder / f"{name}.py").write_text(code)
    return {**env, "PYTHONPATH": str(folder)}


def test_a_document_that_nobody_reads_holds_no_process(simulated: dict[str, str], simulator: Simulator) -> None:
    """After a signal it is waited for as long as it may take a reader, and then no longer."""
    scenario = {"prompt": "[[sim answer=size:200000]]", "followups": [{"prompt": "[[sim hang=1]]"}]}
    process = start("probe.py", simulated)
    feed(process, probe_job(model="openai:x", scenario=scenario, modelConfig={"maxTokens": None}))
    until(lambda: len(simulator.journal) == 2)
    began = time.monotonic()
    process.terminate()
    assert process.wait(timeout=300) != 0
    assert time.monotonic() - began < 30
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 4096, reason="the limit is below that")
def test_a_signal_is_heard_beside_a_thousand_inherited_descriptors(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """The watching thread's own descriptor then lies beyond what select() takes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HAND_DOWN, str(WORKERS / "probe.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=simulated,
    )
    feed(process, probe_job(prompt="[[sim hang=1]]"))
    until(lambda: len(simulator.journal) == 1)
    process.terminate()
    run = collect(process)
    assert run.error["code"] == "CANCELLED"
    assert run.status == 0


@pytest.mark.measured
@pytest.mark.parametrize("args", [(), ("--jsonl",)])
def test_a_look_up_that_hangs_outlives_no_deadline(
    args: tuple[str, ...], simulated: dict[str, str], tmp_path: Path
) -> None:
    """Neither in the job's own thread nor in one beside it."""
    env = patched(simulated, tmp_path, SLOW_LOOKUP) | {"OPENAI_BASE_URL": "https://slow.invalid/v1"}
    began = time.monotonic()
    run = run_probe(probe_job(config={"deadlineSeconds": 1}), env, args=args)
    assert run.error["code"] == "TIMEOUT"
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("args", [(), ("--jsonl",)])
def test_a_package_that_is_missed_in_mid_job_costs_no_turn(
    args: tuple[str, ...], simulated: dict[str, str], tmp_path: Path
) -> None:
    """Packages are imported where they are first needed."""
    env = patched(simulated, tmp_path, "raise ModuleNotFoundError('x', name='tenacity')", "tenacity")
    job: dict[str, Any] = three_turns()
    job["scenario"]["followups"][0]["prompt"] = "[[sim status=500]]"
    document = run_probe(job, env, args=args).document
    assert document["error"]["code"] == "CONFIG_ERROR"
    assert "pip install -r requirements.txt" in document["error"]["message"]
    assert len(document["partialTranscript"]["turns"]) == 1


@pytest.mark.measured
def test_a_batch_that_cannot_begin_says_so_in_a_document(simulated: dict[str, str], tmp_path: Path) -> None:
    """Not in a traceback."""
    run = run_probe(probe_job(), patched(simulated, tmp_path, NO_LOOP), args=("--jsonl",))
    assert (run.error["code"], run.error["retryable"]) == ("UNKNOWN", True)
    assert "no descriptor is left" in str(run.error["details"])


def test_a_thread_that_cannot_be_started_is_a_document_too(simulated: dict[str, str], tmp_path: Path) -> None:
    """A machine at its limit of processes."""
    code = "import threading\ndef none(self):\n    raise RuntimeError('no thread')\nthreading.Thread.start = none\n"
    assert run_probe(probe_job(), patched(simulated, tmp_path, code)).error["code"] == "UNKNOWN"


def test_a_library_that_prints_a_megabyte_without_a_blank_costs_no_time(
    simulated: dict[str, str], tmp_path: Path
) -> None:
    """Its text is filtered like every other."""
    code = "import sys\ndef audit(event, args):\n"
    code += "    if event == 'socket.connect':\n        print('x' * 900_000 + ' **')\nsys.addaudithook(audit)\n"
    env = patched(simulated, tmp_path, code)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(WORKERS / "probe.py")],
        input=json.dumps(probe_job()).encode(),
        capture_output=True,
        env={**env, "PATH": os.environ["PATH"]},
        timeout=300,
        check=False,
    )
    assert strict_document(done.stdout)["success"] is True
    check_log(done.stderr)
    assert any("printed to a standard stream" in line["msg"] for line in log_lines(done.stderr))
    assert time.monotonic() - began < 30
