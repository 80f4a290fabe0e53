"""The page's section on agreement: the matrix, the pairs behind it, and where models differ most."""

from __future__ import annotations

from typing import Any, Final

from common.analysis.report.markup import NOTHING, Column, attribute, heading, key, number, p_value, table, text

# A wider matrix would not fit on a page.
MOST_IN_MATRIX: Final = 40
DENSE_FROM: Final = 16
MOST_PAIRS: Final = 66


def agreement_section(agreement: dict[str, Any] | None) -> str:
    """How far the models agree."""
    if agreement is None:
        return heading("Agreement") + "<p>Fewer than two models have decisions.</p>\n"
    pairs = agreement["pairs"]
    return (
        heading("Agreement", "Spearman's rank correlation over the scenarios in which both models have a decision.")
        + _overall(agreement["overall"])
        + _matrix(pairs)
        + _pairs(pairs)
        + _differing(agreement["differing"])
    )


def _overall(overall: dict[str, Any]) -> str:
    if overall["kendallW"] is None:
        first = f"Kendall's W is not computed: {text(overall['reason'])}."
    else:
        first = (
            f"Kendall's W = <b>{overall['kendallW']:.3f}</b> over {number(overall['scenarios'])} scenarios and"
            f" {overall['models']} models, p {_equals(overall['p'])}."
        )
    second = (
        ""
        if overall["meanRho"] is None
        else f" Mean correlation of {number(overall['pairs'])} pairs: <b>{overall['meanRho']:.3f}</b>."
    )
    return f"<p>{first}{second}</p>\n"


def _equals(p: float | None) -> str:
    shown = p_value(p)
    return shown if shown.startswith("&lt;") else f"= {shown}"


def _matrix(pairs: list[dict[str, Any]]) -> str:
    models = list(dict.fromkeys(model for pair in pairs for model in pair["models"]))
    if len(models) > MOST_IN_MATRIX:
        return f"<p class=soft>The matrix is left out above {MOST_IN_MATRIX} models; the JSON has all pairs.</p>\n"
    by_models = {tuple(sorted(pair["models"])): pair for pair in pairs}
    head = "".join(f'<th scope=col title="{attribute(model)}">{place}</th>' for place, model in enumerate(models, 1))
    body = "".join(
        f"<tr><th scope=row>{place}&ensp;{text(row)}</th>"
        + "".join(_cell(by_models.get(tuple(sorted((row, column)))), row, column) for column in models)
        + "</tr>\n"
        for place, row in enumerate(models, 1)
    )
    dense = " dense" if len(models) >= DENSE_FROM else ""
    entries = [
        ("p3", "0.6 and more"),
        ("p2", "0.3 and more"),
        ("p1", "0 and more"),
        ("n1", "below 0"),
        ("n2", "below -0.3"),
        ("n3", "below -0.6"),
    ]
    return key(entries) + (
        f'<div class=scroll><table class="matrix{dense}"><caption>Agreement matrix; columns are numbered as the rows.'
        f"</caption>\n<thead><tr><th scope=col>Model</th>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _cell(pair: dict[str, Any] | None, row: str, column: str) -> str:
    if row == column or pair is None:
        return "<td class=self>1</td>"
    rho = pair["rho"]
    if rho is None:
        return f'<td title="{attribute(pair["reason"])}">{NOTHING}</td>'
    shade = (
        ("p3" if rho >= 0.6 else "p2" if rho >= 0.3 else "p1")
        if rho >= 0
        else ("n1" if rho >= -0.3 else "n2" if rho >= -0.6 else "n3")
    )
    label = attribute(f"{row} and {column}, n = {pair['n']}")
    return f'<td class="{shade}" title="{label}">{rho:.2f}</td>'


def _pairs(pairs: list[dict[str, Any]]) -> str:
    rows = [
        [
            f"{text(pair['models'][0])} and {text(pair['models'][1])}",
            number(pair["n"]),
            number(pair["rho"], 3),
            p_value(pair["p"]),
            p_value(pair["pHolm"]),
            text(pair["reason"]) if pair["reason"] else "",
        ]
        for pair in pairs[:MOST_PAIRS]
    ]
    more = len(pairs) - len(rows)
    caption = "The pairs." + (f" The first {len(rows)} are shown; {number(more)} more are in the JSON." if more else "")
    columns = [*map(Column, ("scenarios", "rho", "p", "p (Holm)")), Column("", "left")]
    return table(caption, columns, rows, row_heading="Models")


def _differing(differing: list[dict[str, Any]]) -> str:
    rows = [
        [
            text(entry["name"] or entry["scenarioId"])
            + (f" <span class=soft>{text(entry['scenarioId'])}</span>" if entry["name"] else ""),
            number(entry["models"]),
            number(entry["range"], 2),
            number(entry["standardDeviation"], 2),
            _extreme(entry["lowest"]),
            _extreme(entry["highest"]),
        ]
        for entry in differing
    ]
    if not rows:
        return "<p>On no scenario do two models differ.</p>\n"
    columns = [*map(Column, ("models", "range", "deviation")), Column("lowest", "left"), Column("highest", "left")]
    return table("The scenarios on which the models differ most.", columns, rows, row_heading="Scenario")


def _extreme(extreme: dict[str, Any]) -> str:
    models = extreme["modelIds"]
    more = f" and {len(models) - 3} more" if len(models) > 3 else ""
    return f"{extreme['mean']:.2f}: " + ", ".join(text(model) for model in models[:3]) + more
