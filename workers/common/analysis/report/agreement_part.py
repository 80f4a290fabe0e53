"""The page's section on agreement: the same answers, and the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.analysis.report.markup import (
    NOTHING,
    Column,
    attribute,
    estimate,
    fixed,
    folded,
    heading,
    key,
    number,
    p_value,
    percent,
    scrolling,
    sentence,
    table,
    text,
)
from common.analysis.report.pairs_part import DENSE_FROM, MOST_IN_MATRIX, MOST_PAIRS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.comparison_documents import Agreement, OverallAgreement, PairAgreement


def agreement_section(agreement: Agreement | None, order: Sequence[str], differing: str) -> str:
    """How far the models agree.

    Args:
        agreement: its figures.
        order: of the models in the section on pairs, so that both matrices number them alike.
        differing: the part on where they do not agree.
    """
    if agreement is None or not any(pair["n"] for pair in agreement["pairs"]):
        return ""
    pairs = agreement["pairs"]
    under = (
        "Krippendorff's alpha is 1 where models give the same answers, 0 where they agree as often as chance would, and"
        " below 0 where less. A rank correlation asks only whether they put scenarios in the same order: it can be 1"
        " where they never agree."
    )
    return (
        heading("Agreement", under)
        + _overall(agreement["overall"])
        + _matrix(pairs, order)
        + folded("The pairs", _pairs(pairs))
        + differing
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
        sentences.append(f"Kendall's W is not computed: {sentence(overall['reason'])}.")
    else:
        p = f"p {_equals(overall['p'])}" if overall["reason"] is None else f"without a p: {sentence(overall['reason'])}"
        sentences.append(
            f"In order, Kendall's W = {overall['kendallW']:.3f} (1: the same order, 0: none in common), {p}."
        )
    if overall["meanRho"] is not None:
        sentences.append(f"Mean rank correlation of {number(overall['pairs'])} pairs: <b>{overall['meanRho']:.3f}</b>.")
    return f"<p>{' '.join(sentences)}</p>\n"


def _equals(p: float | None) -> str:
    shown = p_value(p)
    return shown if shown.startswith("&lt;") else f"= {shown}"


def _matrix(pairs: list[PairAgreement], order: Sequence[str]) -> str:
    places = {model: place for place, model in enumerate(order)}
    models = sorted(
        {model for pair in pairs for model in pair["models"]}, key=lambda model: (places.get(model, len(order)), model)
    )
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
        ("p2", "0.5 to 0.8"),
        ("p1", "0 to 0.5"),
        ("n1", "-0.3 to 0"),
        ("n2", "-0.6 to -0.3"),
        ("n3", "-1 to -0.6"),
    ]
    return key(entries) + (
        f'<div class="{scrolling(len(models))}" tabindex=0 role=region aria-label="Agreement matrix">'
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
    return f'<td class="{shade}" title="{label}">{fixed(alpha)}</td>'


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
            sentence(pair["reason"]) if pair["reason"] else "",
        ]
        for pair in pairs[:MOST_PAIRS]
    ]
    more = len(pairs) - len(rows)
    caption = (
        "The pairs that differ most come first. The noise ceiling is the highest rank correlation that repeats of the"
        " two models would let them reach."
    ) + (f" The first {len(rows)} are shown; {number(more)} more are in the JSON." if more else "")
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
