"""How long a server asks its caller to wait, in whichever of its dialects it says so. All results are seconds."""

from __future__ import annotations

import math
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from common.llm_adapters.base import as_dict, as_list

if TYPE_CHECKING:
    from collections.abc import Mapping

# Beyond a day a delay is a mistake of the sender; it is reported as a day, so that no queue sleeps for a century.
MAX_DELAY_SECONDS: Final = 86_400.0

# A number from here on is a date (from 2001 on): nobody names a delay of thirty years.
UNIX_SECONDS: Final = 1e9
UNIX_MILLISECONDS: Final = 1e12

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def named_delay(headers: Mapping[str, str], body: Any, *, now: float | None = None) -> float | None:  # noqa: ANN401
    """The delay an error answer names, or None. Read it on errors only: Anthropic sends retry-after on successes too.

    Args:
        headers: of the answer, names in lower case.
        body: the parsed body, if it was JSON.
        now: Unix seconds, for dates; the answer's own Date goes before it, so that a wrong clock here does no harm.
    """
    now = _unix(headers.get("date")) or (time.time() if now is None else now)
    candidates = (
        _scaled(headers.get("retry-after-ms"), 0.001),
        _retry_after(headers.get("retry-after"), now),
        _from_body(body),
        _from_reset_headers(headers, now),
    )
    return next((delay for delay in candidates if delay is not None), None)


def duration(text: str) -> float | None:
    """A duration like `12ms`, `6m0s`, `1m30s`, `34.4s`, or None."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text.strip())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        return None
    return _valid(sum(float(number) * _UNITS[unit] for number, unit in parts))


def _retry_after(text: str | None, now: float) -> float | None:
    """Seconds, or an HTTP date (RFC 9110, 10.2.3); the first of several, where two gateways each wrote one."""
    if text is None:
        return None
    delay = _until(text.split(",")[0], now)
    if delay is not None:
        return delay
    moment = _unix(text)
    return None if moment is None else _valid(moment - now)


def _from_body(body: Any) -> float | None:  # noqa: ANN401 - any JSON value
    if isinstance(body, list):
        body = body[0] if body else None
    body = as_dict(body)
    error = as_dict(body.get("error"))
    for detail in as_list(error.get("details")):
        # https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto - RetryInfo
        if str(as_dict(detail).get("@type", "")).endswith("google.rpc.RetryInfo"):
            found = duration(str(as_dict(detail).get("retryDelay", "")))
            if found is not None:
                return found
    if body.get("cloudflare_error") is True:
        found = _scaled(str(body.get("retry_after", "")), 1.0)
        if found is not None:
            return found
    message = error.get("message")
    said = re.search(r"retry in (\d+(?:\.\d+)?(?:ms|s))\b", message) if isinstance(message, str) else None
    return duration(said.group(1)) if said else None


def _from_reset_headers(headers: Mapping[str, str], now: float) -> float | None:
    """When the limits that are used up are filled again: OpenAI's durations and Anthropic's times."""
    waits: list[float] = []
    for name, value in headers.items():
        if name.startswith("x-ratelimit-reset-"):
            remaining = headers.get(name.replace("-reset-", "-remaining-"))
            wait = duration(value) or _until(value, now)
        elif name.startswith("anthropic-ratelimit-") and name.endswith("-reset"):
            remaining = headers.get(name.removesuffix("-reset") + "-remaining")
            moment = _unix(value)
            wait = None if moment is None else _valid(moment - now)
        else:
            continue
        if wait is not None and (remaining is None or remaining.strip() == "0"):
            waits.append(wait)
    return max(waits, default=None)


def _unix(text: str | None) -> float | None:
    """An HTTP date or an RFC 3339 time as Unix seconds."""
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _until(text: str, now: float) -> float | None:
    """A number of seconds; one that is a date in Unix seconds or milliseconds counts from now (OpenRouter)."""
    delay = _scaled(text, 1.0)
    if delay != MAX_DELAY_SECONDS:
        return delay
    moment = float(text)
    moment = moment / 1000 if moment >= UNIX_MILLISECONDS else moment
    return _valid(moment - now) if moment >= UNIX_SECONDS else delay


def _scaled(text: str | None, unit: float) -> float | None:
    try:
        return _valid(float(text) * unit) if text is not None else None
    except ValueError:
        return None


def _valid(delay: float) -> float | None:
    """A positive, finite delay, bounded; anything else is no delay."""
    if not math.isfinite(delay) or delay <= 0:
        return None
    return round(min(delay, MAX_DELAY_SECONDS), 3)
