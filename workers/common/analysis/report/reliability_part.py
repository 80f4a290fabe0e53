"""The page's sections on order, reliability and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.analysis.report.axis import around_zero, ends
from common.analysis.report.markup import (
    NOTHING,
    Column,
    bounds,
    folded,
    heading,
    number,
    p_value,
    percent,
    sentence,
    signed,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.reliability_documents import Components, OrderEffect, Plan, Refusals, ReliabilitySection

MOST_PAIRS = 45


def order_section(effects: list[OrderEffect]) -> str:
    """The effect of the order in which options or a scale were shown."""
    if not effects:
        return ""
    under = (
        "The same scenario was asked with its options or scale in both orders, and scores were turned back. The effect"
        " is the score in the original order less that in the opposite one: above 0 where a model leans to the high end"
        " as it was shown. A pair flips where its two scores are on opposite sides of neutral."
    )
    axis = around_zero(
        [end for effect in effects for end in ends(effect["effect"]["value"], effect["effect"]["interval"])]
    )
    rows = [
        [
            text(effect["modelId"]),
            axis.picture(effect["effect"]["value"], effect["effect"]["interval"], "order effect"),
            signed(effect["effect"]["value"]),
            bounds(effect["effect"]["interval"]),
            p_value(effect["pHolm"]),
            NOTHING if effect["flips"] is None else percent(effect["flips"]),
            number(effect["pairs"]),
        ]
        for effect in effects
    ]
    names = ("effect", "95 % interval", "p (Holm)", "pairs that flip, %", "pairs")
    return heading("Order", under) + table(
        "Order effect per model, in points of the scale.", [Column(axis.labels(), "picture"), *map(Column, names)], rows
    )


def reliability_section(found: ReliabilitySection | None) -> str:
    """Variance components, reliabilities, and what the next run needs."""
    if found is None:
        return ""
    under = (
        "Where the differences of scores come from, and how much of them is noise: that a model gives another score"
        " when it is asked again. Reliability is the share of the variance that is not noise; its root, the noise"
        " ceiling, is the correlation that even a perfect prediction would not exceed."
    )
    rows = [
        [
            text(model["modelId"]),
            number(model["conditions"]),
            number(model["repeatVariance"], 3),
            number(model["reliability"], 2),
            number(model["noiseCeiling"], 2),
            sentence(model["reason"]) if model["reason"] else "",
        ]
        for model in found["models"]
    ]
    names = ("conditions", "variance of repeats", "reliability", "noise ceiling")
    return (
        heading("Reliability", under)
        + _components(found["components"])
        + _plan(found["plan"])
        + folded(
            "Reliability of each model",
            table("Reliability of the condition means.", [*map(Column, names), Column("note", "left")], rows),
        )
    )


def _components(parts: Components) -> str:
    values = [
        ("models differ over all scenarios", parts["model"]),
        ("scenarios differ for all models", parts["scenario"]),
        ("models differ by scenario", parts["interaction"]),
        ("the same model differs on the same scenario", parts["repeat"]),
    ]
    total = sum(value for _, value in values if value is not None)
    if not total:
        return f"<p class=soft>Variance components: {sentence(parts['reason'])}.</p>\n" if parts["reason"] else ""
    rows = [
        [name, number(value, 3), NOTHING if value is None else f"{100 * value / total:.0f} %"] for name, value in values
    ]
    note = f"<p class=soft>{sentence(parts['reason'])}.</p>\n" if parts["reason"] else ""
    caption = (
        f"Variance components over {number(parts['scenarios'])} scenarios that all {parts['models']} models answered."
    )
    return table(caption, [Column("variance"), Column("share")], rows, row_heading="Source") + note


def _plan(plan: Plan) -> str:
    if not plan["needs"]:
        return f"<p class=soft>No plan for the next run: {sentence(plan['reason'])}.</p>\n"
    rows = [
        [
            str(need["samples"]),
            number(need["scenariosForMeans"]),
            number(need["scenariosForDifferences"]),
        ]
        for need in plan["needs"]
    ]
    columns = [
        Column("scenarios, for the mean of an average model"),
        Column("scenarios, for an average difference of two"),
    ]
    note = f"<p class=soft>{sentence(plan['reason'])}.</p>\n" if plan["reason"] else ""
    return (
        table(
            f"What the next run needs for intervals of &plusmn; {plan['precision']:g} points.",
            columns,
            rows,
            row_heading="Samples of each",
        )
        + note
    )


def refusals_section(refusals: Refusals | None) -> str:
    """Who refused, what was refused, and what that hides."""
    if refusals is None:
        return ""
    rows = [
        [
            text(model["modelId"]),
            percent(model["refused"]),
            number(model["mean"], 2),
            NOTHING if model["lowest"] is None else f"{model['lowest']:.2f} to {model['highest']:.2f}",
            number(model["scenarios"]),
        ]
        for model in refusals["models"]
    ]
    names = ("refused, %", "mean of what was answered", "mean had every refusal been lowest to highest", "scenarios")
    page = heading(
        "Refusals",
        "A model that refuses the hard scenarios has a mean of the easy ones. The bounds are what it would be, had"
        " every refusal been the lowest score, or the highest, over what every model answered or refused.",
    ) + table("Refusals per model.", list(map(Column, names)), rows)
    if refusals["levels"]:
        levels = [
            [
                f"{text(level['dimension'])}: {text(level['level'])}",
                percent(level["refused"]),
                number(level["refused"]["n"]),
            ]
            for level in refusals["levels"]
        ]
        page += folded(
            "Refusals by level",
            table(
                "Refusals per level, over all models.",
                [Column("refused, %"), Column("transcripts")],
                levels,
                row_heading="Level",
            ),
        )
    return page + _pairs(refusals)


def _pairs(refusals: Refusals) -> str:
    rows = [
        [
            " less ".join(
                text(model) for model in (pair["models"] if pair["difference"] >= 0 else pair["models"][::-1])
            ),
            signed(100 * abs(pair["difference"]), 1),
            p_value(pair["pHolm"]),
            number(pair["n"]),
        ]
        for pair in refusals["pairs"][:MOST_PAIRS]
    ]
    if not rows:
        return ""
    columns = [Column("difference, points of percent"), Column("p (Holm)"), Column("scenarios")]
    return folded(
        "Which models refuse differently often",
        table("Pairs by how differently often they refuse.", columns, rows, row_heading="Models"),
    )
