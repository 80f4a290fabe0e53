"""How an answer is laid out: its sentences, its lines, and what of it stands in quotes."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How far around a label is looked: longer sentences are read in part, so that no answer takes long.
NEAR: Final = 400

_CANDIDATE: Final = re.compile(r"[.!?]+[\"')\]]*|[\u3002\u0964\u06d4]+[\"')\]]*|;|\n[ \t]*(?:\n\s*)?")
_LIST_NUMBER: Final = re.compile(r"(?:\A|\n)[ \t>]*(?:(?:[-#|]+|[\u2713-\u2718])[ \t]+)*\(?\d{1,3}\Z")
_LIST_ITEM: Final = re.compile(r"[-#|>]+[ \t]|\(?\d{1,3}[.)][ \t]")
_UNSPACED: Final = re.compile("[\u3040-\u9fff\uac00-\ud7af]")
_BLOCKQUOTE: Final = re.compile(r"[ \t]*>")
_OUTSIDE: Final = re.compile(r"(?m)^[ \t]*[^\s>]")
_ABBREVIATIONS: Final = ("e.g", "i.e", " vs", " dr", " mr", " mrs", " ms", "approx", "z.b", "d.h", "p.ex", "etc")
_FULL_STOPS: Final = "\u3002\u0964\u06d4"


def _breaks(text: str, start: int, end: int) -> bool:
    """Whether a sentence ends with the mark that stands here."""
    mark, following = text[start], text[end : end + 1]
    if mark == "\n":
        return text.count("\n", start, end) > 1 or _LIST_ITEM.match(text, end) is not None
    if mark in _FULL_STOPS:
        return True
    if following and not following.isspace():
        # Chinese and Japanese put no blank behind their marks.
        return mark in "!?" and (not following.isalnum() or _UNSPACED.match(following) is not None)
    if mark != "." or end - start > 1:
        return True
    head = text[max(0, start - 12) : start]
    if following and _LIST_NUMBER.search(head if start > 12 else "\n" + head) and text[end:].strip(" \t")[:1] != "\n":
        # The number of a list ends no sentence; a number alone on its line does.
        return not text[end : end + NEAR].strip()
    return not head.endswith(_ABBREVIATIONS)


class Passage:
    """A folded answer with its sentences."""

    __slots__ = ("_ends", "_paragraphs", "_quotes", "_starts", "first", "last", "text")

    def __init__(self, folded: str) -> None:
        self.text = folded
        self._quotes: list[int] | None = None
        self._paragraphs: list[int] = []
        self._starts = [0]
        self._ends: list[int] = []
        for found in _CANDIDATE.finditer(folded):
            if _breaks(folded, found.start(), found.end()):
                self._ends.append(found.end())
                self._starts.append(found.end())
        self._ends.append(len(folded))
        stripped = folded.rstrip()
        #: Where the first and the last character stand that is no blank.
        self.first = len(folded) - len(folded.lstrip())
        self.last = len(stripped)

    def sentence(self, place: int) -> tuple[int, int]:
        """The sentence around a place, with its punctuation."""
        index = bisect_right(self._starts, place) - 1
        return self._starts[index], self._ends[index]

    def sentence_before(self, start: int) -> str:
        """The sentence that ends where another begins."""
        index = bisect_right(self._starts, start) - 1
        while index > 0:
            index -= 1
            text = self.text[max(self._starts[index], self._ends[index] - NEAR) : self._ends[index]]
            if text.strip():
                return text
        return ""

    def line(self, place: int) -> tuple[int, int]:
        """The line around a place, without its end."""
        end = self.text.find("\n", place)
        return self.text.rfind("\n", 0, place) + 1, len(self.text) if end < 0 else end

    def line_before(self, start: int) -> tuple[str, bool]:
        """The end of the line with words before the one that begins here, and whether a blank line parts the two."""
        head = self.text[max(0, start - NEAR) : start]
        body = head.rstrip()
        return body[body.rfind("\n") + 1 :], head.count("\n", len(body)) > 1

    def line_after(self, end: int) -> tuple[str, bool]:
        """The beginning of the line with words after the one that ends here, and whether a blank line parts the two."""
        rest = self.text[end : end + NEAR]
        body = rest.lstrip()
        newline = body.find("\n")
        return body if newline < 0 else body[:newline], rest.count("\n", 0, len(rest) - len(body)) > 1

    def in_quotes(self, start: int, end: int) -> tuple[bool, bool]:
        """Whether a part stands within quotes, and whether the quotes hold nothing else."""
        text = self.text
        before, after = text[max(0, start - 5) : start].rstrip(" -"), text[end : end + 8].lstrip(" .,!?")
        mark = before[-1:]
        tight = mark in {'"', "'"} and after.startswith(mark)
        if ">" in text and _BLOCKQUOTE.match(text, text.rfind("\n", 0, start) + 1) and _OUTSIDE.search(text):
            return True, False
        if self._quotes is None:
            self._quotes = list(_find_all(text, '"'))
            self._paragraphs = list(_find_all(text, "\n\n")) if self._quotes else []
        if not self._quotes:
            return tight, tight
        # A quote that is not closed ends with its paragraph.
        index = bisect_right(self._paragraphs, start) - 1
        paragraph = self._paragraphs[index] if index >= 0 else 0
        inside = (bisect_left(self._quotes, start) - bisect_left(self._quotes, paragraph)) % 2 == 1
        return tight or inside, tight


def _find_all(text: str, part: str) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)
