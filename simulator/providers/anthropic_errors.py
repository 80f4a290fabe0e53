"""The errors that Anthropic's API is known to give."""

from __future__ import annotations

from typing import Final

from simulator.providers.base import KnownError

_NO_RETRY: Final = (("x-should-retry", "false"),)
_RETRY: Final = (("x-should-retry", "true"),)


def _invalid(message: str, status: int = 400) -> KnownError:
    return KnownError(status, message, "invalid_request_error", headers=_NO_RETRY)


def _auth(message: str) -> KnownError:
    return KnownError(401, message, "authentication_error", headers=_NO_RETRY)


ERRORS: Final = {
    "missing_key": _auth("x-api-key header is required"),
    "key_in_query": _auth("the key belongs into the x-api-key header, not into the query"),
    "bad_key": _auth("invalid x-api-key"),
    "permission": KnownError(
        403,
        "The simulated key does not have permission for this resource.",
        "permission_error",
        headers=_NO_RETRY,
    ),
    "model_not_found": KnownError(404, "model: {model}", "not_found_error", headers=_NO_RETRY),
    "not_found": KnownError(404, "Not found", "not_found_error", headers=_NO_RETRY),
    "method": _invalid("Method Not Allowed", 405),
    "content_type": _invalid("content-type: must be application/json", 415),
    "bad_json": _invalid("The request body is not valid JSON"),
    "no_version": _invalid("anthropic-version: header is required"),
    "no_messages": _invalid("messages: at least one message is required"),
    "first_role": _invalid('messages: first message must use the "user" role'),
    "system_role": _invalid(
        'messages: Unexpected role "system" in the first message; the top-level `system` takes instructions'
    ),
    "empty_text": _invalid("messages: text content blocks must be non-empty"),
    "blank_text": _invalid("messages: text content blocks must contain non-whitespace text"),
    "trailing_space": _invalid("messages: final assistant content cannot end with trailing whitespace"),
    "too_many_marks": _invalid("A maximum of 4 blocks with cache_control may be provided."),
    "order_of_marks": _invalid(
        "cache_control: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
    ),
    "limit": _invalid("limit: Input should be a whole number from 1 to 1000"),
    "cursor": _invalid("after_id: no such model"),
    "prefill": _invalid("This model does not support assistant message prefill; end with a user message."),
    "no_budget": _invalid(
        '"thinking.type.enabled" is not supported for this model; "adaptive" and "output_config.effort" are'
    ),
    "budget_too_large": _invalid("`max_tokens` must be greater than `thinking.budget_tokens`."),
    "thinking_temperature": _invalid("`temperature` may only be set to 1 when thinking is enabled."),
    "unsupported_temperature": _invalid("`temperature` is deprecated for this model."),
    "quota": _invalid("Your credit balance is too low: the simulated account is empty."),
    "rate_limit": KnownError(
        429,
        "This request would exceed the simulated account's rate limit.",
        "rate_limit_error",
        headers=_RETRY,
    ),
    "too_large": KnownError(
        429,
        "This request alone would exceed the rate limit of 30,000 input tokens per minute (model: {model}).",
        "rate_limit_error",
        headers=_NO_RETRY,
    ),
    "request_too_large": KnownError(
        413, "Request exceeds the maximum allowed number of bytes.", "request_too_large", headers=_NO_RETRY
    ),
    "context": _invalid("prompt is too long: 200123 tokens > 200000 maximum"),
    "content_policy": _invalid("Output blocked by content filtering policy"),
    "billing": KnownError(
        402, "There is an issue with your billing or payment information.", "billing_error", headers=_NO_RETRY
    ),
    "overloaded": KnownError(529, "Overloaded", "overloaded_error"),
    "timeout": KnownError(504, "The request timed out while processing.", "timeout_error"),
    "server": KnownError(500, "Internal server error", "api_error"),
    "bad_request": _invalid("The simulated request is not acceptable."),
}
BY_STATUS: Final = {
    401: "bad_key",
    402: "billing",
    403: "permission",
    404: "model_not_found",
    413: "request_too_large",
    429: "rate_limit",
    504: "timeout",
    529: "overloaded",
}
