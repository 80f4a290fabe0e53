"""What is known of a call that failed, and what it amounts to."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.errors import LLMError
    from common.http.exchange import FaultKind
    from common.llm_adapters.base import Adapter, Usage

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


# How an answer under a status that says success is none.
AnswerKind = Literal[
    "empty-body",
    "page",
    "not-json",
    "foreign",
    "shape",
    "blocked",
    "context-window",
    "spent",
    "media",
    "broke-off",
    "interrupted",
    "tool-call",
    "thinking-only",
    "blank",
]
# How a call failed: an error status, a fault on the way, or an answer that is none. Each has a row of its own.
if TYPE_CHECKING:
    Kind = Literal["http"] | FaultKind | AnswerKind


class Retry(Enum):
    """Whether the same process asks again."""

    NEVER = "no"
    ONCE = "once"
    BACKOFF = "with backoff"
    PATIENT = "until the deadline"


class Evidence(NamedTuple):
    """What is known of a call that failed.

    Attributes:
        kind: how it failed.
        provider: the provider asked.
        status: the HTTP status; 0 where none was received.
        headers: of the response, names in lower case.
        codes: every error code, type and status word of the body, in lower case.
        text: the body's messages, in lower case.
        message: the body's own message, for `details`.
        reason: the provider's own error type or code.
        body: the parsed body, where it was JSON.
        is_html: whether the body was a web page.
        vendor: whose rules the error follows, where a gateway passed another vendor's on; else the provider asked.
        gateway: whether a gateway stands between us and the vendor.
        inner: the errors that the body quotes, as parsed bodies.
        received: the HTTP status, where `status` is the one that an error under 200 stands for.
        request_id: the provider's ID of the call.
        parameters: the settings that the API refused, under the API's names, where it names them.
        flex: whether the request asked to be served when there is room.
        detail: of the shape of an answer that is none: what it lacks, the tool it calls, what came in place of text.
    """

    kind: Kind
    provider: str
    status: int = 0
    headers: Mapping[str, str] = _NO_HEADERS
    codes: frozenset[str] = frozenset()
    text: str = ""
    message: str | None = None
    reason: str | None = None
    body: object = None
    is_html: bool = False
    vendor: str = ""
    gateway: bool = False
    inner: tuple[object, ...] = ()
    received: int | None = None
    request_id: str | None = None
    parameters: tuple[str, ...] = ()
    flex: bool = False
    detail: str | None = None


class CallContext(NamedTuple):
    """What is known of a call: who was asked, where, for which model, and whether it may wait for room (flex)."""

    provider: str
    host: str
    model: str
    flex: bool = False


class Failure(NamedTuple):
    """A call that brought no usable answer.

    Attributes:
        error: what the job reports if this was the last call.
        retry: whether this process may ask again.
        rule: the row that decided.
        usage: what the useless answer was billed, where it says so.
        parameters: the settings that the API refused, under the API's names, where it names them.
        text: what the error says, in lower case, with what it quotes.
        service_tier: in which the useless answer was served, where it says so.
    """

    error: LLMError
    retry: Retry
    rule: str
    usage: Usage | None = None
    parameters: tuple[str, ...] = ()
    text: str = ""
    service_tier: str | None = None


def with_request_id(seen: Evidence, adapter: Adapter) -> Evidence:
    """The evidence with the provider's ID of the call, where its headers have one."""
    return seen._replace(request_id=adapter.request_id(seen.headers))
