"""A gateway's own pages, and whatever says that the account has no money: both go before all else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.classification import wording
from common.classification.rule import Condition, Rule
from common.classification.vocabulary import OPENAI_ERRORS, SERVER_ERRORS
from common.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.classification.failure import Evidence

_DEEPSEEK_ERRORS: Final = "https://api-docs.deepseek.com/quick_start/error_codes"
_NO_CREDIT: Final = "the {title} account has no credit or has reached its spending limit; top it up or raise the limit"


def _is_cloudflare(seen: Evidence) -> bool:
    return isinstance(seen.body, dict) and seen.body.get("cloudflare_error") is True


def _quota_is_zero(seen: Evidence) -> bool:
    return re.search(r"limit: 0(?![\d.])", seen.text) is not None


def _quota_is_daily(seen: Evidence) -> bool:
    ids = [quota_id for body in (seen.body, *seen.inner) for quota_id in _quota_ids(body)]
    return bool(ids) and all("perday" in quota_id.lower() for quota_id in ids)


def _quota_ids(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("quotaId"), str):
            yield value["quotaId"]
        for item in value.values():
            yield from _quota_ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _quota_ids(item)


def _says_no_money(seen: Evidence) -> bool:
    return wording.speaks_of_no_money(seen.text)


def _says_quota_of_openai(seen: Evidence) -> bool:
    # Google's limits per minute use the same words.
    return "exceeded your current quota" in seen.text and "billing details" in seen.text


GATEWAY_RULES: Final = (
    Rule(
        "gateway.cloudflare",
        ErrorCode.SERVER_ERROR,
        "the gateway before {title} got no answer from it (status {status}); try again later",
        "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",
        statuses=SERVER_ERRORS,
        condition=Condition(_is_cloudflare, "the body says `cloudflare_error: true`"),
    ),
    Rule(
        "gateway.page",
        ErrorCode.SERVER_ERROR,
        "a gateway before {title} answered with a web page (status {status}); try again later",
        "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",
        statuses=SERVER_ERRORS,
        condition=Condition(lambda seen: seen.is_html, "the body is a web page"),
    ),
)

# Codes and types are matched whole: the words "insufficient quota" alone may mean a limit per minute (Scaleway).
BILLING_RULES: Final = (
    Rule(
        "billing.code",
        ErrorCode.QUOTA_EXCEEDED,
        _NO_CREDIT,
        OPENAI_ERRORS,
        codes=(
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_error",
            "enforced_spend_limit_reached",
            "contract_spend_limit_reached",
            "budget_exceeded",
            "budgetexceedederror",
            "insufficient_balance",
            "insufficient_balance_error",
            "insufficient_credits",
            "insufficient_funds",
            "insufficient_user_quota",
            "exceeded_current_quota_error",
            "payment_required",
            "arrearage",
        ),
        stops_provider=True,
    ),
    Rule(
        "billing.openai",
        ErrorCode.QUOTA_EXCEEDED,
        _NO_CREDIT,
        OPENAI_ERRORS,
        providers=("openai",),
        statuses=(403, 429),
        condition=Condition(_says_quota_of_openai, "the text speaks of the current quota and of billing details"),
        stops_provider=True,
    ),
    Rule(
        "billing.google.zero",
        ErrorCode.QUOTA_EXCEEDED,
        "the {title} project has no quota for {model} (limit: 0); enable billing or choose another model",
        "https://ai.google.dev/gemini-api/docs/rate-limits",
        providers=("google",),
        statuses=(429,),
        condition=Condition(_quota_is_zero, "the message says `limit: 0`"),
        stops_model=True,
    ),
    Rule(
        "billing.google.day",
        ErrorCode.QUOTA_EXCEEDED,
        "the daily quota of the {title} project is used up; wait for the next day or raise it",
        "https://ai.google.dev/gemini-api/docs/rate-limits",
        providers=("google",),
        statuses=(429,),
        condition=Condition(_quota_is_daily, "every quota that was exceeded is one per day"),
    ),
    Rule(
        "billing.request",
        ErrorCode.QUOTA_EXCEEDED,
        "the credit at {title} does not cover this request; lower maxTokens or top the account up",
        "https://openrouter.ai/docs/api-reference/errors - it concerns one request, so others go on",
        statuses=(402,),
        texts=("fewer max_tokens", "lower max_tokens", "reduce max_tokens"),
    ),
    Rule(
        "billing.text",
        ErrorCode.QUOTA_EXCEEDED,
        _NO_CREDIT,
        "anthropic: 400; xai: 403 and 429; google: 429; gateways and MiniMax: any status, in their own words",
        condition=Condition(
            _says_no_money, "the text says that the account has no credit or has reached what it may spend"
        ),
        stops_provider=True,
    ),
    Rule(
        "billing.402",
        ErrorCode.QUOTA_EXCEEDED,
        _NO_CREDIT,
        _DEEPSEEK_ERRORS,
        statuses=(402,),
        stops_provider=True,
    ),
)
