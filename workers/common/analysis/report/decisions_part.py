"""The page's sections on the decisions: what each model decided, and what in the scenarios moved it."""

from __future__ import annotations

from typing import Any, Final

from common.analysis.report.markup import (
    HEIGHT,
    WIDTH,
    Column,
    heading,
    key,
    line,
    number,
    p_value,
    percent,
    scale,
    svg,
    table,
    text,
)

_LOWEST: Final = 1
_HIGHEST: Final = 5
_EDGE: Final = 20


def decisions_section(decisions: dict[str, Any] | None) -> str:
    """Means with their intervals, sides, consistency."""
    if decisions is None:
        return heading("Decisions") + "<p>No transcript has a score.</p>\n"
    models = decisions["models"]
    reasons = sorted({model["interval"]["reason"] for model in models} - {None})
    under = (
        "Scores go from 1 to 5; 3 is neutral. A condition is a scenario: its repeats are averaged first, and each"
        " condition has the same weight."
    )
    notes = "".join(f"<p class=soft>Where there is no interval: {text(reason)}.</p>\n" for reason in reasons)
    return (
        heading("Decisions", under)
        + _means(models, decisions["neutral"])
        + notes
        + _sides(models)
        + _consistency(models)
    )


def _x(score: float) -> float:
    """Where on the axis a score stands; the ends of the axis keep clear of the picture's edge."""
    return _EDGE + (score - _LOWEST) / (_HIGHEST - _LOWEST) * (WIDTH - 2 * _EDGE)


def _means(models: list[dict[str, Any]], neutral: float) -> str:
    rows = []
    for model in models:
        interval, mean = model["interval"], model["mean"]
        picture = line("base", _x(_LOWEST), _x(_HIGHEST)) + line("neutral", _x(neutral), _x(neutral), 0, HEIGHT)
        known = interval["low"] is not None
        if known:
            picture += line("bar", _x(interval["low"]), _x(interval["high"]))
        picture += line("dot", _x(mean), _x(mean), 3, HEIGHT - 3)
        between = f"{interval['low']:.2f} to {interval['high']:.2f}" if known else ""
        rows.append(
            [
                text(model["modelId"]),
                svg(f"mean {mean:.2f}" + (f", interval {between}" if known else ""), picture),
                number(mean, 2),
                f"[{interval['low']:.2f}, {interval['high']:.2f}]" if known else number(None),
                number(model["standardDeviation"], 2),
                number(model["conditions"]),
                number(model["scores"]),
                number(model["nullScores"]),
            ]
        )
    columns = [
        Column(scale(["1", "2", "3", "4", "5"]), "picture"),
        *map(Column, ("mean", "95 % interval", "deviation", "conditions", "scores", "null")),
    ]
    entries = [("tick", "mean"), ("one thin", "95 % interval over conditions")]
    return key(entries) + table("Mean decision per model; the dashed line is neutral.", columns, rows)


def _sides(models: list[dict[str, Any]]) -> str:
    rows = []
    for model in models:
        three, two = model["sides"]["withNeutral"], model["sides"]["withoutNeutral"]
        shares = (three["above"], three["at"], three["below"], two["above"], two["below"])
        rows.append([text(model["modelId"]), *map(percent, shares)])
    names = ("above", "at neutral", "below", "above, without neutrals", "below, without neutrals")
    return table("Percent of conditions on each side of neutral, with 95 % intervals.", list(map(Column, names)), rows)


def _consistency(models: list[dict[str, Any]]) -> str:
    repeated = [(model["modelId"], model["consistency"]) for model in models if model["consistency"]["conditions"]]
    if not repeated:
        return "<p class=soft>No condition has more than one score, so nothing is known of consistency.</p>\n"
    rows = [
        [
            text(model),
            number(consistency["conditions"]),
            percent(consistency["identical"]),
            percent(consistency["sameSide"]),
            number(consistency["standardDeviationWithin"], 2),
        ]
        for model, consistency in repeated
    ]
    names = ("conditions with repeats", "all the same, %", "on one side of neutral, %", "deviation within conditions")
    return table("How far the repeats of a condition agree, with 95 % intervals.", list(map(Column, names)), rows)


def dimensions_section(dimensions: list[dict[str, Any]]) -> str:
    """Tests per dimension, and the levels behind them."""
    if not dimensions:
        return heading("Dimensions") + "<p>No scenario has dimensions with decisions.</p>\n"
    tests = [
        [
            text(dimension["name"]),
            number(dimension["n"]),
            number(dimension["levelsTested"]),
            number(dimension["h"], 2),
            p_value(dimension["p"]),
            p_value(dimension["pHolm"]),
            number(dimension["etaSquared"], 3),
            text(dimension["reason"]) if dimension["reason"] else "",
        ]
        for dimension in dimensions
    ]
    columns = [*map(Column, ("scenarios", "levels", "H", "p", "p (Holm)", "eta squared")), Column("", "left")]
    page = heading("Dimensions", "What in the scenarios moves the decisions, over all models.") + table(
        "Kruskal-Wallis test of each dimension's levels.", columns, tests, row_heading="Dimension"
    )
    levels = [
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
    columns = [*map(Column, ("scenarios", "mean", "median")), Column("", "left")]
    return page + table("Mean decision per level.", columns, levels, row_heading="Level")
