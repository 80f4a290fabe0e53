"""The page's part on the scenarios that divide the models: the question, and the answers at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.report.markup import Column, fixed, folded, number, plain, sentence, subheading, table, text
from common.analysis.report.texts import MOST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.analysis.comparison_documents import Differing, Extreme
    from common.analysis.documents import Complete
    from common.analysis.report.texts import Excerpt, Exchange, Shown, Texts

# The page has the texts of so many scenarios; of each, so many models at both ends and so many of their transcripts.
SCENARIOS: Final = 10
MODELS: Final = 3
TRANSCRIPTS: Final = 3
SHOWN_SCENARIOS: Final = 8


class _Behind(NamedTuple):
    """A transcript behind an end: its ID, its model with its mean, and what the page calls it."""

    id: str
    model: str
    mean: float
    anchor: str


def differing_part(analysis: Complete, texts: Texts | None) -> str:
    """The scenarios, and a part to open for each of the first of them."""
    agreement = analysis["agreement"]
    differing = agreement["differing"] if agreement else []
    if not differing:
        return "<p>On no scenario do two models differ.</p>\n"
    behind = [_behind(entry, place) for place, entry in enumerate(differing, 1)]
    shown = _texts(analysis, texts, {each.id for listed in behind[:SCENARIOS] for each in listed})
    rows = [_row(entry, listed) for entry, listed in zip(differing, behind, strict=True)]
    parts = [
        _part(entry, listed, shown, place)
        for place, (entry, listed) in enumerate(zip(differing, behind, strict=True), 1)
    ]
    under = "A model's name leads to its answers, which are folded below."
    if shown:
        under += (
            f" They are shown for {min(SCENARIOS, len(differing))} scenarios; a text of more than"
            f" {number(MOST_SHOWN)} characters is cut."
        )
    problem = (
        f"<p class=soft>Questions and answers are not shown: {sentence(texts.problem)}.</p>\n"
        if texts is not None and texts.problem is not None
        else ""
    )
    columns = [
        *map(Column, ("models", "range", "deviation")),
        Column("lowest", "left long"),
        Column("highest", "left long"),
    ]
    caption = "The scenarios on which the models differ most, by the distance of the highest mean from the lowest."
    page = subheading("Scenarios that divide the models", under) + problem
    page += table(caption, columns, rows[:SHOWN_SCENARIOS], row_heading="Scenario") + "".join(parts[:SHOWN_SCENARIOS])
    if rest := rows[SHOWN_SCENARIOS:]:
        less = table("The scenarios on which they differ less.", columns, rest, row_heading="Scenario")
        page += folded(f"The next {len(rest)} scenarios", less + "".join(parts[SHOWN_SCENARIOS:]))
    return page


def _behind(entry: Differing, place: int) -> list[_Behind]:
    """The transcripts behind both ends; a model that is alone, or whose answers are all alike, is at one of them."""
    ids = {answer["modelId"]: answer["transcriptIds"] for answer in entry["answers"]}
    found = [
        (name, model, end["mean"])
        for end in (entry["lowest"], entry["highest"])
        for model in end["modelIds"][:MODELS]
        for name in ids.get(model, [])[:TRANSCRIPTS]
    ]
    return [_Behind(*each, f"answer-{place}-{count}") for count, each in enumerate(found, 1)]


def _texts(analysis: Complete, texts: Texts | None, names: set[str]) -> dict[str, Shown]:
    if texts is None:
        return {}
    across = analysis["acrossRuns"]
    return texts.of(names, across["runs"][-1] if across and not across["pooled"] else None)


def _row(entry: Differing, behind: list[_Behind]) -> list[str]:
    anchors: dict[str, str] = {}
    for each in behind:
        anchors.setdefault(each.model, each.anchor)
    return [
        _name(entry),
        number(entry["models"]),
        number(entry["range"], 2),
        number(entry["standardDeviation"], 2),
        _extreme(entry["lowest"], anchors),
        _extreme(entry["highest"], anchors),
    ]


def _name(entry: Differing) -> str:
    if not entry["name"] or entry["name"] == entry["scenarioId"]:
        return text(entry["scenarioId"])
    return f"{text(entry['name'])} <span class=soft>{text(entry['scenarioId'])}</span>"


def _extreme(end: Extreme, anchors: Mapping[str, str]) -> str:
    models = end["modelIds"]
    more = f" and {len(models) - MODELS} more" if len(models) > MODELS else ""
    named = ", ".join(
        f'<a href="#{anchors[model]}">{text(model)}</a>' if model in anchors else text(model)
        for model in models[:MODELS]
    )
    return f"{fixed(end['mean'])}: {named}{more}"


def _part(entry: Differing, behind: list[_Behind], shown: Mapping[str, Shown], place: int) -> str:
    """A scenario with its question, the mean of each model, and the answers behind both ends."""
    if not behind:
        return ""
    question = next((found.exchanges[0].asked for each in behind if (found := shown.get(each.id))), None)
    means = ", ".join(
        f"{text(answer['modelId'])} {fixed(answer['mean'])}"
        for answer in sorted(entry["answers"], key=lambda answer: (answer["mean"], answer["modelId"]))
    )
    answers = "".join(_answer(each, shown.get(each.id), question) for each in behind)
    asked = f"<figure><figcaption>The question</figcaption>{_quote(question, 'asked')}</figure>\n" if question else ""
    return folded(f"{place}&ensp;{_name(entry)}", f"{asked}<p class=soft>Means: {means}.</p>\n{answers}")


def _answer(behind: _Behind, shown: Shown | None, question: Excerpt | None) -> str:
    title = f"{text(behind.model)} <span class=soft>mean {fixed(behind.mean)}, transcript {text(behind.id)}</span>"
    quotes = (
        ""
        if shown is None
        else "".join(
            _exchange(exchange, turn, shown.turns, question)
            for turn, exchange in zip((1, shown.turns), shown.exchanges, strict=False)
        )
    )
    return f'<figure id="{behind.anchor}"><figcaption>{title}</figcaption>{quotes}</figure>\n'


def _exchange(exchange: Exchange, turn: int, turns: int, question: Excerpt | None) -> str:
    which = f"<p class=soft>Turn {turn} of {turns}</p>" if turns > 1 else ""
    asked = _quote(exchange.asked, "asked") if exchange.asked and exchange.asked != question else ""
    answered = _quote(exchange.answered, "answered") if exchange.answered else ""
    return which + asked + answered


def _quote(excerpt: Excerpt, kind: str) -> str:
    """In the direction of its own first letters, and with its own line ends."""
    cut = excerpt.length - len(excerpt.text)
    more = f"<p class=soft>The first {number(len(excerpt.text))} of {number(excerpt.length)} characters.</p>"
    return f'<blockquote class="{kind}" dir=auto>{plain(excerpt.text)}</blockquote>' + (more if cut > 0 else "")
