"""What one row of the classification table says, and what it is compared with."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from common.errors import RETRYABLE_CODES, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from common.errors import Billing, LLMError
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
    detail: str | None = None


class CallContext(NamedTuple):
    """What messages say of a call: who was asked, where, for which model."""

    provider: str
    host: str
    model: str


class Failure(NamedTuple):
    """A call that brought no usable answer.

    Attributes:
        error: what the job reports if this was the last call.
        retry: whether this process may ask again.
        rule: the row that decided.
        usage: what the useless answer was billed, where it says so.
        parameters: the settings that the API refused, under the API's names, where it names them.
        text: what the error says, in lower case, with what it quotes.
    """

    error: LLMError
    retry: Retry
    rule: str
    usage: Usage | None = None
    parameters: tuple[str, ...] = ()
    text: str = ""


def with_request_id(seen: Evidence, adapter: Adapter) -> Evidence:
    """The evidence with the provider's ID of the call, where its headers have one."""
    return seen._replace(request_id=adapter.request_id(seen.headers))


class Condition(NamedTuple):
    """What a row asks of the evidence beyond its statuses, codes and texts.

    Attributes:
        holds: whether it is so.
        words: the same in words, for docs/errors.md.
    """

    holds: Callable[[Evidence], bool]
    words: str


class Rule(NamedTuple):
    """One row: when it applies, and what then is so. The first row that applies decides.

    Attributes:
        name: of the row, in tests and docs.
        code: the failure's code.
        message: what failed and how to put it right. Filled in are `{title}`, `{host}`, `{status}`, `{model}`,
            `{key_variable}`, `{base_url_variable}`, `{parameter}` (that was refused), `{detail}` (of an answer's
            shape), `{reason}` and `{finish}` (the provider's own words).
        source: where the rule comes from.
        kinds: of evidence it applies to.
        providers: it applies to; all of them where empty.
        statuses: it applies to; all of them where empty.
        codes: any of which the body must carry, where codes or texts are given.
        texts: any of which the body's text must hold, where codes or texts are given.
        condition: what must hold beside all that.
        retryable: where that differs from what the code says.
        retry: where that differs from "with backoff if retryable, else never".
        reason: in place of the provider's own.
        billing: "unknown" where the call may have been paid for.
        stops_provider: whether every other call to this provider must fail in the same way: a wrong key, no credit.
            Behind a gateway it is one upstream's key and one upstream's account: then only the model is stopped.
        stops_model: whether every other call for this model must fail in the same way.
    """

    name: str
    code: ErrorCode
    message: str
    source: str
    kinds: tuple[Kind, ...] = ("http",)
    providers: tuple[str, ...] = ()
    statuses: tuple[int, ...] | range = ()
    codes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    condition: Condition | None = None
    retryable: bool | None = None
    retry: Retry | None = None
    reason: str | None = None
    billing: Billing | None = None
    stops_provider: bool = False
    stops_model: bool = False

    def applies(self, seen: Evidence) -> bool:
        """Whether this row is about such a call."""
        if seen.kind not in self.kinds or (self.providers and (seen.vendor or seen.provider) not in self.providers):
            return False
        if self.statuses and seen.status not in self.statuses:
            return False
        if (self.codes or self.texts) and not (
            any(code in seen.codes for code in self.codes) or any(text in seen.text for text in self.texts)
        ):
            return False
        return self.condition is None or self.condition.holds(seen)

    def is_retryable(self) -> bool:
        """What the failure document says."""
        return self.code in RETRYABLE_CODES if self.retryable is None else self.retryable

    def retry_kind(self) -> Retry:
        """What this process does."""
        if self.retry is not None:
            return self.retry
        return Retry.BACKOFF if self.is_retryable() else Retry.NEVER
