"""What a conversation saw of the provider's rate limits, for whoever decides how much may be asked at once.

OpenAI and those who speak like it send `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, Mistral
`x-ratelimit-{limit,remaining}-{req,tokens}-minute`, Anthropic `anthropic-ratelimit-{requests,tokens}-*` with a time for
the reset. Google and DeepSeek send nothing. A number that is no count, or too large for JSON, says that there is no
limit (xAI sends 2^64 - 1).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from common.json.models import MAX_SAFE_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from common.probe.documents import RateReport

# Where a provider does not say when a quota is full again, it is one per minute.
MINUTE: Final = 60.0
# A reset that is further away is a quota per day, or a mistake.
MAX_RESET_SECONDS: Final = 86_400.0
MAX_CHARS: Final = 40

_COUNT: Final = re.compile(r"\d{1,16}")
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
# LiteLLM hands the vendor's headers down under a prefix.
_PREFIXES: Final = ("", "llm_provider-")
_REQUESTS: Final = ("x-ratelimit-{}-requests", "x-ratelimit-{}-req-minute", "anthropic-ratelimit-requests-{}")
_TOKENS: Final = ("x-ratelimit-{}-tokens", "x-ratelimit-{}-tokens-minute", "anthropic-ratelimit-tokens-{}")


def rate_report(headers: Mapping[str, str], refusals: int, now: datetime | None = None) -> RateReport | None:
    """What the headers of the last answer say is left, and how many calls the provider refused for their rate.

    Returns:
        None where nothing was refused and nothing is said.
    """
    report: RateReport = {"refusals": refusals}
    moment = now or datetime.now(UTC)
    requests, tokens = _quota(headers, _REQUESTS, moment), _quota(headers, _TOKENS, moment)
    if requests is not None:
        report["requestsLeft"], report["requestsLimit"], report["requestsResetSeconds"] = requests
    if tokens is not None:
        report["tokensLeft"], report["tokensLimit"], report["tokensResetSeconds"] = tokens
    return report if len(report) > 1 or refusals else None


def _quota(headers: Mapping[str, str], forms: tuple[str, ...], now: datetime) -> tuple[int, int, float] | None:
    """(left, limit, seconds until it is full) of one quota."""
    for form in _forms(forms):
        left = _count(headers.get(form.format("remaining")))
        limit = _count(headers.get(form.format("limit")))
        if left is not None and limit:
            return min(left, limit), limit, _reset(headers.get(form.format("reset")), now)
    return None


def _forms(forms: tuple[str, ...]) -> Iterator[str]:
    for prefix in _PREFIXES:
        for form in forms:
            yield prefix + form


def _count(text: str | None) -> int | None:
    if text is None or not _COUNT.fullmatch(text.strip()):
        return None
    count = int(text)
    return count if count <= MAX_SAFE_INTEGER else None


def _reset(text: str | None, now: datetime) -> float:
    """Seconds until the quota is full, from `6m0s`, `12ms`, `7` or a time of RFC 3339."""
    text = (text or "").strip()[:MAX_CHARS]
    if re.fullmatch(r"\d{1,6}(?:\.\d{1,9})?", text):
        return min(float(text), MAX_RESET_SECONDS)
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return min(sum(float(number) * _SECONDS[unit] for number, unit in parts), MAX_RESET_SECONDS)
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment - now).total_seconds()
    except (ValueError, TypeError):
        return MINUTE
    return min(max(seconds, 0.0), MAX_RESET_SECONDS)
