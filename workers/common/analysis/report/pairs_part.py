"""The page's section on pairs of models: which differ, by how much, and what this run could have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.axis import around_zero, ends
from common.analysis.report.markup import (
    NOTHING,
    Column,
    attribute,
    bounds,
    folded,
    heading,
    key,
    number,
    p_value,
    signed,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.comparison_documents import Comparisons, PairDifference

# A wider matrix would not fit on a page.
MOST_IN_MATRIX: Final = 40
DENSE_FROM: Final = 13
SHOWN_PAIRS: Final = 12
MOST_PAIRS: Final = 66
STEPS: Final = (1 / 6, 1 / 2)


def pairs_section(comparisons: Comparisons | None) -> str:
    """Each two models over the scenarios that both answered."""
    if comparisons is None:
        return heading("Pairs") + "<p>Fewer than two models have decisions.</p>\n"
    under = (
        "Two models are compared scenario by scenario, over those that both answered: p is from a permutation test of"
        " these differences, adjusted by Holm for the number of pairs. The effect size is the mean difference over the"
        " deviation of the differences. <em>Detectable</em> is the smallest difference that this run finds four times"
        " out of five; what is smaller may be there all the same."
    )
    return heading("Pairs", under) + _matrix(comparisons) + _pairs(comparisons["pairs"])


def _order(comparisons: Comparisons) -> list[str]:
    common = [model["modelId"] for model in comparisons["common"]["models"]]
    others = {model for pair in comparisons["pairs"] for model in pair["models"]} - set(common)
    return [*common, *sorted(others)]


def _matrix(comparisons: Comparisons) -> str:
    models = _order(comparisons)
    if len(models) > MOST_IN_MATRIX:
        return f"<p class=soft>The matrix is left out above {MOST_IN_MATRIX} models; the JSON has all pairs.</p>\n"
    cells: dict[tuple[str, str], tuple[float | None, PairDifference]] = {}
    for pair in comparisons["pairs"]:
        first, second = pair["models"]
        difference = pair["difference"]
        cells[first, second] = difference, pair
        cells[second, first] = None if difference is None else -difference, pair
    most = max((abs(value) for value, _ in cells.values() if value is not None), default=0.0)
    head = "".join(f'<th scope=col title="{attribute(model)}">{place}</th>' for place, model in enumerate(models, 1))
    body = "".join(
        f"<tr><th scope=row>{place}&ensp;{text(row)}</th>"
        + "".join(_cell(cells.get((row, column)), row, column, most) for column in models)
        + "</tr>\n"
        for place, row in enumerate(models, 1)
    )
    dense = " dense" if len(models) >= DENSE_FROM else ""
    low, high = (most * step for step in STEPS)
    entries = [
        ("p3", f"higher by {high:.2f} to {most:.2f}"),
        ("p2", f"by {low:.2f} and more"),
        ("p1", "by less"),
        ("n1", "lower by less"),
        ("n2", f"by {low:.2f} and more"),
        ("n3", f"by {high:.2f} to {most:.2f}"),
    ]
    return key(entries) + (
        '<div class=scroll tabindex=0 role=region aria-label="Matrix of differences">'
        f'<table class="matrix{dense}"><caption>Mean score of the row less that of the column, in points of the scale;'
        " bold with a star where the difference holds against all pairs. Columns are numbered as the rows.</caption>\n"
        f"<thead><tr><th scope=col>Model</th>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _cell(found: tuple[float | None, PairDifference] | None, row: str, column: str, most: float) -> str:
    if row == column or found is None:
        return "<td class=self>&middot;</td>"
    value, pair = found
    if value is None:
        return f'<td title="{attribute(pair["reason"] or "")}">{NOTHING}</td>'
    label = attribute(f"{row} less {column}, n = {pair['n']}")
    shown = f"<b>{signed(value)}*</b>" if pair["verdict"] == "different" else signed(value)
    return f'<td class="{shade(value, most)}" title="{label}">{shown}</td>'


def shade(value: float, most: float) -> str:
    """The class of a colour: blue above 0, orange below, darker with the share of the largest."""
    if value == 0 or most == 0:
        return "self"
    step = 1 + sum(abs(value) >= most * share for share in STEPS)
    return f"{'p' if value > 0 else 'n'}{step}"


def _pairs(pairs: list[PairDifference]) -> str:
    axis = around_zero([end for pair in pairs for end in ends(pair["difference"], pair["interval"])])
    rows = [
        [
            f"{text(pair['models'][0])} less {text(pair['models'][1])}",
            axis.picture(pair["difference"], pair["interval"], "difference"),
            signed(pair["difference"]),
            bounds(pair["interval"]),
            number(pair["effectSize"], 2),
            p_value(pair["pHolm"]),
            number(pair["detectable"], 2),
            number(pair["n"]),
            pair["verdict"],
        ]
        for pair in pairs[:MOST_PAIRS]
    ]
    names = ("difference", "95 % interval", "effect size", "p (Holm)", "detectable", "scenarios")
    columns = [Column(axis.labels(), "picture"), *map(Column, names), Column("verdict", "left")]
    caption = "The pairs, the largest difference first."
    shown = table(caption, columns, rows[:SHOWN_PAIRS], row_heading="Models")
    rest = rows[SHOWN_PAIRS:]
    more = len(pairs) - len(rows)
    note = f"<p class=soft>{number(more)} more are in the JSON.</p>\n" if more else ""
    if not rest:
        return shown + note
    return shown + folded(
        f"The other {number(len(rest))} pairs",
        table("The pairs that differ less.", columns, rest, row_heading="Models") + note,
    )
