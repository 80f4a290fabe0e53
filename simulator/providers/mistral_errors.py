"""The errors that Mistral's API is known to give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from simulator.providers.base import KnownError, literal
from simulator.providers.problem import pydantic_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.providers.problem import ProblemError
    from simulator.question import Json


@dataclass(frozen=True, slots=True)
class DetailsError(KnownError):
    """A 422 that lists what is wrong with the body.

    Attributes:
        details: one object for each wrong value.
    """

    details: tuple[Json, ...] = ()

    @classmethod
    def of(cls, problems: Iterable[ProblemError]) -> Self:
        """The error for one or more problems."""
        details = []
        for problem in problems:
            kind, words = pydantic_words(problem)
            details.append({"type": kind, "loc": ["body", *problem.path], "msg": words, "input": problem.found})
        return cls(422, "", details=tuple(details))


def object_error(
    message: str, code: str | None, kind: str = "invalid_request_message_order", status: int = 400
) -> KnownError:
    """An error in the shape that most of them have."""
    return KnownError(status, literal(message), kind, code)


_INVALID: Final = "invalid_request_error"

ERRORS: Final = {
    "missing_key": KnownError(401, "Unauthorized", form="gateway"),
    "key_in_query": KnownError(401, "Unauthorized: no header, and a key in the query", form="gateway"),
    "bad_key": KnownError(401, "Invalid API Key", form="detail"),
    "permission": KnownError(403, "Forbidden", form="detail"),
    "model_not_found": KnownError(400, "Invalid model: {model}", "invalid_model", "1500"),
    "not_found": KnownError(404, "no Route matched with those values", form="gateway"),
    "method": KnownError(405, "Method Not Allowed", form="detail"),
    "content_type": KnownError(415, "Unsupported Media Type", form="detail"),
    "bad_json": KnownError(400, "The request body is not valid JSON", _INVALID),
    "empty_assistant": KnownError(
        400,
        "An assistant message needs either content or tool_calls.",
        "invalid_request_assistant_message",
        "3240",
    ),
    "max_tokens": object_error(
        "Prompt and max_tokens do not fit into the model's context.", "3051", _INVALID, status=422
    ),
    "quota": KnownError(402, "Payment required: the workspace has no credits left.", form="detail"),
    "rate_limit": KnownError(429, "Rate limit exceeded", "rate_limited", code="1300"),
    "capacity": KnownError(429, "Service tier capacity exceeded for this model.", _INVALID, code="3505"),
    "context": KnownError(
        400,
        "Prompt contains 140123 tokens, too large for model with a context of 131072",
        _INVALID,
        code="3051",
    ),
    "content_policy": KnownError(403, "The request was blocked by moderation.", "guardrail_blocked"),
    "unsupported_temperature": KnownError(400, "Temperature is not supported by this model.", _INVALID, code="3010"),
    "overloaded": KnownError(503, "Service unavailable.", "internal_server_error", code="1000"),
    "server": KnownError(500, "Service unavailable.", "internal_server_error", code="1000"),
    "bad_request": KnownError(400, "The simulated request is not acceptable.", _INVALID),
}
BY_STATUS: Final = {
    401: "bad_key",
    402: "quota",
    403: "permission",
    429: "rate_limit",
    503: "overloaded",
}
