"""The fault benchmark as a test: every row passes or is safe."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat

import pytest

from support.environment import MEASURING
from support.workers import fork_server
from tools.faults.__main__ import ALL_ROWS, FAILOVER, line
from tools.faults.bench import Row, Verdict, processors, run_row


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """All rows, run side by side: they wait more than they work. `make faults` starts each worker anew.

    Of the workers' coverage they add nothing to what cheaper tests measure, so they are not measured.
    """
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(processors()) as pool:
        patch.delenv(MEASURING, raising=False)
        return {verdict.row.name: verdict for verdict in pool.map(run_row, ALL_ROWS, repeat(fork_server()))}


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row.name)
def test_a_fault_has_its_outcome(row: Row, verdicts: dict[str, Verdict]) -> None:
    """As the catalogue says, and with its oracles."""
    verdict = verdicts[row.name]
    assert verdict.verdict in {"pass", "safe"}, line(verdict)


def test_every_fault_of_the_public_bench_that_is_ours_is_injected(verdicts: dict[str, Verdict]) -> None:
    """Fourteen of sixteen; the other two are a fallback to another provider."""
    ours = [name for name in FAILOVER.values() if name]
    assert len(ours) == 14
    assert sum(verdicts[name].verdict == "pass" for name in ours) == 8


def test_row_names_are_unique() -> None:
    """A name twice would hide a verdict."""
    assert len({row.name for row in ALL_ROWS}) == len(ALL_ROWS)


def test_the_bench_can_fail() -> None:
    """A row that expects the wrong thing fails, so the others say something."""
    row = ALL_ROWS[0]
    wrong = Row(row.name, row.fault, row.job, ("RATE_LIMIT",))
    assert run_row(wrong).verdict == "fail"


def test_a_row_that_takes_too_long_fails() -> None:
    """However slow the machine is: nothing keeps to this bound."""
    verdict = run_row(replace(ALL_ROWS[0], most_seconds=-60))
    assert verdict.verdict == "fail"
    assert "of a healthy job" in verdict.why
