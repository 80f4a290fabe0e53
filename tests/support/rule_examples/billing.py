"""Gateway pages, billing, and requests that can never succeed."""
# ruff: noqa: FBT003 - `retryable` stands in the same column of every row

from __future__ import annotations

from support.rule_examples.example import PAGE, Example, anthropic_error, google_error, openai_error, quota, retry_info

_CLOUDFLARE = {
    "cloudflare_error": True,
    "status": 504,
    "title": "Gateway time-out",
    "retryable": True,
    "retry_after": 120,
}

BILLING = (
    Example("gateway.cloudflare", "anthropic", "SERVER_ERROR", True, "BACKOFF", 504, _CLOUDFLARE, delay=120.0),
    Example("gateway.page", "openai", "SERVER_ERROR", True, "BACKOFF", 504, PAGE),
    Example(
        "billing.code",
        "openai",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        429,
        openai_error("You are out.", "insufficient_quota"),
    ),
    Example(
        "billing.code", "openai", "QUOTA_EXCEEDED", False, "NEVER", 429, openai_error("x", "credit_balance_exhausted")
    ),
    Example(
        "billing.code",
        "anthropic",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        429,
        anthropic_error("rate_limit_error", "Limit reached.", error_code="enforced_spend_limit_reached"),
        reason="rate_limit_error",
    ),
    Example(
        "billing.text",
        "anthropic",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        400,
        anthropic_error("invalid_request_error", "Your credit balance is too low for this."),
    ),
    Example(
        "billing.text",
        "xai",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        403,
        {"code": "x", "error": "Your team doesn't have any credits."},
    ),
    Example(
        "billing.text",
        "xai",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        429,
        {"code": "x", "error": "You have run out of credits"},
    ),
    Example(
        "billing.google.zero",
        "google",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        429,
        google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded, limit: 0, model: x", retry_info("7s")),
    ),
    Example(
        "billing.google.day",
        "google",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        429,
        google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded", quota("RequestsPerDayPerProject"), retry_info("7s")),
    ),
    Example(
        "billing.402",
        "deepseek",
        "QUOTA_EXCEEDED",
        False,
        "NEVER",
        402,
        openai_error("No.", "invalid_request_error", "unknown_error"),
    ),
    Example(
        "rate-limit.too-large",
        "openai",
        "RATE_LIMIT",
        False,
        "NEVER",
        429,
        openai_error("Request too large for gpt-4o: Limit 30000, Requested 90000", "rate_limit_exceeded", "tokens"),
    ),
    Example(
        "rate-limit.never",
        "anthropic",
        "RATE_LIMIT",
        False,
        "NEVER",
        429,
        anthropic_error("rate_limit_error", "This request would exceed the limit."),
        (("x-should-retry", "false"),),
    ),
    Example(
        "openai.unverified",
        "openai",
        "AUTH_ERROR",
        False,
        "NEVER",
        404,
        openai_error("Your organization must be verified to use it."),
        reason="permission",
    ),
    Example(
        "anthropic.on-hold",
        "anthropic",
        "AUTH_ERROR",
        False,
        "NEVER",
        400,
        anthropic_error("invalid_request_error", "On hold.", error_code="organization_on_hold"),
        reason="permission",
    ),
)
