"""Who may ask, and how much at once: the key, the organisation, the region, and requests that no limit allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.classification import wording
from common.classification.rule import Condition, Rule
from common.classification.vocabulary import ANTHROPIC_ERRORS, BAD_REQUEST, CLIENT_ERRORS, NO_PERMISSION, OPENAI_ERRORS
from common.errors import ErrorCode

if TYPE_CHECKING:
    from common.classification.failure import Evidence

_GOOGLE_ERRORS: Final = "https://ai.google.dev/gemini-api/docs/troubleshooting"
_TOO_LARGE_A_MINUTE: Final = (
    "one request of this size is above the {title} limit, so it can never succeed; shorten the conversation, lower"
    " maxTokens or raise the account's limit"
)


def _says_never(seen: Evidence) -> bool:
    return seen.headers.get("x-should-retry", "").strip().lower() == "false"


def _too_large_a_minute(seen: Evidence) -> bool:
    return "request too large" in seen.text and (seen.status != 413 or wording.speaks_of_rates(seen.text))


ACCESS_RULES: Final = (
    Rule(
        "rate-limit.too-large",
        ErrorCode.RATE_LIMIT,
        _TOO_LARGE_A_MINUTE,
        "https://platform.openai.com/docs/guides/rate-limits; https://console.groq.com/docs/errors (413)",
        statuses=(413, 429),
        condition=Condition(
            _too_large_a_minute, "the text says that the request is too large; with 413, that it is for a minute"
        ),
        retryable=False,
    ),
    Rule(
        "rate-limit.never",
        ErrorCode.RATE_LIMIT,
        _TOO_LARGE_A_MINUTE,
        ANTHROPIC_ERRORS,
        providers=("anthropic", "openai"),
        statuses=(429,),
        condition=Condition(_says_never, "`x-should-retry: false`"),
        retryable=False,
    ),
    Rule(
        "openai.unverified",
        ErrorCode.AUTH_ERROR,
        "the {title} organisation must be verified before it may use {model}; verify it in the account's settings",
        OPENAI_ERRORS,
        providers=("openai",),
        statuses=BAD_REQUEST,
        texts=("organization must be verified",),
        reason="permission",
    ),
    Rule(
        "anthropic.on-hold",
        ErrorCode.AUTH_ERROR,
        "the {title} organisation is on hold; write to the vendor's support",
        ANTHROPIC_ERRORS,
        providers=("anthropic",),
        codes=("organization_on_hold",),
        reason="permission",
        stops_provider=True,
    ),
    Rule(
        "key.refused",
        ErrorCode.AUTH_ERROR,
        "{title} does not accept the key; check {key_variable}",
        "google: https://ai.google.dev/gemini-api/docs/api-key, xai: status 400 for a wrong key",
        statuses=CLIENT_ERRORS,
        codes=("invalid_api_key", "api_key_invalid"),
        texts=("api key not valid", "incorrect api key"),
        stops_provider=True,
    ),
    Rule(
        "google.location",
        ErrorCode.AUTH_ERROR,
        NO_PERMISSION,
        _GOOGLE_ERRORS,
        providers=("google",),
        texts=("user location is not supported",),
        reason="permission",
    ),
)
