"""What does not change a decision: spelling, blanks, emphasis, quotes, the order of the scale, and a mirror."""

from __future__ import annotations

import random
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from common.scoring.job import ScoreFields
from common.scoring.parser import Parser
from common.scoring.scorer import Answer, Scorer, Source
from support.answers import MARKER, SCALES, Example, examples, parser, scale, value_of

EXAMPLES: Final = examples()
DECIDED: Final = [item for item in EXAMPLES if item.value is not None]
ANY: Final = st.sampled_from(EXAMPLES)
SIGNS: Final = "*`~<>#|\\_"


def read(example: Example, answer: str) -> tuple[str, float | str | None]:
    """The class and the value of another answer on the same scale."""
    found = example.parser().read(answer)
    return found.kind, value_of(found)


def expected(example: Example) -> tuple[str, float | str | None]:
    """The class and the value that are the right ones."""
    return example.kind, example.value


@given(ANY, st.text(" \t\u00a0\u2009", min_size=1, max_size=3), st.text(" \t\n\u00a0", max_size=4))
def test_blanks_change_nothing(example: Example, blank: str, around: str) -> None:
    """Wider ones between the words, of whatever kind, and any number around all of them."""
    head, *rest = example.answer.split(" ")
    if example.answer.strip() and "- " not in example.answer:
        spaced = around + head + "".join(f" {blank}{word}" for word in rest) + around
        assert read(example, spaced) == expected(example)


@given(ANY, st.sampled_from(("\r\n", "\r", "\u2028")))
def test_the_form_of_line_ends_changes_nothing(example: Example, end: str) -> None:
    """As Windows, an old Mac and Unicode write them."""
    assert read(example, example.answer.replace("\n", end)) == expected(example)


@given(ANY, st.sampled_from(("**", "*", "__", "_", "***")))
def test_emphasis_changes_nothing(example: Example, mark: str) -> None:
    """Around each line that has no marks of its own."""
    if not any(sign in example.answer for sign in SIGNS):
        lines = [
            f"{mark}{line}{mark}" if line.strip() and line[0] not in "-1234567890• " else line
            for line in example.answer.split("\n")
        ]
        assert read(example, "\n".join(lines)) == expected(example)


@given(ANY)
def test_case_changes_nothing(example: Example) -> None:
    """All capitals, all small letters."""
    assert read(example, example.answer.upper()) == expected(example)
    assert read(example, example.answer.lower()) == expected(example)


@given(ANY, st.sampled_from(('""', "“”", "«»", "''", "\u2018\u2019", "„“")))
def test_quotes_around_an_answer_change_nothing(example: Example, quotes: str) -> None:
    """A model that quotes its whole answer means it."""
    if not any(sign in example.answer for sign in "\"'“”„«»\u2018\u2019`") and example.answer.strip():
        assert read(example, f"{quotes[0]}{example.answer}{quotes[1]}") == expected(example)


@given(ANY)
def test_the_form_of_quotes_changes_nothing(example: Example) -> None:
    """Straight ones for curly ones, and the other way round."""
    straight = example.answer.translate(str.maketrans("“”„\u2018\u2019", '"""\'\''))
    assert read(example, straight) == expected(example)
    assert read(example, example.answer.replace("'", "\u2019")) == expected(example)


def shuffled(declared: Any, seed: int) -> Any:
    """A scale with its entries in another order."""
    entries = next((name for name in ("labels", "options") if name in declared), None)
    if entries is None:
        return declared
    items = list(declared[entries])
    random.Random(seed).shuffle(items)  # noqa: S311 - an order, no secret
    return {**declared, entries: [{**item, "aliases": item.get("aliases", [])[::-1]} for item in items]}


@given(ANY, st.integers(0, 1000))
def test_the_order_of_the_scale_changes_nothing(example: Example, seed: int) -> None:
    """Entries and aliases may stand in any order."""
    if not example.marked:
        found = Parser(scale(shuffled(SCALES[example.scale], seed))).read(example.answer)
        assert (found.kind, value_of(found)) == expected(example)


def scored(declared: Any, answer: str, orientation: Any, *, marked: bool) -> Any:
    """The outcome of one answer."""
    fields = {"scale": declared, "orientation": orientation, **({"marker": {"after": MARKER}} if marked else {})}
    source = Source(None, None, None, None, None, None, (Answer(answer),))
    return Scorer(ScoreFields.model_validate(fields)).score(0, source).outcome


def mirrored_scale(declared: Any) -> Any:
    """The scale of the mirrored scenario: each label has the score of the label at the other end."""
    scores = [item["score"] for item in declared["labels"]]
    items = [{**item, "score": min(scores) + max(scores) - item["score"]} for item in declared["labels"]]
    return {**declared, "labels": items}


@given(ANY)
def test_the_mirrored_scenario_with_the_mirrored_answer_has_the_same_score(example: Example) -> None:
    """The mirrored answer has the mirrored raw score; turned back, it is that of the plain scenario."""
    declared = SCALES[example.scale]
    if declared["kind"] != "labels":
        return
    plain = scored(declared, example.answer, "normal", marked=example.marked)
    mirrored = scored(mirrored_scale(declared), example.answer, "flipped", marked=example.marked)
    assert (plain["class"], plain["score"]) == (mirrored["class"], mirrored["score"])
    if plain["score"] is not None:
        scores = [item["score"] for item in declared["labels"]]
        assert mirrored["rawScore"] == min(scores) + max(scores) - plain["rawScore"]


@given(st.floats(1, 5, allow_nan=False).map(lambda value: round(value, 2)))
def test_a_number_and_its_mirror_meet(value: float) -> None:
    """6 less the number, said in the flipped scenario, is the number."""
    plain = scored(SCALES["five"], f"My rating is {value}.", "normal", marked=False)
    mirrored = scored(SCALES["five"], f"My rating is {round(6 - value, 2)}.", "flipped", marked=False)
    assert plain["score"] == mirrored["score"] == value


def test_two_options_are_each_others_mirrors() -> None:
    """A in the flipped scenario is what B is in the plain one; the answer's own label is kept."""
    outcome = scored(SCALES["ab"], "I choose A.", "flipped", marked=False)
    assert (outcome["label"], outcome["rawLabel"], outcome["score"]) == ("B", "A", None)


@given(st.sampled_from(DECIDED))
def test_the_span_is_where_the_decision_stands(example: Example) -> None:
    """Cut out of the answer and read alone, it is the same decision."""
    outcome = scored(SCALES[example.scale], example.answer, "normal", marked=example.marked)
    part = example.answer[outcome["span"]["start"] : outcome["span"]["end"]]
    found = parser(example.scale).read(part)
    assert value_of(found) == example.value


@given(st.text(), st.sampled_from(sorted(SCALES)))
def test_any_text_can_be_read(text: str, name: str) -> None:
    """Nothing raises, and nothing is scored that names nothing of the scale."""
    found = parser(name).read(text)
    assert (found.choice is None) == (found.kind not in {"exact", "marked"})


@given(
    st.lists(
        st.sampled_from(["A", "B", "I choose", "not", ".", ",", "or", "\n", "my answer is", "?", '"', ":"]), max_size=12
    )
)
def test_what_decides_on_both_options_is_never_scored(words: list[str]) -> None:
    """However it is put together, two announced decisions for different options give none."""
    text = " ".join(words)
    both = f"I choose A. {text}. I choose B."
    assert parser("ab").read(both).choice is None or '"' in text or "not" in text or "?" in text
