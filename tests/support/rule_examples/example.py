"""For every row of the classification table a call that only this row is about, and what must come of it.

The texts are shaped like the vendors' and written for these tests; the phrases that rows match are the vendors' own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from common.classification.failure import Kind

ALL = ("openai", "anthropic", "google", "xai", "deepseek", "mistral")


class Example(NamedTuple):
    """A call that failed, and its class."""

    rule: str
    provider: str
    code: str
    retryable: bool
    retry: str
    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    kind: Kind | None = None
    reason: str | None = None
    delay: float | None = None
    billing: str | None = None
    flex: bool = False

    @property
    def raw(self) -> bytes:
        """The body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def __str__(self) -> str:
        """The name of the test."""
        return f"{self.rule}-{self.provider}-{self.status}"


def openai_error(
    message: str, code: str | None = None, kind: str = "invalid_request_error", param: str | None = None
) -> Any:
    """An error of OpenAI and of those who speak like it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def anthropic_error(kind: str, message: str, **details: str) -> Any:
    """An error of Anthropic."""
    error: dict[str, Any] = {"type": kind, "message": message}
    if details:
        error["details"] = details
    return {"type": "error", "error": error, "request_id": "req_1"}


def google_error(code: int, status: str, message: str, *details: Any) -> Any:
    """An error of Google."""
    return {"error": {"code": code, "status": status, "message": message, "details": list(details)}}


def quota(*ids: str) -> Any:
    """Google's list of quotas that were exceeded."""
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": name} for name in ids]}


def retry_info(delay: str) -> Any:
    """Google's hint when to come back."""
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def choice(content: Any = "", finish: str | None = "stop", **message: Any) -> Any:
    """A chat completion."""
    return {"choices": [{"message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}]}


PAGE = b"<!DOCTYPE html><html><head><title>502</title></head><body>Bad gateway</body></html>"
