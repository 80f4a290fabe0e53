"""A worker that is forked is one that was started: the same documents, statuses and bounds, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from support.environment import scrubbed_environment
from support.jobs import probe_job, three_turns
from support.workers import NEAR_END, WORKERS, begin_worker, fork_server, log_lines
from tools.running import ROOT, SIMULATOR

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ROOT / "tools"
# Of a moment or a process, and of nothing else.
PASSING = {"startedAt", "completedAt", "durationMs", "requestId", "time", "computedAt", "rates"}


def lasting(value: Any) -> Any:
    """A document without what differs from call to call."""
    if isinstance(value, dict):
        return {name: lasting(item) for name, item in value.items() if name not in PASSING}
    return [lasting(item) for item in value] if isinstance(value, list) else value


JOBS = [
    ("probe.py", probe_job(), ()),
    ("probe.py", probe_job(prompt="[[sim status=400]]"), ("--fail",)),
    ("probe.py", {}, ()),
    ("probe.py", probe_job(), ("--no-such-option",)),
    ("score.py", {"transcripts": []}, ("--fail",)),
    ("analyze_basic.py", {"runId": "r", "transcripts": []}, ()),
    ("health_check.py", {}, ()),
]


@pytest.mark.parametrize(("script", "job", "args"), JOBS)
def test_it_leaves_what_a_started_one_leaves(
    script: str, job: Any, args: tuple[str, ...], simulated: dict[str, str]
) -> None:
    """Document, log and exit status."""
    stdin = json.dumps(job).encode()
    forked = fork_server().run(script, stdin, env=simulated, args=args)
    started = subprocess.run(
        [sys.executable, str(WORKERS / script), *args], input=stdin, capture_output=True, env=simulated, check=False
    )
    assert forked.returncode == started.returncode
    if forked.returncode == 2:
        assert forked.stderr == started.stderr
        return
    assert lasting(json.loads(forked.stdout)) == lasting(json.loads(started.stdout))
    assert lasting(log_lines(forked.stderr)) == lasting(log_lines(started.stderr))


SCRIPT = """
import json, os, sys
def say(value):
    json.dump(value, sys.stdout)
    sys.stdout.flush()
"""


def own(folder: Path, code: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a script of this test in place of a worker's."""
    path = folder / "script.py"
    path.write_text(SCRIPT + code)
    return fork_server().run(str(path), options.pop("stdin", b""), env=options.pop("env", {}), **options)


OPENED = """
def is_open(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
say([dict(os.environ), os.getcwd(), sys.argv, [number for number in range(3, 64) if is_open(number)]])
"""


def test_environment_folder_and_descriptors_are_its_own(tmp_path: Path) -> None:
    """Nothing of the process that it comes from, nor of a job before it."""
    given = {"A": "b", "C": "\udcff"}
    done = own(tmp_path, OPENED, env=given, args=("x", "y"), cwd=tmp_path)
    env, folder, argv, descriptors = json.loads(done.stdout)
    assert (env, folder, argv[1:], descriptors) == (given, str(tmp_path), ["x", "y"], [])


def test_large_streams_pass_in_both_directions_at_once(tmp_path: Path) -> None:
    """Nothing waits for the other end for ever."""
    code = """
while piece := os.read(0, 65536):
    os.write(1, piece)
    os.write(2, piece[:10])
os._exit(3)
"""
    text = bytes(range(256)) * 40_000
    done = own(tmp_path, code, stdin=text)
    assert (done.returncode, done.stdout) == (3, text)
    assert len(done.stderr) >= 10 * len(text) // 65536


def test_who_does_not_read_is_no_error(tmp_path: Path) -> None:
    """As with subprocess.run: what is not wanted is dropped."""
    done = own(tmp_path, "os.close(0); say('done'); os._exit(0)", stdin=b"x" * 10_000_000)
    assert (done.returncode, done.stdout) == (0, b'"done"')


def test_a_signal_a_fault_and_a_hang_are_told(tmp_path: Path) -> None:
    """By the status, on stderr, and by an exception."""
    assert own(tmp_path, "os.kill(os.getpid(), 9)").returncode == -9
    failed = own(tmp_path, "raise ValueError('a fault of its own')")
    assert failed.returncode == 1
    assert b"a fault of its own" in failed.stderr
    with pytest.raises(subprocess.TimeoutExpired):
        own(tmp_path, "import time; time.sleep(600)", timeout=0.1)


def test_many_at_once_get_each_its_own(tmp_path: Path) -> None:
    """Asked by threads, answered by processes."""
    (tmp_path / "script.py").write_text(SCRIPT + "say([os.getpid(), sys.stdin.read()])\nos._exit(len(sys.argv[1]))")

    def ask(number: int) -> tuple[int, Any]:
        done = fork_server().run(str(tmp_path / "script.py"), b"%d" % number, env={}, args=("x" * number,))
        return done.returncode, json.loads(done.stdout)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(24)))
    assert [(status, text) for status, (_, text) in answers] == [(number, str(number)) for number in range(24)]
    assert len({pid for _, (pid, _) in answers}) == 24


def test_what_is_settled_at_the_start_needs_one() -> None:
    """An interpreter's own variables."""
    env = scrubbed_environment()
    assert fork_server().can_start({**env, "LOG_LEVEL": "debug", "OPENAI_API_KEY": "made-up-key-0001"})
    for name in ("PYTHONPATH", "PYTHONWARNINGS", "LD_PRELOAD"):
        assert not fork_server().can_start({**env, name: os.devnull})


PROBE = str(WORKERS / "probe.py")


def begun(*command: str, env: dict[str, str], pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """A process with pipes."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, pass_fds=pass_fds, stdin=pipe, stdout=pipe, stderr=pipe)


@pytest.mark.parametrize(("script", "job", "args"), JOBS)
def test_the_near_end_is_to_who_starts_it_what_a_worker_is(
    script: str, job: Any, args: tuple[str, ...], simulated: dict[str, str]
) -> None:
    """The document, the log and the status pass through it."""
    stdin = json.dumps(job).encode()
    with begun(*NEAR_END, fork_server().path, "-I", "-B", str(WORKERS / script), *args, env=simulated) as near:
        stdout, stderr = near.communicate(stdin)
    forked = fork_server().run(script, stdin, env=simulated, args=args)
    assert near.returncode == forked.returncode
    if near.returncode == 2:
        assert stderr == forked.stderr
        return
    assert lasting(json.loads(stdout)) == lasting(json.loads(forked.stdout))
    assert lasting(log_lines(stderr)) == lasting(log_lines(forked.stderr))


def waits() -> bytes:
    """A job whose second answer does not come."""
    return json.dumps(probe_job(scenario={"prompt": "Why?", "followups": [{"prompt": "[[sim delay=600]]"}]})).encode()


def test_a_fourth_descriptor_and_signals_reach_the_worker(simulated: dict[str, str]) -> None:
    """A turn comes through the one; told to end, it gives the paid turn back."""
    ours, theirs = socket.socketpair()
    fourth = theirs.fileno()
    command = ("bash", "-c", f'exec "$@" 3>&{fourth}', "sh", *NEAR_END, fork_server().path, PROBE, "--turns-fd", "3")
    with ours, begun(*command, env=simulated, pass_fds=(fourth,)) as near:
        theirs.close()
        assert near.stdin is not None
        near.stdin.write(waits())
        near.stdin.close()
        near.stdin = None
        with ours.makefile("rb") as turns:
            assert json.loads(turns.readline())["turn"]["turnNumber"] == 1
        near.send_signal(signal.SIGTERM)
        document = json.loads(near.communicate()[0])
    assert (document["error"]["code"], len(document["partialTranscript"]["turns"])) == ("CANCELLED", 1)
    assert near.returncode == 0


def test_the_descriptor_that_the_arguments_name_reaches_the_worker(simulated: dict[str, str]) -> None:
    """Whatever its number is here."""
    read, write = os.pipe()
    with begin_worker("probe.py", simulated, "--turns-fd", str(write), pass_fds=(write,)) as near:
        os.close(write)
        assert json.loads(near.communicate(json.dumps(three_turns()).encode())[0])["success"]
    with os.fdopen(read, "rb") as turns:
        assert [json.loads(line)["turn"]["turnNumber"] for line in turns] == [1, 2]


def test_a_worker_goes_with_its_near_end(simulated: dict[str, str]) -> None:
    """Its pipes end, for which it must have gone."""
    with begun(*NEAR_END, fork_server().path, PROBE, "--jsonl", env=simulated) as near:
        assert near.stdin is not None
        near.stdin.write(json.dumps(probe_job()).encode() + b"\n" + waits())
        near.stdin.flush()
        assert near.stdout is not None
        assert json.loads(near.stdout.readline())["success"]
        near.kill()
        assert near.stdout.read() == b""


def test_a_simulator_is_forked_too() -> None:
    """It serves, and ends at a signal."""
    with begun(*NEAR_END, fork_server().path, str(SIMULATOR), env=scrubbed_environment()) as near:
        assert near.stdout is not None
        said = json.loads(near.stdout.readline())
        assert httpx.get(f"{said['url']}/_sim/counters").json()["inFlight"] == 0
        assert said["pid"] != near.pid
        near.send_signal(signal.SIGTERM)
        assert near.stdout.read() == b""
    assert near.returncode == 0


@pytest.mark.parametrize("path", ["", "/nowhere/socket"])
@pytest.mark.parametrize("command", [(PROBE, "--version"), ("-I", "-c", "print(1)"), ()])
def test_python_itself_takes_its_place_where_nothing_can_be_forked(path: str, command: tuple[str, ...]) -> None:
    """No far end, no worker's script."""
    env = scrubbed_environment()
    with begun(*NEAR_END, path or fork_server().path, *command, env=env) as near:
        ended = near.communicate(b"print(2)")
    with begun(sys.executable, *command, env=env) as python:
        assert ended == python.communicate(b"print(2)")
    assert near.returncode == python.returncode == 0
