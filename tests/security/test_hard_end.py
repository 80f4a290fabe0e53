"""A process ends behind its deadline whatever holds the interpreter's lock."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from support.environment import scrubbed_environment
from support.jobs import probe_job
from support.workers import WORKERS

# The script as it is, but for the call: it takes the interpreter's lock and keeps it.
STUCK = """
import ctypes, re, runpy, sys
sys.path.insert(0, {workers!r})
from common.http import async_transport
from common.process import lifeline
from common.http import transport
lifeline.HARD_END_SECONDS, lifeline.STUCK_CPU_SECONDS = {behind}, {cpu}
def stuck(self, call):
    {what}
async def stuck_async(self, call):
    stuck(self, call)
transport.SyncTransport.send, async_transport.AsyncTransport.send = stuck, stuck_async
sys.argv = ["probe.py", *{args!r}]
runpy.run_path({workers!r} + "/probe.py", run_name="__main__")
"""
SLEEP = "ctypes.PyDLL(None).sleep(600)"
SPIN = "re.fullmatch('(a|aa)+', 'a' * 80 + 'b')"


@pytest.mark.parametrize(
    ("what", "args", "behind", "cpu", "ended_by"),
    [
        (SLEEP, (), 0.2, 600.0, signal.SIGALRM),
        (SPIN, (), 0.2, 600.0, signal.SIGALRM),
        (SPIN, (), 600.0, 0.3, signal.SIGPROF),
        (SPIN, ("--jsonl",), 600.0, 0.3, signal.SIGPROF),
    ],
)
def test_what_holds_the_interpreters_lock_does_not_outlive_the_deadline(
    what: str, args: tuple[str, ...], behind: float, cpu: float, ended_by: signal.Signals
) -> None:
    """The kernel's timer ends the process.

    Attack (provider): work in which no thread of the interpreter gets a turn again.
    """
    code = STUCK.format(workers=str(WORKERS), what=what, args=list(args), behind=behind, cpu=cpu)
    env = {**scrubbed_environment(), "OPENAI_API_KEY": "made-up-key-0001"}
    # On a busy machine a short deadline may pass before the call that gets stuck: then a longer one.
    for seconds in (0.3, 3, 30):
        job = json.dumps(probe_job(config={"deadlineSeconds": seconds})).encode()
        done = subprocess.run(
            [sys.executable, "-c", code], input=job, env=env, capture_output=True, check=False, timeout=120
        )
        if b"the deadline passed before the next call" not in done.stdout + done.stderr:
            break
    assert done.returncode == -ended_by, done.stderr
    assert done.stdout == b""
