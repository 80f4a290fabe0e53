"""Reads a decision from an answer, or says why there is none. It never guesses.

A label counts only where something says that it is the decision: it stands alone (the whole answer, its first line, a
sentence of its own at the end), or the words around it announce it ("my answer is", "I choose"), or a declared marker
does. Everything else that names a label is no decision: a scale that is repeated, what is quoted, denied, granted,
asked, or said of others. Where two labels are decided on, or where what is decided on is not one label, nothing is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.scoring import clauses, grammar, unspaced
from common.scoring.alone import is_alone, leads, names_another
from common.scoring.corrections import is_withdrawn
from common.scoring.fold import fold
from common.scoring.layout import NEAR, Passage
from common.scoring.mentions import Mention, listed_in, mentions_in
from common.scoring.numbers import MOST, State
from common.scoring.reading import Reading, Weight
from common.scoring.refusal import refuses
from common.scoring.scale import UNSPACED
from common.scoring.ticks import has_marks, mark_of
from common.scoring.words import COORDINATORS, DEGREES, NEGATIONS

if TYPE_CHECKING:
    from common.scoring.marker import Marker
    from common.scoring.scale import Choice, Scale

PARSER_VERSION: Final = "2"

_OUT: Final = Weight("out", "")
_OPEN: Final = Weight("open", "")
_UNCLEAR: Final = Weight("unclear", "unclear")
_OFF_SCALE: Final = Weight("unclear", "off_scale")
_BOXED: Final = re.compile(r"\\(?:boxed|fbox)\s*\{\s*(?:\\(?:text|mathrm|textbf)\s*\{)?\s*$")
_RESERVED: Final = re.compile(
    r"[^.!?;\n]{0,60}?\b(?:in (?:principle|theory|part|spirit|general)|up to a point|to (?:some|a certain) (?:extent|degree)"
    r"|in (?:some|certain|most|many|other|normal|ordinary) (?:cases|situations|circumstances|contexts|respects|ways)|sometimes|at times"
    r"|en principe|im prinzip|en principio|in linea di principio|em princípio|в принципе)\b"
)
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_HEDGES: Final = COORDINATORS | frozenset(
    "then next later afterwards maybe perhaps possibly even almost bordering on leaning to toward towards vielleicht"
    " eventuell peut-être quizá forse talvez if likely probably a an".split()
)
_POINTS: Final = re.compile(
    r"\b(\d{1,4})(?:[- ]points?|[- ]?stufige[nr]?|[- ]puntos|[- ]punti|-балльн\w*)[- ](?:\w+ )?(?:scale|skala|escala|scala|шкал)"
    r"|(\d{1,4})(?:点満点|分制|分満点|段階|점\s?만점)|[满滿]分(?:为|為|是|:)?\s?(\d{1,4})"
)
_COMPARED: Final = re.compile(r"(?:[<\u2264\u2265\u2248]|[<>]\s?=)\s*\Z")
_OTHER_SCALE: Final = re.compile(r"scale|skala|échelle|escala|scala|schaal|шкал|out of|分制|満点")


class Parser:
    """Reads answers on one scale."""

    def __init__(self, scale: Scale, marker: Marker | None = None) -> None:
        self._scale = scale
        self._marker = marker

    def read(self, answer: str, *, truncated: bool = False, refused: bool = False) -> Reading:
        """Read one answer.

        Args:
            answer: the model's words.
            truncated: whether it was cut off, so that a longer label may have been meant at its end.
            refused: whether the provider says that it is a refusal.
        """
        folded = _unquoted(fold(answer))
        if not folded.strip():
            return Reading("none", "empty")
        passage = Passage(folded)
        mentions = mentions_in(passage, self._scale)
        if len(mentions) > MOST:
            return Reading("ambiguous", "too_many_labels")
        sheet = Sheet(self._scale, passage, mentions, truncated=truncated)
        marked = None if self._marker is None else self._marker.read(sheet)
        reading = marked if marked is not None else sheet.reading()
        if reading.choice is None and reading.rule not in {"two_decisions", "unclear"} and (refused or refuses(folded)):
            return Reading("refusal", "refusal")
        return reading


class Sheet:
    """One answer while it is being read."""

    def __init__(self, scale: Scale, passage: Passage, mentions: list[Mention], *, truncated: bool) -> None:
        self.passage = passage
        self.mentions = mentions
        self.scale = scale
        self.truncated = truncated
        self.has_marks = has_marks(passage.text)
        self.listed = listed_in(passage.text, mentions) if len(mentions) > 1 else {}

    def reading(self) -> Reading:
        """What the whole answer comes down to."""
        return self.sum_up(range(len(self.mentions)))

    def sum_up(self, indices: range) -> Reading:
        """What these mentions come down to together."""
        decided: list[tuple[Mention, Weight]] = []
        unclear: set[str] = set()
        named: set[Choice] = set()
        for index in indices:
            mention = self.mentions[index]
            weight = self.weigh(index)
            if weight.kind in {"exact", "marked"}:
                decided.append((mention, weight))
            elif weight.kind == "unclear":
                unclear.add(weight.rule)
            if weight.kind != "out" and mention.choice is not None:
                named.add(mention.choice)
        choices = {mention.choice for mention, _ in decided}
        if len(choices) > 1 or (decided and is_withdrawn(self, decided[0][0], indices)):
            return Reading("ambiguous", "two_decisions")
        if unclear:
            alone = unclear == {"off_scale"} and not decided
            return Reading("none", "off_scale") if alone else Reading("ambiguous", "unclear")
        if decided:
            mention, weight = next((each for each in decided if each[1].kind == "exact"), decided[0])
            return Reading(weight.kind, weight.rule, mention.choice, mention.start, mention.end)  # type: ignore[arg-type]
        if len(named) > 1:
            return Reading("ambiguous", "several_labels")
        return Reading("none", "no_decision" if self.mentions else "no_label")

    def weigh(self, index: int) -> Weight:
        """What one mention is worth."""
        mention = self.mentions[index]
        passage = self.passage
        start, end = passage.sentence(mention.start)
        start, end = max(start, mention.start - NEAR), min(max(end, mention.end), mention.end + NEAR)
        mark = mark_of(self, index) if self.has_marks else None
        if mark in {"crossed", "unclear"}:
            return _OUT if mark == "crossed" else _UNCLEAR
        if mark is not None:
            alone = is_alone(self, index, start, end) if mark == "beside" else None
            return self.clear(mention, alone or Weight("marked", "ticked"))
        if mention.state is State.OUT and not (mention.number is not None and mention.number.defines):
            return _OUT
        before, after = passage.text[start : mention.start], passage.text[mention.end : end]
        if "?" in after[-4:]:
            return _OUT
        if clauses.is_contradicted(passage.text, mention.start, mention.end):
            return _OUT
        quoted, tight = passage.in_quotes(mention.start, mention.end)
        if quoted and not tight:
            return _OUT
        if index not in self.listed:
            found = is_alone(self, index, start, end) or leads(self, index, before, after)
            if found is not None:
                return self.clear(mention, found)
        found = self._announced(index, before, after)
        if found is not None:
            return found
        if quoted or self.listed.get(index, 0) > 2:
            return _OUT
        if clauses.is_denied(clauses.last_clause(before)):
            return _OUT
        if index in self.listed:
            return _OPEN
        if mention.number is not None:
            return _OUT
        return _OPEN if self._may_stand(mention, after) else _OUT

    def _announced(self, index: int, before: str, after: str) -> Weight | None:
        """What a mention is worth by the words around it; None where they announce nothing."""
        mention = self.mentions[index]
        if _BOXED.search(before):
            return self.clear(mention, Weight("marked", "boxed"))
        if not before.isascii() or not after.isascii():
            near = before[-3:] + self.passage.text[mention.start : mention.end] + after[:3]
            if _IS_UNSPACED.search(near):
                if unspaced.is_denied(before, after):
                    return _OUT
                if unspaced.decides(before, after):
                    return self._chosen(index, Weight("marked", "announced"))
        spoken = clauses.tokens(before.rstrip(" \t\n\"'([{"))
        if not spoken:
            return None
        number = mention.number is not None
        cue = grammar.says_decision(spoken, number=number)
        behind = clauses.tokens(after[:200])
        if ":" in before and after.lstrip(" ")[:1] == "\n" and ":" in self._line_before(mention):
            behind = []  # "Rating: 4" is a line of its own, whatever the next one says
        if cue is not None or (number and grammar.names_scale(before)) or (not number and grammar.takes_side(before)):
            if index not in self.listed and not grammar.may_follow(behind):
                cue = self._predicate(index, spoken, behind)
                return None if cue is None else self._asserted(index, spoken, cue, before, after, behind)
            if cue is None:
                cue = (
                    len(spoken)
                    if number
                    else max((at for at, word in enumerate(spoken) if word == "i"), default=len(spoken))
                )
        else:
            cue = grammar.awaits_verb(spoken, behind)
            if cue is None:
                cue = self._predicate(index, spoken, behind)
            if cue is None:
                return None
        return self._asserted(index, spoken, cue, before, after, behind)

    def _predicate(self, index: int, spoken: list[str], behind: list[str]) -> int | None:
        """Where the subject stands of which a label is the predicate: "I support this policy"."""
        mention = self.mentions[index]
        label = self.passage.text[mention.start : mention.end]
        following = self.mentions[min(index + 1, len(self.mentions) - 1)]
        contrasted = following.choice != mention.choice and following.start - mention.end <= len(" not to ")
        if (
            mention.number is not None
            or len(label) == 1
            or label in NEGATIONS
            or not grammar.has_object(behind, being=grammar.is_being(spoken), contrasted=contrasted)
        ):
            return None
        return grammar.speaks_for_oneself(spoken)

    def _asserted(self, index: int, spoken: list[str], cue: int, before: str, after: str, behind: list[str]) -> Weight:
        """An announced mention, unless its sentence denies it, grants it, or makes it depend on something."""
        mention = self.mentions[index]
        clause = self._clause(mention, spoken, cue, before)
        if self.passage.text.startswith("pas ", mention.start):
            clause = [word for word in clause if word not in {"ne", "n"}]  # the other half of the label's own denial
        if clauses.is_denied(clause) or clauses.is_taken_back(behind):
            return _OUT
        if not clauses.is_own(spoken[cue:]) and clauses.is_others(before, after):
            return _OPEN
        if clauses.is_unreal(spoken, cue, before) or clauses.is_conditional(after, behind) or _RESERVED.match(after):
            return _OPEN
        if spoken[-1] in DEGREES and self._is_graded(mention):
            return _UNCLEAR
        if "prefer" in spoken:
            if spoken[-1] == "to":
                return _OUT
            return self.clear(mention, Weight("marked", "announced"))  # "I prefer A to B"
        return self._chosen(index, Weight("marked", "announced"))

    def _line_before(self, mention: Mention) -> str:
        """What stands before a mention in its line."""
        return self.passage.text[self.passage.line(mention.start)[0] : mention.start][-NEAR:]

    def _clause(self, mention: Mention, spoken: list[str], cue: int, before: str) -> list[str]:
        """The words in which a denial would count. A line that begins with "Final answer:" stands for itself."""
        line_start, _ = self.passage.line(mention.start)
        line = self.passage.text[line_start : mention.start]
        if len(line) < len(before) and ":" in line and len(clauses.tokens(line)) <= len(spoken) - cue + 1:
            return list(spoken[cue:])
        return list(clauses.clause_of(spoken, cue))

    def _chosen(self, index: int, weight: Weight) -> Weight:
        if index in self.listed or names_another(self, index, _HEDGES):
            return _UNCLEAR
        return self.clear(self.mentions[index], weight)

    def clear(self, mention: Mention, weight: Weight) -> Weight:
        """A decision, if it is for one thing on the scale, and whole."""
        if mention.state is State.UNCLEAR or mention.choice is None:
            return _UNCLEAR if mention.number is None or mention.number.bounds is not None else _OFF_SCALE
        if self.truncated and mention.end >= self.passage.last:
            return _UNCLEAR
        if mention.number is not None and _COMPARED.search(self.passage.text, max(0, mention.start - 4), mention.start):
            return _UNCLEAR
        if mention.number is not None and self._names_other_scale(mention):
            return _OFF_SCALE
        return weight

    def _names_other_scale(self, mention: Mention) -> bool:
        """Whether the sentence of a number speaks of a scale with other bounds: "on a scale of 1 to 10, a 4"."""
        start, end = self.passage.sentence(mention.start)
        ranges = [
            other.number.bounds
            for other in self.mentions
            if other.number is not None and other.number.bounds is not None and start <= other.start < end
        ]
        text = self.passage.text
        points = _POINTS.search(text, max(start, mention.start - NEAR), min(end, mention.end + NEAR))
        low, high = self.scale.number_bounds
        if points is not None and float(points.group(points.lastindex or 0)) not in {high, high - low + 1}:
            return True
        return any(bounds != self.scale.number_bounds for bounds in ranges) and bool(
            _OTHER_SCALE.search(text, max(start, mention.start - NEAR), min(end, mention.end + NEAR))
        )

    def _is_graded(self, mention: Mention) -> bool:
        return self.passage.text[mention.start : mention.end] in self.scale.graded

    def _may_stand(self, mention: Mention, after: str) -> bool:
        """Whether a mention that nothing announces names the label at all: a single letter is mostly a word."""
        return mention.end - mention.start > 1 or grammar.may_follow(clauses.tokens(after[:40]))


def _unquoted(folded: str) -> str:
    """Without the quotes around all of it."""
    inner = folded.strip()
    if len(inner) > 1 and inner[0] == inner[-1] and inner[0] in "\"'" and inner.count(inner[0]) == 2:
        place = folded.index(inner)
        return f"{folded[:place]} {inner[1:-1]} {folded[place + len(inner) :]}"
    return folded
