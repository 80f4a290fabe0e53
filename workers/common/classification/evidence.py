"""Reads an error body of any vendor's shape: which codes it carries, what it says, whether it is a web page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.classification import gateways
from common.classification.failure import Evidence
from common.json.loose import as_dict, as_list, decoded, is_page, read_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_READ: Final = 64 * 1024
MAX_PARAMETER_CHARS: Final = 100
MAX_LOC_CHARS: Final = 60
# Words that say no more than the status does; a more special one beside them is the reason.
_GENERAL: Final = frozenset(
    {
        "invalid_request_error",
        "invalid_argument",
        "invalid-argument",
        "bad_request",
        "badrequesterror",
        "throttling_error",
        "unknown_error",
        "failed_precondition",
        "none",
        "null",
    }
)
# A status as a word, and the word that says nothing at all.
_STATUS: Final = re.compile(r"[45]\d\d|error")
_CODE_FIELDS: Final = ("code", "type", "status", "error_code", "reason", "error_name", "error_type", "status_code")
_TEXT_FIELDS: Final = (
    "message",
    "detail",
    "error",
    "msg",
    "title",
    "error_description",
    "error_message",
    "status_msg",
    "error_msg",
)


def from_response(provider: str, status: int, headers: Mapping[str, str], raw: bytes) -> Evidence:
    """What an error answer shows. The content decides what it is, not its Content-Type (DeepSeek sends text/plain)."""
    text = decoded(raw[: 4 * MAX_READ], headers)[0].strip()
    body = _error_body(text)
    text = text[:MAX_READ]
    if body is None:
        page = is_page(text)
        lowered = "" if page else text.lower()
        headers = gateways.upstream_headers(headers)
        return Evidence(
            "http",
            provider,
            status,
            headers,
            text=lowered,
            message=f"got a web page of {len(raw)} bytes" if page else text or None,
            is_html=page,
            vendor=gateways.vendor(provider, headers, [], lowered),
            gateway=gateways.is_gateway(headers, None, lowered),
        )
    return from_body(provider, status, headers, body)


def from_body(provider: str, status: int, headers: Mapping[str, str], body: object) -> Evidence:
    """What a parsed error body shows, and what the errors that it quotes show."""
    inner = gateways.inner_bodies(body)
    bodies = [body, *inner]
    texts = list(_texts(body))
    text = "\n".join([*texts, *(quoted for item in inner for quoted in _texts(item))])[:MAX_READ].lower()
    words = {word.lower() for item in bodies for word in _codes(item)} | set(gateways.class_names(text))
    headers = gateways.upstream_headers(headers)
    return Evidence(
        "http",
        provider,
        status,
        headers,
        codes=frozenset(words),
        text=text,
        message=" | ".join(dict.fromkeys(texts))[:MAX_READ] or None,
        reason=_reason(bodies),
        body=body,
        vendor=gateways.vendor(provider, headers, bodies, text),
        gateway=gateways.is_gateway(headers, body, text),
        inner=tuple(inner),
        parameters=_refused_parameters(bodies),
    )


def _refused_parameters(bodies: list[object]) -> tuple[str, ...]:
    """The parameters an error names: OpenAI's `param`, Mistral's `loc`s, of the error itself and of those it quotes."""
    found: list[str] = []
    for body in map(as_dict, bodies):
        param = as_dict(body.get("error")).get("param", body.get("param"))
        # LiteLLM writes Python's None as a word.
        if isinstance(param, str) and param.strip() and param not in {"None", "null"}:
            found.append(param[:MAX_PARAMETER_CHARS])
        for item in as_list(body.get("detail")):
            loc = as_list(as_dict(item).get("loc"))
            if loc:
                found.append(str(loc[-1])[:MAX_LOC_CHARS])
    return tuple(dict.fromkeys(found))


def _reason(bodies: list[object]) -> str | None:
    """The provider's own type or code of the error: the one that says most, of the error that is quoted first."""
    found: list[str] = []
    for body in [*bodies[1:], bodies[0]]:
        top, error = as_dict(body), as_dict(as_dict(body).get("error"))
        details = (as_dict(detail).get("reason") for detail in as_list(error.get("details")))
        own = [*details, error.get("code"), error.get("type"), error.get("status"), top.get("type"), top.get("code")]
        found += [word for word in own if isinstance(word, str) and word.strip() and not _STATUS.fullmatch(word)]
    telling = (word for word in found if word.lower() not in _GENERAL and not word.isdecimal())
    return next(telling, next(iter(found), None))


def _error_body(text: str) -> object:
    try:
        value = read_body(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):  # Google wraps an error into a list of one
        value = value[0] if value else {}
    return value if isinstance(value, dict) else None


def _codes(value: object, depth: int = 0) -> Iterator[str]:
    for item in [value] if isinstance(value, dict) else as_list(value):
        for name, child in as_dict(item).items():
            if name in _CODE_FIELDS and isinstance(child, str | int):
                yield str(child)
            elif depth < 3 and isinstance(child, dict | list):
                yield from _codes(child, depth + 1)


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    for item in [value] if isinstance(value, dict) else as_list(value):
        for name, child in as_dict(item).items():
            if name in _TEXT_FIELDS and isinstance(child, str) and child.strip():
                yield child.strip()
            elif name != "input" and depth < 3 and isinstance(child, dict | list):
                yield from _texts(child, depth + 1)
