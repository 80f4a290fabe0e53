"""The page's section on what each model decided: how its scores are spread, its sides, its consistency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.markup import (
    NOTHING,
    WIDTH,
    Column,
    estimate,
    folded,
    heading,
    key,
    number,
    percent,
    rectangle,
    sentence,
    svg,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.decision_documents import Decision, Decisions, Distribution

# So many scores can be told apart by the colours of their bars.
FEW_SCORES: Final = 7


def decisions_section(decisions: Decisions | None) -> str:
    """Distributions, means with their intervals, sides, consistency."""
    if decisions is None:
        return ""
    models = decisions["models"]
    described = [model for model in models if model["mean"] is not None]
    reasons = sorted({reason for model in described if (reason := model["interval"]["reason"]) is not None})
    neutral = f"; {decisions['neutral']:g} is neutral" if decisions["neutral"] is not None else ""
    under = (
        f"Scores go from {decisions['lowest']:g} to {decisions['highest']:g}{neutral}. A condition is a scenario: its"
        " repeats are averaged first, and each condition has the same weight. Each model is described over the"
        " scenarios that it answered itself. Entropy is 0 bits where all its scores are the same, and 1 where two are"
        " equally frequent."
    )
    notes = "".join(f"<p class=soft>Where there is no interval: {sentence(reason)}.</p>\n" for reason in reasons)
    return (
        heading("Decisions", under)
        + _distributions(decisions)
        + notes
        + folded("Sides, consistency, change of mind", _sides(models) + _consistency(models) + _changes(models))
    )


def _distributions(decisions: Decisions) -> str:
    rows = []
    for model in decisions["models"]:
        found, interval = model["distribution"], model["interval"]
        known = interval["low"] is not None
        rows.append(
            [
                text(model["modelId"]),
                _bar(found, decisions),
                number(model["mean"], 2),
                f"[{interval['low']:.2f}, {interval['high']:.2f}]" if known else number(None),
                number(model["standardDeviation"], 2),
                number(found["entropyBits"], 2),
                number(model["conditions"]),
                number(model["scores"]),
                number(model["nullScores"]),
                sentence(model["reason"]) if model["reason"] else "",
            ]
        )
    names = ("mean", "95 % interval", "deviation", "entropy, bits", "conditions", "scores", "null")
    columns = [Column("Share of each score, from low to high", "picture"), *map(Column, names), Column("note", "left")]
    values = sorted({entry["score"] for model in decisions["models"] for entry in model["distribution"]["scores"]})
    if len(values) <= FEW_SCORES:
        entries = [(_shade(value, decisions), f"{value:g}") for value in values]
    elif decisions["neutral"] is None:
        entries = [("n3", "lowest"), ("n1", "below the middle"), ("p1", "above it"), ("p3", "highest")]
    else:
        entries = [
            ("n3", "lowest"),
            ("n1", "below neutral"),
            ("three", "neutral"),
            ("p1", "above it"),
            ("p3", "highest"),
        ]
    return (
        key(entries)
        + table("How often each score came, per model, and how much variety there is.", columns, rows)
        + _shares(decisions, values)
    )


def _shares(decisions: Decisions, values: list[float]) -> str:
    """The same as numbers, where they are few enough for a table."""
    if not 0 < len(values) <= FEW_SCORES:
        return ""
    rows = []
    for model in decisions["models"]:
        found = model["distribution"]
        counts = {entry["score"]: entry["count"] for entry in found["scores"]}
        shares = [number(100 * counts.get(value, 0) / found["n"], 1) if found["n"] else NOTHING for value in values]
        rows.append([text(model["modelId"]), *shares, number(found["n"])])
    columns = [*(Column(f"{value:g}") for value in values), Column("scores")]
    return folded("Shares in percent", table("Percent of a model's scores, by score.", columns, rows))


def _bar(found: Distribution, decisions: Decisions) -> str:
    parts, begin = "", 0.0
    for entry in found["scores"]:
        width = entry["count"] / found["n"] * WIDTH
        parts += rectangle(f"cut {_shade(entry['score'], decisions)}", begin, width)
        begin += width
    words = ", ".join(f"{entry['score']:g}: {entry['count']}" for entry in found["scores"][:12])
    return svg(words or "no score", parts)


def _shade(score: float, decisions: Decisions) -> str:
    """Orange below neutral, blue above, darker with the distance."""
    low, high = decisions["lowest"], decisions["highest"]
    middle = (low + high) / 2 if decisions["neutral"] is None else decisions["neutral"]
    if score == middle:
        return "three"
    room = high - middle if score > middle else middle - low
    step = min(3, 1 + int(3 * abs(score - middle) / room - 1e-9)) if room > 0 else 3
    return f"{'p' if score > middle else 'n'}{step}"


def _sides(models: list[Decision]) -> str:
    rows = []
    for model in models:
        sides = model["sides"]
        if sides is None:
            continue
        three, two = sides["withNeutral"], sides["withoutNeutral"]
        shares = (three["above"], three["at"], three["below"], two["above"], two["below"])
        rows.append([text(model["modelId"]), *map(percent, shares)])
    if not rows:
        return "<p class=soft>The scale has no neutral score, so there are no sides.</p>\n"
    names = ("above", "at neutral", "below", "above, without neutrals", "below, without neutrals")
    return table("Percent of conditions on each side of neutral, with 95 % intervals.", list(map(Column, names)), rows)


def _consistency(models: list[Decision]) -> str:
    repeated = [(model["modelId"], model["consistency"]) for model in models if model["consistency"]["conditions"]]
    if not repeated:
        return "<p class=soft>No condition has more than one score, so nothing is known of consistency.</p>\n"
    rows = [
        [
            text(model),
            number(consistency["conditions"]),
            percent(consistency["identical"]),
            number(None) if consistency["sameSide"] is None else percent(consistency["sameSide"]),
            number(consistency["standardDeviationWithin"], 2),
        ]
        for model, consistency in repeated
    ]
    names = ("conditions with repeats", "all the same, %", "on one side of neutral, %", "deviation within conditions")
    return table("How far the repeats of a condition agree, with 95 % intervals.", list(map(Column, names)), rows)


def _changes(models: list[Decision]) -> str:
    changed = [(model["modelId"], model["changeOfMind"]) for model in models if model["changeOfMind"]["transcripts"]]
    if not changed:
        return ""
    rows = [
        [
            text(model),
            number(change["transcripts"]),
            percent(change["changed"]),
            number(None) if change["changedSide"] is None else percent(change["changedSide"]),
            estimate(change["shift"]),
        ]
        for model, change in changed
    ]
    names = ("transcripts", "changed, %", "changed side, %", "shift in points")
    return table(
        "Change of mind: the last scored turn of a conversation against the first.", list(map(Column, names)), rows
    )
