"""A checkout tests all of itself: what needs files beside it is apart, and not collected where they are missing."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.environment import scrubbed_environment
from support.workers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TESTS = ROOT / "tests"
OTHERS = [
    path
    for path in TESTS.rglob("*.py")
    if "recordings" not in path.relative_to(TESTS).as_posix() and "__pycache__" not in path.parts
]


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_other_test_reads_what_lies_beside_the_checkout(path: Path) -> None:
    """A clone has nothing beside it."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"support\.recordings|ROOT\.parent\b|parents\[[3-9]\]", text)


def test_without_the_recordings_their_tests_are_not_collected(tmp_path: Path) -> None:
    """A copy of the folder in a checkout that has nothing beside it."""
    copied = tmp_path / "checkout"
    (copied / "tests" / "recordings").mkdir(parents=True)
    for path in (TESTS / "recordings").glob("*.py"):
        (copied / "tests" / "recordings" / path.name).write_bytes(path.read_bytes())
    support = copied / "tests" / "support"
    support.mkdir()
    (support / "workers.py").write_text("from pathlib import Path\nROOT = Path(__file__).resolve().parents[2]\n")
    (support / "recordings.py").write_bytes((TESTS / "support" / "recordings.py").read_bytes())
    command = [sys.executable, "-m", "pytest", "-q", "--co", "--import-mode=importlib", "-p", "no:cacheprovider", "."]
    env = {**scrubbed_environment(), "PYTHONPATH": f"{copied / 'tests'}:{ROOT / 'workers'}"}
    done = subprocess.run(command, cwd=copied / "tests", env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "no tests collected" in done.stdout
    assert "skipped" not in done.stdout
