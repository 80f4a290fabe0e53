"""How long a server asks to wait, in all its dialects."""

from __future__ import annotations

from typing import Any

import pytest

from common.classification.retry_after import duration, read_retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("headers", "body", "delay"),
    [
        ({}, None, None),
        ({"retry-after": "2"}, None, 2.0),
        ({"retry-after": "2.5"}, None, 2.5),
        ({"retry-after": "0"}, None, None),
        ({"retry-after": "-3"}, None, None),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": "4294967295"}, None, 86_400.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, None, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:00 GMT"}, None, None),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT", "date": "Tue, 14 Nov 2023 22:13:40 GMT"}, None, 10.0),
        ({"retry-after": "2, 2"}, None, 2.0),
        ({"retry-after": "1700000030"}, None, 30.0),
        ({"retry-after": "1699999999"}, None, None),
        ({"x-ratelimit-reset-requests": "1700000007"}, None, 7.0),
        ({"x-ratelimit-reset-requests": "1700000007500"}, None, 7.5),
        ({"x-ratelimit-reset-requests": "9" * 400}, None, None),
        ({"retry-after-ms": "500", "retry-after": "9"}, None, 0.5),
        ({"x-ratelimit-reset-requests": "1m30s"}, None, 90.0),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "3"}, None, None),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "20ms",
                "x-ratelimit-remaining-tokens": "0",
            },
            None,
            1.0,
        ),
        ({"anthropic-ratelimit-tokens-reset": "2023-11-14T22:13:35Z"}, None, 15.0),
        (
            {
                "anthropic-ratelimit-requests-reset": "2023-11-14T22:14:20Z",
                "anthropic-ratelimit-requests-remaining": "7",
            },
            None,
            None,
        ),
        (
            {},
            {"error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48s"}]}},
            48.0,
        ),
        ({}, {"error": {"details": [{"@type": "a/google.rpc.RetryInfo", "retryDelay": "34.4s"}]}}, 34.4),
        ({}, [{"error": {"details": [{"@type": "a/google.rpc.RetryInfo", "retryDelay": "3s"}]}}], 3.0),
        ({}, {"error": {"message": "Please retry in 48.939935699s."}}, 48.94),
        ({}, {"error": {"message": "Try again in 2 weeks."}}, 86_400.0),
        ({}, {"error": {"message": "Please retry in 1,000 seconds."}}, 1000.0),
        ({}, {"error": {"message": "Retry after 2023-11-14T22:13:35Z."}}, 15.0),
        ({}, {"error": {"message": "Retry after 2023-11-14."}}, None),
        ({}, {"error": {"message": "Please retry after 5."}}, 5.0),
        ({}, {"error": {"message": "Retry in 5x"}}, None),
        ({}, {"cloudflare_error": True, "retry_after": 120}, 120.0),
        ({}, {"cloudflare_error": True, "retry_after": "x"}, None),
        ({}, {"retry_after": 120}, 120.0),
        ({}, {"error": {"details": [{"@type": "a/google.rpc.RetryInfo", "retryDelay": 3}]}}, None),
    ],
)
def test_a_delay_is_read_wherever_the_server_puts_it(headers: dict[str, str], body: Any, delay: float | None) -> None:
    """Positive, finite, at most a day; anything else is no delay."""
    assert read_retry_after(headers, body, now=NOW) == delay


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12ms", 0.012),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("1d", 86_400.0),
        ("0s", None),
        ("5", None),
        ("5s!", None),
    ],
)
def test_durations_are_read_as_openai_writes_them(text: str, seconds: float | None) -> None:
    """A duration needs its unit."""
    assert duration(text) == seconds
