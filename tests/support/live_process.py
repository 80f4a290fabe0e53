"""A worker that is under way: started, watched through the simulator's journal, signalled, collected."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from support.workers import WORKERS, Run

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def start(script: str, env: dict[str, str], *args: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a script with pipes on all three streams."""
    streams: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        **options,
    }
    return subprocess.Popen([sys.executable, str(WORKERS / script), *args], env=env, **streams)


def feed(process: subprocess.Popen[bytes], job: Any, *, close: bool = True) -> None:
    """Write a job, and close stdin unless more is to come."""
    assert process.stdin is not None
    process.stdin.write(job if isinstance(job, bytes) else json.dumps(job).encode())
    process.stdin.flush()
    if close:
        process.stdin.close()
        process.stdin = None


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; a test that waits for nothing fails."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def collect(process: subprocess.Popen[bytes]) -> Run:
    """What it left behind, once it has left."""
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    return Run(process.returncode, stdout, stderr)
