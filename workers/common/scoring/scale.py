"""The declared scale, made ready for reading: which words and numbers are on it, and how a score is turned back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from common.errors import ValidationError
from common.scoring.fold import fold
from common.scoring.words import CROSSES, MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from common.scoring.job import DeclaredScale, LabelledScale, NumberScale, OptionScale

#: Letters of scripts that put no blank between words: Kana, Han, Hangul (whose particles follow directly), Thai.
UNSPACED: Final = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0eff"
_MARKS: Final = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd"
#: A letter or digit that would make another word of a label beside it.
IN_WORD: Final = rf"(?:[^\W{UNSPACED}]|[{_MARKS}])"
_IN_WORD: Final = re.compile(IN_WORD)
_NO_WORD_AFTER: Final = rf"(?!{IN_WORD})"
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_ROOM: Final = 1e-9


class Choice(NamedTuple):
    """One thing that can be decided: a label with its score, a number, or an option without one."""

    label: str
    score: float | None


class Word(NamedTuple):
    """A label in a folded text."""

    start: int
    end: int
    choice: Choice


class Scale:
    """A scale that can be looked for in answers.

    Attributes:
        nominal: whether its options have no order, and no scores.
        low: the lowest score; 0 on a nominal scale.
        high: the highest score.
        choices: the labels in their declared order; none on a scale of numbers.
        reads_numbers: whether a number can be a decision.
        units: what may follow a number, folded.
        signs: ticks, crosses and boxes that labels have themselves.
        graded: folded labels that are parts of other labels, so that a degree before one makes something else of it.
    """

    def __init__(
        self,
        choices: Sequence[tuple[Choice, Sequence[str]]],
        *,
        nominal: bool,
        bounds: tuple[float, float],
        numbers: bool = False,
        step: float | None = None,
        units: Sequence[str] = (),
        mirrors: Sequence[str | None] = (),
    ) -> None:
        self.nominal = nominal
        self.low, self.high = bounds
        self.choices = [choice for choice, _ in choices]
        self.units = tuple(fold(unit).strip() for unit in units)
        self._any_number = numbers
        self._step = step
        self._mirrors = _mirrors_of(self.choices, mirrors)
        self.signs = (
            frozenset(char for choice, aliases in choices for char in "".join((choice.label, *aliases))) & MARKS
        )
        self._forms: dict[str, Choice] = {}
        self._numerals: dict[float, Choice] = {}
        for choice, aliases in choices:
            for form in (choice.label, *aliases):
                self._add(choice, form)
        self.reads_numbers = numbers or bool(self._numerals)
        self.number_bounds = bounds if numbers else (min(self._numerals, default=0), max(self._numerals, default=0))
        words = [form for form in self._forms if form not in {"", "."}]
        self._pattern = _pattern(words) if words else None
        self.graded = _graded(self._forms)
        self.single_letters = any(len(form) == 1 for form in words)

    def _add(self, choice: Choice, form: str) -> None:
        plain = _spaced(form)
        if not plain:
            raise ValidationError("scale: a label or an alias is empty without its punctuation; give it letters")
        if _PLAIN_NUMBER.fullmatch(plain):
            value = float(plain)
            if self._numerals.setdefault(value, choice).label != choice.label:
                raise ValidationError(f"scale: {plain} stands for two labels; give each its own")
        elif self._forms.setdefault(plain, choice).label != choice.label:
            raise ValidationError("scale: two labels or aliases are the same but for their spelling; tell them apart")

    def words_in(self, folded: str) -> list[Word]:
        """Every label in a folded text; where one holds another, the longest."""
        if self._pattern is None:
            return []
        words: list[Word] = []
        # What may stand before a label is looked at here: a pattern that begins with letters is found far faster.
        found = self._pattern.search(folded)
        while found is not None:
            start, end = found.span()
            if start and self._goes_on(folded, start):
                found = self._pattern.search(folded, start + 1)
                continue
            words.append(Word(start, end, self._forms[_spaced(found.group())]))
            found = self._pattern.search(folded, end)
        return words

    def _goes_on(self, folded: str, start: int) -> bool:
        """Whether a label that begins here is the rest of a longer word, or of a number below zero."""
        if folded[start - 1] == "-" and folded[start].isdigit():
            return True
        return _IN_WORD.match(folded, start - 1) is not None and _IS_UNSPACED.match(folded, start) is None

    def of_number(self, value: float) -> Choice | None:
        """What a number stands for; None where it is not on the scale."""
        if not self._any_number:
            return self._numerals.get(value)
        if not self.low <= value <= self.high:
            return None
        if self._step is not None:
            steps = (value - self.low) / self._step
            if abs(steps - round(steps)) > _ROOM:
                return None
        return Choice(f"{value:.12g}", value)

    def of_text(self, text: str) -> Choice | None:
        """What a text that is nothing but a label or a number stands for."""
        head, plain = _parted(fold(text))
        if any(mark in CROSSES and mark not in self.signs for mark in head):
            return None
        found = self._forms.get(plain)
        if found is None and _PLAIN_NUMBER.fullmatch(plain):
            # Below zero a dash before a number may be its sign: nobody can tell.
            doubtful = self.number_bounds[0] < 0 and any(mark in _DASHES for mark in head)
            return self.of_number(float(plain)) if self.reads_numbers and not doubtful else None
        return found

    def of_score(self, score: float) -> Choice | None:
        """The label of a score; on a scale of numbers, the number."""
        if self._any_number:
            return self.of_number(score)
        return next((choice for choice in self.choices if choice.score == score), None)

    def turned(self, choice: Choice) -> Choice | None:
        """What a choice means where the scale, or its options, stood the other way round.

        None where a nominal option has no mirror. A score that has no label keeps its number for a label's name empty.
        """
        if choice.score is None:
            return self._mirrors.get(choice.label)
        score = round(self.low + self.high - choice.score, 9)
        return self.of_score(score) or Choice("", score)

    @property
    def can_be_turned(self) -> bool:
        """Whether every choice has a mirror."""
        return not self.nominal or all(choice.label in self._mirrors for choice in self.choices)


def scale_of(declared: DeclaredScale) -> Scale:
    """Make a declared scale ready.

    Raises:
        ValidationError: two labels cannot be told apart, or bounds are no bounds.
    """
    if declared.kind == "numbers":
        return _of_numbers(declared)
    return _of_labels(declared) if declared.kind == "labels" else _of_options(declared)


def _of_numbers(declared: NumberScale) -> Scale:
    if not declared.min < declared.max:
        raise ValidationError("scale.max: must be greater than scale.min")
    bounds = (declared.min, declared.max)
    return Scale((), nominal=False, bounds=bounds, numbers=True, step=declared.step, units=declared.units or ())


def _of_labels(declared: LabelledScale) -> Scale:
    scores = [item.score for item in declared.labels]
    if len({item.label for item in declared.labels}) != len(scores):
        raise ValidationError("scale.labels: a label stands twice; keep one, and give it aliases")
    choices = [(Choice(item.label, item.score), item.aliases or ()) for item in declared.labels]
    return Scale(choices, nominal=False, bounds=(min(scores), max(scores)))


def _of_options(declared: OptionScale) -> Scale:
    options = declared.options
    if len({item.label for item in options}) != len(options):
        raise ValidationError("scale.options: a label stands twice; keep one, and give it aliases")
    choices = [(Choice(item.label, None), item.aliases or ()) for item in options]
    return Scale(choices, nominal=True, bounds=(0, 0), mirrors=[item.mirror for item in options])


def _mirrors_of(choices: Sequence[Choice], declared: Sequence[str | None]) -> dict[str, Choice]:
    """Each option's mirror; two options are each other's, where nothing else is declared."""
    by_label = {choice.label: choice for choice in choices}
    if not any(declared):
        return {choices[0].label: choices[1], choices[1].label: choices[0]} if len(choices) == 2 else {}
    found: dict[str, Choice] = {}
    for choice, mirror in zip(choices, declared, strict=True):
        if mirror is None:
            continue
        if mirror not in by_label:
            raise ValidationError("scale.options: a mirror names no option of the scale; use the label of one")
        found[choice.label] = by_label[mirror]
    if any(
        found.get(mirror.label, choice) != by_label[label] for label, mirror in found.items() for choice in [mirror]
    ):
        raise ValidationError("scale.options: mirrors must be mutual; let each name the other")
    return found


_EDGES: Final = " \t\n.,:;!?\"'()[]{}-\u2014"
_DASHES: Final = "-\u2014"
#: What parts the words of a label: blanks and hyphens, but not the minus sign of a number.
_PARTING: Final = r"(?:\s|-(?!\d)|(?<=[^\s(\[\"'-])-(?=\d))+"
_GAP: Final = re.compile(_PARTING)
#: What `fold` makes of a tick or a cross before a text.
_BULLET: Final = re.compile(r"\s*- [\u2713-\u2718](?=[ \t])")


def _spaced(form: str) -> str:
    """A label with single blanks for whatever parts its words; between letters of unspaced scripts, with none."""
    return _parted(fold(form))[1]


def _parted(folded: str) -> tuple[str, str]:
    """What stands before a label, and the label as `_spaced` gives it; a minus sign is a part of the label."""
    bullet = _BULLET.match(folded)
    text = folded[bullet.end() if bullet else 0 :].lstrip(_EDGES)
    head = folded[: len(folded) - len(text)]
    if head.endswith("-") and text[:1].isdigit():
        head, text = head[:-1], f"-{text}"
    text = text.rstrip(_EDGES)
    return head, text if _PLAIN_NUMBER.fullmatch(text) else _UNSPACED_GAP.sub("", _GAP.sub(" ", text))


_UNSPACED_GAP: Final = re.compile(rf"(?<=[{UNSPACED}]) (?=[{UNSPACED}])")


def _pattern(forms: Iterable[str]) -> re.Pattern[str]:
    # Longest first, then by spelling: the order in which a scale is declared decides nothing.
    ordered = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile("|".join(_form_pattern(form) for form in ordered))


def _form_pattern(form: str) -> str:
    parts: list[str] = []
    for index, char in enumerate(form):
        if char == " ":
            parts.append(_PARTING)
        elif index and _IS_UNSPACED.match(char) and _IS_UNSPACED.match(form[index - 1]):
            parts.append(rf"\s*{re.escape(char)}")
        else:
            parts.append(re.escape(char))
    after = "" if _IS_UNSPACED.match(form[-1]) else _NO_WORD_AFTER
    return f"{''.join(parts)}{after}"


def _graded(forms: dict[str, Choice]) -> frozenset[str]:
    """The forms that end or begin another choice's form: a degree makes them another label, or none."""
    return frozenset(
        short
        for short, choice in forms.items()
        for long, other in forms.items()
        if other != choice and len(long) > len(short) and _holds(long, short)
    )


def _holds(long: str, short: str) -> bool:
    """Whether a label has another as one of its words, or as a part where words are not parted."""
    return f" {short} " in f" {long} " or (short in long and _IS_UNSPACED.match(short) is not None)
