"""The page's part on the scenarios that divide the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report import behind
from common.analysis.report.markup import Column, fixed, number, subheading, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.comparison_documents import Differing, Extreme
    from common.analysis.documents import Complete
    from common.analysis.report.texts import Texts

_COLUMNS: Final = (
    *map(Column, ("models", "range", "deviation")),
    Column("lowest", "left long"),
    Column("highest", "left long"),
)


def differing_part(analysis: Complete, texts: Texts | None) -> str:
    """The scenarios, and a part to open for each of the first of them."""
    agreement = analysis["agreement"]
    differing = agreement["differing"] if agreement else []
    if not differing:
        return "<p>On no scenario do two models differ.</p>\n"
    listed = [behind.behind(_ends(entry), _ids(entry), place) for place, entry in enumerate(differing, 1)]
    shown = behind.shown_texts(analysis, texts, listed)
    rows = [_row(entry, mine) for entry, mine in zip(differing, listed, strict=True)]
    parts = [
        behind.part(_name(entry), _means(entry), mine, shown, place)
        for place, (entry, mine) in enumerate(zip(differing, listed, strict=True), 1)
    ]
    caption = "The scenarios on which the models differ most, by the distance of the highest mean from the lowest."
    under = behind.note(shown, len(differing))
    return (
        subheading("Scenarios that divide the models", under)
        + behind.missing(texts)
        + behind.listing(_COLUMNS, rows, parts, caption, "The scenarios on which they differ less.")
    )


def _ends(entry: Differing) -> list[behind.End]:
    """Both ends; a model that is alone, or whose answers are all alike, is at one of them."""
    return [behind.End(end["modelIds"], f"mean {fixed(end['mean'])}") for end in (entry["lowest"], entry["highest"])]


def _ids(entry: Differing) -> dict[str, list[str]]:
    return {answer["modelId"]: answer["transcriptIds"] for answer in entry["answers"]}


def _row(entry: Differing, listed: Sequence[behind.Behind]) -> list[str]:
    return [
        _name(entry),
        number(entry["models"]),
        number(entry["range"], 2),
        number(entry["standardDeviation"], 2),
        _extreme(entry["lowest"], listed),
        _extreme(entry["highest"], listed),
    ]


def _name(entry: Differing) -> str:
    return behind.name_of(entry["scenarioId"], entry["name"])


def _extreme(end: Extreme, listed: Sequence[behind.Behind]) -> str:
    return f"{fixed(end['mean'])}: {behind.linked(end['modelIds'], listed)}"


def _means(entry: Differing) -> str:
    means = ", ".join(
        f"{text(answer['modelId'])} {fixed(answer['mean'])}"
        for answer in sorted(entry["answers"], key=lambda answer: (answer["mean"], answer["modelId"]))
    )
    return f"Means: {means}."
