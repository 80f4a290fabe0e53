"""The page's beginning: the answer in words, and one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.axis import Axis
from common.analysis.report.markup import (
    NOTHING,
    Column,
    bounds,
    estimate,
    fixed,
    key,
    number,
    percent,
    signed,
    table,
    text,
)
from common.analysis.report.nominal_part import nominal_sentences
from common.analysis.report.pairs_part import downhill
from common.analysis.report.runs_part import runs_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.analysis.comparison_documents import Agreement, Common, Comparisons, PairDifference
    from common.analysis.decision_documents import Decisions
    from common.analysis.documents import Complete
    from common.analysis.effect_documents import Dimension
    from common.analysis.figure_documents import Interval
    from common.analysis.reliability_documents import OrderEffect, Refusals

# So many models are named in a sentence.
NAMED: Final = 5


def summary_section(analysis: Complete) -> str:
    """What the run shows."""
    nominal, comparisons = analysis["nominal"], analysis["comparisons"]
    decisions = None if nominal else analysis["decisions"]
    sentences = [
        *(runs_sentences(analysis["acrossRuns"]) if analysis["acrossRuns"] else []),
        *(nominal_sentences(nominal) if nominal else []),
        *_models(decisions, comparisons),
        *_pairs(comparisons),
        *_unscored(analysis),
        *_agreement(analysis["agreement"]),
        *([] if nominal else _dimensions(analysis["dimensions"])),
        *_order(analysis["orderEffects"]),
        *_refusals(analysis["refusals"], {model["modelId"]: model["transcripts"] for model in analysis["models"]}),
    ]
    if decisions is None and nominal is None:
        sentences = ["No transcript has a score, so nothing can be said of decisions."]
    body = "<ul class=answer>" + "".join(f"<li>{sentence}</li>\n" for sentence in sentences) + "</ul>\n"
    return (body if sentences else "") + (means_picture(decisions, comparisons) if decisions else "")


def _models(decisions: Decisions | None, comparisons: Comparisons | None) -> list[str]:
    if decisions is not None and len(decisions["models"]) == 1:
        [model] = decisions["models"]
        known = f" {bounds(model['interval'])}" if model["interval"]["low"] is not None else ""
        mean = "no mean" if model["mean"] is None else f"a mean of {fixed(model['mean'])}{known}"
        return [
            (
                f"{text(model['modelId'])} has {mean} over {number(model['conditions'])} scenarios."
                " No other model has scores, so nothing is compared."
            )
        ]
    if comparisons is None or len(comparisons["common"]["models"]) < 2:
        return []
    common = comparisons["common"]
    first, last = common["models"][0], common["models"][-1]
    return [
        (
            f"Over the {number(common['scenarios'])} scenarios that all {len(common['models'])} models answered,"
            f" {text(first['modelId'])} has the highest mean ({fixed(first['mean'])})"
            f" and {text(last['modelId'])} the lowest ({fixed(last['mean'])})."
        )
    ]


def _unscored(analysis: Complete) -> list[str]:
    """A reader would look for them among the means."""
    described = analysis["nominal"] or analysis["decisions"]
    scored = {model["modelId"] for model in described["models"] if model["reason"] is None} if described else set()
    missing = [model["modelId"] for model in analysis["models"] if model["modelId"] not in scored]
    if not scored or not missing:
        return []
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return [f"Without any score, and so not compared: {', '.join(map(text, missing[:NAMED]))}{more}."]


def _pairs(comparisons: Comparisons | None) -> list[str]:
    if comparisons is None:
        return []
    if not comparisons["tested"]:
        met = any(pair["n"] for pair in comparisons["pairs"])
        return [
            "No scenario shows a difference between any two models."
            if met
            else "No two models have scores of the same scenario, so none are compared."
        ]
    pairs = comparisons["pairs"]
    verdicts = [pair["verdict"] for pair in pairs]
    words = f"<b>{verdicts.count('different')} of {len(pairs)}</b> pairs of models differ"
    bound = next((pair["equivalence"]["bound"] for pair in pairs if pair["equivalence"]), None)
    if bound is not None:
        words += f"; {verdicts.count('equivalent')} are equal within {bound:g} points"
    if open_ := verdicts.count("not shown"):
        words += f"; for {open_} no difference is shown, which does not mean that they are equal"
    return [f"{words}.", _largest(pairs[0]), *_sure(pairs)]


def _largest(pair: PairDifference) -> str:
    each = downhill(pair)
    interval = f" {bounds(each.interval)}" if each.interval["low"] is not None else ""
    return (
        f"The largest difference: {text(each.higher)} less {text(each.lower)} is {signed(each.difference)}{interval}"
        " points."
    )


def _sure(pairs: list[PairDifference]) -> list[str]:
    """What a reader may take "no difference is shown" for."""
    detectable = [pair["detectableHolm"] for pair in pairs]
    known = [value for value in detectable if value is not None]
    if not known or len(known) < len(detectable):
        return []
    return [
        (
            f"Any two models that differ by {fixed(max(known))} points or more would be told apart by such a run four"
            " times out of five."
        )
    ]


def _agreement(agreement: Agreement | None) -> list[str]:
    alpha = agreement and agreement["overall"]["alphaOrdinal"]
    if not alpha or alpha["value"] is None:
        return []
    return [f"The models agree with Krippendorff's alpha = {estimate(alpha)} (1: the same answers, 0: chance)."]


def _dimensions(dimensions: list[Dimension]) -> list[str]:
    found = [
        (abs(effect["effect"]["value"] or 0.0), dimension["name"], effect)
        for dimension in dimensions
        for effect in dimension["effects"]
        if effect["pHolm"] is not None and effect["pHolm"] < 0.05
    ]
    if not found:
        tested = any(effect["pHolm"] is not None for dimension in dimensions for effect in dimension["effects"])
        return ["No level of a dimension is shown to move the scores."] if tested else []
    _, name, effect = max(found, key=lambda entry: (entry[0], entry[1]))
    return [
        (
            f"The level that moves scores most: {text(name)}, {text(effect['level'])} against"
            f" {text(effect['against'])}: {signed(effect['effect']['value'])}"
            f" {bounds(effect['effect']['interval'])} points."
        )
    ]


def _order(effects: list[OrderEffect]) -> list[str]:
    if all(effect["pHolm"] is None for effect in effects):
        return []
    moved = [effect for effect in effects if effect["pHolm"] is not None and effect["pHolm"] < 0.05]
    if not moved:
        return ["No effect of the order of options or scale is shown."]
    most = max(moved, key=lambda effect: (abs(effect["effect"]["value"] or 0.0), effect["modelId"]))
    return [
        (
            f"The order of options or scale moves {len(moved)} of {len(effects)} models, {text(most['modelId'])} most:"
            f" {signed(most['effect']['value'])} {bounds(most['effect']['interval'])} points."
        )
    ]


def _refusals(refusals: Refusals | None, transcripts: Mapping[str, int]) -> list[str]:
    if refusals is None:
        return []
    most = max(refusals["models"], key=lambda model: (model["refused"]["share"] or 0.0, model["modelId"]))
    others = " most often" if len(refusals["models"]) > 1 else ""
    known = most["refused"]["n"]
    which = "its transcripts" if known == transcripts[most["modelId"]] else f"the {number(known)} of which it is known"
    return [f"{text(most['modelId'])} refused{others}: {percent(most['refused'])} % of {which}."]


def means_picture(decisions: Decisions, comparisons: Comparisons | None) -> str:
    """The models by their mean, and which of them differ."""
    common: Common | None = comparisons["common"] if comparisons and comparisons["common"]["models"] else None
    shown: list[tuple[str, float | None, Interval, str]]
    if common:
        shown = [(model["modelId"], model["mean"], model["interval"], "") for model in common["models"]]
        caption = f"Mean score over the {number(common['scenarios'])} scenarios that all {len(shown)} models answered."
    else:
        ordered = sorted(decisions["models"], key=lambda model: (model["mean"] is None, -(model["mean"] or 0.0)))
        shown = [(model["modelId"], model["mean"], model["interval"], number(model["conditions"])) for model in ordered]
        alone = len(shown) == 1
        caption = "Mean score" + (
            "." if alone else " of each model over the scenarios that it answered itself: they are not the same ones."
        )
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
    if comparisons is None:
        del columns[3]
        for row in rows:
            del row[4]
    caption += (
        " Of 100 intervals that are made like these, about 95 hold the mean that all scenarios of the kind would give."
    )
    entries = [("tick", "mean"), ("one thin", "95 % interval"), ("dash", "neutral score")]
    return key(entries[: 3 if decisions["neutral"] is not None else 2]) + table(caption, columns, rows, "means")


def _differs(model: str, comparisons: Comparisons | None, places: dict[str, int]) -> str:
    if comparisons is None:
        return ""
    if not any(model in pair["models"] and pair["n"] for pair in comparisons["pairs"]):
        return NOTHING
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
