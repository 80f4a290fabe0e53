"""One JSON object whose long lists are never held as a whole, as strict as jsondoc.

The text passes through a window. An element of such a list is parsed when the window holds all of it, handed over, and
let go. So memory is bounded by the longest element (and by what its receiver keeps of each), not by the document. Where
an element does not fit, the window doubles before the next try: an element is parsed at most a few times over, however
long it is.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.errors import ValidationError
from common.json import strict as jsondoc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
# A fault this close to the end of the window may only be a word or an escape of which the rest is still to come.
_LONGEST_TOKEN: Final = 16
# U+0000, and any half of a surrogate pair.
_REFUSED_ESCAPES: Final = ("\\u0000", "\\ud", "\\uD")
_UNTERMINATED: Final = "Unterminated string"


class Lines(NamedTuple):
    """What is done with objects that come one after the other, in the place of one.

    Attributes:
        begin: whether the first object is one of several.
        keep: what to keep of each, from its index and its value.
    """

    begin: Callable[[Mapping[str, object]], bool]
    keep: Callable[[int, object], object]


def parse(
    pieces: Iterator[bytes],
    elements: Mapping[str, Callable[[int, object], object]],
    begin: Callable[[Mapping[str, object]], None] | None = None,
    lines: Lines | None = None,
) -> object:
    """Parse one strict JSON document, a piece at a time; or several, where the first of them says so.

    Args:
        pieces: the bytes of the document.
        elements: for each key of the top-level object whose list is long: what to keep of an element, from its index
            and its value. A number in it that is not finite, or that no double holds, is a NotFinite: it costs its
            element what it says, not the others.
        begin: is told before the first element what of the object stands before such a list.
        lines: what is done with objects that come one after the other.

    Returns:
        The document, with what was kept in the place of each such element; of several, the list of what was kept.

    Raises:
        ValidationError: with the place of the fault, never the content; or whatever a function of `elements` raises.
    """
    window = _Window(pieces)
    first = window.peek()
    if not first:
        raise jsondoc.no_job()
    if first == "[":
        raise ValidationError("the job must be a JSON object")
    if first != "{":
        document = window.checked("", 0)
    else:
        document = _object(window, elements, begin)
        if lines is not None and lines.begin(document):
            return [lines.keep(0, document), *_lines(window, lines)]
    if window.peek():
        raise jsondoc.second_document(*window.place(window.pos))
    return document


def _object(
    window: _Window,
    elements: Mapping[str, Callable[[int, object], object]],
    begin: Callable[[Mapping[str, object]], None] | None,
) -> dict[str, object]:
    found: dict[str, object] = {}
    window.pos += 1
    if window.peek() == "}":
        window.pos += 1
        return found
    while True:
        if window.peek() != '"':
            raise window.fault("Expecting property name enclosed in double quotes", window.pos)
        name = str(window.checked("an object's key", 1))
        if name in found:
            raise jsondoc.duplicate_key(name)
        window.expect(":", "Expecting ':' delimiter")
        keep = elements.get(name)
        if keep is not None and window.peek() == "[":
            if begin is not None:
                begin(found)
            found[name] = [keep(index, value) for index, value in enumerate(_list(window, name))]
        else:
            found[name] = window.checked(name, 1)
        if window.peek() == "}":
            window.pos += 1
            return found
        window.expect(",", "Expecting ',' delimiter")


def _lines(window: _Window, lines: Lines) -> Iterator[object]:
    """What is kept of the objects behind the first."""
    index = 1
    while window.peek():
        yield lines.keep(index, window.checked("lines", 1, index))
        index += 1


def _list(window: _Window, name: str) -> Iterator[object]:
    window.pos += 1
    if window.peek() == "]":
        window.pos += 1
        return
    index = 0
    while True:
        yield window.checked(name, 2, index)
        index += 1
        if window.peek() == "]":
            window.pos += 1
            return
        window.expect(",", "Expecting ',' delimiter")


class _Window:
    """The part of the text that is being parsed.

    Attributes:
        pos: where the next token begins.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pos = 0
        self._text = ""
        self._pieces = pieces
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._bytes = 0
        self._begun = self._ended = False
        self._line = 1
        self._column = 1
        self._not_finite = False
        self._scan = jsondoc.strict_decoder(self._mark).raw_decode
        self._patient_scan = jsondoc.strict_decoder(self._mark, long_numbers=True).raw_decode

    def _mark(self) -> jsondoc.NotFinite:
        self._not_finite = True
        return jsondoc.NotFinite()

    def peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self.pos)
            self.pos = blanks.end() if blanks else self.pos
            if self.pos < len(self._text):
                return self._text[self.pos]
            if not self._grow():
                return ""

    def expect(self, char: str, what: str) -> None:
        """Step over a character.

        Raises:
            ValidationError: another stands there.
        """
        if self.peek() != char:
            raise self.fault(what, self.pos)
        self.pos += 1

    def checked(self, path: str, depth: int, index: int | None = None) -> object:
        """The next value, free of what the contract excludes; it stands at a path, so many levels deep."""
        self.peek()
        value, start = self._value(patient=index is not None)
        # Raw bytes cannot bring in what is refused; escapes, constants and depth can. Nearly every value has none of
        # these, and to look for them is far faster than to walk through the value.
        text, end = self._text, self.pos
        nested = text.count("{", start, end) + text.count("[", start, end) + depth > jsondoc.MAX_DEPTH
        if nested or self._not_finite or any(text.find(sign, start, end) >= 0 for sign in _REFUSED_ESCAPES):
            where = path if index is None else f"{path}[{index}]"
            jsondoc.check_tree(value, where, depth, finite=index is None)
            self._not_finite = False
        return value

    def _scanned(self, *, patient: bool) -> tuple[Any, int]:
        try:
            return self._scan(self._text, self.pos)
        except json.JSONDecodeError:
            raise
        except ValueError:
            if not patient:
                raise
        return self._patient_scan(self._text, self.pos)

    def _value(self, *, patient: bool) -> tuple[Any, int]:
        """The next value, and where it began; `pos` is then behind it."""
        while True:
            try:
                value, end = self._scanned(patient=patient)
            except json.JSONDecodeError as error:
                what, where = error.msg, error.pos
            except (RecursionError, ValueError) as error:
                raise jsondoc.refusal(error) from None
            else:
                length = end - self.pos
                # A number at the very end of the window may go on: 12 as 123, as 12.5, or as 12e-7.
                if self._text[end : end + _LONGEST_TOKEN].strip(".eE+-") or not self._grow():
                    start = self.pos
                    self.pos += length
                    return value, start
                continue
            final = not what.startswith(_UNTERMINATED) and where < len(self._text) - _LONGEST_TOKEN
            where -= self.pos
            if final or not self._grow():
                raise self.fault(what, self.pos + where)

    def place(self, pos: int) -> tuple[int, int]:
        """Line and column of a position in the window, counted as json counts them."""
        newlines = self._text.count("\n", 0, pos)
        if newlines:
            return self._line + newlines, pos - self._text.rindex("\n", 0, pos)
        return self._line, self._column + pos

    def fault(self, what: str, pos: int) -> ValidationError:
        """The grammar is broken at a position in the window."""
        return jsondoc.not_json(what, *self.place(pos))

    def _grow(self) -> bool:
        """Let go of what was parsed, and take in as much as is left; False at the end of the document."""
        self._line, self._column = self.place(self.pos)
        parts = [self._text[self.pos :]]
        wanted, got = max(1, len(parts[0])), 0
        while got < wanted and not self._ended:
            text = self._decoded()
            parts.append(text)
            got += len(text)
        self._text, self.pos = "".join(parts), 0
        return got > 0

    def _decoded(self) -> str:
        piece = next(self._pieces, b"")
        self._ended = not piece
        pending = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(piece, final=self._ended)
        except UnicodeDecodeError as error:
            raise jsondoc.bad_byte(error, self._bytes - pending) from None
        self._bytes += len(piece)
        if text and not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        return text
