"""Reads an error body of any vendor's shape: which codes it carries, what it says, whether it is a web page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from common.classification.rule import Evidence
from common.llm_adapters.base import as_dict, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_READ: Final = 64 * 1024
# Python refuses to read longer numbers than some thousands of digits, or some hundreds where it is told so.
MAX_DIGITS: Final = 300

_CODE_FIELDS: Final = ("code", "type", "status", "error_code", "reason", "error_name")
_TEXT_FIELDS: Final = ("message", "detail", "error", "msg", "title", "error_description")


def from_response(provider: str, status: int, headers: Mapping[str, str], raw: bytes) -> Evidence:
    """What an error answer shows. The content decides what it is, not its Content-Type (DeepSeek sends text/plain)."""
    text = decoded(raw[: 4 * MAX_READ], headers)[0].strip()
    body = _error_body(text)
    text = text[:MAX_READ]
    if body is None:
        page = is_page(text)
        return Evidence(
            "http",
            provider,
            status,
            dict(headers),
            text="" if page else text.lower(),
            message=f"got a web page of {len(raw)} bytes" if page else text or None,
            is_html=page,
        )
    return from_body(provider, status, headers, body)


def from_body(provider: str, status: int, headers: Mapping[str, str], body: Any) -> Evidence:  # noqa: ANN401
    """What a parsed error body shows."""
    words = list(_codes(body))
    texts = list(_texts(body))
    error = as_dict(as_dict(body).get("error"))
    own = [error.get("code"), error.get("type"), error.get("status"), *(as_dict(body).get(k) for k in ("type", "code"))]
    reason = next((str(word) for word in own if isinstance(word, str) and word.strip() and word != "error"), None)
    return Evidence(
        "http",
        provider,
        status,
        dict(headers),
        codes=frozenset(word.lower() for word in words),
        text="\n".join(texts).lower(),
        message=" | ".join(dict.fromkeys(texts)) or None,
        reason=reason,
        body=body,
    )


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


def read_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read what a server sent, which need not be strict: a number of a thousand digits is no count and no fault.

    Raises:
        ValueError: the text is not JSON.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text, parse_int=_int)


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


def _error_body(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        value = read_json(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):  # Google wraps an error into a list of one
        value = value[0] if value else {}
    return value if isinstance(value, dict) else None


def _codes(value: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    for item in [value] if isinstance(value, dict) else as_list(value):
        for name, child in as_dict(item).items():
            if name in _CODE_FIELDS and isinstance(child, str | int):
                yield str(child)
            elif depth < 3 and isinstance(child, dict | list):
                yield from _codes(child, depth + 1)


def _texts(value: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    for item in [value] if isinstance(value, dict) else as_list(value):
        for name, child in as_dict(item).items():
            if name in _TEXT_FIELDS and isinstance(child, str) and child.strip():
                yield child.strip()
            elif name != "input" and depth < 3 and isinstance(child, dict | list):
                yield from _texts(child, depth + 1)
