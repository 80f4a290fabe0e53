"""Which status an error under a status that says success stands for: by its code, its words or its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.classification import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from common.classification.failure import Evidence

# Beginnings of the words that vendors and gateways use for a code, and the status each stands for. The first fits.
_WORDS: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (402, ("insufficient", "payment", "billing", "budget", "credit", "spend")),
    (429, ("rate_limit", "ratelimit", "too_many_requests", "throttl", "resource_exhausted", "usage_limit", "quota")),
    (401, ("invalid_api_key", "api_key_invalid", "unauth", "authentication", "invalid_token")),
    (404, ("model_not_found", "not_found", "notfound", "unknown_model", "invalid_model")),
    (403, ("permission", "forbidden", "access_denied", "region")),
    (504, ("timeout", "gateway_timeout", "deadline_exceeded", "request_timeout")),
    (
        503,
        ("overloaded", "unavailable", "service_unavailable", "server_overloaded", "capacity", "server_is_overloaded"),
    ),
    (500, ("server_error", "internal", "api_error", "upstream", "bad_gateway", "provider_error")),
    (400, ("context", "content_", "invalid", "validation", "unsupported", "unprocessable")),
)
_TEXTS: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (404, ("unexpected endpoint", "no such endpoint", "unknown endpoint", "path not found", "route not found")),
    (401, ("incorrect api key", "invalid api key", "api key not valid", "no api key", "unauthorized")),
    (429, ("rate limit", "too many requests", "rate-limit", "quota exceeded")),
    (504, ("timed out", "timeout")),
    (404, ("not found",)),
    (500, ("internal server error", "internal error")),
    (503, ("overloaded", "at capacity", "temporarily unavailable", "service unavailable", "try again later")),
)


def status_of(seen: Evidence) -> int:
    """The status that an error stands for; 0 where nothing in it says so."""
    numbers = {int(code) for code in seen.codes if code.isdecimal() and code.isascii() and len(code) == len("429")}
    status = max((number for number in numbers if 400 <= number < 600), default=0)
    if status:
        return status
    if wording.speaks_of_no_money(seen.text):
        return 402
    words = [code.replace("-", "_").replace(" ", "_") for code in seen.codes]
    found = _first(_WORDS, lambda begin: any(word.startswith(begin) for word in words))
    # A word that only says "invalid request" is weaker than what the text speaks of.
    by_text = _first(_TEXTS, lambda phrase: phrase in seen.text)
    if wording.speaks_of_context(seen.text) or wording.speaks_of_moderation(seen.text):
        by_text = 400
    if wording.speaks_of_no_model(seen.text):
        by_text = by_text or 404
    return by_text or found if found in {0, 400} else found


def _first(table: Iterable[tuple[int, tuple[str, ...]]], fits: Callable[[str], bool]) -> int:
    return next((status for status, texts in table if any(map(fits, texts))), 0)
