"""The script: what it prints, how it ends, and running a command in its environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from simulator.keys import made_up_key

SCRIPT: Final = Path(__file__).parents[2] / "simulator"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script to its end."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """It prints one line of JSON, answers, writes its journal, and exits with 0."""
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, str(SCRIPT), "--journal", str(journal)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        started: dict[str, Any] = json.loads(process.stdout.readline())
        with httpx.Client(trust_env=False, timeout=120) as client:
            assert client.get(f"{started['url']}/_sim/health").json() == {"ok": True}
            headers = {"authorization": f"Bearer {started['env']['OPENAI_API_KEY']}"}
            assert client.get(f"{started['env']['OPENAI_BASE_URL']}/models", headers=headers).status_code == 200
            process.send_signal(number)
            assert process.wait(300) == 0
        assert process.stderr.read() == ""
    assert json.loads(journal.read_text(encoding="utf-8"))["path"] == "/openai/v1/models"


def test_it_prints_lines_for_a_shell() -> None:
    """With --export a shell can eval what it prints."""
    with subprocess.Popen([sys.executable, str(SCRIPT), "--export"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        assert process.wait(300) == 0
    assert line.startswith("export OPENAI_BASE_URL=http://127.0.0.1:")


def test_it_runs_a_command() -> None:
    """A command after -- finds the environment, and its status is the script's."""
    program = "import os; print(os.environ['XAI_BASE_URL'], os.environ['XAI_API_KEY']); raise SystemExit(7)"
    result = run("--latency", "0", "--", sys.executable, "-c", program)
    assert result.returncode == 7
    url, key = result.stdout.split()
    assert url.endswith("/xai/v1")
    assert key == made_up_key("xai")


def test_a_command_that_dies_of_a_signal() -> None:
    """The status is what a shell would give."""
    program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run("--", sys.executable, "-c", program).returncode == 137


def test_a_termination_reaches_the_command() -> None:
    """SIGTERM to the script ends the command, and its status says how."""
    program = "import sys, time; print('up', flush=True); time.sleep(60)"
    command = [sys.executable, str(SCRIPT), "--", sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.wait(300) == 128 + signal.SIGTERM


def test_it_prints_the_directives() -> None:
    """The table is printed without starting anything."""
    result = run("--directives")
    assert result.returncode == 0
    assert "cloudflare=CODE" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--latency", "-1"], 2),
        (["--latency", "soon"], 2),
        (["--port", "-5"], 2),
        (["--max-connections", "0"], 2),
        (["--ledger", "/nowhere/at/all"], 1),
        (["--prices", "/nowhere/at/all"], 1),
        (["--host", "203.0.113.1"], 1),
        (["--journal", "/nowhere/at/all"], 1),
        (["--tls", "/nowhere", "/nowhere"], 1),
        (["--", "/no/such/command"], 1),
    ],
)
def test_wrong_usage(arguments: list[str], status: int) -> None:
    """What cannot be done is one line on stderr, without a traceback."""
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (status, "")
    assert "simulator: " in result.stderr
    assert "Traceback" not in result.stderr


def test_it_lifts_the_limit_on_descriptors() -> None:
    """The command sees the limit raised as far as it goes."""
    program = "import resource; soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE); raise SystemExit(soft != hard)"
    assert run("--", sys.executable, "-c", program).returncode == 0
    assert os.access(SCRIPT, os.X_OK)
