"""Every place where an answer names something of the scale, and which of these places only list the scale."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from common.scoring.numbers import State, numbers_in
from common.scoring.words import COORDINATORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.scoring.layout import Passage
    from common.scoring.numbers import Number
    from common.scoring.scale import Choice, Scale


class Mention(NamedTuple):
    """A label or number of the scale in a folded text.

    Attributes:
        choice: what it stands for; None for a number that is not on the scale, or not one number.
        state: whether it can be a decision.
        number: the number, where it is one.
    """

    start: int
    end: int
    choice: Choice | None
    state: State
    number: Number | None = None


_NUMERAL: Final = r"(?:[(\[]?\s*[-+]?\d{1,3}(?:\.\d+)?\s*[)\].:=]?\s*[-=:]?)?"
_WORD_JOIN: Final = rf"\b(?:{'|'.join(sorted(COORDINATORS, key=lambda word: (-len(word), word)))})\b"
_JOIN: Final = rf"(?:[,;/|&\u2014]|-+>?|\n(?![ \t]*\n)|<|>|\.\.+|{_WORD_JOIN}|[或和及与と]|または|또는|और)"
_LINK: Final = re.compile(
    rf"\s*[\"')\]]*\s*{_NUMERAL}\s*(?:{_JOIN}[ \t\"'(\[]*){{1,4}}(?:the |an? |option |eine? |die |der |den |la |el )?"
    rf"\s*{_NUMERAL}\s*[\"'(\[]*"
)
_WORDS_JOIN: Final = re.compile(_WORD_JOIN + r"|[或和及与と/|]|または|또는")
_GOES_ON: Final = re.compile(rf"\s*[\"')\]]*\s*(?:\Z|[,;/|)\].:=\n(?!]|[-\u2014]|\d|{_WORD_JOIN})")
#: What makes several of a label that ends in a number: "option 1/2", "option 1 & 2", "option 1, 2".
_MORE: Final = re.compile(
    r" ?[/&+] ?\d|[ ,:;=(\[\u2014-]{1,4}(?:(?:and|or|und|oder|et|ou|y|o|e) )?(?P<other>\d{1,3})"
    r"(?=[.)\]\s]*(?:\Z|[\n,/&]|(?:and|or|und|oder) \d))"
)
_SAME: Final = re.compile(r"[\s\"'()\[\]:=-]*")
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")
_LONGEST_LINK: Final = 40
#: A list of so many different labels is the scale itself, not a choice of some.
_A_SCALE: Final = 3


def mentions_in(passage: Passage, scale: Scale) -> list[Mention]:
    """Every label and number of the scale, in order; none twice."""
    text = passage.text
    words = [
        Mention(word.start, word.end, word.choice, _state(text, word.start, word.end)) for word in scale.words_in(text)
    ]
    if not scale.reads_numbers:
        return words
    numbers = [_of_number(number, scale) for number in numbers_in(text, scale)]
    if not words:
        return numbers
    covered = _Cover(words)
    return sorted([*words, *(number for number in numbers if not covered.holds(number.start, number.end))])


class _Cover:
    """The places of the labels, asked for in ascending order."""

    def __init__(self, words: Sequence[Mention]) -> None:
        self._words = words
        self._at = 0

    def holds(self, start: int, end: int) -> bool:
        while self._at < len(self._words) and self._words[self._at].end <= start:
            self._at += 1
        return self._at < len(self._words) and self._words[self._at].start < end


def _of_number(number: Number, scale: Scale) -> Mention:
    choice = None if number.value is None else scale.of_number(number.value)
    state = number.state
    if state is State.PLAIN and choice is None:
        state = State.UNCLEAR
    return Mention(number.start, number.end, choice, state, number)


def _state(text: str, start: int, end: int) -> State:
    if _is_compound(text, start, end):
        return State.OUT
    more = _MORE.match(text, end) if text[end - 1].isdigit() else None
    # "Option 1 (1)" says it twice.
    own = more is None or text[start:end].endswith(f" {more.group('other')}")
    return State.PLAIN if own else State.UNCLEAR


def _is_compound(text: str, start: int, end: int) -> bool:
    """Whether a label is a part of another word: "support-based", "non-support", "B+", "B-", "option 1.5"."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if after[:1] == "-" and after != "->" and end - start == 1 and "a" <= text[start] <= "z":
        return True
    if after[:1] == "." and after[1:].isdigit() and text[end - 1].isdigit():
        return True
    if after[:1] == "-" and after[1:].isalnum():
        return True
    if after[:1] in {"+", "%", "#", "@", "\x1f"}:
        return True
    return before[-1:] in {"@", "\x1f"} or (before[-1:] == "-" and before[:1].isalpha())


def listed_in(text: str, mentions: Sequence[Mention]) -> dict[int, int]:
    """The mentions that stand in a list of labels, by their index, with how many different ones the list has."""
    found: dict[int, int] = {}
    run: list[int] = []
    for index, mention in enumerate(mentions):
        if mention.state is State.OUT and mention.number is not None and not mention.number.defines:
            continue
        if run and _linked(text, mentions[run[-1]], mention):
            run.append(index)
            continue
        _close(run, mentions, found)
        run = [index]
    _close(run, mentions, found)
    return found


def _close(run: list[int], mentions: Sequence[Mention], found: dict[int, int]) -> None:
    different = len({mentions[index].choice for index in run})
    if any(_defines(mentions[index]) for index in run):
        different = max(different, _A_SCALE)
    if len(run) > 1 and different > 1:
        found.update(dict.fromkeys(run, different))


def _defines(mention: Mention) -> bool:
    return mention.number is not None and mention.number.defines


def _linked(text: str, first: Mention, second: Mention) -> bool:
    gap = text[first.end : second.start]
    if len(gap) > _LONGEST_LINK or _BLANK_LINE.search(gap):
        return False
    if first.choice == second.choice and first.choice is not None:
        # "4 = somewhat support" names one thing twice, perhaps in a list of such pairs.
        return _SAME.fullmatch(gap) is not None
    if not _LINK.fullmatch(gap):
        return False
    return bool(_WORDS_JOIN.search(gap)) or _GOES_ON.match(text, second.end) is not None
