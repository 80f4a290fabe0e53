"""The simulations of docs/statistics.md: every table can be made, and only figures stand in it."""

from __future__ import annotations

import re

import pytest

from tools.simulations import coverage, errors, whole
from tools.simulations.__main__ import main


def test_every_table_can_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    """With a run or two for each figure; the titles are those of the page."""
    assert main(["--rounds", "4"]) == 0
    printed = capsys.readouterr().out
    titles = re.findall(r"^### (.*)$", printed, re.MULTILINE)
    assert titles == [*coverage.TABLES, *errors.TABLES, *whole.TABLES]
    for line in printed.splitlines():
        if line.startswith("|") and "---" not in line:
            cells = line.strip("| ").split(" | ")
            assert len(cells) > 1
    rates = re.findall(r"\| (\d+\.\d)(?: \(\d+ % none\))? (?=\|)", printed)
    assert rates
    assert all(0 <= float(rate) <= 100 for rate in rates)


def test_one_table_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """By a word of its title."""
    main(["--rounds", "4", "Power"])
    assert re.findall(r"^### (.*)$", capsys.readouterr().out, re.MULTILINE) == [
        "Power of the comparison of two models, %"
    ]


def test_too_few_rounds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A rate of no runs is none."""
    with pytest.raises(SystemExit, match="2"):
        main(["--rounds", "3"])
    assert "argument --rounds: 3 is too few; give 4 or more" in capsys.readouterr().err
