"""The page's section on coverage: what is there, as a map and as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.report.markup import (
    HEIGHT,
    WIDTH,
    Column,
    key,
    number,
    rectangle,
    svg,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.coverage import Cell, Grid
    from common.analysis.documents import Run

# A narrower column cannot be told from its neighbour.
MOST_COLUMNS: Final = 120
_FAILURE_HEIGHT: Final = 5


class Band(NamedTuple):
    """Neighbouring scenarios of one model, counted together."""

    answered: int
    failed: int
    wanted: int


def coverage_section(run: Run, grid: Grid) -> str:
    """The coverage of the run."""
    coverage = run["coverage"]
    if not run["models"]:
        return "<p>No transcript says of which model it is.</p>\n" + _failures(run)
    per_column = -(-len(grid.scenarios) // MOST_COLUMNS) or 1
    columns = -(-len(grid.scenarios) // per_column)
    bands = (
        "each column is one scenario"
        if per_column == 1
        else f"each of the {columns} columns stands for {per_column} neighbouring scenarios"
    )
    left_out = len(grid.models) - len(run["models"])
    under = (
        f"Rows are models, columns scenarios in the order of their IDs; {bands}."
        f" A complete cell has {grid.samples} sample{'s' if grid.samples != 1 else ''}."
        + (f" The {left_out} models with the fewest transcripts are not shown." if left_out else "")
    )
    rows = [_row(model, cells, grid, per_column) for model, cells in _by_model(run["models"], grid).items()]
    columns_of_table = [
        Column("Answered samples, by scenario", "picture"),
        Column("complete"),
        Column("partial"),
        Column("failed"),
        Column("missing"),
    ]
    return (
        f"<p class=soft>{under}</p>\n"
        + key(
            [
                ("h4", "all samples"),
                ("h3", "75 % and more"),
                ("h2", "50 % and more"),
                ("h1", "fewer"),
                ("h0", "none"),
                ("fail thin", "failed probes among them"),
            ]
        )
        + table(
            f"Cells (model and scenario): {number(coverage['complete'])} of {number(coverage['cells'])} are complete,"
            f" {number(coverage['partial'])} partial, {number(coverage['failed'])} have failures alone,"
            f" {number(coverage['missing'])} are missing.",
            columns_of_table,
            rows,
            "map",
        )
        + _failures(run)
    )


def _by_model(models: list[str], grid: Grid) -> dict[str, dict[int, Cell]]:
    """Per model the cells in which something happened, by the place of their scenario."""
    places = {scenario: place for place, scenario in enumerate(grid.scenarios)}
    found: dict[str, dict[int, Cell]] = {model: {} for model in models}
    for (model, scenario), cell in grid.cells.items():
        if model in found:
            found[model][places[scenario]] = cell
    return found


def _row(model: str, cells: dict[int, Cell], grid: Grid, per_column: int) -> list[str]:
    total = len(grid.scenarios)
    complete = sum(cell.answered >= grid.samples and not cell.failed for cell in cells.values())
    answered = sum(cell.answered > 0 for cell in cells.values())
    bands = [
        Band(0, 0, grid.samples * (min(start + per_column, total) - start)) for start in range(0, total, per_column)
    ]
    for place, cell in cells.items():
        band = bands[place // per_column]
        bands[place // per_column] = Band(
            band.answered + min(cell.answered, grid.samples), band.failed + cell.failed, band.wanted
        )
    return [
        text(model),
        svg(f"{complete} of {total} scenarios complete, {total - len(cells)} missing", _strip(bands)),
        number(complete),
        number(answered - complete),
        number(len(cells) - answered),
        number(total - len(cells)),
    ]


def _strip(bands: list[Band]) -> str:
    """One rectangle for each run of equal bands, and one for each run with failures."""
    shades = [_shade(band) for band in bands]
    failures = ["fail" if band.failed else "" for band in bands]
    return _runs(shades, 0, HEIGHT) + _runs(failures, HEIGHT - _FAILURE_HEIGHT, _FAILURE_HEIGHT)


def _runs(kinds: list[str], top: float, height: float) -> str:
    parts: list[str] = []
    begin = 0
    for end in range(1, len(kinds) + 1):
        if end == len(kinds) or kinds[end] != kinds[begin]:
            if kinds[begin]:
                unit = WIDTH / len(kinds)
                parts.append(rectangle(kinds[begin], begin * unit, (end - begin) * unit, top, height))
            begin = end
    return "".join(parts)


def _shade(band: Band) -> str:
    if band.answered >= band.wanted:
        return "h4"
    part = band.answered / band.wanted
    return "h3" if part >= 0.75 else "h2" if part >= 0.5 else "h1" if part > 0 else "h0"


def _failures(run: Run) -> str:
    if not run["failures"]:
        return "<p>No probe failed.</p>\n"
    rows = [[text(code), number(count)] for code, count in sorted(run["failures"].items(), key=lambda item: -item[1])]
    return table("Failed probes by code.", [Column("probes")], rows, "narrow", "Code")
