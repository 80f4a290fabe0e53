"""Error answers: gateway pages, then billing, then the providers' own rules, then the bare status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from common.classification.rule import Evidence, Rule
from common.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLIENT_ERRORS: Final = range(400, 500)
_SERVER_ERRORS: Final = range(500, 600)
_BAD_REQUEST: Final = (400, 403, 404, 413, 422)

_OPENAI_ERRORS: Final = "https://platform.openai.com/docs/guides/error-codes"
_ANTHROPIC_ERRORS: Final = "https://platform.claude.com/docs/en/api/errors"
_GOOGLE_ERRORS: Final = "https://ai.google.dev/gemini-api/docs/troubleshooting"
_XAI_ERRORS: Final = "https://docs.x.ai/docs/key-information/debugging"
_DEEPSEEK_ERRORS: Final = "https://api-docs.deepseek.com/quick_start/error_codes"
_MISTRAL_ERRORS: Final = "https://docs.mistral.ai/api"
_RFC: Final = "RFC 9110"

_NO_CREDIT: Final = "the {title} account has no credit or has reached its spending limit; top it up or raise the limit"
_TOO_LONG: Final = "the conversation is longer than {model} takes; shorten it or choose a model with a larger context"
_WITHHELD: Final = "{title} withheld the answer because of its content policy; the scenario cannot be asked there as is"
_NO_PERMISSION: Final = "the key may not do this at {title}; check its permissions, its organisation and its region"
_NO_MODEL: Final = "{title} does not serve the model {model} to this key; check modelId"
_BAD_SETTING: Final = "{title} refused a parameter of the request: {parameter}; take it out or change it"
_OVERLOADED: Final = "{title} is overloaded; try again later"


def _is_cloudflare(seen: Evidence) -> bool:
    return isinstance(seen.body, dict) and seen.body.get("cloudflare_error") is True


def _quota_is_zero(seen: Evidence) -> bool:
    return re.search(r"limit: 0(?![\d.])", seen.text) is not None


def _quota_is_daily(seen: Evidence) -> bool:
    ids = list(_quota_ids(seen.body))
    return bool(ids) and all("perday" in quota_id.lower() for quota_id in ids)


def _quota_ids(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        if isinstance(value.get("quotaId"), str):
            yield value["quotaId"]
        for item in value.values():
            yield from _quota_ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _quota_ids(item)


def _says_never(seen: Evidence) -> bool:
    return seen.headers.get("x-should-retry", "").strip().lower() == "false"


GATEWAY_RULES: Final = (
    Rule(
        "gateway.cloudflare",
        ErrorCode.SERVER_ERROR,
        "the gateway before {title} got no answer from it (status {status}); try again later",
        "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",
        statuses=_SERVER_ERRORS,
        test=_is_cloudflare,
    ),
    Rule(
        "gateway.page",
        ErrorCode.SERVER_ERROR,
        "a gateway before {title} answered with a web page (status {status}); try again later",
        "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",
        statuses=_SERVER_ERRORS,
        test=lambda seen: seen.is_html,
    ),
)

# Codes and types are matched whole: the words "insufficient quota" alone may mean a limit per minute (Scaleway).
BILLING_RULES: Final = (
    Rule(
        "billing.code",
        ErrorCode.QUOTA_EXCEEDED,
        _NO_CREDIT,
        _OPENAI_ERRORS,
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
        ),
        stops_provider=True,
    ),
    Rule(
        "billing.anthropic",
        ErrorCode.QUOTA_EXCEEDED,
        _NO_CREDIT,
        _ANTHROPIC_ERRORS,
        providers=("anthropic",),
        texts=("credit balance is too low", "specified api usage limits", "spend limit"),
        stops_provider=True,
    ),
    Rule(
        "billing.xai",
        ErrorCode.QUOTA_EXCEEDED,
        _NO_CREDIT,
        _XAI_ERRORS,
        providers=("xai",),
        statuses=(403, 429),
        texts=(
            "doesn't have any credits",
            "used all available credits",
            "reached its monthly spending limit",
            "run out of credits",
        ),
        stops_provider=True,
    ),
    Rule(
        "billing.google.zero",
        ErrorCode.QUOTA_EXCEEDED,
        "the {title} project has no quota for {model} (limit: 0); enable billing or choose another model",
        "https://ai.google.dev/gemini-api/docs/rate-limits",
        providers=("google",),
        statuses=(429,),
        test=_quota_is_zero,
    ),
    Rule(
        "billing.google.day",
        ErrorCode.QUOTA_EXCEEDED,
        "the daily quota of the {title} project is used up; wait for the next day or raise it",
        "https://ai.google.dev/gemini-api/docs/rate-limits",
        providers=("google",),
        statuses=(429,),
        test=_quota_is_daily,
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

PROVIDER_RULES: Final = (
    Rule(
        "openai.too-large",
        ErrorCode.RATE_LIMIT,
        "one request of this size is above the {title} limit per minute, so it can never succeed; shorten the"
        " conversation, lower maxTokens or raise the account's limit",
        "https://platform.openai.com/docs/guides/rate-limits",
        providers=("openai",),
        statuses=(429,),
        texts=("request too large",),
        retryable=False,
    ),
    Rule(
        "rate-limit.never",
        ErrorCode.RATE_LIMIT,
        "one request of this size is above the {title} limit, so it can never succeed; shorten the conversation,"
        " lower maxTokens or raise the account's limit",
        _ANTHROPIC_ERRORS,
        providers=("anthropic", "openai"),
        statuses=(429,),
        test=_says_never,
        retryable=False,
    ),
    Rule(
        "openai.unverified",
        ErrorCode.AUTH_ERROR,
        "the {title} organisation must be verified before it may use {model}; verify it in the account's settings",
        _OPENAI_ERRORS,
        providers=("openai",),
        statuses=_BAD_REQUEST,
        texts=("organization must be verified",),
        reason="permission",
    ),
    Rule(
        "anthropic.on-hold",
        ErrorCode.AUTH_ERROR,
        "the {title} organisation is on hold; write to the vendor's support",
        _ANTHROPIC_ERRORS,
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
        statuses=_CLIENT_ERRORS,
        codes=("invalid_api_key", "api_key_invalid"),
        texts=("api key not valid", "incorrect api key"),
        stops_provider=True,
    ),
    Rule(
        "google.location",
        ErrorCode.AUTH_ERROR,
        _NO_PERMISSION,
        _GOOGLE_ERRORS,
        providers=("google",),
        texts=("user location is not supported",),
        reason="permission",
    ),
    Rule(
        "content.refused",
        ErrorCode.CONTENT_FILTER,
        _WITHHELD,
        "openai: invalid_prompt, content_policy_violation; anthropic: 400; xai: 403; deepseek: 400",
        statuses=_CLIENT_ERRORS,
        codes=("invalid_prompt", "content_policy_violation", "content_filter", "cyber_policy_violation"),
        texts=(
            "cyber policy",
            "blocked by content filtering policy",
            "content violates usage guidelines",
            "safety_check_type",
            "content exists risk",
        ),
    ),
    Rule(
        "context.too-long",
        ErrorCode.CONTEXT_LENGTH,
        _TOO_LONG,
        "each provider in its own words",
        statuses=(400, 413, 422),
        codes=("context_length_exceeded", "3051"),
        texts=(
            "maximum context length",
            "prompt is too long",
            "exceed context limit",
            "too many total text bytes",
            "exceeds the maximum number of tokens",
            "maximum prompt length is",
            "too large for model",
        ),
    ),
    Rule(
        "anthropic.413",
        ErrorCode.CONTEXT_LENGTH,
        _TOO_LONG,
        _ANTHROPIC_ERRORS,
        providers=("anthropic",),
        statuses=(413,),
    ),
    Rule(
        "model.unknown",
        ErrorCode.NOT_FOUND,
        _NO_MODEL,
        "openai: model_not_found; mistral: invalid_model, 1500; deepseek: 400",
        statuses=_BAD_REQUEST,
        codes=("model_not_found", "invalid_model", "1500"),
        texts=("model not exist", "model does not exist", "model not found", "unknown model"),
    ),
    Rule(
        "parameter.refused",
        ErrorCode.VALIDATION_ERROR,
        _BAD_SETTING,
        "each provider in its own words",
        statuses=(400, 422),
        codes=("unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden"),
        texts=(
            "unsupported parameter",
            "unsupported value",
            "is deprecated for this model",
            "extra inputs are not permitted",
            "cannot both be specified",
            "does not support parameter",
            "argument not supported",
            "unknown name",
        ),
    ),
    Rule(
        "overloaded",
        ErrorCode.SERVER_ERROR,
        _OVERLOADED,
        "openai: server_is_overloaded; anthropic: 529; google: UNAVAILABLE; xai and deepseek: 503",
        statuses=_SERVER_ERRORS,
        codes=("server_is_overloaded", "overloaded_error", "unavailable"),
        texts=("overloaded", "at capacity"),
        reason="overloaded",
    ),
)

STATUS_RULES: Final = (
    Rule(
        "status.3xx",
        ErrorCode.CONFIG_ERROR,
        "{host} answered with a redirect, which is not followed because it would take the key along; set"
        " {base_url_variable} to the final address",
        f"{_RFC}, 15.4",
        statuses=range(300, 400),
    ),
    Rule(
        "status.401",
        ErrorCode.AUTH_ERROR,
        "{title} does not accept the key; check {key_variable}",
        f"{_RFC}, 15.5.2",
        statuses=(401,),
        stops_provider=True,
    ),
    Rule(
        "status.403",
        ErrorCode.AUTH_ERROR,
        _NO_PERMISSION,
        f"{_RFC}, 15.5.4",
        statuses=(403, 451),
        reason="permission",
    ),
    Rule(
        "status.404",
        ErrorCode.NOT_FOUND,
        "{title} has nothing at this address or no model {model}; check modelId and {base_url_variable}",
        f"{_RFC}, 15.5.5",
        statuses=(404, 410),
    ),
    Rule(
        "status.407",
        ErrorCode.AUTH_ERROR,
        "the proxy refused its credentials; check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
        f"{_RFC}, 15.5.8",
        statuses=(407,),
        reason="proxy",
    ),
    Rule(
        "status.timeout",
        ErrorCode.TIMEOUT,
        "{title} gave up waiting for its own answer (status {status}); try again",
        "anthropic: timeout_error; google: DEADLINE_EXCEEDED; RFC 9110, 15.5.9 and 15.6.5",
        statuses=(408, 504, 524),
        billing="unknown",
    ),
    Rule(
        "status.429",
        ErrorCode.RATE_LIMIT,
        "{title} limits the rate of requests; send fewer at a time, or wait as long as it says",
        "RFC 6585, 4",
        statuses=(429,),
    ),
    Rule(
        "status.busy",
        ErrorCode.SERVER_ERROR,
        "{title} could not take the request at this moment (status {status}); try again",
        "anthropic: 409 conflict; RFC 8470: 425; 499 is nginx's word for a connection closed on the way",
        statuses=(409, 425, 499),
    ),
    Rule(
        "status.4xx",
        ErrorCode.VALIDATION_ERROR,
        "{title} refused the request (status {status}): see details; change the job accordingly",
        f"{_RFC}, 15.5",
        statuses=_CLIENT_ERRORS,
    ),
    Rule(
        "status.503",
        ErrorCode.SERVER_ERROR,
        _OVERLOADED,
        f"{_RFC}, 15.6.4; anthropic: 529",
        statuses=(503, 529),
        reason="overloaded",
    ),
    Rule(
        "status.5xx",
        ErrorCode.SERVER_ERROR,
        "{title} failed (status {status}); try again",
        f"{_RFC}, 15.6",
        statuses=_SERVER_ERRORS,
    ),
    Rule(
        "status.unknown",
        ErrorCode.SERVER_ERROR,
        "{host} answered with a status that HTTP does not know ({status}); check {base_url_variable} and any proxy",
        f"{_RFC}, 15: to be treated as a server's error",
    ),
)

HTTP_RULES: Final = GATEWAY_RULES + BILLING_RULES + PROVIDER_RULES + STATUS_RULES
