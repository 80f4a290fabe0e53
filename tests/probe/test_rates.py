"""What the headers of an answer say is left of the provider's quotas, and what the document hands on of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from common.probe.rates import rate_report
from support.conversations import failed, hold, openai_answer, reply
from support.jobs import probe_job

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)

OPENAI = {
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-reset-requests": "120ms",
    "x-ratelimit-limit-tokens": "30000",
    "x-ratelimit-remaining-tokens": "1200",
    "x-ratelimit-reset-tokens": "1m2.5s",
}
ANTHROPIC = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "7",
    "anthropic-ratelimit-requests-reset": "2026-11-26T12:00:30Z",
    "anthropic-ratelimit-tokens-limit": "80000",
    "anthropic-ratelimit-tokens-remaining": "0",
    "anthropic-ratelimit-tokens-reset": "2026-11-26T11:59:59Z",
}
MISTRAL = {
    "x-ratelimit-limit-req-minute": "60",
    "x-ratelimit-remaining-req-minute": "59",
    "x-ratelimit-limit-tokens-minute": "500000",
    "x-ratelimit-remaining-tokens-minute": "499000",
}
XAI = {
    "x-ratelimit-limit-requests": "1800",
    "x-ratelimit-remaining-requests": "1799",
    "x-ratelimit-limit-tokens": "18446744073709551615",
    "x-ratelimit-remaining-tokens": "18446744073709551615",
}


@pytest.mark.parametrize(
    ("headers", "requests", "tokens"),
    [
        (OPENAI, (499, 500, 0.12), (1200, 30000, 62.5)),
        ({f"llm_provider-{name}": value for name, value in OPENAI.items()}, (499, 500, 0.12), (1200, 30000, 62.5)),
        (ANTHROPIC, (7, 50, 30.0), (0, 80000, 0.0)),
        (MISTRAL, (59, 60, 60.0), (499000, 500000, 60.0)),
        # A limit that no number of JSON holds is none.
        (XAI, (1799, 1800, 60.0), None),
        # Nonsense says nothing.
        ({**OPENAI, "x-ratelimit-remaining-requests": "-1", "x-ratelimit-limit-tokens": "0"}, None, None),
        (
            {**OPENAI, "x-ratelimit-remaining-requests": "900", "x-ratelimit-reset-requests": "soon"},
            (500, 500, 60),
            ...,
        ),
        ({**OPENAI, "x-ratelimit-reset-requests": "99999d"}, (499, 500, 86400), ...),
    ],
)
def test_what_is_left_is_read_in_the_words_of_each_vendor(
    headers: dict[str, str], requests: tuple[Any, ...] | None, tokens: Any
) -> None:
    """Requests and tokens: left, limit, and seconds until it is full."""
    report: Any = rate_report(headers, 0, NOW) or {}
    for name, expected in (("requests", requests), ("tokens", tokens)):
        if expected is not ...:
            found = tuple(report.get(f"{name}{part}") for part in ("Left", "Limit", "ResetSeconds"))
            assert found == (expected or (None, None, None))


def test_a_provider_that_says_nothing_leaves_no_report() -> None:
    """Unless it refused something."""
    assert rate_report({"date": "now"}, 0) is None
    assert rate_report({}, 2) == {"refusals": 2}


@pytest.mark.usefixtures("made_up_keys")
def test_a_document_says_how_often_it_was_refused_and_what_is_left_at_its_end() -> None:
    """Also where it failed; and the transcript, which is stored, does not change."""
    too_fast = reply({"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}, 429)
    left = reply(openai_answer("No."), 200, **{name.replace("-", "_"): value for name, value in OPENAI.items()})
    transcript, _, conversation = hold(probe_job(), [too_fast, too_fast, left])
    rates: Any = conversation.rates
    assert (rates["refusals"], rates["requestsLeft"]) == (2, 499)
    assert "rates" not in transcript
    document, _ = failed(probe_job(), [too_fast] * 5)
    assert document.get("rates") == {"refusals": 5}
    # An overload says nothing of a rate.
    busy = reply({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529)
    document, _ = failed(probe_job("claude-sonnet-4-5"), [busy] * 5)
    assert "rates" not in document
