"""Reads what a server sent, in whatever wrapping: a paid answer is not bought again because of its paper.

Nothing here is strict, and nothing guesses: a text that holds no whole JSON value is no JSON.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Python refuses to read longer numbers than some thousands of digits, or some hundreds where it is told so.
MAX_DIGITS: Final = 300
# A larger number is no count of tokens. The sum over a conversation stays below 2**53, beyond which the caller's
# JSON.parse would change it.
MAX_COUNT: Final = 10**12
# Names and IDs beyond this are a fault of the server.
MAX_NAME_CHARS: Final = 200
# What a gateway writes behind the last event of a stream.
_DONE: Final = "[DONE]"
_SSE_FIELDS: Final = ("data:", "event:", "id:", "retry:", ":")
# A stream of one chunk a token; an answer has at most some hundred thousand tokens.
MAX_EVENTS: Final = 1_000_000


def as_dict(value: object) -> dict[str, object]:
    """The object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The list, or an empty one where something else stands."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """The non-empty string, or None."""
    return value if isinstance(value, str) and value else None


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: blanks, control characters and marks without a width."""
    text = text.strip()
    if any(char != " " and char.isprintable() and char not in _UNSEEN for char in text):
        return False
    import unicodedata  # noqa: PLC0415 - nearly every text is decided by its first character

    # Characters newer than Python, private ones and halves of pairs are shown, if only as a box.
    return not any(unicodedata.category(char) in {"Cn", "Co", "Cs"} for char in text)


def as_name(value: object) -> str | None:
    """A name or an ID: a non-empty string of bounded length, or None."""
    text = as_text(value)
    return None if text is None else text[:MAX_NAME_CHARS]


def as_count(value: object) -> int | None:
    """The whole number of tokens, or None where the value is no such thing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT else None


def is_page(text: str) -> bool:
    """Whether a body is HTML."""
    start = text.lstrip("\ufeff \t\r\n")[:200].lower()
    return start.startswith(("<!doctype", "<html", "<head", "<body")) or (start.startswith("<") and "<html" in start)


def decoded(raw: bytes, headers: Mapping[str, str]) -> tuple[str, bool]:
    """The text of a body, and whether bytes had to be replaced: a paid answer is not lost to one of them."""
    # UTF-8 before all; UTF-16 shows itself by its zeros; what the server says comes last, for it is often wrong.
    said = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", headers.get("content-type", ""))
    for encoding in ("utf-8-sig", json.detect_encoding(raw), *(said.groups() if said else ())):
        try:
            text = raw.decode(encoding)
        except (LookupError, ValueError):
            continue
        if encoding != "utf-8-sig" or "\x00" not in text[:4]:
            return text, False
    return raw.decode("utf-8", "replace").lstrip("\ufeff"), True


def read_json(text: str) -> object:
    """Read one JSON value; raw control characters in its strings and numbers of a thousand digits are no fault.

    Raises:
        ValueError: the text is not JSON.
        RecursionError: it is nested too deeply.
    """
    value: object = _DECODER.decode(text)
    return value


def read_body(text: str) -> object:
    """Read the JSON of a response: alone, before the end mark of a stream, or in server-sent events.

    Returns:
        The value; a list of values where several events carry one each (see `events`).

    Raises:
        ValueError: there is no whole JSON value, or something stands behind it that is no end mark.
        RecursionError: it is nested too deeply.
    """
    text = text.strip("\ufeff \t\r\n\x00")
    if text.startswith(_SSE_FIELDS):
        values = events(text)
        return values[0] if len(values) == 1 else values
    value: object
    value, end = _DECODER.raw_decode(text)
    rest = text[end:].strip()
    if rest and not _is_end_mark(rest):
        raise ValueError("something stands behind the JSON value")
    # A gateway that encodes twice: the text of a JSON string is the answer's JSON.
    if isinstance(value, str) and value[:1] == "{":
        return read_json(value)
    return value


def events(text: str) -> list[object]:
    """The JSON values of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

    Raises:
        ValueError: an event holds no JSON, or there is no event with data.
    """
    values: list[object] = []
    data: list[str] = []
    # Not `splitlines`: U+2028 and its like end no line here, and stand as they are in the JSON of many servers.
    for line in [*_LINE_END.split(text), ""]:
        if line.startswith("data:"):
            data.append(line[len("data:") :].removeprefix(" "))
        elif not line.strip() and data:
            payload, data = "\n".join(data).strip(), []
            if payload and payload != _DONE:
                values.append(read_json(payload))
            if len(values) > MAX_EVENTS:
                raise ValueError("more events than any answer has")
    if not values:
        raise ValueError("no event carries data")
    return values


def _is_end_mark(rest: str) -> bool:
    return all(
        line.removeprefix("data:").strip() in {"", _DONE} or line.startswith((":", "event:", "id:"))
        for line in rest.splitlines()
    )


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


# Printable by their category, and nothing to be seen: joiners, selectors and fillers.
_UNSEEN: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
)
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_DECODER: Final = json.JSONDecoder(parse_int=_int, strict=False)
