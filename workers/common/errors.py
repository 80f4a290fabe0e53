"""Every way a worker can fail, as one tree and one document.

    WorkerError                 carries code, retryable and everything the failure document shows
    ├── ValidationError         the job is wrong: VALIDATION_ERROR
    ├── ConfigError             the machine is wrong: CONFIG_ERROR, MISSING_API_KEY
    └── LLMError                a provider or the way to it failed; names the provider
        └── RetryableError      a later try of the same call may succeed

`retryable` follows the code (see RETRYABLE_CODES); a caller passes it only for the one exception that the wire contract
names: a RATE_LIMIT that can never succeed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final


class ErrorCode(StrEnum):
    """The closed list of failure codes of the wire contract."""

    RATE_LIMIT = "RATE_LIMIT"
    TIMEOUT = "TIMEOUT"
    NETWORK_ERROR = "NETWORK_ERROR"
    SERVER_ERROR = "SERVER_ERROR"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    AUTH_ERROR = "AUTH_ERROR"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    NOT_FOUND = "NOT_FOUND"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    CONTEXT_LENGTH = "CONTEXT_LENGTH"
    CONTENT_FILTER = "CONTENT_FILTER"
    UNSUPPORTED_PROVIDER = "UNSUPPORTED_PROVIDER"
    MISSING_API_KEY = "MISSING_API_KEY"
    CONFIG_ERROR = "CONFIG_ERROR"
    INVALID_RESPONSE = "INVALID_RESPONSE"


RETRYABLE_CODES: Final = frozenset(
    {
        ErrorCode.RATE_LIMIT,
        ErrorCode.TIMEOUT,
        ErrorCode.NETWORK_ERROR,
        ErrorCode.SERVER_ERROR,
        ErrorCode.CANCELLED,
        ErrorCode.UNKNOWN,
    }
)

# The queue handler judges a retryable message once more by its text; any of these words would turn the retry off.
FORBIDDEN_IN_RETRYABLE: Final = (
    "invalid",
    "validation",
    "unauthorized",
    "forbidden",
    "not found",
    "bad request",
    "400",
    "401",
    "403",
    "404",
)

MAX_DETAILS_CHARS: Final = 1_000
MAX_MESSAGE_CHARS: Final = 1_000


class WorkerError(Exception):
    """A failure that ends a job, with everything its document shows.

    Args:
        message: what failed and how to put it right.
        code: one of ErrorCode.
        retryable: only where it differs from what the code says.
        details: what the provider or the library said; free text.
        status_code: the HTTP status, where one was received.
        provider: the provider asked.
        request_id: the provider's own ID of the call.
        reason: the provider's own error type or code.
        retry_after_seconds: the delay the server named, in seconds.
        attempts: how many calls were made for the turn that failed.
        billing: "unknown" when the last call may have been paid for although no answer came back.

    Attributes:
        stops_provider: whether every other call to the provider must fail in the same way, so that none need be made:
            no key, a wrong one, no credit.
        stops_model: the same for every other call for this model: one upstream behind a gateway has a bad key or no
            credit, and the gateway's other models go on.
        discarded: the calls of the turn that failed which were billed or may have been, and brought nothing.
        cost_snapshot: what those calls cost, where the job gives prices.
    """

    stops_provider: bool = False
    stops_model: bool = False
    discarded: list[dict[str, Any]] | None = None
    cost_snapshot: dict[str, Any] | None = None

    def __init__(
        self,
        message: str,
        code: ErrorCode = ErrorCode.UNKNOWN,
        *,
        retryable: bool | None = None,
        details: str | None = None,
        status_code: int | None = None,
        provider: str | None = None,
        request_id: str | None = None,
        reason: str | None = None,
        retry_after_seconds: float | None = None,
        attempts: int | None = None,
        billing: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.retryable = code in RETRYABLE_CODES if retryable is None else retryable
        self.details = details
        self.status_code = status_code
        self.provider = provider
        self.request_id = request_id
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds
        self.attempts = attempts
        self.billing = billing

    def to_dict(self) -> dict[str, Any]:
        """The `error` object of the failure document."""
        message, details = self.message, self.details
        if self.retryable and any(word in message.lower() for word in FORBIDDEN_IN_RETRYABLE):
            details = f"{message} | {details}" if details else message
            message = _without_forbidden(message)
        error: dict[str, Any] = {
            "message": _clip(message, MAX_MESSAGE_CHARS),
            "code": self.code.value,
            "retryable": self.retryable,
            "details": None if details is None else _clip(details, MAX_DETAILS_CHARS),
        }
        optional = {
            "statusCode": self.status_code,
            "provider": self.provider,
            "requestId": self.request_id,
            "reason": self.reason,
            "retryAfterSeconds": self.retry_after_seconds,
            "attempts": self.attempts,
            "billing": self.billing,
            "stopsProvider": self.stops_provider or None,
            "stopsModel": self.stops_model or None,
            "discarded": self.discarded or None,
            "costSnapshot": self.cost_snapshot,
        }
        error.update((name, value) for name, value in optional.items() if value is not None)
        return error


class ValidationError(WorkerError):
    """The job breaks a rule of the contract; nothing billable was done."""

    def __init__(self, message: str, **fields: Any) -> None:  # noqa: ANN401 - WorkerError's own fields
        super().__init__(message, ErrorCode.VALIDATION_ERROR, **fields)


class ConfigError(WorkerError):
    """The environment of the worker is wrong: a key, a base URL, a setting, a package."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.CONFIG_ERROR, **fields: Any) -> None:  # noqa: ANN401
        super().__init__(message, code, **fields)


class LLMError(WorkerError):
    """A provider refused, or the way to it failed."""


class RetryableError(LLMError):
    """A provider's failure that a later try of the same call may mend."""


def missing_package(error: ImportError) -> ConfigError:
    """The error of a machine on which a package is missing or broken."""
    package = (error.name or "").split(".")[0] or "a package"
    return ConfigError(
        f"the Python package {package} cannot be imported; run: pip install -r requirements.txt", details=str(error)
    )


def unforeseen(error: BaseException) -> WorkerError:
    """An exception nobody foresaw, as UNKNOWN: retryable, so that no run is lost to a bug of the workers.

    Packages are imported where they are first needed, so one that is missing may show in the middle of a job.
    """
    if isinstance(error, ImportError):
        return missing_package(error)
    return WorkerError(
        "the worker met an error that it has no rule for; try again, and report the details if it comes back",
        ErrorCode.UNKNOWN,
        details=f"{type(error).__name__}: {error}{_place(error)}",
    )


def failure_document(error: WorkerError, partial_transcript: dict[str, Any] | None = None) -> dict[str, Any]:
    """The document that every worker prints instead of a result."""
    document: dict[str, Any] = {"success": False, "error": error.to_dict()}
    if partial_transcript is not None:
        document["partialTranscript"] = partial_transcript
    return document


def _place(error: BaseException) -> str:
    """The innermost frame of the traceback: enough to find the bug, without a wall of text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" (at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno})"


def _without_forbidden(message: str) -> str:
    for word in FORBIDDEN_IN_RETRYABLE:
        while (at := message.lower().find(word)) >= 0:
            message = f"{message[:at]}…{message[at + len(word) :]}"
    return message


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
