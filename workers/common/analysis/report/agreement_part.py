"""The page's section on agreement: the same answers, the same order, and where models differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.markup import (
    NOTHING,
    Column,
    attribute,
    estimate,
    folded,
    heading,
    key,
    number,
    p_value,
    percent,
    table,
    text,
)
from common.analysis.report.pairs_part import DENSE_FROM, MOST_IN_MATRIX, MOST_PAIRS

if TYPE_CHECKING:
    from common.analysis.comparison_documents import Agreement, Answers, Differing, OverallAgreement, PairAgreement

SHOWN_TRANSCRIPTS: Final = 3
SHOWN_SCENARIOS: Final = 8


def agreement_section(agreement: Agreement | None) -> str:
    """How far the models agree."""
    if agreement is None:
        return heading("Agreement") + "<p>Fewer than two models have decisions.</p>\n"
    pairs = agreement["pairs"]
    under = (
        "Krippendorff's alpha is 1 where models give the same answers, 0 where they agree as often as chance would, and"
        " below 0 where less. A rank correlation asks only whether they put scenarios in the same order: it can be 1"
        " where they never agree."
    )
    return (
        heading("Agreement", under)
        + _overall(agreement["overall"])
        + _matrix(pairs)
        + folded("The pairs", _pairs(pairs))
        + _differing(agreement["differing"])
    )


def _overall(overall: OverallAgreement) -> str:
    alpha, nominal = overall["alphaOrdinal"], overall["alphaNominal"]
    sentences = [
        (
            f"Over {number(overall['scenarios'])} scenarios and {overall['models']} models alpha is"
            f" <b>{estimate(alpha)}</b> (ordinal) and {estimate(nominal)} (nominal, where any two scores differ alike)."
        )
    ]
    if overall["kendallW"] is None:
        sentences.append(f"Kendall's W is not computed: {text(overall['reason'])}.")
    else:
        sentences.append(f"In order, Kendall's W = {overall['kendallW']:.3f}, p {_equals(overall['p'])}.")
    if overall["meanRho"] is not None:
        sentences.append(f"Mean rank correlation of {number(overall['pairs'])} pairs: <b>{overall['meanRho']:.3f}</b>.")
    return f"<p>{' '.join(sentences)}</p>\n"


def _equals(p: float | None) -> str:
    shown = p_value(p)
    return shown if shown.startswith("&lt;") else f"= {shown}"


def _matrix(pairs: list[PairAgreement]) -> str:
    models = sorted({model for pair in pairs for model in pair["models"]})
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
        ("p3", "0.8 to 1"),
        ("p2", "0.5 and more"),
        ("p1", "0 and more"),
        ("n1", "below 0"),
        ("n2", "below -0.3"),
        ("n3", "-1 to -0.6"),
    ]
    return key(entries) + (
        '<div class=scroll tabindex=0 role=region aria-label="Agreement matrix">'
        f'<table class="matrix{dense}"><caption>Agreement matrix: ordinal alpha; columns are numbered as the rows.'
        f"</caption>\n<thead><tr><th scope=col>Model</th>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _cell(pair: PairAgreement | None, row: str, column: str) -> str:
    if row == column or pair is None:
        return "<td class=self>1</td>"
    alpha = pair["alphaOrdinal"]["value"]
    if alpha is None:
        return f'<td title="{attribute(pair["alphaOrdinal"]["reason"] or "")}">{NOTHING}</td>'
    shade = (
        ("p3" if alpha >= 0.8 else "p2" if alpha >= 0.5 else "p1")
        if alpha >= 0
        else ("n1" if alpha >= -0.3 else "n2" if alpha >= -0.6 else "n3")
    )
    label = attribute(f"{row} and {column}, n = {pair['n']}")
    return f'<td class="{shade}" title="{label}">{alpha:.2f}</td>'


def _pairs(pairs: list[PairAgreement]) -> str:
    rows = [
        [
            f"{text(pair['models'][0])} and {text(pair['models'][1])}",
            number(pair["n"]),
            estimate(pair["alphaOrdinal"]),
            estimate(pair["alphaNominal"]),
            NOTHING if pair["sameSide"] is None else percent(pair["sameSide"]),
            estimate(pair["meanAbsoluteDifference"]),
            number(pair["rho"], 3),
            p_value(pair["pHolm"]),
            number(pair["ceiling"], 2),
            text(pair["reason"]) if pair["reason"] else "",
        ]
        for pair in pairs[:MOST_PAIRS]
    ]
    more = len(pairs) - len(rows)
    caption = "The pairs that differ most come first." + (
        f" The first {len(rows)} are shown; {number(more)} more are in the JSON." if more else ""
    )
    names = (
        "scenarios",
        "alpha, ordinal",
        "alpha, nominal",
        "same side, %",
        "mean distance",
        "rank correlation",
        "p (Holm)",
        "noise ceiling",
    )
    return table(caption, [*map(Column, names), Column("note", "left")], rows, row_heading="Models")


def _differing(differing: list[Differing]) -> str:
    rows = [
        [
            text(entry["name"] or entry["scenarioId"])
            + (f" <span class=soft>{text(entry['scenarioId'])}</span>" if entry["name"] else ""),
            number(entry["models"]),
            number(entry["range"], 2),
            number(entry["standardDeviation"], 2),
            _extreme(entry, entry["lowest"]["modelIds"], entry["lowest"]["mean"]),
            _extreme(entry, entry["highest"]["modelIds"], entry["highest"]["mean"]),
        ]
        for entry in differing
    ]
    if not rows:
        return "<p>On no scenario do two models differ.</p>\n"
    columns = [*map(Column, ("models", "range", "deviation")), Column("lowest", "left"), Column("highest", "left")]
    caption = "The scenarios on which the models differ most, and the transcripts behind the ends."
    shown = table(caption, columns, rows[:SHOWN_SCENARIOS], row_heading="Scenario")
    rest = rows[SHOWN_SCENARIOS:]
    if not rest:
        return shown
    return shown + folded(
        "More of them", table("The scenarios on which they differ less.", columns, rest, row_heading="Scenario")
    )


def _extreme(entry: Differing, models: list[str], mean: float) -> str:
    more = f" and {len(models) - 3} more" if len(models) > 3 else ""
    answers = {answer["modelId"]: answer for answer in entry["answers"]}
    named = ", ".join(f"{text(model)}{_transcripts(answers.get(model))}" for model in models[:3])
    return f"{mean:.2f}: {named}{more}"


def _transcripts(answer: Answers | None) -> str:
    if answer is None or not answer["transcriptIds"]:
        return ""
    shown = ", ".join(text(name) for name in answer["transcriptIds"][:SHOWN_TRANSCRIPTS])
    return f" <span class=soft>({shown})</span>"
