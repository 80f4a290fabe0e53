"""One spelling for all the ways in which a text can be written: case, width, digits, quotes, blanks, emphasis.

Labels and answers are folded alike, so that they can be compared. Nothing is folded that could carry a decision: a
vulgar fraction stays apart from the digit before it, and a superscript does not become a digit.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Compatibility forms that would join the digit before them and make another number: 2½, 4³.
_VULGAR: Final = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_RAISED: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
_BEFORE: Final = {ord(char): f" {unicodedata.normalize('NFKC', char)}" for char in _VULGAR} | dict.fromkeys(
    map(ord, _RAISED), "^"
)

# The zeros of the decimal digits of scripts in use (Unicode category Nd); full-width digits are folded by NFKC.
_ZEROS: Final = (
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50),
    *(0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810),
)
_INVISIBLE: Final = (
    *(0x00AD, 0x034F, 0x061C, 0x180E, 0xFEFF, 0x20E3, 0x0640, 0x0307),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x206A),
    *range(0xFE00, 0xFE10),
    *range(0x064B, 0x0653),
    *range(0x0591, 0x05BE),
    *range(0x05BF, 0x05C8),
)
_ALIKE: Final = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u055a\uff07",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u301d\u301e\u301f\u300c\u300d\u300e\u300f\u2039\u203a",
    "-": "\u2010\u2011\u2012\u2013\u2212\ufe63\u058a",
    "\u2014": "\u2015\u2e3a\u2e3b",
    "/": "\u2044\u2215",
    ".": "\u066b",
    ",": "\u066c\u060c\u3001",
    "%": "\u066a",
    "?": "\u061f",
    ";": "\u061b",
    "\u0627": "\u0623\u0625\u0622\u0671",
    "\u064a": "\u0649\u06cc",
    "\u0647": "\u0629",
    "\u0643": "\u06a9",
    "i": "\u0131",
    "-> ": "\u2192\u21d2\u27a1",
    "\n": "\r\u0085\u2028\u2029\u000b\u000c",
}
_AFTER: Final[dict[str, str]] = {
    **{chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)},
    **{chr(code): "" for code in _INVISIBLE},
    **{char: plain for plain, chars in _ALIKE.items() for char in chars},
}
# A set of characters is looked for far faster than a table is asked about each of them.
_ODD: Final = re.compile(f"[{re.escape(''.join(_AFTER))}]")
#: Where no word is parted, a soft hyphen before a digit is drawn as a dash, which may be a minus sign.
_SOFT_DASH: Final = re.compile("(?<!\\w)\u00ad(?=\\d)")
_JOINING: Final = re.compile(f"[{_VULGAR}{_RAISED}]")

_BLANKS: Final = re.compile(r"[ \t]+")
_TAG: Final = re.compile(r"</?[a-z][a-z0-9]*(?:\s+[a-z-]+=[^<>\n]{0,60})?\s*/?>")
_BULLET: Final = re.compile(r"(?m)^([ \t]*)[*\u2022\u2023\u25aa\u25cf\u25e6\u00b7\u25a0\u25b6\u25ba\u27a4](?=[ \t])")
#: As bullets they stand for themselves, too: some are ticked, some crossed out.
_MARKED: Final = re.compile(r"(?m)^([ \t]*)([\u2713-\u2718])(?=[ \t])")
_TIMES: Final = re.compile(r"(?<=\d)\*(?=\d)")
_STRUCK: Final = re.compile(r"~~[^~\n]{1,500}~~")


def fold(text: str) -> str:
    """The text in its one spelling, without Markdown's emphasis; bullets are `-`, and what is struck out is gone."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        text = text.lower()
    else:
        if _JOINING.search(text):
            text = text.translate(_BEFORE)
        if "\u00ad" in text:
            text = _SOFT_DASH.sub("\u2014", text)
        text = unicodedata.normalize("NFKC", text).casefold()
        text = _ODD.sub(_even, text)
    return _without_marks(text)


def _without_marks(text: str) -> str:
    """Without Markdown's and HTML's marks, and with single blanks."""
    if "`" in text:
        text = text.replace("`", "")
    if "~~" in text:
        text = _STRUCK.sub(_gone, text)
    if "*" in text:
        text = _TIMES.sub("\u00d7", _BULLET.sub(r"\1-", text)).replace("*", "")
    elif not text.isascii():
        text = _BULLET.sub(r"\1-", text)
    if not text.isascii():
        text = _MARKED.sub(r"\1- \2", text)
    if "_" in text:
        text = text.replace("_", " ")
    if "<" in text:
        text = _TAG.sub(_blank, text)
    if "  " in text or "\t" in text:
        text = _BLANKS.sub(" ", text)
    return text


def _even(found: re.Match[str]) -> str:
    return _AFTER[found.group()]


def _blank(found: re.Match[str]) -> str:
    """A blank that is not drawn together with others, so that the folded length grows with the text."""
    return "\x1e" * len(found.group())


def _gone(found: re.Match[str]) -> str:
    """What no label and no cue can be in, and is as long as what stood there."""
    return "\x1f" * len(found.group())


def place_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a part of the folded text stands in the text itself, in code points.

    The length of a folded beginning grows with the beginning; so the place is found by halving, and no table of places
    has to be kept for every answer.
    """
    if text.isascii() and len(fold(text)) == len(text):
        return start, end
    first = _beginning(text, start, over=True) - 1
    last = _beginning(text, end, over=False)
    while last < len(text) and (unicodedata.combining(text[last]) or ord(text[last]) in _INVISIBLE):
        last += 1
    while first < last and text[first] in "*`_":
        first += 1
    return first, last


def _beginning(text: str, length: int, *, over: bool) -> int:
    """The shortest beginning that folds to at least so many characters, or to more than so many."""
    wanted = length + over
    # Most texts fold to nearly their own length, so the place is near; otherwise it is looked for everywhere.
    guess = min(length, len(text))
    spread = abs(len(fold(text[:guess])) - length) + 4
    low, high = max(0, guess - spread), min(len(text), guess + spread)
    if low and len(fold(text[:low])) >= wanted:
        low = 0
    if high < len(text) and len(fold(text[:high])) < wanted:
        high = len(text)
    if len(fold(text[:high])) < wanted:
        return high + 1
    while low < high:
        middle = (low + high) // 2
        if len(fold(text[:middle])) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def words_of(text: str) -> Iterator[str]:
    """The words and signs of a folded text; quotes are not among them, and an apostrophe parts a word."""
    return (match.group() for match in _WORD.finditer(text))


_MARKS: Final = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_WORD: Final = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+|\d+(?:[.,]\d+)*|->|[^\w\s'\"]")
