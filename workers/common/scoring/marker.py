"""The declared text beside which a decision stands: "Final judgment:" before it, or an end mark behind it."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from common.scoring import clauses, grammar
from common.scoring.alone import determines
from common.scoring.corrections import LONGEST, is_withdrawn
from common.scoring.fold import fold
from common.scoring.numbers import State
from common.scoring.reading import Reading, Weight
from common.scoring.ticks import mark_of
from common.scoring.words import (
    ADVERBS,
    AUXILIARIES,
    CHOOSING,
    COPULAS,
    CROSSES,
    FILLERS,
    LINKING,
    NEGATIONS,
    NOUNS,
    OWN,
    SEPARATORS,
    SUBJECTS,
)

if TYPE_CHECKING:
    from common.scoring.parser import Sheet

_LIGHT: Final = (
    FILLERS
    | SUBJECTS
    | CHOOSING
    | AUXILIARIES
    | ADVERBS
    | NOUNS
    | COPULAS
    | OWN
    | LINKING
    | SEPARATORS
    | {"my", "#", ">"}
) - NEGATIONS
_NOTHING: Final = re.compile(r"[\s:*\-\u2014=>\"'#|.]*")
_LONGEST: Final = 600


class Marker:
    """Finds the decision beside a declared text.

    Args:
        after: the text after which the decision stands.
        before: the text before which it stands.
    """

    def __init__(self, after: str | None, before: str | None) -> None:
        self._after = _pattern(after) if after else None
        self._before = _pattern(before) if before else None

    def read(self, sheet: Sheet) -> Reading | None:
        """What stands beside the marker; None where the answer does not have it."""
        regions = self._regions(sheet.passage.text)
        if not regions:
            return None
        readings = [found for start, end in regions if (found := _read(sheet, start, end)) is not None]
        decided = {reading.choice: reading for reading in reversed(readings) if reading.choice is not None}
        if len(decided) > 1:
            return Reading("ambiguous", "two_decisions")
        unsettled = next((reading for reading in readings if reading.rule in {"unclear", "two_decisions"}), None)
        if unsettled is not None:
            return unsettled
        if decided:
            return next(iter(decided.values()))
        return next(
            (reading for reading in readings if reading.kind == "ambiguous"),
            next(iter(readings), Reading("none", "marker_alone")),
        )

    def _regions(self, text: str) -> list[tuple[int, int]]:
        if self._after is None:
            return (
                [_region_before(text, 0, found.start()) for found in self._before.finditer(text)]
                if self._before
                else []
            )
        found = []
        for match in self._after.finditer(text):
            if text[match.start() - 1 : match.start()] == '"' and text[match.end() : match.end() + 1] == '"':
                continue
            if self._before is None:
                found.append(_region_after(text, match.end()))
                continue
            end = self._before.search(text, match.end())
            if end is not None:
                found.append((match.end(), end.start()))
        return found


def _pattern(text: str) -> re.Pattern[str]:
    words = fold(text).strip().rstrip(":").split()
    return re.compile(r"\s+".join(map(re.escape, words)) + r"(?!\w)\s*:?" if words else r"(?!)")


def _region_after(text: str, start: int) -> tuple[int, int]:
    """The rest of the line, or the next line with words where the marker ends its own."""
    nothing = _NOTHING.match(text, start)
    begin = nothing.end() if nothing else start
    end = text.find("\n", begin)
    return start, min(len(text) if end < 0 else end, begin + _LONGEST)


def _region_before(text: str, low: int, end: int) -> tuple[int, int]:
    body = text[low:end].rstrip(" \t\n:*-")
    start = body.rfind("\n") + 1 + low
    return max(start, end - _LONGEST), end


def _read(sheet: Sheet, start: int, end: int) -> Reading | None:
    """What one region says; None where it says nothing of the scale."""
    inside = [index for index, mention in enumerate(sheet.mentions) if start <= mention.start < end]
    if not inside:
        return None
    first = next((index for index in inside if sheet.mentions[index].state is not State.OUT), None)
    if first is None:
        return None
    mention = sheet.mentions[first]
    text = sheet.passage.text
    before, after = text[start : mention.start], text[mention.end : end]
    if sheet.listed.get(first, 0) > 1:
        whole = sheet.listed[first] > 2 or sheet.listed[first] == len(sheet.scale.choices)
        template = whole and (before.rstrip()[-1:] in {"[", "{", "(", "<"} or after.rstrip().endswith(("]", "}", ">")))
        return None if template else Reading("ambiguous", "unclear")
    behind = clauses.tokens(after[:200])
    rest = text[mention.end : mention.end + 200].split("\n")[0]
    light = all(word in _LIGHT or not word[0].isalnum() for word in clauses.tokens(before.rstrip("([{")))
    drawn = sheet.has_marks and (any(char in CROSSES for char in before) or mark_of(sheet, first) is not None)
    whole = _is_whole(behind, after) and not drawn and not determines(text[mention.start : mention.end], behind)
    if light and "?" not in rest.split(".")[0] and whole:
        denied = clauses.is_taken_back(behind) or clauses.is_contradicted(text, mention.start, mention.end)
        if denied or clauses.is_conditional(after, behind):
            return Reading("ambiguous", "unclear")
        if is_withdrawn(sheet, mention, _up_to(sheet, first, max(end, mention.end + LONGEST))):
            return Reading("ambiguous", "two_decisions")
        weight = sheet.clear(mention, Weight("marked", "marker"))
        if weight.kind == "unclear":
            return Reading("none", "off_scale") if weight.rule == "off_scale" else Reading("ambiguous", "unclear")
        return Reading("marked", "marker", mention.choice, mention.start, mention.end)
    if drawn:
        # The list of which it is one goes on below.
        blank = text.find("\n\n", mention.end, mention.end + _LONGEST)
        stop = mention.end + _LONGEST if blank < 0 else blank
        inside = [first, *_up_to(sheet, first, stop)]
    found = sheet.sum_up(range(inside[0], inside[-1] + 1))
    return found._replace(kind="marked", rule="marker") if found.choice is not None else found


def _up_to(sheet: Sheet, index: int, stop: int) -> list[int]:
    """The mentions behind one, up to a place."""
    behind = range(index + 1, len(sheet.mentions))
    return list(takewhile(lambda each: sheet.mentions[each].start < stop, behind))


def _is_whole(behind: list[str], after: str) -> bool:
    return not behind or grammar.may_follow(behind) or grammar.has_object(behind) or after.startswith("\n")
