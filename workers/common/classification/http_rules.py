"""Error answers: gateway pages, then billing, then the providers' own rules, then the bare status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.classification import wording
from common.classification.rule import Evidence, Rule
from common.errors import ErrorCode
from common.json.loose import as_dict

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
_TOGETHER_TOO_LONG: Final = (
    "the conversation and maxTokens together are longer than {model} takes; lower maxTokens or shorten the conversation"
)
_TOO_LARGE_A_MINUTE: Final = (
    "one request of this size is above the {title} limit, so it can never succeed; shorten the conversation, lower"
    " maxTokens or raise the account's limit"
)
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


def _says_never(seen: Evidence) -> bool:
    return seen.headers.get("x-should-retry", "").strip().lower() == "false"


def _too_large_a_minute(seen: Evidence) -> bool:
    return "request too large" in seen.text and (seen.status != 413 or wording.speaks_of_rates(seen.text))


def _says_no_money(seen: Evidence) -> bool:
    return wording.speaks_of_no_money(seen.text)


def _says_quota_of_openai(seen: Evidence) -> bool:
    # Google's limits per minute use the same words.
    return "exceeded your current quota" in seen.text and "billing details" in seen.text


def _was_moderated(seen: Evidence) -> bool:
    metadata = as_dict(as_dict(as_dict(seen.body).get("error")).get("metadata"))
    return "flagged_input" in metadata or wording.speaks_of_moderation(seen.text)


def _is_too_long(seen: Evidence) -> bool:
    return wording.speaks_of_context(seen.text)


def _together_too_long(seen: Evidence) -> bool:
    return wording.names_the_bound(seen.text) and wording.speaks_of_context(seen.text)


def _bound_too_large(seen: Evidence) -> bool:
    return wording.bound_is_too_large(seen.text)


def _has_no_model(seen: Evidence) -> bool:
    return wording.speaks_of_no_model(seen.text)


def _refuses_a_setting(seen: Evidence) -> bool:
    return wording.speaks_of_refusal(seen.text)


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
        _OPENAI_ERRORS,
        providers=("openai",),
        statuses=(403, 429),
        test=_says_quota_of_openai,
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
        stops_model=True,
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
        test=_says_no_money,
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

PROVIDER_RULES: Final = (
    Rule(
        "rate-limit.too-large",
        ErrorCode.RATE_LIMIT,
        _TOO_LARGE_A_MINUTE,
        "https://platform.openai.com/docs/guides/rate-limits; https://console.groq.com/docs/errors (413)",
        statuses=(413, 429),
        test=_too_large_a_minute,
        retryable=False,
    ),
    Rule(
        "rate-limit.never",
        ErrorCode.RATE_LIMIT,
        _TOO_LARGE_A_MINUTE,
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
        "content.code",
        ErrorCode.CONTENT_FILTER,
        _WITHHELD,
        "openai: invalid_prompt, content_policy_violation; Portkey's guardrails: 446",
        statuses=_CLIENT_ERRORS,
        codes=(
            "invalid_prompt",
            "content_policy_violation",
            "contentpolicyviolationerror",
            "content_filter",
            "content_filtered",
            "cyber_policy_violation",
            "responsibleaipolicyviolation",
            "data_inspection_failed",
            "moderation_blocked",
            "hooks_failed",
        ),
    ),
    Rule(
        "content.text",
        ErrorCode.CONTENT_FILTER,
        _WITHHELD,
        "anthropic: 400; xai: 403; deepseek: 400; OpenRouter: 403 with moderation metadata; Azure: 400",
        statuses=_CLIENT_ERRORS,
        test=_was_moderated,
    ),
    Rule(
        "bound.too-large",
        ErrorCode.VALIDATION_ERROR,
        "maxTokens is larger than what {model} has left for an answer; lower maxTokens",
        "https://docs.vllm.ai - a bound beyond what is left is refused, however short the conversation",
        statuses=(400, 422),
        test=_bound_too_large,
    ),
    Rule(
        "context.with-bound",
        ErrorCode.CONTEXT_LENGTH,
        _TOGETHER_TOO_LONG,
        "openai, anthropic, deepseek, Together: the prompt and the bound on the answer share the context",
        statuses=(400, 413, 422, 500),
        test=_together_too_long,
    ),
    Rule(
        "context.code",
        ErrorCode.CONTEXT_LENGTH,
        _TOO_LONG,
        "openai: context_length_exceeded; llama.cpp: exceed_context_size_error; LiteLLM's class",
        statuses=(400, 413, 422, 500),
        codes=("context_length_exceeded", "exceed_context_size_error", "contextwindowexceedederror"),
    ),
    Rule(
        "context.text",
        ErrorCode.CONTEXT_LENGTH,
        _TOO_LONG,
        "each provider and each local server in its own words; llama.cpp: 500",
        statuses=(400, 413, 422, 500),
        test=_is_too_long,
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
        "openai: model_not_found; mistral: invalid_model, 1500; deepseek: 400; LiteLLM and OpenRouter: 400",
        statuses=_BAD_REQUEST,
        codes=("model_not_found", "invalid_model", "1500", "notfounderror"),
    ),
    Rule(
        "model.text",
        ErrorCode.NOT_FOUND,
        _NO_MODEL,
        "each gateway in its own words",
        statuses=(400, 403, 404, 422),
        test=_has_no_model,
    ),
    Rule(
        "parameter.refused",
        ErrorCode.VALIDATION_ERROR,
        _BAD_SETTING,
        "each provider in its own words",
        statuses=(400, 422),
        codes=(
            "unsupported_parameter",
            "unsupported_value",
            "unknown_parameter",
            "extra_forbidden",
            "unsupportedparamserror",
        ),
    ),
    Rule(
        "parameter.text",
        ErrorCode.VALIDATION_ERROR,
        _BAD_SETTING,
        "refused, unsupported, unrecognized, incompatible, not enabled: each server in its own words",
        statuses=(400, 422),
        test=_refuses_a_setting,
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
    Rule(
        "capacity.498",
        ErrorCode.SERVER_ERROR,
        _OVERLOADED,
        "https://console.groq.com/docs/errors - flex tier capacity exceeded",
        statuses=(498,),
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
        "status.446",
        ErrorCode.CONTENT_FILTER,
        _WITHHELD,
        "https://portkey.ai/docs/product/guardrails - 446: a guardrail refused the request",
        statuses=(446,),
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
