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

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from typing import Self, TypedDict, Unpack

    from common.json.documents import CostSnapshot, Discarded, Failure, FailureError

    class ErrorFields(TypedDict, total=False):
        """What an error says beside its message and its code: see WorkerError."""

        retryable: bool | None
        details: str | None
        status_code: int | None
        provider: str | None
        request_id: str | None
        reason: str | None
        retry_after_seconds: float | None
        attempts: int | None
        billing: Billing | None
        stops_provider: bool
        stops_model: bool
        tier_unavailable: bool
        discarded: tuple[Discarded, ...]
        cost_snapshot: CostSnapshot | None


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

# The call may have been paid for although no answer came back.
Billing = Literal["unknown"]


class WorkerError(Exception):
    """A failure that ends a job, with everything its document shows. It is built whole and never changed.

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
        stops_provider: whether every other call to the provider must fail in the same way, so that none need be made:
            no key, a wrong one, no credit.
        stops_model: the same for every other call for this model: one upstream behind a gateway has a bad key or no
            credit, and the gateway's other models go on.
        tier_unavailable: whether the service tier that was asked for has no room: the delay concerns this job alone.
        discarded: the calls of the turn that failed which were billed or may have been, and brought nothing.
        cost_snapshot: what those calls cost, where the job gives prices.
    """

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
        billing: Billing | None = None,
        stops_provider: bool = False,
        stops_model: bool = False,
        tier_unavailable: bool = False,
        discarded: tuple[Discarded, ...] = (),
        cost_snapshot: CostSnapshot | None = None,
    ) -> None:
        super().__init__(message)
        self.message: Final = message
        self.code: Final = code
        self.retryable: Final = code in RETRYABLE_CODES if retryable is None else retryable
        self.details: Final = details
        self.status_code: Final = status_code
        self.provider: Final = provider
        self.request_id: Final = request_id
        self.reason: Final = reason
        self.retry_after_seconds: Final = retry_after_seconds
        self.attempts: Final = attempts
        self.billing: Final = billing
        self.stops_provider: Final = stops_provider
        self.stops_model: Final = stops_model
        self.tier_unavailable: Final = tier_unavailable
        self.discarded: Final = discarded
        self.cost_snapshot: Final = cost_snapshot

    def but(self, **changes: Unpack[ErrorFields]) -> Self:
        """A new error of the same class, message and code, with some of its fields changed."""
        fields: ErrorFields = {
            "retryable": self.retryable,
            "details": self.details,
            "status_code": self.status_code,
            "provider": self.provider,
            "request_id": self.request_id,
            "reason": self.reason,
            "retry_after_seconds": self.retry_after_seconds,
            "attempts": self.attempts,
            "billing": self.billing,
            "stops_provider": self.stops_provider,
            "stops_model": self.stops_model,
            "tier_unavailable": self.tier_unavailable,
            "discarded": self.discarded,
            "cost_snapshot": self.cost_snapshot,
        }
        fields.update(changes)
        error = type(self).__new__(type(self))
        WorkerError.__init__(error, self.message, self.code, **fields)
        return error

    def to_dict(self) -> FailureError:
        """The `error` object of the failure document."""
        message, details = self.message, self.details
        if self.retryable and any(word in message.lower() for word in FORBIDDEN_IN_RETRYABLE):
            details = f"{message} | {details}" if details else message
            message = _without_forbidden(message)
        error: FailureError = {
            "message": _clip(message, MAX_MESSAGE_CHARS),
            "code": self.code,
            "retryable": self.retryable,
            "details": None if details is None else _clip(details, MAX_DETAILS_CHARS),
        }
        self._add_call(error)
        self._add_bill(error)
        return error

    def _add_call(self, error: FailureError) -> None:
        """What is known of the call that failed."""
        if self.status_code is not None:
            error["statusCode"] = self.status_code
        if self.provider is not None:
            error["provider"] = self.provider
        if self.request_id is not None:
            error["requestId"] = self.request_id
        if self.reason is not None:
            error["reason"] = self.reason
        if self.retry_after_seconds is not None:
            error["retryAfterSeconds"] = self.retry_after_seconds
        if self.attempts is not None:
            error["attempts"] = self.attempts
        if self.stops_provider:
            error["stopsProvider"] = True
        if self.stops_model:
            error["stopsModel"] = True
        if self.tier_unavailable:
            error["tierUnavailable"] = True

    def _add_bill(self, error: FailureError) -> None:
        """What was paid, or may have been, without an answer."""
        if self.billing is not None:
            error["billing"] = self.billing
        if self.discarded:
            error["discarded"] = list(self.discarded)
        if self.cost_snapshot is not None:
            error["costSnapshot"] = self.cost_snapshot


class ValidationError(WorkerError):
    """The job breaks a rule of the contract; nothing billable was done."""

    def __init__(self, message: str, **fields: Unpack[ErrorFields]) -> None:
        super().__init__(message, ErrorCode.VALIDATION_ERROR, **fields)


class ConfigError(WorkerError):
    """The environment of the worker is wrong: a key, a base URL, a setting, a package."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.CONFIG_ERROR, **fields: Unpack[ErrorFields]) -> None:
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


def failure_document(error: WorkerError) -> Failure:
    """The document that every worker prints instead of a result."""
    return {"success": False, "error": error.to_dict()}


def _place(error: BaseException) -> str:
    """The innermost frame of the traceback: enough to find the bug, without a wall of text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" (at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno})"


def _without_forbidden(message: str) -> str:
    # Not by places in `message.lower()`: it may be longer than the message.
    return re.sub("|".join(map(re.escape, FORBIDDEN_IN_RETRYABLE)), "…", message, flags=re.IGNORECASE)


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
