"""The page's section on dimensions: by how much each level moves the scores, and whether for all models alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.axis import around_zero, ends
from common.analysis.report.markup import (
    NOTHING,
    Column,
    bounds,
    folded,
    heading,
    number,
    p_value,
    sentence,
    signed,
    subheading,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.effect_documents import Dimension, LevelEffect
    from common.analysis.figure_documents import Estimate

MOST_ROWS: Final = 200


def dimensions_section(dimensions: list[Dimension]) -> str:
    """Effects, tests, interactions, trends; then level by level and model by model."""
    if not dimensions:
        return ""
    under = (
        "What in the scenarios moves the scores, each model compared with itself. An effect is how far a level moves"
        " the score from that of the dimension's first level, the other dimensions being equal (average marginal"
        " component effect). An interaction means that a level moves models differently."
    )
    return (
        heading("Dimensions", under)
        + _effects(dimensions)
        + _tests(dimensions)
        + folded("Means of the levels", _levels(dimensions))
        + folded("Model by model", _models(dimensions))
    )


def _effects(dimensions: list[Dimension]) -> str:
    listed = [(dimension, effect) for dimension in dimensions for effect in dimension["effects"]]
    if not listed:
        return "<p>No dimension has two levels with enough scenarios.</p>\n"
    axis = around_zero([end for _, effect in listed for end in _ends(effect)])
    rows = [
        [
            f"{text(dimension['name'])}: {text(effect['level'])} against {text(effect['against'])}",
            axis.picture(effect["effect"]["value"], effect["effect"]["interval"], "effect"),
            signed(effect["effect"]["value"]),
            bounds(effect["effect"]["interval"]),
            p_value(effect["pHolm"]),
            number(effect["effect"]["n"]),
            "" if dimension["adjusted"] else "by itself: not told apart from other dimensions",
        ]
        for dimension, effect in listed[:MOST_ROWS]
    ]
    columns = [
        Column(axis.labels(), "picture"),
        *map(Column, ("effect", "95 % interval", "p (Holm)", "scenarios")),
        Column("note", "left"),
    ]
    return table("Effects of levels over all models, in points of the scale.", columns, rows, row_heading="Level")


def _ends(effect: LevelEffect) -> list[float]:
    return ends(effect["effect"]["value"], effect["effect"]["interval"])


def _tests(dimensions: list[Dimension]) -> str:
    rows = []
    for dimension in dimensions:
        trend, interaction = dimension["trend"], dimension["interaction"]
        slope = trend["slope"] if trend else None
        rows.append(
            [
                text(dimension["name"]),
                number(dimension["n"]),
                number(dimension["levelsTested"]),
                number(dimension["h"], 2),
                p_value(dimension["pHolm"]),
                number(dimension["etaSquared"], 3),
                p_value(interaction["pHolm"]),
                number(interaction["share"], 3),
                _slope(slope) if slope else number(None),
                sentence(dimension["reason"]) if dimension["reason"] else "",
            ]
        )
    names = (
        "scenarios",
        "levels",
        "H",
        "p (Holm)",
        "eta squared",
        "interaction, p (Holm)",
        "share explained",
        "trend a unit or step",
    )
    return table(
        "Kruskal-Wallis test of each dimension's levels, its interaction with models, and its trend where levels are"
        " ordered. H is the statistic of the test, eta squared the share of the ranks' variance that the levels"
        " explain; the share explained is that of the interaction.",
        [*map(Column, names), Column("note", "left")],
        rows,
        row_heading="Dimension",
    )


def _slope(slope: Estimate) -> str:
    """With two significant digits: a unit of the level may be a dollar, or a million."""
    low, high = slope["interval"]["low"], slope["interval"]["high"]
    between = "" if low is None or high is None else f" [{low:.2g}, {high:.2g}]"
    return NOTHING if slope["value"] is None else f"{slope['value']:+.2g}{between}"


def _levels(dimensions: list[Dimension]) -> str:
    rows = [
        [
            f"{text(dimension['name'])}: {text(level['level'])}",
            number(level["scenarios"]),
            number(level["mean"], 2),
            number(level["median"], 2),
            "" if level["tested"] else "too few scenarios, left out of the test",
        ]
        for dimension in dimensions
        for level in dimension["levels"]
    ]
    columns = [*map(Column, ("scenarios", "mean", "median")), Column("note", "left")]
    return table("Mean score per level, as if every model had answered everything.", columns, rows, row_heading="Level")


def _models(dimensions: list[Dimension]) -> str:
    parts = []
    for dimension in dimensions:
        rows = [
            [
                text(model["modelId"]),
                number(model["n"]),
                number(model["h"], 2),
                p_value(model["pHolm"]),
                ", ".join(
                    # A model's first level with enough scenarios need not be that of the others.
                    f"{text(effect['level'])} against {text(effect['against'])} {signed(effect['effect']['value'])}"
                    f" <span class=soft>{bounds(effect['effect']['interval'])}</span>"
                    for effect in model["effects"][:8]
                ),
            ]
            for model in dimension["models"]
        ]
        columns = [*map(Column, ("scenarios", "H", "p (Holm)")), Column("effects, with 95 % intervals", "left long")]
        parts.append(
            subheading(text(dimension["name"]))
            + table(
                f"{text(dimension['name'])} for each model; p is adjusted for all models and dimensions.", columns, rows
            )
        )
    return "".join(parts)
