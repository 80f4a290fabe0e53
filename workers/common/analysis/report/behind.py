"""The transcripts behind what divides the models, as parts to open: the question, and what each of them answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.report.markup import folded, number, plain, sentence, table, text
from common.analysis.report.texts import MOST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from common.analysis.documents import Complete
    from common.analysis.report.markup import Column
    from common.analysis.report.texts import Excerpt, Exchange, Shown, Texts

# The page has the texts of so many scenarios; of each, so many models of an end and so many of their transcripts.
SCENARIOS: Final = 10
MODELS: Final = 3
TRANSCRIPTS: Final = 3
# The others are folded.
SHOWN_SCENARIOS: Final = 8


class End(NamedTuple):
    """Models that said the same of a scenario, and what that is, as markup."""

    models: Sequence[str]
    said: str


class Behind(NamedTuple):
    """A transcript behind an end: its ID, its model with what that said, and what the page calls it."""

    id: str
    model: str
    said: str
    anchor: str


def behind(ends: Iterable[End], ids: Mapping[str, Sequence[str]], place: int) -> list[Behind]:
    """The transcripts of a scenario that the page can show; `ids` are those of each model."""
    found = [
        (name, model, end.said)
        for end in ends
        for model in end.models[:MODELS]
        for name in ids.get(model, ())[:TRANSCRIPTS]
    ]
    return [Behind(*each, f"answer-{place}-{count}") for count, each in enumerate(found, 1)]


def shown_texts(analysis: Complete, texts: Texts | None, listed: Sequence[Sequence[Behind]]) -> dict[str, Shown]:
    """What was asked and answered in the first of these scenarios."""
    if texts is None:
        return {}
    across = analysis["acrossRuns"]
    names = {each.id for scenario in listed[:SCENARIOS] for each in scenario}
    return texts.of(names, across["runs"][-1] if across and not across["pooled"] else None)


def note(shown: Mapping[str, Shown], scenarios: int) -> str:
    """Where the answers are."""
    words = "A model's name leads to its answers, which are folded below."
    if shown:
        words += (
            f" They are shown for {min(SCENARIOS, scenarios)} scenarios; a text of more than"
            f" {number(MOST_SHOWN)} characters is cut."
        )
    return words


def missing(texts: Texts | None) -> str:
    """Why there are no texts, where there should be."""
    if texts is None or texts.problem is None:
        return ""
    return f"<p class=soft>Questions and answers are not shown: {sentence(texts.problem)}.</p>\n"


def linked(models: Sequence[str], listed: Iterable[Behind]) -> str:
    """The names of models, each leading to its first answer."""
    anchors: dict[str, str] = {}
    for each in listed:
        anchors.setdefault(each.model, each.anchor)
    more = f" and {len(models) - MODELS} more" if len(models) > MODELS else ""
    return (
        ", ".join(
            f'<a href="#{anchors[model]}">{text(model)}</a>' if model in anchors else text(model)
            for model in models[:MODELS]
        )
        + more
    )


def name_of(scenario_id: str, name: str | None) -> str:
    """A scenario as people call it, and its ID."""
    known = text(scenario_id)
    return known if name in {None, "", scenario_id} else f"{text(name)} <span class=soft>{known}</span>"


def part(name: str, answers: str, listed: Sequence[Behind], shown: Mapping[str, Shown], place: int) -> str:
    """A scenario with its question, what all models answered in a line, and the answers behind the ends."""
    if not listed:
        return ""
    question = next((found.exchanges[0].asked for each in listed if (found := shown.get(each.id))), None)
    figures = "".join(_answer(each, shown.get(each.id), question) for each in listed)
    asked = f"<figure><figcaption>The question</figcaption>{_quote(question, 'asked')}</figure>\n" if question else ""
    return folded(f"{place}&ensp;{name}", f"{asked}<p class=soft>{answers}</p>\n{figures}")


def listing(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], parts: Sequence[str], caption: str, less: str
) -> str:
    """The scenarios in a table, and under it their parts; those in which models differ less are folded."""
    page = table(caption, columns, rows[:SHOWN_SCENARIOS], row_heading="Scenario") + "".join(parts[:SHOWN_SCENARIOS])
    rest = rows[SHOWN_SCENARIOS:]
    if not rest:
        return page
    others = table(less, columns, rest, row_heading="Scenario") + "".join(parts[SHOWN_SCENARIOS:])
    return page + folded(f"The next {len(rest)} scenarios", others)


def _answer(each: Behind, shown: Shown | None, question: Excerpt | None) -> str:
    title = f"{text(each.model)} <span class=soft>{each.said}, transcript {text(each.id)}</span>"
    quotes = (
        ""
        if shown is None
        else "".join(
            _exchange(exchange, turn, shown.turns, question)
            for turn, exchange in zip((1, shown.turns), shown.exchanges, strict=False)
        )
    )
    return f'<figure id="{each.anchor}"><figcaption>{title}</figcaption>{quotes}</figure>\n'


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
