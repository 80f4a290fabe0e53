"""B: process, pipes, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from tools.faults.bench import Bench, Outcome, Row, job, sim, turns
from tools.running import WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_SECONDS: Final = 10.0


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)


def _signalled(number: int, *args: str) -> Callable[[Bench, bytes], Outcome]:
    """Start, wait until the second call has been made, signal, and time the end."""

    def act(bench: Bench, stdin: bytes) -> Outcome:
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(WORKERS / "probe.py"), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=bench.env,
        )
        if process.stdin is not None:
            process.stdin.write(stdin)
            process.stdin.close()
            process.stdin = None
        _wait(lambda: len(bench.calls()) >= 2)
        time.sleep(0.2)
        process.send_signal(number)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=30)
        return Outcome(process.returncode, stdout, stderr, time.monotonic() - began)

    return act


_PARENT: Final = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, sys.argv[1]], stdin=open(sys.argv[2]), stdout=open(sys.argv[3], "wb"), stderr=subprocess.DEVNULL
)
print(child.pid, flush=True)
time.sleep(60)
"""


def _orphaned(bench: Bench, stdin: bytes) -> Outcome:
    """Kill the parent while the worker waits for its second answer."""
    source, target = bench.folder / "job.json", bench.folder / "out.json"
    source.write_bytes(stdin)
    parent = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", _PARENT, str(WORKERS / "probe.py"), str(source), str(target)],
        stdout=subprocess.PIPE,
        env=bench.env,
    )
    if parent.stdout is None:
        raise AssertionError("no pipe")
    child = int(parent.stdout.readline())
    _wait(lambda: len(bench.calls()) >= 2)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    began = time.monotonic()
    _wait(lambda: not _running(child))
    seconds = time.monotonic() - began
    if _running(child):
        raise AssertionError("the worker lived on")
    return Outcome(0, target.read_bytes(), b"", seconds)


def _running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _reader_gone(bench: Bench, stdin: bytes) -> Outcome:
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(WORKERS / "probe.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=bench.env,
    )
    began = time.monotonic()
    if process.stdout is not None:
        process.stdout.close()
    _, stderr = process.communicate(stdin, timeout=30)
    return Outcome(process.returncode, b"", stderr, time.monotonic() - began)


def _stderr_unread(bench: Bench, stdin: bytes) -> Outcome:
    """A pipe that is full from the start."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(WORKERS / "probe.py")],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=writer,
        env=bench.env,
        timeout=30,
        check=False,
    )
    os.close(reader)
    os.close(writer)
    return Outcome(done.returncode, done.stdout, b"", time.monotonic() - began)


_STRAY: Final = """
import sys
sys.path.insert(0, {workers!r})
from common.process.launch import launch
launch(name="stray", about="x", job="x:y", result="x:y", run="stray_run:run")
"""
_STRAY_RUN: Final = """
import ctypes, os
def run(job, session):
    print("stray")
    os.write(1, b'{"level": "info", "msg": "raw"}\\n')
    libc = ctypes.CDLL(None)
    libc.puts(b'{"level": "info", "msg": "puts"}')
    libc.fflush(None)
    return {"success": True}
"""


def _stray(bench: Bench, stdin: bytes) -> Outcome:
    (bench.folder / "stray.py").write_text(_STRAY.format(workers=str(WORKERS)))
    (bench.folder / "stray_run.py").write_text(_STRAY_RUN)
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - a script of this row
        [sys.executable, str(bench.folder / "stray.py")],
        input=stdin,
        capture_output=True,
        env={**bench.env, "PYTHONPATH": str(bench.folder)},
        timeout=30,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def _twice(bench: Bench, stdin: bytes) -> Outcome:
    processes = [
        subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(WORKERS / "probe.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=bench.env,
        )
        for _ in range(2)
    ]
    began = time.monotonic()
    outcomes = [(process, *process.communicate(stdin, timeout=30)) for process in processes]
    answers = {json.loads(stdout)["transcript"]["turns"][0]["targetResponse"] for _, stdout, _ in outcomes}
    if len(answers) != 1:
        raise AssertionError("the two differ")
    process, stdout, stderr = outcomes[0]
    return Outcome(process.returncode, stdout, stderr, time.monotonic() - began)


def _read_only(bench: Bench, stdin: bytes) -> Outcome:
    nowhere = bench.folder / "nowhere"
    nowhere.mkdir(mode=0o500)
    bench.env |= {"HOME": str(nowhere), "TMPDIR": str(nowhere), "PYTHONDONTWRITEBYTECODE": "1"}
    outcome = bench.run(stdin, cwd=nowhere)
    if list(nowhere.iterdir()):
        raise AssertionError("something was written")
    return outcome


_CANCELLED: Final = ("CANCELLED",)
_HANGS: Final = turns("One?", sim("hang=1"))
_SLEEPS: Final = turns("One?", sim("status=503 retry-after=15"))

ROWS: Final = (
    Row("B01", "SIGTERM while waiting", _HANGS, _CANCELLED, turns=1, most_seconds=2, act=_signalled(signal.SIGTERM)),
    Row("B01b", "SIGTERM with --fail", _HANGS, status=143, most_seconds=2, act=_signalled(signal.SIGTERM, "--fail")),
    Row(
        "B01c",
        "SIGTERM while reading",
        turns("One?", sim("drip=0.05")),
        _CANCELLED,
        turns=1,
        most_seconds=2,
        act=_signalled(signal.SIGTERM),
    ),
    Row("B02", "SIGTERM while sleeping", _SLEEPS, _CANCELLED, turns=1, most_seconds=2, act=_signalled(signal.SIGTERM)),
    Row("B03", "SIGINT", _HANGS, _CANCELLED, turns=1, most_seconds=2, act=_signalled(signal.SIGINT)),
    Row("B03b", "SIGINT with --fail", _HANGS, status=130, most_seconds=2, act=_signalled(signal.SIGINT, "--fail")),
    Row("B05", "the parent is killed", _HANGS, _CANCELLED, turns=1, most_seconds=2, act=_orphaned),
    Row("B07", "the reader is gone", job(), status=1, act=_reader_gone),
    Row(
        "B08",
        "stdout closed",
        job(),
        status=1,
        calls=0,
        act=lambda bench, stdin: bench.run(stdin, line='exec "$0" "$1" >&-'),
    ),
    Row(
        "B09",
        "stdout full",
        job(),
        status=1,
        act=lambda bench, stdin: bench.run(stdin, line='exec "$0" "$1" >/dev/full'),
    ),
    Row("B10", "stderr never read", job(), turns=1, env={"LOG_LEVEL": "debug"}, act=_stderr_unread),
    Row("B12", "stray prints, C writes", b"{}", act=_stray),
    Row("B13", "an answer of many scripts", job("ECHO:é 道 🚋 \u2028"), turns=1),
    Row(
        "B14",
        "a document of 2 MB",
        job(sim("answer=size:2000000"), model="openai:x", modelConfig={"maxTokens": None}),
        turns=1,
    ),
    Row("B23", "the same job twice at once", job(), calls=2, turns=1, act=_twice),
    Row("B25", "home and temp read-only", job(), turns=1, act=_read_only),
)
