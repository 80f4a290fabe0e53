"""How long a server asks its caller to wait, in whichever of its dialects it says so. All results are seconds."""

from __future__ import annotations

import math
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from common.json.loose import as_dict, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Beyond a day a delay is a mistake of the sender; it is reported as a day, so that no queue sleeps for a century.
MAX_DELAY_SECONDS: Final = 86_400.0

# A number from here on is a date (from 2001 on): nobody names a delay of thirty years.
UNIX_SECONDS: Final = 1e9
UNIX_MILLISECONDS: Final = 1e12

# No delay and no date is written in more characters; what is longer is not looked at.
MAX_DELAY_CHARS: Final = 64
MAX_MESSAGE_CHARS: Final = 16_384

_UNITS: Final = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds", "msec"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604_800.0),
}
_PART: Final = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s?([a-z]{1,12})(?:\s?(?:,|and)?\s?)")
# Seconds, where nothing else is said; not the year of a date, and not what a unit of another name follows at once.
_NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,12})?(?=[\s,;:!?)'\"]|\.(?!\d)|\Z)")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d[t ][\d:.]{5,20}(?:z|[+-]\d\d:?\d\d)?")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# What stands before a delay in a sentence.
_ANNOUNCED: Final = (
    "try again in ",
    "retry in ",
    "retry after ",
    "try again after ",
    "retry your request after ",
    "please wait ",
    "wait for ",
    "resets in ",
    "reset after ",
    "reset in ",
    "available in ",
)
_FIELDS_SECONDS: Final = ("retry_after", "retry_after_seconds", "resets_in_seconds", "retryafter", "retry-after")
_FIELDS_MILLISECONDS: Final = ("retry_after_ms", "resets_in_ms", "retryafterms")
_FIELDS_MOMENT: Final = ("resets_at", "reset_at", "reset_time", "resets_time")


def read_retry_after(
    headers: Mapping[str, str],
    body: object,
    *,
    inner: Sequence[object] = (),
    now: float | None = None,
) -> float | None:
    """The delay an error answer names, or None. Read it on errors only: Anthropic sends retry-after on successes too.

    Args:
        headers: of the answer, names in lower case.
        body: the parsed body, if it was JSON.
        inner: the errors that the body quotes.
        now: Unix seconds, for dates; the answer's own Date goes before it, so that a wrong clock here does no harm.
    """
    now = _unix(headers.get("date")) or (time.time() if now is None else now)
    bodies = [body, *inner]
    candidates = (
        _scaled(headers.get("retry-after-ms"), 0.001),
        _retry_after(headers.get("retry-after"), now),
        max(filter(None, (_from_body(item, now) for item in bodies)), default=None),
        _from_reset_headers(headers, now),
        max(filter(None, (_from_quoted_headers(item, now) for item in bodies)), default=None),
    )
    return next((delay for delay in candidates if delay is not None), None)


def duration(text: str) -> float | None:
    """A duration like `12ms`, `6m0s`, `1m30s`, `34.4s`, or None."""
    text = text.strip()
    if len(text) > MAX_DELAY_CHARS:
        return None
    found, end = _duration_at(text.lower())
    return found if end == len(text) else None


def _duration_at(text: str) -> tuple[float | None, int]:
    """The duration at the start of a text, and where it ends."""
    total, at = 0.0, 0
    while (part := _PART.match(text, at)) and part.group(2) in _UNITS:
        total += float(part.group(1)) * _UNITS[part.group(2)]
        at = part.end()
    return (_valid(total), at) if at else (None, 0)


def _said(text: str, now: float) -> float | None:
    """The largest delay that a sentence announces: `try again in 2h2m59s`, `retry after 30 seconds`, or a date."""
    text = text[:MAX_MESSAGE_CHARS].lower()
    found: list[float] = []
    for phrase in _ANNOUNCED:
        at = text.find(phrase)
        while at >= 0:
            at += len(phrase)
            rest = text[at : at + MAX_DELAY_CHARS].removeprefix("about ").removeprefix("at least ")
            rest = _THOUSANDS.sub("", rest)
            delay, _ = _duration_at(rest)
            if delay is None and (date := _DATE.match(rest)):
                moment = _unix(date.group().upper())
                delay = None if moment is None else _valid(moment - now)
            elif delay is None and (number := _NUMBER.match(rest)):
                delay = _valid(float(number.group()))
            if delay is not None:
                found.append(delay)
            at = text.find(phrase, at)
    return max(found, default=None)


def _retry_after(text: str | None, now: float) -> float | None:
    """Seconds, or an HTTP date (RFC 9110, 10.2.3); the first of several, where two gateways each wrote one."""
    if text is None:
        return None
    delay = _until(text.split(",", 1)[0], now)
    if delay is not None:
        return delay
    delay = duration(text)
    if delay is not None:
        return delay
    moment = _unix(text)
    return None if moment is None else _valid(moment - now)


def _from_body(body: object, now: float) -> float | None:
    """The largest of what a body names: Google's RetryInfo is the whole-second floor of the delay in its message."""
    if isinstance(body, list):
        body = body[0] if body else None
    top = as_dict(body)
    error = as_dict(top.get("error"))
    # https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto - RetryInfo
    found = [
        duration(str(as_dict(detail).get("retryDelay", "")))
        for detail in as_list(error.get("details"))
        if str(as_dict(detail).get("@type", "")).endswith("google.rpc.RetryInfo")
    ]
    for fields in (top, error, as_dict(error.get("metadata"))):
        found += [_field(fields, name, now) for name in fields]
        found += [
            _said(text, now) for name in ("message", "error", "detail") if isinstance(text := fields.get(name), str)
        ]
    return max((delay for delay in found if delay is not None), default=None)


def _field(fields: Mapping[str, object], name: str, now: float) -> float | None:
    value, lowered = fields[name], name.lower()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if lowered in _FIELDS_SECONDS:
        return _until(str(value), now) or duration(str(value))
    if lowered in _FIELDS_MILLISECONDS:
        return _scaled(str(value), 0.001)
    if lowered in _FIELDS_MOMENT:
        moment = _moment(str(value), now)
        return None if moment is None else _valid(moment)
    return None


def _moment(text: str, now: float) -> float | None:
    """Seconds from now until a moment, given as a date or in Unix seconds or milliseconds."""
    delay = _until(text, now)  # before a date: digits alone can look like one
    if delay is not None:
        return delay
    moment = _unix(text)
    return None if moment is None else moment - now


def _from_reset_headers(headers: Mapping[str, str], now: float) -> float | None:
    """When the limits that are used up are filled again: OpenAI's durations, Anthropic's times, the IETF's seconds."""
    waits: list[float] = []
    for name, remaining, value in _resets(headers):
        if name.startswith("anthropic-"):
            moment = _unix(value)
            wait = None if moment is None else _valid(moment - now)
        else:
            wait = duration(value) or _until(value, now)
        if wait is not None and (remaining is None or remaining.strip() in {"0", "0.0"}):
            waits.append(wait)
    return max(waits, default=None)


def _resets(headers: Mapping[str, str]) -> Iterator[tuple[str, str | None, str]]:
    """(name, what remains, when it is filled again) of every limit that the headers name."""
    for name, value in headers.items():
        if name.startswith(("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")):
            yield name, headers.get(name.replace("reset", "remaining")), value
        elif name.startswith("anthropic-ratelimit-") and name.endswith("-reset"):
            yield name, headers.get(name.removesuffix("-reset") + "-remaining"), value
        elif name == "ratelimit":
            # draft-ietf-httpapi-ratelimit-headers: `"default";r=0;t=30`, and before it `limit=9, remaining=0, reset=30`
            for policy in value[:MAX_MESSAGE_CHARS].split(',"'):
                fields = dict(
                    part.strip().partition("=")[::2] for part in policy.replace(",", ";").split(";") if "=" in part
                )
                reset = fields.get("t", fields.get("reset"))
                if reset is not None:
                    yield name, fields.get("r", fields.get("remaining")), reset


def _from_quoted_headers(body: object, now: float) -> float | None:
    """The upstream's headers that a gateway puts into its body (OpenRouter: `error.metadata.headers`)."""
    error = as_dict(as_dict(body).get("error"))
    quoted = as_dict(as_dict(error.get("metadata")).get("headers")) or as_dict(error.get("headers"))
    headers = {name.lower(): str(value) for name, value in quoted.items() if isinstance(value, str | int | float)}
    return (
        _scaled(headers.get("retry-after-ms"), 0.001)
        or _retry_after(headers.get("retry-after"), now)
        or _from_reset_headers(headers, now)
    )


def _unix(text: str | None) -> float | None:
    """An HTTP date or an RFC 3339 time as Unix seconds."""
    if not text or len(text) > MAX_DELAY_CHARS:
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
        return _valid(float(text) * unit) if text is not None and len(text) <= MAX_DELAY_CHARS else None
    except ValueError:
        return None


def _valid(delay: float) -> float | None:
    """A positive, finite delay, bounded; anything else is no delay."""
    if not math.isfinite(delay) or delay <= 0:
        return None
    return round(min(delay, MAX_DELAY_SECONDS), 3)
