"""The page's part on the scenarios in which models choose differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.analysis.report import behind
from common.analysis.report.markup import Column, number, subheading, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.documents import Complete
    from common.analysis.nominal_documents import NominalDiffering
    from common.analysis.report.texts import Texts


def nominal_differing_part(analysis: Complete, texts: Texts | None) -> str:
    """The scenarios, and a part to open for each of the first of them."""
    nominal = analysis["nominal"]
    differing = nominal["differing"] if nominal else []
    if not nominal or not differing:
        return "<p>In no scenario do two models choose differently.</p>\n"
    options = nominal["options"]
    listed = [
        behind.behind(_ends(entry, options), {one["modelId"]: one["transcriptIds"] for one in entry["answers"]}, place)
        for place, entry in enumerate(differing, 1)
    ]
    shown = behind.shown_texts(analysis, texts, listed)
    rows = [_row(entry, options, mine) for entry, mine in zip(differing, listed, strict=True)]
    parts = [
        behind.part(behind.name_of(entry["scenarioId"], entry["name"]), _choices(entry), mine, shown, place)
        for place, (entry, mine) in enumerate(zip(differing, listed, strict=True), 1)
    ]
    columns = [*map(Column, ("models", "distance")), *(Column(text(option), "left long") for option in options)]
    caption = (
        "The scenarios in which the models choose most differently: how far two of them are apart on average, from 0"
        " (all choose alike) to 1 (no two choose the same), and who chose what most often."
    )
    under = behind.note(shown, len(differing))
    return (
        subheading("Scenarios that divide the models", under)
        + behind.missing(texts)
        + behind.listing(columns, rows, parts, caption, "The scenarios in which they differ less.")
    )


def _choosing(entry: NominalDiffering, option: str) -> list[str]:
    return [answer["modelId"] for answer in entry["answers"] if answer["option"] == option]


def _ends(entry: NominalDiffering, options: Sequence[str]) -> list[behind.End]:
    """The models of each option that any of them chose."""
    return [behind.End(models, f"mostly {text(option)}") for option in options if (models := _choosing(entry, option))]


def _row(entry: NominalDiffering, options: Sequence[str], listed: Sequence[behind.Behind]) -> list[str]:
    return [
        behind.name_of(entry["scenarioId"], entry["name"]),
        number(entry["models"]),
        number(entry["distance"], 2),
        *(behind.linked(_choosing(entry, option), listed) for option in options),
    ]


def _choices(entry: NominalDiffering) -> str:
    choices = ", ".join(
        f"{text(answer['modelId'])} {text(answer['option'])} ({number(100 * answer['share'])} %)"
        for answer in entry["answers"]
    )
    return f"Most frequent choices: {choices}."
