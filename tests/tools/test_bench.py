"""The benchmark: its yardstick does the work that is measured, and its table is whole."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.jobs import three_turns
from tools.bench import __main__ as bench
from tools.bench.measure import BARE, PROBE, Cost, machine, middle, run

if TYPE_CHECKING:
    from simulator import Simulator


@pytest.mark.measured
def test_the_yardstick_makes_the_calls_of_the_probe(simulated: dict[str, str], simulator: Simulator) -> None:
    """Less work would flatter nobody but the yardstick: the same bodies, in the same order."""
    job = json.dumps(three_turns()).encode()
    asked = []
    for command in (BARE, PROBE):
        simulator.reset()
        run(command, job, simulated)
        asked.append([entry["body"] for entry in simulator.journal])
    assert len(asked[0]) == 3
    assert asked[0] == asked[1]


def test_the_single_jobs_have_a_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Every capability beside its yardstick, whose ratio is 1."""
    bench.single(1, with_peers=False)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 9
    assert all(len(row) == 5 for row in rows)
    assert {row[2] for row in rows if row[0].endswith("bare script")} == {"1.00"}
    assert all(float(cell.split()[0]) > 0 for row in rows for cell in (row[1], row[3], row[4]))


def test_a_run_that_fails_is_no_measurement() -> None:
    """Otherwise the figure would be that of an error."""
    with pytest.raises(RuntimeError, match="status 3"):
        run((sys.executable, "-c", "raise SystemExit(3)"), b"", dict(os.environ))


def test_the_table_names_machine_and_versions_and_shows_medians() -> None:
    """A figure without them could not be compared with another."""
    assert all(word in machine() for word in ("processors", "Python", "httpx", "pydantic"))
    assert middle([Cost(1.0, 5.0, 9.0), Cost(2.0, 4.0, 8.0), Cost(3.0, 6.0, 7.0)]) == Cost(2.0, 5.0, 8.0)
