"""The whole page: one file, no script, nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.analysis.report.agreement_part import agreement_section
from common.analysis.report.coverage_part import coverage_section
from common.analysis.report.decisions_part import decisions_section, dimensions_section
from common.analysis.report.markup import Column, attribute, heading, number, table, text
from common.analysis.report.style import STYLE
from common.analysis.report.usage_part import usage_section

if TYPE_CHECKING:
    from common.analysis.coverage import Grid


def render(analysis: dict[str, Any], grid: Grid) -> str:
    """The analysis as a page."""
    run = analysis["run"]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Whatever a name may smuggle in: nothing is run, and nothing is fetched.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Analysis of run {attribute(run['runId'])}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>Analysis of run {text(run['runId'])}</h1>\n"
        f"<p class=soft>Computed {text(analysis['computedAt'])} by probe-workers {text(analysis['codeVersion'])}.</p>\n"
        f"{_tiles(analysis)}</header>\n<main>\n{_warnings(analysis['warnings'])}"
        + coverage_section(run, grid)
        + usage_section(analysis["models"])
        + decisions_section(analysis["decisions"])
        + agreement_section(analysis["agreement"])
        + dimensions_section(analysis["dimensions"])
        + _methods(analysis["methodsUsed"])
        + "</main>\n<footer>Every figure is in the JSON document of the analysis, with its sample size.</footer>\n"
        "</body>\n</html>\n"
    )


def _tiles(analysis: dict[str, Any]) -> str:
    run = analysis["run"]
    tiles = [
        (run["modelCount"], "models"),
        (run["scenarioCount"], "scenarios"),
        (run["samplesPerCell"], "samples per cell"),
        (run["transcripts"], "transcripts"),
        (run["failedProbes"], "failed probes"),
    ]
    return "<ul class=tiles>" + "".join(f"<li><b>{number(count)}</b>{name}</li>" for count, name in tiles) + "</ul>\n"


def _warnings(warnings: list[str]) -> str:
    if not warnings:
        return ""
    return "<ul class=warnings>" + "".join(f"<li>{text(warning)}</li>\n" for warning in warnings) + "</ul>\n"


def _methods(methods: list[dict[str, Any]]) -> str:
    rows = [[text(method["name"]), text(method["formula"]), text(method["source"])] for method in methods]
    columns = [Column("Formula", "left"), Column("Source", "left")]
    return heading("Methods") + table("What was computed, and where it comes from.", columns, rows, "methods", "Method")
