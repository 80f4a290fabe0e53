"""The page's section on pairs of models: which differ, by how much, and what this run could have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

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
    scrolling,
    signed,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.comparison_documents import Comparisons, PairDifference
    from common.analysis.figure_documents import Interval

# A wider matrix would not fit on a page.
MOST_IN_MATRIX: Final = 40
DENSE_FROM: Final = 13
SHOWN_PAIRS: Final = 12
MOST_PAIRS: Final = 66
STEPS: Final = (1 / 6, 1 / 2)


def pairs_section(comparisons: Comparisons | None) -> str:
    """Each two models over the scenarios that both answered."""
    if comparisons is None:
        return ""
    if not any(pair["n"] for pair in comparisons["pairs"]):
        return heading("Pairs") + "<p>No two models answered the same scenario, so none are compared.</p>\n"
    under = (
        "Two models are compared scenario by scenario, over those that both answered: p is from a permutation test of"
        " these differences, adjusted by Holm for the number of pairs. The effect size is the mean difference over the"
        " deviation of the differences. <em>Detectable</em> is the smallest difference that this run finds four times"
        " out of five; what is smaller may be there all the same."
    )
    return heading("Pairs", under) + _matrix(comparisons) + _pairs(comparisons["pairs"])


class Downhill(NamedTuple):
    """A pair with the model of the higher mean first, so that its difference is not negative."""

    higher: str
    lower: str
    difference: float | None
    interval: Interval
    effect_size: float | None


def downhill(pair: PairDifference) -> Downhill:
    """The pair as it is read most easily."""
    first, second = pair["models"]
    difference, interval, effect = pair["difference"], pair["interval"], pair["effectSize"]
    if difference is None or difference >= 0:
        return Downhill(first, second, difference, interval, effect)
    low, high = interval["low"], interval["high"]
    turned: Interval = {
        **interval,
        "low": None if high is None else -high,
        "high": None if low is None else -low,
    }
    return Downhill(second, first, -difference, turned, None if effect is None else -effect)


def order_of(comparisons: Comparisons | None) -> list[str]:
    """The models as the matrices number them: by their means, then those without a mean over common scenarios."""
    if comparisons is None:
        return []
    common = [model["modelId"] for model in comparisons["common"]["models"]]
    others = {model for pair in comparisons["pairs"] for model in pair["models"]} - set(common)
    return [*common, *sorted(others)]


def _matrix(comparisons: Comparisons) -> str:
    models = order_of(comparisons)
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
        ("p2", f"by {low:.2f} to {high:.2f}"),
        ("p1", f"by up to {low:.2f}"),
        ("n1", f"lower by up to {low:.2f}"),
        ("n2", f"by {low:.2f} to {high:.2f}"),
        ("n3", f"by {high:.2f} to {most:.2f}"),
    ]
    return (key(entries) if most else "") + (
        f'<div class="{scrolling(len(models))}" tabindex=0 role=region aria-label="Matrix of differences">'
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
    turned = [downhill(pair) for pair in pairs]
    axis = around_zero([end for each in turned for end in ends(each.difference, each.interval)])
    rows = [
        [
            f"{text(each.higher)} less {text(each.lower)}",
            axis.picture(each.difference, each.interval, "difference"),
            signed(each.difference),
            bounds(each.interval),
            number(each.effect_size, 2),
            p_value(pair["pHolm"]),
            number(pair["detectable"], 2),
            number(pair["n"]),
            pair["verdict"],
        ]
        for pair, each in zip(pairs[:MOST_PAIRS], turned, strict=False)
    ]
    names = ("difference", "95 % interval", "effect size", "p (Holm)", "detectable", "scenarios")
    columns = [Column(axis.labels(), "picture"), *map(Column, names), Column("verdict", "left")]
    caption = "The pairs, the largest difference first; of each pair, the model with the higher mean first."
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
