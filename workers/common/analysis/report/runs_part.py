"""The page's section on several runs: the same model at two times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.axis import around_zero, ends
from common.analysis.report.markup import (
    Column,
    bounds,
    heading,
    number,
    p_value,
    signed,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.run_documents import AcrossRuns, NotCompared

MOST_ROWS: Final = 100


def runs_section(across: AcrossRuns | None) -> str:
    """Drift and test-retest."""
    if across is None:
        return ""
    compared = across["comparisons"]
    axis = around_zero([end for entry in compared for end in ends(entry["difference"], entry["interval"])])
    rows = [
        [
            f"{text(entry['modelId'])}: {text(entry['runs'][1])} less {text(entry['runs'][0])}",
            axis.picture(entry["difference"], entry["interval"], "difference"),
            signed(entry["difference"]),
            bounds(entry["interval"]),
            p_value(entry["pHolm"]),
            number(entry["rho"], 2),
            number(entry["detectable"], 2),
            number(entry["n"]),
            entry["verdict"],
            " to ".join(text(", ".join(versions) or "not said") for versions in entry["versions"]),
            _left_out(entry["notCompared"]),
        ]
        for entry in compared[:MOST_ROWS]
    ]
    names = ("difference", "95 % interval", "p (Holm)", "test-retest correlation", "detectable", "scenarios")
    columns = [
        Column(axis.labels(), "picture"),
        *map(Column, names),
        Column("verdict", "left"),
        Column("versions", "left"),
        Column("left out, for what differs", "left"),
    ]
    which = "all runs together" if across["pooled"] else f"the run {text(across['runs'][-1])} alone"
    under = (
        "The same model in two runs, over the scenarios that were asked alike: the later less the earlier. What was"
        f" asked otherwise (prompt, preamble, temperature, scale) is not compared. The other sections are over {which}."
    )
    return heading("Runs", under) + table("Each model in each two runs.", columns, rows)


def _left_out(counts: NotCompared) -> str:
    named = (
        ("prompt", counts["prompt"]),
        ("preamble", counts["preamble"]),
        ("temperature", counts["temperature"]),
        ("scale", counts["scale"]),
    )
    return ", ".join(f"{count} by {name}" for name, count in named if count)
