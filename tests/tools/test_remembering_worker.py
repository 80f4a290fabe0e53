"""What stands before Python in the queue's tests says again what a worker has said, and asks it about all else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.environment import scrubbed_environment
from support.workers import ROOT, WORKERS

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tools import remembering_worker
remembering_worker.main(sys.argv.pop(1), None)
"""
JOB = json.dumps({"models": [{"modelId": "gpt-4o"}]}).encode()


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """The folder of what is remembered."""
    return tmp_path


def ask(answers: Path, script: str, job: bytes, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Ask a worker by way of it."""
    command = [sys.executable, "-IS", "-c", SCRIPT, str(answers), str(WORKERS / script)]
    return subprocess.run(command, input=job, capture_output=True, env={**scrubbed_environment(), **env}, check=False)


def test_what_a_worker_has_said_is_said_again_whatever_the_port(answers: Path) -> None:
    """And it is asked no second time: what is remembered stands in a file, of which another word comes back."""
    first = ask(answers, "resolve_models.py", JOB, OPENAI_BASE_URL="http://127.0.0.1:4001/v1")
    assert json.loads(first.stdout)["success"] is True
    (remembered,) = answers.iterdir()
    remembered.write_bytes(b"at 127.0.0.1:PORT/v1")
    again = ask(answers, "resolve_models.py", JOB, OPENAI_BASE_URL="http://127.0.0.1:4002/v1")
    assert (again.stdout, again.returncode) == (b"at 127.0.0.1:4002/v1", 0)


def test_another_question_environment_or_file_is_asked_anew(
    answers: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also where the file of a variable is not there."""
    prices = tmp_path_factory.mktemp("files") / "prices.json"
    ask(answers, "resolve_models.py", JOB)
    ask(answers, "resolve_models.py", JOB.replace(b"gpt-4o", b"gpt-5"))
    ask(answers, "resolve_models.py", JOB, LOG_LEVEL="error")
    prices.write_text("{}")
    ask(answers, "resolve_models.py", JOB, PROBE_PRICES_FILE=str(prices))
    prices.write_text("{ }")
    ask(answers, "resolve_models.py", JOB, PROBE_PRICES_FILE=str(prices))
    assert len(list(answers.iterdir())) == 5
    ask(answers, "resolve_models.py", JOB)
    assert len(list(answers.iterdir())) == 5


def test_a_conversation_is_always_asked_anew(answers: Path) -> None:
    """It goes to the worker itself."""
    asked = ask(answers, "probe.py", b"{}")
    assert json.loads(asked.stdout)["success"] is False
    assert list(answers.iterdir()) == []


def test_of_a_failure_nothing_is_remembered(answers: Path) -> None:
    """Its status is that of the worker."""
    failed = subprocess.run(
        [sys.executable, "-IS", "-c", SCRIPT, str(answers), str(WORKERS / "health_check.py"), "--nothing-of-that-name"],
        capture_output=True,
        env=scrubbed_environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert failed.returncode != 0
    assert list(answers.iterdir()) == []
