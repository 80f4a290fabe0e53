"""The errors that OpenAI's API is known to give."""

from __future__ import annotations

from typing import Final

from simulator.providers.base import KnownError

_INVALID: Final = "invalid_request_error"

ERRORS: Final = {
    "missing_key": KnownError(
        401,
        "You didn't provide an API key. It belongs into the header Authorization: Bearer KEY.",
        _INVALID,
    ),
    "key_in_query": KnownError(401, "The key belongs into the Authorization header, not into the query.", _INVALID),
    "bad_key": KnownError(
        401,
        "Incorrect API key provided: {key}. The account's settings hold the right one.",
        _INVALID,
        "invalid_api_key",
    ),
    "permission": KnownError(
        403,
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
    ),
    "model_not_found": KnownError(
        404, "The model `{model}` does not exist or you do not have access to it.", _INVALID, "model_not_found"
    ),
    "not_found": KnownError(404, "Invalid URL", _INVALID),
    "method": KnownError(405, "Not allowed to use this method on this URL.", _INVALID, "method_not_supported"),
    "content_type": KnownError(415, "Unsupported content type: send application/json.", _INVALID),
    "bad_json": KnownError(
        400,
        "The body of the request could not be parsed as JSON.",
        _INVALID,
    ),
    "no_model": KnownError(400, "you must provide a model parameter", _INVALID),
    "responses_only": KnownError(
        404, "This model is only supported in v1/responses and not in v1/chat/completions.", _INVALID, None, "model"
    ),
    "no_instructions": KnownError(
        400,
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        _INVALID,
        "unsupported_value",
        "messages[0].role",
    ),
    "no_previous": KnownError(
        400,
        "Previous response cannot be used: the simulated organization stores none (zero data retention).",
        _INVALID,
        "unsupported_parameter",
        "previous_response_id",
    ),
    "stream_options": KnownError(
        400,
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        _INVALID,
        None,
        "stream_options",
    ),
    "responses_model_not_found": KnownError(
        400, "The requested model '{model}' does not exist.", _INVALID, "model_not_found", "model"
    ),
    "resource_unavailable": KnownError(
        429,
        "Resource unavailable: there is no room for flex processing now; this was not billed.",
        "resource_unavailable",
        "resource_unavailable",
    ),
    "quota": KnownError(
        429,
        "You exceeded your current quota: the simulated account is empty.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "rate_limit": KnownError(
        429,
        "Rate limit reached for {model}: 500 requests per minute, and this is one more.",
        "requests",
        "rate_limit_exceeded",
    ),
    "too_large": KnownError(
        429,
        "Request too large for {model}: Limit 30000, Requested 41000. Ask for fewer tokens.",
        "tokens",
        "rate_limit_exceeded",
    ),
    "context": KnownError(
        400,
        "This model's maximum context length is 128000 tokens, and the messages hold 130123.",
        _INVALID,
        "context_length_exceeded",
        "messages",
    ),
    "content_policy": KnownError(
        400,
        "Invalid prompt: it was flagged as against the usage policy.",
        _INVALID,
        "invalid_prompt",
    ),
    "unsupported_temperature": KnownError(
        400,
        "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is"
        " supported.",
        _INVALID,
        "unsupported_value",
        "temperature",
    ),
    "overloaded": KnownError(
        503, "The engine is currently overloaded; it will not be for ever.", "server_error", "server_is_overloaded"
    ),
    "server": KnownError(
        500,
        "An error occurred while processing the simulated request {id}.",
        "server_error",
        "server_error",
    ),
    "bad_request": KnownError(400, "The simulated request is not acceptable.", _INVALID),
}
BY_STATUS: Final = {401: "bad_key", 403: "permission", 404: "model_not_found", 429: "rate_limit", 503: "overloaded"}
