"""The table of directives: every key, the values it takes, and what it does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.decisions import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable

Value = str | float | int | bool

HEADER: Final = "header.NAME"
MAX_SIZE: Final = 256 * 1024 * 1024
# Longer values say nothing that a client could meet, and some take long to read.
MAX_VALUE: Final = 4096
MAX_NUMBER: Final = 32
ERROR_NAMES: Final = (
    "bad_key",
    "permission",
    "model_not_found",
    "quota",
    "quota_day",
    "rate_limit",
    "too_large",
    "context",
    "content_policy",
    "unsupported_temperature",
    "overloaded",
    "server",
    "bad_request",
    "capacity",
    "resource_unavailable",
)


class BadValueError(Exception):
    """A value that its key does not take; the text says what it takes."""


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the table."""

    name: str
    values: str
    meaning: str
    parse: Callable[[str], Value]


def _word(text: str) -> str:
    return text


def header_text(text: str) -> str:
    """Text that can stand in a response header.

    Raises:
        BadValueError: it has several lines, or characters beyond Latin-1.
    """
    if not all(char.isprintable() and ord(char) < 256 for char in text):
        raise BadValueError("one line of Latin-1 text")
    return text


def _seconds(text: str) -> float:
    try:
        value = float(text) if len(text) <= MAX_NUMBER else math.inf
    except ValueError:
        raise BadValueError("a number of seconds") from None
    if not math.isfinite(value) or value < 0:
        raise BadValueError("a number of seconds, 0 or more")
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (len(text) <= MAX_NUMBER and text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise BadValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def _flag(text: str) -> bool:
    if text not in {"0", "1", "true", "false"}:
        raise BadValueError("1 or 0")
    return text in {"1", "true"}


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise BadValueError(f"one of {', '.join(choices)}")
        return text

    return parse


ANSWERS: Final = (
    "empty",
    "blank",
    "refusal",
    "refusal-empty",
    "thinking-only",
    "tool",
    "nul",
    "surrogate",
    "filter",
    "filter-partial",
    "blocked",
    "no-choices",
    "null",
    "multi",
    "length",
    "length-empty",
    "length-thinking",
    "signature-only",
)


def _answer(text: str) -> str:
    name, colon, size = text.partition(":")
    if name == "size" and colon:
        _whole(0, MAX_SIZE)(size)
        return text
    return _one_of(*ANSWERS, "size:N")(text)


def _chosen(name: str, meaning: str, *choices: str) -> Key:
    return Key(name, "|".join(choices), meaning, _one_of(*choices))


KEYS: Final = (
    Key("times", "N", "only on the first N attempts at the identical request", _whole(0, 1_000_000)),
    Key("attempt", "N", "only on the Nth attempt at the identical request", _whole(1, 1_000_000)),
    Key("turn", "N", "only while the conversation has N user messages", _whole(1, 1_000_000)),
    Key("asked-tier", "NAME", "only while the request asks for this service tier", _word),
    Key("status", "CODE", "this HTTP status, with the vendor's envelope for it", _whole(200, 599)),
    _chosen("error", "a real error of this vendor, with its status and envelope", *ERROR_NAMES),
    Key(
        "retry-after",
        "VALUE",
        "Retry-After with an error (Google 429: RetryInfo); on a 200 the bare header",
        header_text,
    ),
    Key("retry-after-ms", "MS", "retry-after-ms likewise", _whole(0, 10**9)),
    _chosen("should-retry", "the header x-should-retry", "true", "false"),
    Key(HEADER, "VALUE", "any response header, also on a 200; replaces the vendor's own", header_text),
    _chosen("echo-key", "the error's text repeats the caller's key: 1 in full, or partly masked", "1", "masked"),
    Key("delay", "S", "seconds before the response begins, beside --latency", _seconds),
    Key("body-delay", "S", "seconds between the head and the body", _seconds),
    Key("drip", "S", "the body one byte each S seconds", _seconds),
    Key("blank", "N", "N blank lines before the JSON, in a chunked response", _whole(1, 1_000_000)),
    Key("blank-every", "S", "seconds between those blank lines (0.05)", _seconds),
    Key("hang", "1", "never answer", _flag),
    Key("chunked", "1", "Transfer-Encoding: chunked", _flag),
    _chosen("gzip", "Content-Encoding: gzip; bomb: 200 kB that expand to 200 MB", "1", "bomb"),
    _chosen(
        "close",
        "FIN: instead of a response, after the head, half the body, or all (unannounced)",
        *("before", "head", "body", "after"),
    ),
    _chosen("reset", "RST: instead of a response, after the head, or half the body", "before", "head", "body"),
    Key("chunk-cut", "1", "a chunked body that ends without its end", _flag),
    Key("redirect", "URL", "307 to that URL", header_text),
    _chosen(
        "body",
        "200 with this for a body (foreign: another vendor's answer; nested: 100,000 deep)",
        *("empty", "blank", "html", "half", "list", "null", "string", "foreign", "nul-byte", "bad-utf8", "nested"),
        "error200",
    ),
    Key("html", "CODE", "that status with a proxy's HTML page", _whole(200, 599)),
    Key(
        "cloudflare",
        "CODE",
        "that status with Cloudflare's JSON; retry_after from retry-after, or 30",
        _whole(400, 599),
    ),
    Key(
        "answer",
        "|".join((*ANSWERS, "size:N")),
        "what the model says, as this vendor would show it (size: whatever the limit on tokens)",
        _answer,
    ),
    Key("decide", "LABEL", "the answer decides on this label or number; of several, A|B|C, on one by model", _word),
    _chosen("decide-as", "how it says so; scale repeats the labels, refusal has no decision", *FORMS),
    Key("decide-marker", "TEXT", 'what stands before a marked decision ("Final judgment:")', _word),
    _chosen(
        "usage",
        "no counts, only the input's, zeros, or nonsense; thinking in the total alone, or beside",
        *("none", "partial", "zero", "garbage", "total-only", "beside"),
    ),
    Key("tier", "NAME", "this service tier in the answer, whichever was asked for; the bill goes by it", _word),
    Key("rpm", "N", "a quota of N requests a minute for this key and model: rate_limit beyond it", _whole(1, 10**6)),
    Key("event-every", "S", "seconds before each event of a stream", _seconds),
    _chosen("stream-error", "this error as an event, after half of a stream's events", *ERROR_NAMES),
    Key("finish", "RAW", "this finish reason, word for word", _word),
    Key("model", "NAME", "this served model", _word),
    Key("fingerprint", "NAME", "this system_fingerprint (OpenAI, xAI, DeepSeek)", _word),
    Key("continuation", "N", "Google: the answer in N+1 pieces, each but the last with a token", _whole(1, 1000)),
)
KEYS_BY_NAME: Final = {key.name: key for key in KEYS}
