"""The three standard streams of a worker, in every state in which a caller may leave them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.environment import scrubbed_environment
from support.jobs import probe_job
from support.live_process import collect, feed, start
from support.workers import WORKERS, check_log, check_run, log_lines, run_probe, run_worker, strict_document

if TYPE_CHECKING:
    from simulator import Simulator

SCRIPTS = ("probe.py", "analyze_basic.py", "health_check.py")


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (b"", "held no job"),
        (b'{"runId": "r"', "line 1 column"),
        (b"{} {}", "--jsonl"),
        (b'{"runId": "\xff"}', "byte 0xff at offset 11"),
        (b"[" * 100_000, "nested deeper"),
        (b"[]", "must be a JSON object"),
        (b'{"scenario": {"prompt": "\\ud800"}}', "scenario.prompt"),
    ],
)
def test_a_job_that_is_none_is_a_validation_error(
    stdin: bytes, said: str, simulated: dict[str, str], simulator: Simulator
) -> None:
    """With the place of the fault, and nothing is asked."""
    run = run_probe(stdin, simulated)
    assert run.error["code"] == "VALIDATION_ERROR"
    assert said in run.error["message"]
    assert simulator.journal == []


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_an_ascii_locale_changes_nothing(locale: str, simulated: dict[str, str]) -> None:
    """Stdin and stdout are bytes; a raw 0xFF stays an error."""
    env = {**simulated, "LC_ALL": locale, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    text = "é 道 🚋 \u2028 \u202e"
    run = run_probe(json.dumps(probe_job(prompt=f"ECHO:{text}"), ensure_ascii=False).encode(), env)
    assert run.turns[0]["targetResponse"] == text
    assert run.turns[0]["probePrompt"] == f"ECHO:{text}"
    assert run_probe(b'{"a": "\xff"}', env).error["code"] == "VALIDATION_ERROR"


def test_a_byte_order_mark_changes_nothing(simulated: dict[str, str]) -> None:
    """The same transcript with and without."""
    job = json.dumps(probe_job()).encode()
    with_mark, without = run_probe(b"\xef\xbb\xbf" + job, simulated), run_probe(job, simulated)
    assert with_mark.turns[0]["targetResponse"] == without.turns[0]["targetResponse"]


def test_a_closed_stdin_is_an_empty_one(simulated: dict[str, str]) -> None:
    """`<&-` gives a document, not a traceback."""
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" "$1" <&-', sys.executable, str(WORKERS / "probe.py")],
        capture_output=True,
        env=simulated,
        check=False,
    )
    assert done.returncode == 0
    assert strict_document(done.stdout)["error"]["code"] == "VALIDATION_ERROR"
    check_log(done.stderr)


def test_a_stdin_that_stays_silent_is_given_up(simulated: dict[str, str]) -> None:
    """The message names the setting for slow senders."""
    process = start("probe.py", {**simulated, "PROBE_STDIN_TIMEOUT_SECONDS": "0.2"})
    assert process.stdout is not None
    error = strict_document(process.stdout.readline())["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert "PROBE_STDIN_TIMEOUT_SECONDS" in error["message"]
    collect(process)
    assert process.returncode == 0


def test_too_large_a_job_is_refused_and_its_sender_not_cut_off(simulated: dict[str, str]) -> None:
    """50 MB: all of it is taken in, little of it is kept."""
    job = json.dumps(probe_job(prompt="x" * 50_000_000)).encode()
    limited = ["sh", "-c", 'ulimit -v 1500000; exec "$0" "$1"', sys.executable, str(WORKERS / "probe.py")]
    done = subprocess.run(limited, input=job, capture_output=True, env=simulated, check=False)
    assert done.returncode == 0
    assert "more than 8388608 bytes" in strict_document(done.stdout)["error"]["message"]


@pytest.mark.measured
def test_a_terminal_on_stdin_gets_usage(simulated: dict[str, str]) -> None:
    """Status 2, and nothing on stdout."""
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, str(WORKERS / "probe.py")],
            stdin=follower,
            capture_output=True,
            env=simulated,
            check=False,
            timeout=300,
        )
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"usage: probe.py" in done.stderr


@pytest.mark.measured
@pytest.mark.parametrize("script", SCRIPTS)
def test_help_version_and_schema_need_no_stdin(script: str) -> None:
    """People run them by hand."""

    def ask(option: str) -> str:
        done = subprocess.run(
            [sys.executable, str(WORKERS / script), option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=scrubbed_environment(),
            check=True,
        )
        return done.stdout.decode()

    assert f"usage: {script}" in ask("--help")
    assert ask("--version").startswith(script.removesuffix(".py") + " ")
    schema = json.loads(ask("--schema"))
    assert schema["job"]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["result"]["anyOf"]


def test_bad_usage_is_status_2(simulated: dict[str, str]) -> None:
    """Nothing on stdout."""
    run = run_worker("probe.py", b"", simulated, args=("--nonsense",), checked=False)
    assert run.status == 2
    assert run.stdout == b""
    assert b"--nonsense" in run.stderr


def test_fail_turns_a_failure_into_status_1(simulated: dict[str, str]) -> None:
    """For shells; the document is there all the same."""
    run = run_probe(b"", simulated, args=("--fail",), checked=False)
    assert run.status == 1
    assert run.document["success"] is False
    run = run_probe(probe_job(), simulated, args=("--fail",))
    assert run.turns


def test_a_closed_stdout_costs_nothing(simulated: dict[str, str], simulator: Simulator) -> None:
    """Nobody could receive the answer, so nothing is asked."""
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" "$1" >&-', sys.executable, str(WORKERS / "probe.py")],
        input=json.dumps(probe_job()).encode(),
        capture_output=True,
        env=simulated,
        check=False,
    )
    assert done.returncode == 1
    assert simulator.journal == []
    assert "stdout is closed" in log_lines(done.stderr)[0]["err"]["message"]


def test_a_reader_that_is_gone_is_a_log_line_and_a_status(simulated: dict[str, str]) -> None:
    """No traceback, no status 120."""
    process = start("probe.py", simulated)
    assert process.stdout is not None
    process.stdout.close()
    feed(process, probe_job())
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 1
    assert log_lines(stderr)[-1]["msg"] == "the document could not be written"


def test_a_full_disk_is_a_log_line_and_a_status(simulated: dict[str, str]) -> None:
    """`> /dev/full`."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, str(WORKERS / "probe.py")],
            input=json.dumps(probe_job()).encode(),
            stdout=full,
            stderr=subprocess.PIPE,
            env=simulated,
            check=False,
        )
    assert done.returncode == 1
    assert log_lines(done.stderr)[-1]["msg"] == "the document could not be written"


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full"])
def test_a_lost_stderr_loses_no_answer(redirect: str, simulated: dict[str, str]) -> None:
    """Log lines are not worth an answer."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" "$1" {redirect}', sys.executable, str(WORKERS / "probe.py")],
        input=json.dumps(probe_job()).encode(),
        stdout=subprocess.PIPE,
        env=simulated,
        check=False,
    )
    assert done.returncode == 0
    assert strict_document(done.stdout)["success"] is True


def test_a_stderr_that_nobody_reads_blocks_nothing(simulated: dict[str, str]) -> None:
    """Even at the debug level with a pipe that is full from the start."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    try:
        done = subprocess.run(
            [sys.executable, str(WORKERS / "probe.py")],
            input=json.dumps(probe_job()).encode(),
            stdout=subprocess.PIPE,
            stderr=writer,
            env={**simulated, "LOG_LEVEL": "debug"},
            timeout=300,
            check=False,
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert strict_document(done.stdout)["success"] is True


STRAY = """
import ctypes, os, sys, warnings

def run(job, session):
    print("a stray print")
    print("another", file=sys.stderr)
    os.write(1, b'{"stray": "write"}\\n')
    ctypes.CDLL(None).puts(b'{"stray": "puts"}')
    ctypes.CDLL(None).fflush(None)
    warnings.warn("a warning")
    sys.stdout.write("no newline")
    return {"success": True, "got": job}
"""
STRAY_SCRIPT = """
import sys
sys.path[:0] = [{workers!r}, {here!r}]
from common.process.launch import launch
launch(name="stray", about="x", job="common.probe.job:ProbeJob", result="x:y", run="{run}")
"""


def stray_worker(folder: Path, run: str = "stray:run") -> subprocess.CompletedProcess[bytes]:
    """A worker whose function misbehaves, run by the same runner."""
    (folder / "stray.py").write_text(STRAY + "\ndef crash(job, session):\n    raise KeyError('CANARY')\n")
    script = folder / "worker.py"
    script.write_text(STRAY_SCRIPT.format(workers=str(WORKERS), here=str(folder), run=run))
    return subprocess.run(
        [sys.executable, str(script)], input=b"{}", capture_output=True, env=scrubbed_environment(), check=False
    )


@pytest.mark.measured
def test_nothing_but_the_document_reaches_stdout(tmp_path: Path) -> None:
    """Not a print, not a write to descriptor 1, not C code; what Python prints becomes log lines.

    Attack (packages): a library prints to stdout, and its bytes pass for an answer.
    """
    done = stray_worker(tmp_path)
    assert done.returncode == 0
    assert strict_document(done.stdout) == {"success": True, "got": {}}
    messages = [line.get("text") for line in log_lines(done.stderr)]
    assert "a stray print" in messages
    assert "another" in messages
    assert any("a warning" in text for text in messages if text)


def test_an_exception_nobody_foresaw_is_a_document(tmp_path: Path) -> None:
    """UNKNOWN and retryable, and no traceback."""
    done = stray_worker(tmp_path, "stray:crash")
    assert done.returncode == 0
    error = strict_document(done.stdout)["error"]
    assert (error["code"], error["retryable"]) == ("UNKNOWN", True)
    assert "stray.py" in error["details"]
    check_log(done.stderr)


def test_a_missing_package_is_a_document_with_the_command_that_mends_it(tmp_path: Path) -> None:
    """CONFIG_ERROR, as the health check would say."""
    done = stray_worker(tmp_path, "no_such_package.module:run")
    error = strict_document(done.stdout)["error"]
    assert error["code"] == "CONFIG_ERROR"
    assert "no_such_package" in error["message"]
    assert "pip install -r requirements.txt" in error["message"]


def test_workers_run_from_anywhere_on_a_read_only_disk(tmp_path: Path, simulated: dict[str, str]) -> None:
    """Another folder, a home and a temp folder that take no files, a path with blanks and umlauts."""
    folder = tmp_path / "with blänks"
    folder.mkdir()
    link = folder / "workers"
    link.symlink_to(WORKERS)
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir(mode=0o500)
    done = subprocess.run(
        [sys.executable, "-B", str(link / "probe.py")],
        input=json.dumps(probe_job()).encode(),
        capture_output=True,
        cwd=nowhere,
        env={**simulated, "HOME": str(nowhere), "TMPDIR": str(nowhere)},
        check=False,
    )
    assert strict_document(done.stdout)["success"] is True
    assert list(nowhere.iterdir()) == []


def test_a_log_level_with_a_typo_means_info_and_one_warning(simulated: dict[str, str]) -> None:
    """Nobody loses a run to it."""
    run = run_probe(probe_job(), {**simulated, "LOG_LEVEL": "loud"})
    assert run.turns
    warnings = [line for line in run.log if line["level"] == "warn" and "LOG_LEVEL" in line["msg"]]
    assert len(warnings) == 1
    assert any(line["level"] == "info" for line in run.log)


def test_log_lines_carry_the_jobs_ids(simulated: dict[str, str]) -> None:
    """jobId, runId and modelId where they are known."""
    run = run_probe(probe_job(), simulated)
    for line in run.log:
        assert (line["jobId"], line["runId"], line["modelId"]) == ("job-1", "run-1", "gpt-4o")


def test_two_copies_of_a_job_do_not_meet(simulated: dict[str, str]) -> None:
    """No shared file, no shared state."""
    processes = [start("probe.py", simulated) for _ in range(4)]
    for process in processes:
        feed(process, probe_job())
    runs = [collect(process) for process in processes]
    for run in runs:
        check_run(run)
        assert run.turns
