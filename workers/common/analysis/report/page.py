"""The whole page: one file, no script, nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.analysis.report.agreement_part import agreement_section
from common.analysis.report.coverage_part import coverage_section
from common.analysis.report.decisions_part import decisions_section
from common.analysis.report.differing_part import differing_part
from common.analysis.report.dimensions_part import dimensions_section
from common.analysis.report.markup import Column, anchor, attribute, folded, heading, number, sentence, table, text
from common.analysis.report.nominal_differing_part import nominal_differing_part
from common.analysis.report.nominal_part import nominal_section
from common.analysis.report.pairs_part import order_of, pairs_section
from common.analysis.report.reliability_part import order_section, refusals_section, reliability_section
from common.analysis.report.runs_part import runs_section
from common.analysis.report.style import STYLE
from common.analysis.report.summary_part import summary_section
from common.analysis.report.usage_part import usage_section

if TYPE_CHECKING:
    from common.analysis.coverage import Grid
    from common.analysis.documents import Complete, Method
    from common.analysis.report.texts import Texts


def render(analysis: Complete, grid: Grid, texts: Texts | None = None) -> str:
    """The analysis as a page: the answer, what it rests on, and last how much of the run there is.

    Args:
        analysis: its figures.
        grid: what came of each model and scenario.
        texts: of questions and answers, where they were set aside.
    """
    run = analysis["run"]
    title = run["name"] or f"Analysis of run {run['runId']}"
    sections = {
        "Runs": runs_section(analysis["acrossRuns"]),
        "Options": nominal_section(analysis["nominal"], nominal_differing_part(analysis, texts)),
        "Pairs": "" if analysis["nominal"] else pairs_section(analysis["comparisons"]),
        "Dimensions": "" if analysis["nominal"] else dimensions_section(analysis["dimensions"]),
        "Decisions": "" if analysis["nominal"] else decisions_section(analysis["decisions"]),
        "Order": order_section(analysis["orderEffects"]),
        "Agreement": "" if analysis["nominal"] else _agreement(analysis, texts),
        "Reliability": reliability_section(analysis["reliability"]),
        "Refusals": refusals_section(analysis["refusals"]),
    }
    shown = {name: section for name, section in sections.items() if section}
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Whatever a name may smuggle in: nothing is run, and nothing is fetched.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{attribute(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<a class=skip href="#summary">Skip to the summary</a>\n'
        f"<header><h1>{text(title)}</h1>\n"
        f"<p class=soft>Run {text(run['runId'])}, computed {text(analysis['computedAt'])} by probe-workers"
        f" {text(analysis['codeVersion'])}.</p>\n"
        f"{_tiles(analysis)}</header>\n<main>\n{heading('Summary')}{summary_section(analysis)}"
        + _contents([*shown, "Background"])
        + "".join(shown.values())
        + heading("Background", "How much of the run there is, what it took, and how it was computed.")
        + _warnings(analysis["warnings"])
        + folded("Coverage", coverage_section(run, grid))
        + (
            folded("Tokens, latency, endings and versions", usage_section(analysis["models"]))
            if analysis["models"]
            else ""
        )
        + folded("Methods", _methods(analysis["methodsUsed"]))
        + "</main>\n<footer>Every figure is in the JSON document of the analysis, with its sample size."
        "<p class=on-paper>Folded parts of the page are not printed, unless they are opened before.</p></footer>\n"
        "</body>\n</html>\n"
    )


def _agreement(analysis: Complete, texts: Texts | None) -> str:
    differing = differing_part(analysis, texts) if analysis["agreement"] else ""
    return agreement_section(analysis["agreement"], order_of(analysis["comparisons"]), differing)


def _contents(names: list[str]) -> str:
    links = "".join(f'<li><a href="#{anchor(name)}">{name}</a></li>' for name in names)
    return f'<nav aria-label="Contents"><ul class=contents>{links}</ul></nav>\n'


def _tiles(analysis: Complete) -> str:
    run = analysis["run"]
    tiles = [
        (run["modelCount"], "model", "models"),
        (run["scenarioCount"], "scenario", "scenarios"),
        (run["samplesPerCell"], "sample of each", "samples of each"),
        (run["transcripts"], "transcript", "transcripts"),
        (run["failedProbes"], "failed probe", "failed probes"),
    ]
    return (
        "<ul class=tiles>"
        + "".join(f"<li><b>{number(count)}</b>{one if count == 1 else many}</li>" for count, one, many in tiles)
        + "</ul>\n"
    )


def _warnings(warnings: list[str]) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{sentence(warning)}</li>\n" for warning in warnings)
    return f"<h3>What a reader should know</h3>\n<ul class=warnings>{items}</ul>\n"


def _methods(methods: list[Method]) -> str:
    rows = [[sentence(method["name"]), sentence(method["formula"]), sentence(method["source"])] for method in methods]
    columns = [Column("Formula", "left"), Column("Source", "left")]
    return table("What was computed, and where it comes from.", columns, rows, "methods", "Method")
