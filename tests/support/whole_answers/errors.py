"""Whole error answers of the six providers, one or more of each kind that every one of them has."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from support.rule_examples.example import anthropic_error, google_error, openai_error, quota, retry_info


class WholeError(NamedTuple):
    """One error answer and its class. `retryable` is False unless the row says otherwise."""

    provider: str
    status: int
    body: Any
    code: str
    retryable: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The name of the test."""
        return f"{self.provider} {self.status} {self.code}"


_NEVER: Final = (("x-should-retry", "false"),)
_TEXT: Final = (("content-type", "text/plain"),)
_XAI_KEY: Final = "Incorrect API key provided: ma***up. Look it up at the console."
_MISTRAL_LIMIT: Final = {
    "object": "error",
    "message": "Requests rate limit exceeded",
    "type": "rate_limited",
    "param": None,
}


def _mistral(message: str, kind: str, code: str) -> Any:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


WHOLE_ERRORS: Final = (
    WholeError("openai", 401, openai_error("Incorrect API key provided.", "invalid_api_key"), "AUTH_ERROR"),
    WholeError("openai", 404, openai_error("The model `gpt-0` does not exist.", "model_not_found"), "NOT_FOUND"),
    WholeError(
        "openai",
        400,
        openai_error(
            "This model's maximum context length is 128000 tokens.", "context_length_exceeded", param="messages"
        ),
        "CONTEXT_LENGTH",
    ),
    WholeError(
        "openai",
        400,
        openai_error("Unsupported value: 'temperature' is not 1.", "unsupported_value", param="temperature"),
        "VALIDATION_ERROR",
    ),
    WholeError(
        "openai", 429, openai_error("You exceeded it.", "insufficient_quota", "insufficient_quota"), "QUOTA_EXCEEDED"
    ),
    WholeError(
        "openai",
        429,
        openai_error("Rate limit reached for requests.", "rate_limit_exceeded", "requests"),
        "RATE_LIMIT",
        retryable=True,
        headers=(("retry-after-ms", "1500"), ("x-should-retry", "true")),
    ),
    WholeError(
        "openai", 500, openai_error("The server had an error.", None, "server_error"), "SERVER_ERROR", retryable=True
    ),
    WholeError(
        "anthropic", 401, anthropic_error("authentication_error", "no such x-api-key"), "AUTH_ERROR", headers=_NEVER
    ),
    WholeError("anthropic", 404, anthropic_error("not_found_error", "model: claude-0"), "NOT_FOUND", headers=_NEVER),
    WholeError(
        "anthropic",
        400,
        anthropic_error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        "CONTEXT_LENGTH",
        headers=_NEVER,
    ),
    WholeError(
        "anthropic",
        400,
        anthropic_error("invalid_request_error", "`temperature` is deprecated for this model."),
        "VALIDATION_ERROR",
        headers=_NEVER,
    ),
    WholeError(
        "anthropic",
        400,
        anthropic_error("invalid_request_error", "Your credit balance is too low to access the API."),
        "QUOTA_EXCEEDED",
        headers=_NEVER,
    ),
    WholeError(
        "anthropic",
        429,
        anthropic_error("rate_limit_error", "This request would exceed your rate limit."),
        "RATE_LIMIT",
        retryable=True,
        headers=(("retry-after", "7"), ("x-should-retry", "true")),
    ),
    WholeError("anthropic", 429, anthropic_error("rate_limit_error", "One request."), "RATE_LIMIT", headers=_NEVER),
    WholeError("anthropic", 529, anthropic_error("overloaded_error", "Overloaded"), "SERVER_ERROR", retryable=True),
    WholeError(
        "google",
        400,
        google_error(400, "INVALID_ARGUMENT", "API key not valid.", {"@type": "x", "reason": "API_KEY_INVALID"}),
        "AUTH_ERROR",
    ),
    WholeError(
        "google", 404, google_error(404, "NOT_FOUND", "models/g is not found for API version v1beta"), "NOT_FOUND"
    ),
    WholeError(
        "google",
        400,
        google_error(
            400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8)."
        ),
        "CONTEXT_LENGTH",
    ),
    WholeError(
        "google",
        429,
        google_error(429, "RESOURCE_EXHAUSTED", "Retry in 34.4s.", quota("RequestsPerMinute"), retry_info("34s")),
        "RATE_LIMIT",
        retryable=True,
    ),
    WholeError(
        "google",
        429,
        google_error(429, "RESOURCE_EXHAUSTED", "Retry in 34.4s.", quota("RequestsPerDay"), retry_info("34s")),
        "QUOTA_EXCEEDED",
    ),
    WholeError("google", 503, google_error(503, "UNAVAILABLE", "The model is busy."), "SERVER_ERROR", retryable=True),
    # A list of one is how some of its front ends answer.
    WholeError("google", 500, [google_error(500, "INTERNAL", "An error.")], "SERVER_ERROR", retryable=True),
    WholeError("xai", 400, {"code": "invalid-argument", "error": _XAI_KEY}, "AUTH_ERROR"),
    WholeError("xai", 403, {"code": "x", "error": "The team doesn't have any credits."}, "QUOTA_EXCEEDED"),
    WholeError("xai", 403, {"code": "x", "error": "Content violates usage guidelines."}, "CONTENT_FILTER"),
    WholeError("xai", 403, {"code": "x", "error": "This key may not do that."}, "AUTH_ERROR"),
    WholeError(
        "xai",
        400,
        {"code": "x", "error": "This model's maximum prompt length is 9 but the request contains 10 tokens."},
        "CONTEXT_LENGTH",
    ),
    WholeError("xai", 429, {"code": "x", "error": "Too many requests for team."}, "RATE_LIMIT", retryable=True),
    WholeError("xai", 503, {"code": "x", "error": "The model is at capacity."}, "SERVER_ERROR", retryable=True),
    WholeError(
        "deepseek",
        401,
        openai_error("Authentication Fails", "invalid_request_error", "authentication_error"),
        "AUTH_ERROR",
    ),
    WholeError(
        "deepseek",
        402,
        openai_error("Insufficient Balance", "invalid_request_error", "unknown_error"),
        "QUOTA_EXCEEDED",
    ),
    WholeError(
        "deepseek",
        400,
        openai_error("This model's maximum context length is 9 tokens.", "invalid_request_error"),
        "CONTEXT_LENGTH",
    ),
    WholeError("deepseek", 422, b"Failed to deserialize the JSON body", "VALIDATION_ERROR", headers=_TEXT),
    WholeError("deepseek", 429, b"", "RATE_LIMIT", retryable=True, headers=_TEXT),
    WholeError("deepseek", 503, openai_error("Service is too busy.", None, "x"), "SERVER_ERROR", retryable=True),
    WholeError("mistral", 401, {"detail": "Invalid API Key"}, "AUTH_ERROR"),
    WholeError("mistral", 401, {"message": "Unauthorized", "request_id": "made-up"}, "AUTH_ERROR"),
    WholeError("mistral", 400, _mistral("Invalid model: m", "invalid_model", "1500"), "NOT_FOUND"),
    WholeError(
        "mistral", 400, _mistral("Unexpected role", "invalid_request_message_order", "3230"), "VALIDATION_ERROR"
    ),
    WholeError(
        "mistral",
        422,
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]},
        "VALIDATION_ERROR",
    ),
    WholeError("mistral", 429, {**_MISTRAL_LIMIT, "code": "1300"}, "RATE_LIMIT", retryable=True),
    WholeError(
        "mistral",
        500,
        _mistral("Service unavailable.", "internal_server_error", "1000"),
        "SERVER_ERROR",
        retryable=True,
    ),
)
