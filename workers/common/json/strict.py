"""JSON as the contract has it: strict on the way in, storable on the way out.

In: UTF-8 bytes with or without a BOM, one document, no NaN or Infinity, no number beyond a double, no duplicate key,
no U+0000, no lone surrogate, at most MAX_DEPTH levels. Out: ASCII only, and no string that PostgreSQL's JSONB would
refuse.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from common.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_DEPTH: Final = 64
# The largest double has 309 digits.
LONGEST_NUMBER: Final = 309
REPLACEMENT: Final = "\ufffd"


class _RefusedError(ValueError):
    """A construct that RFC 8259 or the contract excludes; the text never quotes the job."""


class NotFinite:
    """Stands in the parsed tree where the text had NaN, Infinity or 1e400, until its path is known."""


def parse(raw: bytes, *, several_hint: str = "") -> object:
    """Parse one strict JSON document.

    Args:
        raw: the bytes of the document.
        several_hint: added to the error when more than one document is there.

    Raises:
        ValidationError: with the place of the fault (line and column, byte offset, or path), never the content.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Python counts from behind a BOM; an editor counts from the start of the file.
        raise bad_byte(error, len(raw) - len(error.object)) from None
    if not text.strip():
        raise no_job()
    try:
        value = strict_decoder().decode(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise second_document(error.lineno, error.colno, several_hint) from None
        raise not_json(error.msg, error.lineno, error.colno) from None
    except (RecursionError, ValueError) as error:
        raise refusal(error) from None
    check_tree(value)
    return value


def strict_decoder(not_finite: Callable[[], NotFinite] = NotFinite, *, long_numbers: bool = False) -> json.JSONDecoder:
    """A decoder that refuses a duplicate key, and asks what to put in the place of a number that is not finite.

    Args:
        not_finite: gives what stands in its place.
        long_numbers: take a whole number of more than LONGEST_NUMBER digits for one that is not finite, too, where
            the decoder would raise ValueError. Every number then costs a call.
    """

    def finite(digits: str) -> float | NotFinite:
        number = float(digits)
        return number if math.isfinite(number) else not_finite()

    def whole(digits: str) -> int | NotFinite:
        return int(digits) if len(digits) <= LONGEST_NUMBER else not_finite()

    return json.JSONDecoder(
        object_pairs_hook=_unique,
        parse_constant=lambda _: not_finite(),
        parse_float=finite,
        parse_int=whole if long_numbers else None,
    )


def bad_byte(error: UnicodeDecodeError, before: int) -> ValidationError:
    """The job is not UTF-8; `before` bytes of it stand before those that were decoded."""
    return ValidationError(
        f"the job is not UTF-8: byte {error.object[error.start]:#04x} at offset {before + error.start};"
        " encode it as UTF-8"
    )


def no_job() -> ValidationError:
    """Stdin held nothing but blanks."""
    return ValidationError("stdin held no job; pipe one JSON document to stdin and close it")


def not_json(what: str, line: int, column: int) -> ValidationError:
    """The text breaks off or breaks the grammar at a place."""
    return ValidationError(f"the job is not JSON: {what} at line {line} column {column}; was all of it sent?")


def second_document(line: int, column: int, several_hint: str = "") -> ValidationError:
    """Something stands behind the document."""
    return ValidationError(
        f"more than one JSON document (the second starts at line {line} column {column});"
        f" send exactly one{several_hint}"
    )


def refusal(error: RecursionError | ValueError) -> ValidationError:
    """What the parser raised, other than for its grammar, in words."""
    if isinstance(error, RecursionError):
        return too_deep()
    if isinstance(error, _RefusedError):
        return ValidationError(str(error))
    # int() refuses thousands of digits; nothing else is left to raise a plain ValueError here.
    return ValidationError("the job holds a number with too many digits; send it as a string")


def duplicate_key(name: str) -> ValidationError:
    """The same name twice in one object: one of the two would be ignored in silence."""
    return ValidationError(f'the key "{printable_path(name)}" stands twice in one object; keep one')


def check_tree(value: object, path: str = "", depth: int = 0, *, finite: bool = True) -> None:
    """Refuse what the database would refuse after the answer was paid for: such text, such numbers, endless nesting.

    Args:
        value: the whole document, or a part of it.
        path: where in the document the part stands.
        depth: how deep.
        finite: whether a number that is not finite is refused, too; where it is not, NotFinite stays in its place.

    Raises:
        ValidationError: naming the path of the first such value.
    """
    stack: list[tuple[Any, str, int]] = [(value, path, depth)]
    while stack:
        item, path, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise too_deep()
        if isinstance(item, str):
            _check_text(item, path)
        elif isinstance(item, dict):
            for name, child in item.items():
                _check_text(name, path or "an object's key")
                stack.append((child, f"{path}.{name}" if path else name, depth + 1))
        elif isinstance(item, list):
            stack.extend((child, f"{path}[{index}]", depth + 1) for index, child in enumerate(item))
        elif finite and isinstance(item, NotFinite):
            raise ValidationError(f"{printable_path(path)}: is not a finite number; send a number or leave it out")


def storable(text: str) -> str:
    """`text` with what JSONB refuses (U+0000, lone surrogates) replaced by U+FFFD; unchanged where there is none."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Through UTF-16 a split pair becomes its character again, and only what has no partner is replaced.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def dump(document: Mapping[str, object]) -> bytes:
    """One line of ASCII JSON with its newline; every string is made storable first."""
    return json.dumps(_storable_tree(document), allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def printable_path(path: str, limit: int = 120) -> str:
    """A path for a message: a key is the sender's text, so it is shown only as far as it is plain and short."""
    clean = "".join(char if char.isprintable() else "?" for char in path)
    return clean if len(clean) <= limit else clean[:limit] + "…"


def _storable_tree(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): _storable_tree(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_tree(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _check_text(text: str, path: str) -> None:
    if "\x00" in text:
        raise ValidationError(f"{printable_path(path)}: holds U+0000, which the database cannot store; remove it")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ValidationError(
                f"{printable_path(path)}: holds half of a surrogate pair, which is no character; send whole characters"
            ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _RefusedError(duplicate_key(name).message)
            seen.add(name)
    return found


def too_deep() -> ValidationError:
    """Levels beyond what any job needs."""
    return ValidationError(f"the job is nested deeper than {MAX_DEPTH} levels; flatten it")
