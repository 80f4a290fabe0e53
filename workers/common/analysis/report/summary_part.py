"""The page's beginning: the answer in words, and one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.analysis.report.axis import Axis
from common.analysis.report.markup import Column, bounds, key, number, signed, table, text

if TYPE_CHECKING:
    from common.analysis.comparison_documents import Agreement, Common, Comparisons, PairDifference
    from common.analysis.decision_documents import Decisions
    from common.analysis.documents import Complete
    from common.analysis.effect_documents import Dimension
    from common.analysis.figure_documents import Interval
    from common.analysis.reliability_documents import OrderEffect, Refusals


def summary_section(analysis: Complete) -> str:
    """What the run shows."""
    decisions = analysis["decisions"]
    comparisons = analysis["comparisons"]
    sentences = [
        *_models(comparisons),
        *_pairs(comparisons),
        *_agreement(analysis["agreement"]),
        *_dimensions(analysis["dimensions"]),
        *_order(analysis["orderEffects"]),
        *_refusals(analysis["refusals"]),
    ]
    if decisions is None and analysis["nominal"] is None:
        sentences = ["No transcript has a score, so nothing can be said of decisions."]
    body = "<ul class=answer>" + "".join(f"<li>{sentence}</li>\n" for sentence in sentences) + "</ul>\n"
    return (body if sentences else "") + (means_picture(decisions, comparisons) if decisions else "")


def _models(comparisons: Comparisons | None) -> list[str]:
    if comparisons is None or len(comparisons["common"]["models"]) < 2:
        return []
    common = comparisons["common"]
    first, last = common["models"][0], common["models"][-1]
    return [
        (
            f"Over the {number(common['scenarios'])} scenarios that all models answered, {text(first['modelId'])} has"
            f" the highest mean ({first['mean']:.2f}) and {text(last['modelId'])} the lowest ({last['mean']:.2f})."
        )
    ]


def _pairs(comparisons: Comparisons | None) -> list[str]:
    if comparisons is None or not comparisons["tested"]:
        return []
    pairs = comparisons["pairs"]
    verdicts = [pair["verdict"] for pair in pairs]
    largest = pairs[0]
    words = (
        f"<b>{verdicts.count('different')} of {len(pairs)}</b> pairs of models differ; for"
        f" {verdicts.count('not shown')} no difference is shown, which does not mean that they are equal"
    )
    bound = next((pair["equivalence"]["bound"] for pair in pairs if pair["equivalence"]), None)
    if bound is not None:
        words += f"; {verdicts.count('equivalent')} are equal within {bound:g} points"
    return [f"{words}.", _largest(largest)]


def _largest(pair: PairDifference) -> str:
    first, second = (text(name) for name in pair["models"])
    interval = f" {bounds(pair['interval'])}" if pair["interval"]["low"] is not None else ""
    return f"The largest difference: {first} less {second} is {signed(pair['difference'])}{interval} points."


def _agreement(agreement: Agreement | None) -> list[str]:
    alpha = agreement and agreement["overall"]["alphaOrdinal"]
    if not alpha or alpha["value"] is None:
        return []
    return [f"The models agree with Krippendorff's alpha = {alpha['value']:.2f} (1: the same answers, 0: chance)."]


def _dimensions(dimensions: list[Dimension]) -> list[str]:
    found = [
        (abs(effect["effect"]["value"] or 0.0), dimension["name"], effect)
        for dimension in dimensions
        for effect in dimension["effects"]
        if effect["pHolm"] is not None and effect["pHolm"] < 0.05
    ]
    if not found:
        return ["No level of a dimension is shown to move the scores."] if dimensions else []
    _, name, effect = max(found, key=lambda entry: (entry[0], entry[1]))
    return [
        (
            f"The level that moves scores most: {text(name)} {text(effect['level'])} against {text(effect['against'])},"
            f" {signed(effect['effect']['value'])} {bounds(effect['effect']['interval'])} points."
        )
    ]


def _order(effects: list[OrderEffect]) -> list[str]:
    moved = [effect for effect in effects if effect["pHolm"] is not None and effect["pHolm"] < 0.05]
    if not effects:
        return []
    if not moved:
        return ["No effect of the order of options or scale is shown."]
    return ["The order of options or scale moves " + ", ".join(text(effect["modelId"]) for effect in moved[:5]) + "."]


def _refusals(refusals: Refusals | None) -> list[str]:
    if refusals is None:
        return []
    most = max(refusals["models"], key=lambda model: (model["refused"]["share"] or 0.0, model["modelId"]))
    return [
        f"{text(most['modelId'])} refused most: {100 * (most['refused']['share'] or 0.0):.1f} % of its transcripts."
    ]


def means_picture(decisions: Decisions, comparisons: Comparisons | None) -> str:
    """The models by their mean, and which of them differ."""
    common: Common | None = comparisons["common"] if comparisons and comparisons["common"]["models"] else None
    shown: list[tuple[str, float | None, Interval, str]]
    if common:
        shown = [(model["modelId"], model["mean"], model["interval"], "") for model in common["models"]]
        caption = f"Mean score over the {number(common['scenarios'])} scenarios that all models answered."
    else:
        ordered = sorted(decisions["models"], key=lambda model: (-(model["mean"] or 0.0), model["mean"] is None))
        shown = [(model["modelId"], model["mean"], model["interval"], number(model["conditions"])) for model in ordered]
        caption = "Mean score of each model over the scenarios that it answered itself: they are not the same ones."
    axis = Axis(decisions["lowest"], decisions["highest"], decisions["neutral"])
    places = {model: place for place, (model, *_) in enumerate(shown, 1)}
    rows = [
        [
            f"{places[model]}&ensp;{text(model)}",
            axis.picture(mean, interval, "mean"),
            number(mean, 2),
            bounds(interval),
            _differs(model, comparisons, places),
            conditions,
        ]
        for model, mean, interval, conditions in shown
    ]
    columns = [
        Column(axis.labels(), "picture"),
        Column("mean"),
        Column("95 % interval"),
        Column("differs from", "left"),
        Column("" if common else "scenarios"),
    ]
    entries = [("tick", "mean"), ("one thin", "95 % interval"), ("dash", "neutral score")]
    return key(entries[: 3 if decisions["neutral"] is not None else 2]) + table(caption, columns, rows, "means")


def _differs(model: str, comparisons: Comparisons | None, places: dict[str, int]) -> str:
    if comparisons is None:
        return ""
    others = sorted(
        places[other]
        for pair in comparisons["pairs"]
        if pair["verdict"] == "different" and model in pair["models"]
        for other in pair["models"]
        if other != model and other in places
    )
    if len(others) == len(places) - 1 and len(others) > 1:
        return "all"
    return _ranges(others) or "none"


def _ranges(numbers: list[int]) -> str:
    """1, 2, 3, 7 as 1-3, 7."""
    parts: list[list[int]] = []
    for value in numbers:
        if parts and parts[-1][-1] == value - 1:
            parts[-1].append(value)
        else:
            parts.append([value])
    return ", ".join(f"{part[0]}&ndash;{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)
