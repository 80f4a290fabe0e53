"""Runs one row: injects the fault, and checks what must hold after every run and what this row asks for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from common.errors import FORBIDDEN_IN_RETRYABLE, RETRYABLE_CODES
from simulator import Simulator
from tools.running import WORKERS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.fork_server import ForkServer

# Every secret of a run holds this; no eight characters of one in a row may appear anywhere.
CANARY: Final = "CANARY-q7Xz2Lp9Wd4"
OK: Final = "ok"
DEADLINE_SECONDS: Final = 20.0
GRACE_SECONDS: Final = 2.0
HANGS_SECONDS: Final = 90.0
MAX_LOG_BYTES: Final = 32 * 1024
MAX_LINE_BYTES: Final = 8 * 1024
FRAGMENT: Final = 8
# A busy machine is late now and then; a worker that waits where it must not is late every time.
ATTEMPTS_IN_TIME: Final = 4
# What `--fail` makes of a failure, of SIGTERM and of SIGINT: a document is there all the same.
DOCUMENTED: Final = (1, 130, 143)


@dataclass
class Bench:
    """What a row has at hand: a simulator of its own, a folder, and the environment of the worker."""

    simulator: Simulator
    folder: Path
    env: dict[str, str]
    # For jobs that are started without a shell, where their environment does not say how; None starts all anew.
    fork_server: ForkServer | None = None

    def run(
        self,
        stdin: bytes,
        *,
        script: str = "probe.py",
        args: tuple[str, ...] = (),
        line: str | None = None,
        cwd: Path | None = None,
    ) -> Outcome:
        """Run a worker as a subprocess; `line` is a shell's command line around `"$0" "$1"`."""
        began = time.monotonic()
        if self.fork_server and not line and self.fork_server.can_start(self.env):
            done = self.fork_server.run(script, stdin, env=self.env, args=args, cwd=cwd, timeout=HANGS_SECONDS)
        else:
            path = str(WORKERS / script)
            command = ["sh", "-c", line, sys.executable, path] if line else [sys.executable, path, *args]
            done = subprocess.run(  # noqa: S603 - our own script
                command, input=stdin, capture_output=True, env=self.env, timeout=HANGS_SECONDS, check=False, cwd=cwd
            )
        return Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def calls(self) -> list[dict[str, Any]]:
        """What the provider was asked."""
        return [dict(entry) for entry in self.simulator.journal]


@dataclass
class Outcome:
    """What a run left behind."""

    status: int
    stdout: bytes
    stderr: bytes
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """The one document on stdout."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    @property
    def error(self) -> dict[str, Any]:
        """The error, or an empty object after a success."""
        error: dict[str, Any] = self.document.get("error", {})
        return error

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The turns in the document, of a whole or of a partial transcript."""
        transcript = self.document.get("transcript") or self.document.get("partialTranscript") or {"turns": []}
        turns: list[dict[str, Any]] = transcript["turns"]
        return turns


@dataclass(frozen=True)
class Row:
    """One fault and its outcome.

    Attributes:
        name: of the catalogue.
        fault: what is injected.
        job: the job, as an object or as bytes.
        expect: the code of the error, or "ok"; several where any of them is right.
        calls: how many calls the provider may see.
        turns: how many paid turns the document holds; None where that is not this row's subject.
        retryable: where it differs from what the code says.
        delay: what retryAfterSeconds says.
        env: changes to the environment; None unsets.
        status: the exit status.
        least_seconds: how long it takes at least, where a delay is obeyed.
        most_seconds: how long it may take at most beside a healthy job; else the job's deadline and two seconds.
        act: injects what a job cannot: returns the outcome.
        check: what else must be so.
    """

    name: str
    fault: str
    job: Any = None
    expect: tuple[str, ...] = (OK,)
    calls: int | range | None = None
    turns: int | None = None
    retryable: bool | None = None
    delay: float | None = None
    env: Mapping[str, str | None] = field(default_factory=dict)
    status: int = 0
    least_seconds: float = 0.0
    most_seconds: float | None = None
    act: Callable[[Bench, bytes], Outcome] | None = None
    check: Callable[[Bench, Outcome], None] | None = None

    @property
    def deadline(self) -> float:
        """The job's own, or the bench's."""
        config = self.job.get("config") if isinstance(self.job, dict) else None
        seconds = config.get("deadlineSeconds") if isinstance(config, dict) else None
        return float(seconds) if seconds else DEADLINE_SECONDS

    @property
    def stdin(self) -> bytes:
        """The job as bytes."""
        return self.job if isinstance(self.job, bytes) else json.dumps(self.job).encode()


@dataclass(frozen=True)
class Verdict:
    """How a row went."""

    row: Row
    verdict: str
    calls: int
    seconds: float
    why: str = ""
    late: bool = False


class _LateError(AssertionError):
    """A run took longer than its row allows."""


def run_row(row: Row, fork_server: ForkServer | None = None) -> Verdict:
    """Inject the fault and judge what came of it; a run that is late is made again, and the best of them counts."""
    for _ in range(ATTEMPTS_IN_TIME):
        verdict = _run_once(row, fork_server)
        if not verdict.late:
            break
    return verdict


def _run_once(row: Row, fork_server: ForkServer | None) -> Verdict:
    with Simulator() as simulator, TemporaryDirectory() as folder:
        names = [name for name in simulator.env() if name.endswith("_API_KEY")]
        keys = {name: f"sk-{CANARY}-{number}" for number, name in enumerate(names)}
        env = clean_environment() | simulator.env() | keys
        env |= {"PROBE_BACKOFF_SECONDS": "0.02", "PROBE_DEADLINE_SECONDS": str(DEADLINE_SECONDS)}
        for name, value in row.env.items():
            if value is None:
                env.pop(name, None)
            else:
                env[name] = value
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        env.setdefault("TMPDIR", str(temporary))
        bench = Bench(simulator, Path(folder), env, fork_server)
        try:
            outcome = row.act(bench, row.stdin) if row.act else bench.run(row.stdin)
        except subprocess.TimeoutExpired:
            return Verdict(row, "fail", len(bench.calls()), HANGS_SECONDS, "it hung")
        except (AssertionError, KeyError, ValueError, OSError) as error:
            return Verdict(row, "fail", len(bench.calls()), 0.0, f"{type(error).__name__}: {error}"[:300])
        asked = len(bench.calls())
        try:
            check_always(row, outcome)
            _must(not list(temporary.iterdir()), "a temporary file was left")
            check_expected(row, outcome, asked)
            if row.check is not None:
                row.check(bench, outcome)
            check_time(row, outcome, bench)
        except (AssertionError, KeyError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
            why = f"{type(error).__name__}: {error}"[:300]
            return Verdict(row, "fail", asked, outcome.seconds, why, late=isinstance(error, _LateError))
        rescued = row.status == 0 and outcome.document.get("success") is True
        return Verdict(row, "pass" if rescued else "safe", asked, outcome.seconds)


def check_always(row: Row, outcome: Outcome) -> None:
    """The oracles at the head of the catalogue."""
    _must(outcome.status == row.status, f"status {outcome.status}")
    _must(outcome.seconds >= row.least_seconds, f"took only {outcome.seconds:.1f} s")
    if row.status == 0:
        _must(outcome.stdout.endswith(b"\n"), "no newline at the end")
        _must(outcome.stdout.count(b"\n") == 1, "more than one document")
        _must(outcome.stdout.isascii(), "not ASCII")
        _must(b"\\u0000" not in outcome.stdout, "U+0000 in the document")
        document = json.loads(outcome.stdout, parse_constant=_no_constant)
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair raises
    else:
        _must(not outcome.stdout or row.status in DOCUMENTED, "a status that denies the document")
    printed = (outcome.stdout + outcome.stderr).decode("utf-8", "replace").lower()
    for start in range(len(CANARY) - FRAGMENT + 1):
        _must(CANARY[start : start + FRAGMENT].lower() not in printed, "a secret was printed")
    _must(len(outcome.stderr) < MAX_LOG_BYTES, f"{len(outcome.stderr)} bytes of log")
    for line in outcome.stderr.splitlines():
        _must(len(line) < MAX_LINE_BYTES, "a log line is too long")
        record = json.loads(line)
        _must(isinstance(record["level"], str) and isinstance(record["msg"], str), "not a log line")


def check_time(row: Row, outcome: Outcome, bench: Bench) -> None:
    """It kept to its bound, in which the time that a healthy job takes is not counted: a busy machine starts slowly."""
    most = row.deadline + GRACE_SECONDS if row.most_seconds is None else row.most_seconds
    if outcome.seconds > most:
        bench.env = clean_environment() | bench.simulator.env()
        healthy = bench.run(json.dumps(job()).encode())
        _must(healthy.document["success"] is True, "a healthy job failed")
        taken = outcome.seconds - healthy.seconds
        if taken > most:
            raise _LateError(f"took {taken:.1f} s beyond the {healthy.seconds:.1f} s of a healthy job")


def check_expected(row: Row, outcome: Outcome, asked: int) -> None:
    """What the row itself asks for."""
    if row.calls is not None:
        allowed = row.calls if isinstance(row.calls, range) else (row.calls,)
        _must(asked in allowed, f"{asked} calls")
    if row.status != 0:
        return
    document = outcome.document
    found = OK if document["success"] else document["error"]["code"]
    _must(found in row.expect, f"{found}: {document.get('error')}")
    if row.turns is not None:
        _must(len(outcome.turns) == row.turns, f"{len(outcome.turns)} turns")
    for turn in outcome.turns:
        _must(bool(turn["targetResponse"].strip()), "a blank answer passed")
        _must(turn["inputTokens"] is not None and turn["outputTokens"] is not None, "tokens are missing")
    if document["success"]:
        return
    error = document["error"]
    wanted = error["code"] in RETRYABLE_CODES if row.retryable is None else row.retryable
    _must(error["retryable"] is wanted, f"retryable is {error['retryable']}")
    _must(error.get("retryAfterSeconds") == row.delay, f"retryAfterSeconds is {error.get('retryAfterSeconds')}")
    if error["retryable"]:
        words = [word for word in FORBIDDEN_IN_RETRYABLE if word in error["message"].lower()]
        _must(not words, f"the message holds {words}")


def _must(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise AssertionError(otherwise)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def job(prompt: str = "Is it right?", model: str = "gpt-4o", **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """A job of one turn; `fields` are added or replace what is there."""
    return {"runId": "r", "scenarioId": "s", "modelId": model, "jobId": "j", "scenario": {"prompt": prompt}, **fields}


def turns(*prompts: str, model: str = "gpt-4o", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A job of several turns."""
    first, *rest = prompts
    return job(model=model, scenario={"prompt": first, "followups": [{"prompt": text} for text in rest]}, **fields)


def sim(directive: str, text: str = "Is it right?") -> str:
    """A prompt that tells the simulator to misbehave."""
    return f"{text} [[sim {directive}]]"


def processors() -> int:
    """How many rows run side by side: they wait more than they work."""
    return 2 * (os.cpu_count() or 1)
