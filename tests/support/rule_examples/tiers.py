"""Service tiers that have no room."""
# ruff: noqa: FBT003 - `retryable` stands in the same column of every row

from __future__ import annotations

from support.rule_examples.example import Example, google_error, openai_error

TIERS = (
    Example(
        "tier.openai",
        "openai",
        "SERVER_ERROR",
        True,
        "PATIENT",
        429,
        openai_error("Resource unavailable: no room for flex.", "resource_unavailable", "resource_unavailable"),
        headers=(("retry-after", "12"),),
        reason="resource_unavailable",
        delay=12.0,
    ),
    Example(
        "tier.google",
        "google",
        "SERVER_ERROR",
        True,
        "PATIENT",
        503,
        google_error(503, "UNAVAILABLE", "The system is currently at capacity."),
        reason="resource_unavailable",
        flex=True,
    ),
)
