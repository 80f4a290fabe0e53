"""JSON as the contract has it: strict on the way in, storable on the way out.

In: UTF-8 bytes with or without a BOM, one document, no NaN or Infinity, no number beyond a double, no duplicate key,
no U+0000, no lone surrogate, at most MAX_DEPTH levels. Out: ASCII only, and no string that PostgreSQL's JSONB would
refuse.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from common.errors import ValidationError

MAX_DEPTH: Final = 64
REPLACEMENT: Final = "\ufffd"


class _RefusedError(ValueError):
    """A construct that RFC 8259 or the contract excludes; the text never quotes the job."""


class _NotFinite:
    """Stands in the parsed tree where the text had NaN, Infinity or 1e400, until its path is known."""


def parse(raw: bytes, *, several_hint: str = "") -> Any:  # noqa: ANN401 - any JSON value
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
        raise ValidationError(
            f"the job is not UTF-8: byte {raw[error.start]:#04x} at offset {error.start}; encode it as UTF-8"
        ) from None
    if not text.strip():
        raise ValidationError("stdin held no job; pipe one JSON document to stdin and close it")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise ValidationError(
                f"more than one JSON document (the second starts at line {error.lineno} column {error.colno});"
                f" send exactly one{several_hint}"
            ) from None
        raise ValidationError(
            f"the job is not JSON: {error.msg} at line {error.lineno} column {error.colno}; was all of it sent?"
        ) from None
    except _RefusedError as error:
        raise ValidationError(str(error)) from None
    except RecursionError:
        _too_deep()
    except ValueError:
        # int() refuses thousands of digits; nothing else is left to raise a plain ValueError here.
        raise ValidationError("the job holds a number with too many digits; send it as a string") from None
    check_tree(value)
    return value


def check_tree(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Refuse what the database would refuse after the answer was paid for: such text, such numbers, endless nesting.

    Raises:
        ValidationError: naming the path of the first such value.
    """
    stack: list[tuple[Any, str, int]] = [(value, "", 0)]
    while stack:
        item, path, depth = stack.pop()
        if depth > MAX_DEPTH:
            _too_deep()
        if isinstance(item, str):
            _check_text(item, path)
        elif isinstance(item, dict):
            for name, child in item.items():
                _check_text(name, path or "an object's key")
                stack.append((child, f"{path}.{name}" if path else name, depth + 1))
        elif isinstance(item, list):
            stack.extend((child, f"{path}[{index}]", depth + 1) for index, child in enumerate(item))
        elif isinstance(item, _NotFinite):
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


def dump(document: dict[str, Any]) -> bytes:
    """One line of ASCII JSON with its newline; every string is made storable first."""
    return json.dumps(_storable_tree(document), allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def printable_path(path: str, limit: int = 120) -> str:
    """A path for a message: a key is the sender's text, so it is shown only as far as it is plain and short."""
    clean = "".join(char if char.isprintable() else "?" for char in path)
    return clean if len(clean) <= limit else clean[:limit] + "…"


def _storable_tree(value: Any) -> Any:  # noqa: ANN401 - any JSON value
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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _RefusedError(f'the key "{printable_path(name)}" stands twice in one object; keep one')
            seen.add(name)
    return found


def _no_constant(_name: str) -> _NotFinite:
    return _NotFinite()


def _finite(digits: str) -> float | _NotFinite:
    number = float(digits)
    return number if math.isfinite(number) else _NotFinite()


def _too_deep() -> NoReturn:
    raise ValidationError(f"the job is nested deeper than {MAX_DEPTH} levels; flatten it") from None
