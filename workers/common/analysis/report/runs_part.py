"""The page's section on several runs: the same model at two times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.axis import around_zero, ends
from common.analysis.report.markup import (
    Column,
    bounds,
    estimate,
    heading,
    number,
    p_value,
    percent,
    signed,
    table,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.run_documents import AcrossRuns, NotCompared, RunComparison

MOST_ROWS: Final = 100
ABOUT: Final = (
    Column("scenarios"),
    Column("verdict", "left"),
    Column("versions", "left"),
    Column("left out, for what differs", "left"),
)


def runs_section(across: AcrossRuns | None) -> str:
    """Drift and test-retest."""
    if across is None:
        return ""
    numbers = [entry for entry in across["comparisons"] if entry["distance"] is None]
    options = [entry for entry in across["comparisons"] if entry["distance"] is not None]
    which = "all runs together" if across["pooled"] else f"the run {text(across['runs'][-1])} alone"
    under = (
        "The same model in two runs, over the scenarios that were asked alike: the later less the earlier. What was"
        f" asked otherwise (prompt, preamble, temperature, scale) is not compared. The other sections are over {which}."
    )
    return (
        heading("Runs", under)
        + (_numbers(numbers[:MOST_ROWS]) if numbers or not options else "")
        + (_options(options[:MOST_ROWS]) if options else "")
    )


def _numbers(compared: Sequence[RunComparison]) -> str:
    axis = around_zero([end for entry in compared for end in ends(entry["difference"], entry["interval"])])
    rows = [
        [
            _name(entry),
            axis.picture(entry["difference"], entry["interval"], "difference"),
            signed(entry["difference"]),
            bounds(entry["interval"]),
            p_value(entry["pHolm"]),
            number(entry["rho"], 2),
            number(entry["detectable"], 2),
            *_about(entry),
        ]
        for entry in compared
    ]
    names = ("difference", "95 % interval", "p (Holm)", "test-retest correlation", "detectable")
    columns = [Column(axis.labels(), "picture"), *map(Column, names), *ABOUT]
    return table("Each model in each two runs.", columns, rows)


def _options(compared: Sequence[RunComparison]) -> str:
    rows = [
        [
            _name(entry),
            number(entry["distance"], 2),
            p_value(entry["pHolm"]),
            percent(entry["sameOption"]) if entry["sameOption"] else "",
            estimate(entry["alphaNominal"]) if entry["alphaNominal"] else "",
            *_about(entry),
        ]
        for entry in compared
    ]
    names = ("distance of shares", "p (Holm)", "same option, %", "alpha, nominal")
    caption = "Each model in each two runs: 0 for the same shares of the options, 1 for no option in common."
    return table(caption, [*map(Column, names), *ABOUT], rows)


def _name(entry: RunComparison) -> str:
    return f"{text(entry['modelId'])}: {text(entry['runs'][1])} less {text(entry['runs'][0])}"


def _about(entry: RunComparison) -> list[str]:
    return [number(entry["n"]), entry["verdict"], _versions(entry["versions"]), _left_out(entry["notCompared"])]


def runs_sentences(across: AcrossRuns) -> list[str]:
    """What of it stands in the summary."""
    compared = [entry for entry in across["comparisons"] if entry["n"]]
    if not compared:
        return ["Between the runs nothing was asked alike, so no model is compared with itself."]
    moved = [entry for entry in compared if entry["verdict"] == "different"]
    if not moved:
        return ["Between the runs no model is shown to have changed, which does not mean that none did."]
    most = max(moved, key=lambda entry: entry["distance"] or abs(entry["difference"] or 0.0))
    if most["distance"] is None:
        later = f"{text(most['modelId'])}, {text(most['runs'][1])} less {text(most['runs'][0])}"
        change = f"{later}: {signed(most['difference'])} {bounds(most['interval'])} points"
    else:
        two = f"{text(most['runs'][0])} and {text(most['runs'][1])}"
        change = f"{text(most['modelId'])}, whose shares differ by {number(most['distance'], 2)} between {two}"
    return [
        (
            f"Between the runs <b>{len(moved)} of {len(compared)}</b> comparisons of a model with itself show a change;"
            f" the largest is {change}."
        )
    ]


def _versions(both: Sequence[Sequence[str]]) -> str:
    """Of the two runs; once where it is the same."""
    named = [text(", ".join(versions) or "not said") for versions in both]
    return named[0] if len(set(named)) == 1 else " to ".join(named)


def _left_out(counts: NotCompared) -> str:
    named = (
        ("prompt", counts["prompt"]),
        ("preamble", counts["preamble"]),
        ("temperature", counts["temperature"]),
        ("scale", counts["scale"]),
    )
    return ", ".join(f"{count} by {name}" for name, count in named if count)
