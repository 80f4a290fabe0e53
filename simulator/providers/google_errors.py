"""The errors that the Gemini API is known to give, with the details that some of them carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.providers.base import KnownError

if TYPE_CHECKING:
    from simulator.providers.base import Caller
    from simulator.question import Json

_TYPE: Final = "type.googleapis.com/google.rpc."
_METRIC: Final = "generativelanguage.googleapis.com/generate_content_"
_QUOTA: Final = "You exceeded your current quota. \n* Quota exceeded for metric: " + _METRIC


def _invalid(message: str, status: int = 400, form: str = "") -> KnownError:
    return KnownError(status, message, "INVALID_ARGUMENT", form=form)


def _exhausted(message: str, form: str) -> KnownError:
    return KnownError(429, message, "RESOURCE_EXHAUSTED", form=form)


ERRORS: Final = {
    "missing_key": KnownError(
        403,
        "Unregistered callers are not allowed: send an API key.",
        "PERMISSION_DENIED",
    ),
    "key_in_query": _invalid("The key belongs into the x-goog-api-key header, not into the query."),
    "bad_key": _invalid("API key not valid: the simulated account has another one.", form="key"),
    "permission": KnownError(403, "The API key was reported as leaked; use another one.", "PERMISSION_DENIED"),
    "model_not_found": KnownError(
        404,
        "models/{model} is not found for API version {version}, or it cannot generate content.",
        "NOT_FOUND",
    ),
    "page": _invalid("The page size or the page token is not valid."),
    "not_found": KnownError(404, "The requested URL was not found on this server.", "NOT_FOUND"),
    "method": _invalid("The HTTP method is not supported by this URL.", 405),
    "content_type": _invalid("Unsupported content type: send application/json.", 415),
    "bad_json": _invalid("Invalid JSON payload received. Unexpected token."),
    "model_turn_last": _invalid("Requests that end with a model turn are not supported by this model."),
    "continuation": _invalid("The continuation token is not valid."),
    "quota": _exhausted(
        f"{_QUOTA}free_tier_requests, limit: 0, model: {{model}}\nPlease retry in {{wait}}s.", "limit0"
    ),
    "quota_day": _exhausted(f"{_QUOTA}free_tier_requests, limit: 50, model: {{model}}", "day"),
    "rate_limit": _exhausted(
        f"{_QUOTA}paid_tier_input_token_count, limit: 1000000, model: {{model}}\nPlease retry in {{wait}}s.", "minute"
    ),
    "capacity": _exhausted("Resource exhausted. Please try again later.", ""),
    "context": _invalid("The input token count (1050123) exceeds the maximum number of tokens allowed (1048576)."),
    "content_policy": _invalid("The request was blocked by the content policy."),
    "unsupported_temperature": _invalid(
        "* GenerateContentRequest.generation_config.temperature: temperature is not supported by this model\n"
    ),
    "overloaded": KnownError(503, "The model is overloaded; it will not be for ever.", "UNAVAILABLE"),
    "server": KnownError(500, "An internal error has occurred in the simulated model.", "INTERNAL"),
    "timeout": KnownError(504, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED"),
    "bad_request": _invalid("The simulated request is not acceptable."),
}
BY_STATUS: Final = {
    401: "bad_key",
    403: "permission",
    404: "model_not_found",
    429: "rate_limit",
    503: "overloaded",
    504: "timeout",
}


def details(error: KnownError, message: str, caller: Caller) -> list[Json]:
    """The `details` of an error; its form says which."""
    if error.form == "field":
        violation: Json = {"field": error.param, "description": message}
        return [{"@type": f"{_TYPE}BadRequest", "fieldViolations": [violation]}]
    if error.form == "key":
        service = {"service": "generativelanguage.googleapis.com"}
        return [
            {
                "@type": f"{_TYPE}ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": service,
            },
            {"@type": f"{_TYPE}LocalizedMessage", "locale": "en-US", "message": message},
        ]
    quota = _QUOTAS.get(error.form)
    if quota is None:
        return []
    metric, quota_id, value = quota
    violation = {
        "quotaMetric": _METRIC + metric,
        "quotaId": quota_id,
        "quotaDimensions": {"model": caller.model, "location": "global"},
        "quotaValue": value,
    }
    blocks: list[Json] = [{"@type": f"{_TYPE}QuotaFailure", "violations": [violation]}]
    if error.form != "day":
        blocks.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{caller.wait:g}s"})
    return blocks


_QUOTAS: Final = {
    "limit0": ("free_tier_requests", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "0"),
    "day": ("free_tier_requests", "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "50"),
    "minute": ("paid_tier_input_token_count", "GenerateContentPaidTierInputTokensPerModelPerMinute", "1000000"),
}
