"""Runs the real scripts as subprocesses through real pipes, and checks what must hold after every run."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.environment import scrubbed_environment
from tools.fork_server import ForkServer

if TYPE_CHECKING:
    from common.probe.documents import FailureError, Turn

ROOT = Path(__file__).resolve().parents[2]
WORKERS = ROOT / "workers"
# Who starts it has a forked worker.
NEAR_END = (sys.executable, "-IS", str(ROOT / "tools" / "forked_worker.py"))


@dataclass(frozen=True)
class Run:
    """What one run of a worker left behind."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The one document on stdout."""
        return strict_document(self.stdout)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log lines."""
        return log_lines(self.stderr)

    @property
    def error(self) -> FailureError:
        """The error of a run that failed."""
        document = self.document
        assert document["success"] is False, document
        error: FailureError = document["error"]
        return error

    @property
    def turns(self) -> list[Turn]:
        """The turns of a run that succeeded."""
        document = self.document
        assert document["success"] is True, document
        turns: list[Turn] = document["transcript"]["turns"]
        return turns


@functools.cache
def fork_server() -> ForkServer:
    """The one of these tests; conftest.py ends it."""
    return ForkServer()


def run_worker(
    script: str,
    job: Any,
    env: dict[str, str] | None = None,
    *,
    args: tuple[str, ...] = (),
    timeout: float = 300,
    checked: bool = True,
) -> Run:
    """Run a script with a job (bytes as they are, anything else as JSON) on its stdin.

    It is forked from a process that has the workers' modules loaded, unless its environment says how to start.
    """
    stdin = job if isinstance(job, bytes) else json.dumps(job).encode()
    env = scrubbed_environment() if env is None else env
    if fork_server().can_start(env):
        done = fork_server().run(script, stdin, env=env, args=args, timeout=timeout)
    else:
        command = [sys.executable, str(WORKERS / script), *args]
        done = subprocess.run(command, input=stdin, capture_output=True, env=env, timeout=timeout, check=False)
    run = Run(done.returncode, done.stdout, done.stderr)
    if checked:
        check_run(run)
    return run


def begin_worker(
    script: str, env: dict[str, str], *args: str, pass_fds: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """A worker with pipes, left to itself; forked like those of `run_worker`. One descriptor more is allowed."""
    begun = (*NEAR_END, fork_server().path) if fork_server().can_start(env) else (sys.executable,)
    return _begun([*begun, str(WORKERS / script), *args], env, pass_fds)


def start_worker(
    script: str, env: dict[str, str], *args: str, pass_fds: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """The same as people start it: a process of its own, to be killed."""
    return _begun([sys.executable, str(WORKERS / script), *args], env, pass_fds)


def _begun(command: list[str], env: dict[str, str], pass_fds: tuple[int, ...]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=pass_fds, env=env)


def run_probe(job: Any, env: dict[str, str] | None = None, **options: Any) -> Run:
    """Run probe.py."""
    return run_worker("probe.py", job, env, **options)


def check_run(run: Run) -> None:
    """One strict document, status 0, log lines within their bounds: the oracles of every run."""
    assert run.status == 0, run
    document = run.document
    assert document["success"] in {True, False}
    check_log(run.stderr)
    error = document.get("error")
    if error is not None and error["retryable"]:
        check_retryable_message(error["message"])


def check_log(stderr: bytes) -> None:
    """Every line is one JSON object under 8 KiB, and all of them are under 32 KiB."""
    assert len(stderr) < 32 * 1024
    for line in log_lines(stderr):
        assert isinstance(line["level"], str)
        assert isinstance(line["msg"], str)
        assert isinstance(line["time"], int)
        assert isinstance(line["context"], str)


def check_retryable_message(message: str) -> None:
    """The handler's text check must not turn a retry off."""
    for word in (
        "invalid",
        "validation",
        "unauthorized",
        "forbidden",
        "not found",
        "bad request",
        "400",
        "401",
        "403",
        "404",
    ):
        assert word not in message.lower(), message


def strict_document(stdout: bytes) -> dict[str, Any]:
    """Exactly one strict, ASCII JSON document and a newline, which PostgreSQL can store."""
    assert stdout.endswith(b"\n"), stdout[-200:]
    assert stdout.count(b"\n") == 1, stdout[:500]
    text = stdout.decode("ascii")

    def refuse(name: str) -> Any:
        raise AssertionError(name)

    document = json.loads(text, parse_constant=refuse)
    assert isinstance(document, dict)
    assert "\\u0000" not in text
    json.dumps(document, ensure_ascii=False).encode("utf-8")  # a lone surrogate would raise
    return document


def log_lines(stderr: bytes) -> list[dict[str, Any]]:
    """The JSON objects on stderr."""
    lines = stderr.splitlines()
    assert all(len(line) < 8 * 1024 for line in lines)
    return [json.loads(line) for line in lines]
