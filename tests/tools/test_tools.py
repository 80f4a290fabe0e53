"""The commands that people run by hand, as they run them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from common.providers.records import PROVIDERS
from support.environment import MEASURING, scrubbed_environment
from support.workers import ROOT, WORKERS
from tools import docs
from tools.faults import __main__ as faults
from tools.faults.bench import Row

if TYPE_CHECKING:
    from pathlib import Path


# `python -m`, of whose coverage only its own lines count: those of the workers that it starts are measured elsewhere.
ALONE = f"""
import os, runpy, sys
os.environ.pop({MEASURING!r}, None)
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def tool(name: str, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m tools.NAME`."""
    return subprocess.run(
        [sys.executable, "-c", ALONE, f"tools.{name}", *args],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**(env or scrubbed_environment()), "PYTHONPATH": str(WORKERS)},
        timeout=120,
        check=False,
    )


@pytest.mark.measured
def test_the_demonstration_shows_six_conversations_without_a_key() -> None:
    """Each with three turns, its finish reason, tokens and cost."""
    done = tool("demo")
    assert done.returncode == 0, done.stderr
    assert "6 of 6 conversations held" in done.stdout
    assert done.stdout.count("   ? A runaway trolley") == 6
    assert done.stdout.count("[stop; ") == 18
    assert "of them thinking" in done.stdout


def test_the_live_check_names_the_providers_without_a_key() -> None:
    """And asks nobody."""
    done = tool("live")
    assert done.returncode == 0
    assert done.stdout.count("NOT RUN") == len(PROVIDERS)
    assert "GOOGLE_API_KEY or GEMINI_API_KEY is not set" in done.stdout


@pytest.mark.measured
def test_the_live_check_prints_what_it_saw(simulated: dict[str, str]) -> None:
    """One line per provider, and the status says whether all that were asked answered."""
    done = tool("live", env=simulated)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" OK ") == len(PROVIDERS)
    broken = {**simulated, "XAI_API_KEY": "bad-key-00000001", "MISTRAL_API_KEY": "a\nb-0000000"}
    done = tool("live", env=broken)
    assert done.returncode == 1
    assert "xAI        FAILED   grok-4.20-non-reasoning: AUTH_ERROR" in done.stdout
    assert "Mistral    NOT RUN  MISTRAL_API_KEY holds a character" in done.stdout
    assert "bad-key" not in done.stdout


def test_the_fault_benchmark_prints_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a row, the sums last; a status of 1 where a row failed."""
    assert faults.main(["A01", "D07"]) == 0
    printed = capsys.readouterr().out
    assert "A01" in printed
    assert printed.endswith("2 rows: 0 pass, 2 safe, 0 fail\n")


def test_the_fault_benchmark_fails_where_a_row_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the whole of it ends with the public bench's table."""
    good = next(row for row in faults.ALL_ROWS if row.name == "A01")
    bad = Row("D01", "a wrong expectation", b"", ("TIMEOUT",))
    monkeypatch.setattr(faults, "ALL_ROWS", (good, bad))
    assert faults.main([]) == 1
    printed = capsys.readouterr().out
    assert "S01  fail" in printed
    assert "S14  not ours" in printed
    assert printed.endswith("2 rows: 0 pass, 1 safe, 1 fail\n")


def test_stale_pages_are_named_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` only says so."""
    (tmp_path / "docs").mkdir()
    for name in docs.PAGES:
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    assert docs.main(["--check"]) == 1
    assert "docs/errors.md is not up to date; run: make docs" in capsys.readouterr().out
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    assert (tmp_path / "docs" / "errors.md").read_text(encoding="utf-8") == docs.errors_page()


@pytest.mark.measured
def test_the_benchmark_of_the_analysis_prints_its_table() -> None:
    """A row for each size, with time and memory."""
    done = tool("bench.analysis", "--runs", "1", "--large-runs", "0", "--scenarios", "90")
    assert done.returncode == 0, done.stderr
    assert "scipy" in done.stdout
    for row in (
        "| IDs alone |",
        "| 10 models x 90 scenarios |",
        "| 10 models x 90 scenarios x 3 samples |",
        "| the first with --report |",
    ):
        assert row in done.stdout
