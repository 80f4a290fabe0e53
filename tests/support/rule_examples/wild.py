"""What gateways, local servers and new models say, each in words of its own, for the kinds that rows are about."""
# ruff: noqa: FBT003 - `retryable` stands in the same column of every row

from __future__ import annotations

import json
from typing import Any

from support.rule_examples.example import Example, anthropic_error, google_error, openai_error, quota


def litellm(vendor: str, body: Any, kind: str = "RateLimitError") -> Any:
    """A vendor's error as LiteLLM passes it on."""
    quoted = body if isinstance(body, str) else json.dumps(body)
    message = f"litellm.{kind}: {vendor}Exception - {quoted}\n\nLiteLLM: model group 'g' failed."
    return {"error": {"message": message, "type": "throttling_error", "param": "None", "code": "429"}}


def openrouter(message: str, code: int, **metadata: Any) -> Any:
    """An error of OpenRouter."""
    return {"error": {"message": message, "code": code, "metadata": metadata}, "user_id": "u"}


def _refused(rule: str, code: str, status: int, body: Any, provider: str = "openai", **more: Any) -> Example:
    return Example(rule, provider, code, False, "NEVER", status, body, **more)


_GOOGLES_QUOTA = "You exceeded your current quota, please check your plan and billing details. limit: 9. Retry in 7.9s."

NO_MONEY = (
    *(
        _refused("billing.text", "QUOTA_EXCEEDED", status, body, provider)
        for provider, status, body in (
            ("google", 429, google_error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.")),
            ("anthropic", 400, anthropic_error("invalid_request_error", "your specified workspace API usage limits.")),
            ("openai", 403, {"code": "x", "message": "Insufficient account balance"}),
            ("openai", 403, openrouter("Key limit exceeded (total limit)", 403)),
            ("openai", 429, {"error": {"message": "Insufficient balance, please recharge", "type": "x"}}),
            ("openai", 500, {"error": {"message": "insufficient balance (1008)", "type": "x"}}),
            ("openai", 400, {"error": {"message": "anthropic error: Your credit balance is too low."}}),
            ("openai", 429, litellm("Xai", {"code": "x", "error": "Your team has used all available credits."})),
            (
                "openai",
                200,
                {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}, "choices": None},
            ),
            ("openai", 200, {"error": "Insufficient credits. Add more."}),
        )
    ),
    *(
        _refused("billing.code", "QUOTA_EXCEEDED", status, {"error": {"message": "No.", "type": kind, "code": code}})
        for status, kind, code in (
            (429, "budget_exceeded", "429"),
            (500, "insufficient_balance_error", None),
            (403, None, "INSUFFICIENT_BALANCE"),
            (200, None, "insufficient_quota"),
            (429, "exceeded_current_quota_error", None),
        )
    ),
    _refused(
        "billing.openai",
        "QUOTA_EXCEEDED",
        429,
        litellm("OpenAI", "You exceeded your current quota, please check your plan and billing details."),
    ),
    _refused(
        "billing.google.day", "QUOTA_EXCEEDED", 429, litellm("Gemini", google_error(429, "X", "x", quota("PerDay")))
    ),
    _refused(
        "billing.request", "QUOTA_EXCEEDED", 402, openrouter("This needs more credits, or fewer max_tokens.", 402)
    ),
    _refused(
        "rate-limit.too-large",
        "RATE_LIMIT",
        413,
        openai_error("Request too large on tokens per minute (TPM): Limit 6, Requested 9", "rate_limit_exceeded", "x"),
    ),
    _refused(
        "rate-limit.never",
        "RATE_LIMIT",
        429,
        litellm("Anthropic", anthropic_error("rate_limit_error", "Above the limit.")),
        headers=(("llm_provider-x-should-retry", "false"),),
    ),
    *(
        # The same words as OpenAI's, and a limit of a minute.
        Example("status.429", "openai", "RATE_LIMIT", True, "BACKOFF", 429, body, delay=7.9)
        for body in (
            litellm("gemini", google_error(429, "RESOURCE_EXHAUSTED", _GOOGLES_QUOTA, quota("PerMinute"))),
            [google_error(429, "RESOURCE_EXHAUSTED", _GOOGLES_QUOTA, quota("PerMinute"))],
            google_error(429, "RESOURCE_EXHAUSTED", f"{_GOOGLES_QUOTA} See ai.google.dev"),
        )
    ),
)

NO_ROOM = (
    *(
        _refused("context.text", "CONTEXT_LENGTH", status, {"error": {"message": text, "type": "x"}})
        for status, text in (
            (400, "request (14429 tokens) exceeds the available context size (8192 tokens)"),
            (500, "Context size has been exceeded."),
            (400, "the rendered prompt is 3010 tokens; the model context is 1024"),
            (400, "Input is too long for requested model."),
            (400, "The prompt is longer than the model's context window of 4096 tokens"),
            (422, "Input tokens exceed the configured limit: maximum sequence length is 2048"),
        )
    ),
    *(
        _refused("context.text", "CONTEXT_LENGTH", status, {"error": text})
        for status in (400, 200)
        for text in (
            "The number of tokens to keep from the initial prompt is greater than the context length.",
            "Trying to keep the first 13055 tokens when context overflows. However, the model takes 4096.",
        )
    ),
    _refused("context.code", "CONTEXT_LENGTH", 400, {"error": {"message": "No.", "type": "exceed_context_size_error"}}),
    _refused("context.code", "CONTEXT_LENGTH", 400, litellm("OpenAI", "No.", "ContextWindowExceededError")),
    *(
        _refused("context.with-bound", "CONTEXT_LENGTH", status, {"error": {"message": text}}, provider)
        for provider, status, text in (
            ("openai", 422, "`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens"),
            ("anthropic", 400, "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000"),
            (
                "deepseek",
                400,
                "maximum context length is 9. You requested 12 (4 in the messages, 8 in the completion).",
            ),
        )
    ),
    *(
        _refused("bound.too-large", "VALIDATION_ERROR", 400, {"error": {"message": text}})
        for text in (
            "'max_tokens' or 'max_completion_tokens' is too large: 8192. The model's maximum context length is 4096.",
            "max_tokens is too large: 9. This model supports at most 8 completion tokens.",
        )
    ),
)

NO_PERMISSION = (
    _refused("content.text", "CONTENT_FILTER", 403, openrouter("No.", 403, flagged_input="...", reasons=["violence"])),
    *(
        _refused("content.text", "CONTENT_FILTER", status, {"error": {"message": text}})
        for status, text in (
            (400, "The response was filtered due to the prompt triggering Azure's content management policy."),
            (403, "Your input was flagged for violence"),
            (200, "The request was rejected: content policy"),
        )
    ),
    _refused("content.code", "CONTENT_FILTER", 400, litellm("Azure", "No.", "ContentPolicyViolationError")),
    _refused("status.446", "CONTENT_FILTER", 446, {"error": {"message": "No."}}),
    *(
        _refused("model.text", "NOT_FOUND", 400, {"error": {"message": text, "code": 400}})
        for text in (
            "claude-sonnet-4-6 is not a valid model ID",
            "/chat/completions: Invalid model name passed in model=no-such-alias. Call `/v1/models`",
            "The requested model 'x' does not exist.",
            "model 'llama9' not found, try pulling it first",
            "Unknown model: x",
        )
    ),
    _refused(
        "model.unknown",
        "NOT_FOUND",
        400,
        litellm("Mistral", {"object": "error", "type": "invalid_model", "code": "1500"}),
    ),
    _refused("status.404", "NOT_FOUND", 200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    *(
        _refused("parameter.text", "VALIDATION_ERROR", 400, {"error": {"message": text}})
        for text in (
            "Unrecognized request argument supplied: top_p",
            "Model incompatible request argument supplied: temperature",
            "Penalty is not enabled for this model",
            "Thinking level HIGH is not supported",
            "This model doesn't support the temperature field",
        )
    ),
    _refused(
        "parameter.text",
        "VALIDATION_ERROR",
        400,
        {"object": "error", "message": "Reasoning prompt mode is not enabled", "type": "x", "code": "3051"},
        "mistral",
    ),
    _refused(
        "key.refused",
        "AUTH_ERROR",
        400,
        google_error(400, "INVALID_ARGUMENT", "No.", {"@type": "x", "reason": "API_KEY_INVALID"}),
        "google",
        reason="API_KEY_INVALID",
    ),
    _refused(
        "status.401",
        "AUTH_ERROR",
        401,
        openai_error("No.", "invalid_request_error", "authentication_error"),
        "deepseek",
        reason="authentication_error",
    ),
)

PASSING = (
    Example("capacity.498", "openai", "SERVER_ERROR", True, "BACKOFF", 498, {"error": {"message": "Flex tier."}}),
    *(
        Example("status.429", "openai", "RATE_LIMIT", True, "BACKOFF", 200, body)
        for body in (
            {"error": {"message": "slow", "type": "rate_limit_error", "code": "rate_limited"}},
            {"choices": [], "error": {"code": 429, "message": "slow"}},
            {
                "choices": [
                    {"message": {"content": ""}, "finish_reason": "error", "error": {"code": 429, "message": "m"}}
                ]
            },
            {"error": "Too many requests"},
        )
    ),
    *(
        Example("status.503", "openai", "SERVER_ERROR", True, "BACKOFF", 200, body)
        for body in (
            {"error": {"message": "m", "code": "service_unavailable"}},
            {"error": {"code": 503, "message": "m"}},
        )
    ),
    *(
        Example("status.429", "openai", "RATE_LIMIT", True, "BACKOFF", 429, body, headers, delay=delay)
        for body, headers, delay in (
            (openai_error("Please try again in 2h2m59s."), (), 7_379.0),
            (openai_error("Try again in 20ms"), (), 0.02),
            (openai_error("Slow down. Retry after 30 seconds"), (), 30.0),
            ({"error": {"type": "usage_limit_reached", "resets_in_seconds": 7139}}, (), 7_139.0),
            ({"error": {"metadata": {"headers": {"Retry-After": "12"}}}}, (), 12.0),
            ({}, (("ratelimit", '"default";r=0;t=42'),), 42.0),
            ({}, (("ratelimit", "limit=10, remaining=0, reset=43"),), 43.0),
            ({}, (("llm_provider-retry-after", "3"),), 3.0),
            ({}, (("x-ratelimit-reset", "44"), ("x-ratelimit-remaining", "0")), 44.0),
        )
    ),
)

WILD = NO_MONEY + NO_ROOM + NO_PERMISSION + PASSING
