"""Boxes and marks by which an answer chooses on a list: "[x] Support", "☑ Support", "Support ✓", "✗ Oppose"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from common.scoring.numbers import State
from common.scoring.words import CROSSES, MARKS, TICKS

if TYPE_CHECKING:
    from common.scoring.parser import Sheet

_TICKED: Final = frozenset(f"x{TICKS}\u2611\u2612\u2705\U0001f44d")
_MARK: Final = rf"(?:[\[(](?P<tick>[ x{TICKS}{CROSSES}])[\])]|(?P<sign>[{''.join(sorted(MARKS))}]))"
_BEFORE: Final = re.compile(rf"[ \t>]*(?:[-|]|\d{{1,3}}[.)])?[ \t]*{_MARK}")
_BEHIND: Final = re.compile(rf"[ \t\"')\].:=>\u2014-]*\|?[ \t]*{_MARK}[ \t.)]*\|?[ \t]*\Z")
#: What may stand beside a mark and its label: the label's number, and no word that could make a sentence of it.
_BESIDE: Final = re.compile(
    r"[\s\"'(>|#\u2014-]*(?:(?:option|answer|choice)\s)?(?:\d{1,3}|[a-z](?=[.):=]))?[\s.):=\"'(|\u2014-]*"
)
_NOTHING: Final = re.compile(r"[\s\"')\].!,;|]*\Z")
_CLOSED: Final = re.compile(r"[\"')\]]?[ \t]*(?:\Z|[.,:;!()|\u2014-])")
_SAME: Final = re.compile(r"[ \"'()\[\]:=-]*")
_LONGEST: Final = 40
_AROUND: Final = 4

_ANY: Final = re.compile(_MARK)

Mark = Literal["ticked", "beside", "crossed", "unclear"]


def has_marks(text: str) -> bool:
    """Whether there is a mark in a folded text at all."""
    return ("[" in text or "(" in text or not text.isascii()) and _ANY.search(text) is not None


def mark_of(sheet: Sheet, index: int) -> Mark | None:
    """What the mark of a label says; `beside` where it also stands where people draw such signs for nothing.

    None where the label has none. With one on either side nobody can tell whose they are.
    """
    mention = sheet.mentions[index]
    start, end = sheet.passage.line(mention.start)
    text = sheet.passage.text
    first, last = _whole(sheet, index)
    before: Mark | None = None
    behind: Mark | None = None
    box = _BEFORE.match(text, start, end)
    drawn = _BEHIND.match(text, last, end)
    if box is not None and box.end() <= first:
        before = _drawn_before(sheet, box, text[box.end() : first], "" if drawn else text[last:end])
    head = text[box.end() if before is not None and box is not None else start : first]
    if drawn is not None and drawn.group("sign") not in sheet.scale.signs and _is_light(head):
        sign = drawn.group("tick") or drawn.group("sign")
        behind = "beside" if sign in _TICKED else "crossed"
    if before is not None and behind is not None:
        return "unclear"
    mark = before or behind
    if mark == "beside" and mention.number is not None and mention.state is State.OUT:
        return None  # it is no score with a sign beside it, either
    around = sheet.mentions[max(0, index - _AROUND) : index + _AROUND + 1]
    if mark in {"ticked", "beside"} and any(
        each.choice != mention.choice and each.state is not State.OUT and start <= each.start < end for each in around
    ):
        return "unclear"  # "[x] A B", "✓ 4 - Strongly oppose"
    return mark


def _drawn_before(sheet: Sheet, box: re.Match[str], gap: str, rest: str) -> Mark | None:
    """What a mark before a label says, with what stands between the two, and what follows in the line."""
    sign = box.group("tick") or box.group("sign")
    if box.group("sign") in sheet.scale.signs:
        return None  # a part of the label
    inner = _ANY.search(gap[:_LONGEST])
    light = _is_light(_ANY.sub("", gap[: _LONGEST + 1]))
    if inner is not None and light and ((inner.group("tick") or inner.group("sign")) in _TICKED) != (sign in _TICKED):
        return "unclear"
    if sign not in _TICKED:
        return "crossed" if light or sign not in CROSSES else None
    if not light or box.group("tick") is not None or sign in "\u2611\u2612":
        return "ticked" if light else None
    # As a bullet, any other may stand before anything.
    drawn = sign == "\u2705"
    if not (_CLOSED if drawn else _NOTHING).match(rest):
        return None
    return "ticked" if drawn else "beside"


def _is_light(text: str) -> bool:
    return len(text) <= _LONGEST and _BESIDE.fullmatch(text) is not None


def _whole(sheet: Sheet, index: int) -> tuple[int, int]:
    """Where a label begins and ends with what names it once more: "5 - Strongly support"."""
    first = index - 1 if index > 0 and _is_one(sheet, index - 1) else index
    last = index + 1 if index + 1 < len(sheet.mentions) and _is_one(sheet, index) else index
    return sheet.mentions[first].start, sheet.mentions[last].end


def _is_one(sheet: Sheet, index: int) -> bool:
    """Whether a mention and the next one name one thing twice."""
    here, other = sheet.mentions[index : index + 2]
    gap = sheet.passage.text[here.end : other.start]
    return here.choice == other.choice and len(gap) <= _LONGEST and _SAME.fullmatch(gap) is not None
