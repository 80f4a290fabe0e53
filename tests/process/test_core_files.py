"""A process that crashes leaves nothing on the disk."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.jobs import probe_job
from support.live_process import feed, start, until

if TYPE_CHECKING:
    from simulator import Simulator


def allow_cores() -> None:
    """As on a machine whose owner wants to look into crashes."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def left_a_core(process: subprocess.Popen[bytes]) -> bool:
    """Whether the kernel says so of a process that a signal has ended."""
    _, status = os.waitpid(process.pid, 0)
    process.returncode = status
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    assert os.WIFSIGNALED(status)
    return os.WCOREDUMP(status)


@pytest.mark.skipif(sys.platform != "linux", reason="where and whether other systems write them is their own matter")
def test_a_worker_that_crashes_leaves_no_core_file_though_the_machine_allows_them(
    simulated: dict[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """Nor may anything that it starts.

    Attack (local user): a crashed worker's core file is searched for keys.
    """
    abort = [sys.executable, "-c", "import os; os.abort()"]
    other = subprocess.Popen(abort, cwd=tmp_path, preexec_fn=allow_cores)  # noqa: PLW1509 - one thread
    if not left_a_core(other):
        pytest.skip("this machine writes no core files in any case")
    worker = start("probe.py", simulated, cwd=tmp_path, preexec_fn=allow_cores)
    feed(worker, probe_job(prompt="Why? [[sim delay=60]]"))
    until(lambda: len(simulator.journal) == 1)
    limits = Path(f"/proc/{worker.pid}/limits").read_text(encoding="ascii")
    assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]
    worker.send_signal(signal.SIGABRT)
    assert not left_a_core(worker)
