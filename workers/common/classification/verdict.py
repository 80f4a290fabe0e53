"""Finds the row of the table that applies to a call, and turns it into the failure that the job reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.classification.delays import named_delay
from common.classification.evidence import decoded, from_body, from_response, is_page, read_json
from common.classification.rule import Again, Evidence, Rule
from common.classification.table import RULES
from common.errors import LLMError, RetryableError
from common.llm_adapters.base import Answer, ShapeError, Usage, as_dict, is_blank
from common.providers import PROVIDERS
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import Adapter

# An error page or a gateway's dump is for a log, not for a database row.
MAX_DETAIL_CHARS: Final = 300
MAX_REASON_CHARS: Final = 100
# Where the vendors put an answer; an error beside one takes nothing from it.
_ANSWERS: Final = ("choices", "content", "candidates")


class CallContext(NamedTuple):
    """What messages say of a call: who was asked, where, for which model."""

    provider: str
    host: str
    model: str


class Failure(NamedTuple):
    """A call that brought no usable answer.

    Attributes:
        error: what the job reports if this was the last call.
        again: whether this process may ask again.
        rule: the row that decided.
        usage: what the useless answer was billed, where it says so.
        parameter: the setting that the API refused, under the API's name, where it names one.
    """

    error: LLMError
    again: Again
    rule: str
    usage: Usage | None = None
    parameter: str | None = None


def classify(seen: Evidence, call: CallContext, *, parameter: str | None = None, usage: Usage | None = None) -> Failure:
    """The failure that a call's evidence amounts to: the first row of the table that applies."""
    rule = next(rule for rule in RULES if rule.applies(seen))
    provider = PROVIDERS[call.provider]
    # A text is cut to size after its secrets are out: half a key is not recognised.
    reason = rule.reason or (redactor.quotation(seen.reason)[:MAX_REASON_CHARS] if seen.reason else None)
    message = rule.message.format(
        title=provider.title,
        host=call.host,
        status=seen.status,
        model=call.model,
        key_variable=" or ".join(provider.key_variables),
        base_url_variable=" or ".join(provider.base_url_variables),
        parameter=redactor.quotation(parameter)[:MAX_REASON_CHARS] if parameter else "see details",
        reason=reason or "no reason given",
    )
    retryable = rule.is_retryable()
    details = redactor.quotation(seen.message)[:MAX_DETAIL_CHARS] if seen.message else None
    if usage is not None and usage.complete:
        billed = f"billed: {usage.input_tokens} input and {usage.output_tokens} output tokens"
        if usage.reasoning_tokens:
            billed += f", {usage.reasoning_tokens} of them reasoning"
        details = f"{details} | {billed}" if details else billed
    error = (RetryableError if retryable else LLMError)(
        message,
        rule.code,
        retryable=retryable,
        details=details,
        status_code=seen.status or None,
        provider=call.provider,
        request_id=_request_id(seen),
        reason=reason,
        retry_after_seconds=named_delay(seen.headers, seen.body) if seen.status >= 300 and retryable else None,
        billing=rule.billing,
    )
    error.stops_provider = rule.stops_provider
    return Failure(error, _asks_again(rule, seen), rule.name, usage, parameter)


def classify_error_answer(
    adapter: Adapter, status: int, headers: Mapping[str, str], raw: bytes, call: CallContext
) -> Failure:
    """The failure that an answer with an error status amounts to."""
    seen = from_response(call.provider, status, headers, raw)
    return classify(_with_request_id(seen, adapter), call, parameter=_refused_parameter(seen))


def judge(
    adapter: Adapter,
    status: int,
    headers: Mapping[str, str],
    raw: bytes,
    call: CallContext,
    *,
    has_text: bool = False,
    goes_on: bool = True,
) -> Answer | Failure:
    """The answer in a response, if it is one that may pass; else why not.

    Args:
        adapter: of the provider that was asked.
        status: of the response.
        headers: of the response, names in lower case.
        raw: its body.
        call: what messages say of the call.
        has_text: whether earlier pieces of the same answer brought visible text; then this one need not.
        goes_on: whether a further piece will be fetched where this one has a token for it.
    """
    if not 200 <= status < 300:
        return classify_error_answer(adapter, status, headers, raw, call)
    text, damaged = decoded(raw, headers)
    base = Evidence("", call.provider, status, dict(headers))
    if not text.strip():
        return classify(_with_request_id(base._replace(kind="empty-body"), adapter), call)
    try:
        body = read_json(text)
    except (ValueError, RecursionError):
        kind = "page" if is_page(text) else "not-json"
        seen = base._replace(
            kind=kind, message=f"got {headers.get('content-type', 'no content type')}, {len(raw)} bytes"
        )
        return classify(_with_request_id(seen, adapter), call)
    outcome = _judge_body(adapter, body, _with_request_id(base, adapter), call, has_text=has_text, goes_on=goes_on)
    return outcome._replace(damaged=True) if damaged and isinstance(outcome, Answer) else outcome


def _judge_body(
    adapter: Adapter,
    body: Any,  # noqa: ANN401 - any JSON value
    base: Evidence,
    call: CallContext,
    *,
    has_text: bool,
    goes_on: bool,
) -> Answer | Failure:
    error = as_dict(body).get("error")
    if error and all(as_dict(body).get(name) is None for name in _ANSWERS):
        # A gateway's way: status 200 around an error that names its own status.
        status = _error_status(as_dict(error).get("code"))
        seen = from_body(call.provider, status, base.headers, body)
        if status:
            return classify(_with_request_id(seen, adapter), call)
        return classify(seen._replace(kind="shape", status=base.status), call, parameter="an error stands in its place")
    try:
        answer = adapter.read(body, base.headers)
    except ShapeError as fault:
        kind = "foreign" if _is_foreign(adapter.provider, as_dict(body)) else "shape"
        return classify(base._replace(kind=kind, message=str(fault)), call, parameter=str(fault))
    blank = is_blank(answer.text) and not has_text and not (goes_on and answer.continuation)
    return _judge_answer(answer, base, call, blank=blank)


def _error_status(code: Any) -> int:  # noqa: ANN401 - any JSON value
    """The status that an error names, as a number or in digits; 0 where it names none."""
    if isinstance(code, str) and code.isdecimal() and len(code) == len("429"):
        code = int(code)
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def _judge_answer(answer: Answer, base: Evidence, call: CallContext, *, blank: bool) -> Answer | Failure:
    """The one place that says whether an answer may pass."""
    kind = None
    if answer.failed is not None:
        kind = "interrupted" if answer.failed == "overloaded" else "broke-off"
    elif blank:
        kind = _why_blank(answer)
    if kind is None:
        return answer
    headers = base.headers if answer.request_id is None else {**base.headers, "x-request-id": answer.request_id}
    reason = answer.blocked if kind == "blocked" else answer.raw_finish_reason
    seen = base._replace(kind=kind, headers=headers, reason=reason)
    return classify(seen, call, parameter=answer.tool_call, usage=answer.usage)


def _why_blank(answer: Answer) -> str:
    if answer.blocked is not None:
        return "blocked"
    if answer.raw_finish_reason == "model_context_window_exceeded":
        return "context-window"
    if answer.finish_reason == "length" and answer.continuation is None:
        return "spent"
    if answer.tool_call is not None:
        return "tool-call"
    return "thinking-only" if answer.thought else "blank"


def _is_foreign(provider: str, body: dict[str, Any]) -> bool:
    """Whether this is the success of another vendor's API: then the base URL is wrong, and asking again only costs."""
    shapes = {
        "anthropic": body.get("type") == "message" and isinstance(body.get("content"), list),
        "google": isinstance(body.get("candidates"), list),
        "openai": isinstance(body.get("choices"), list),
        "responses": body.get("object") == "response",
    }
    family = provider if provider in shapes else "openai"
    return any(found for name, found in shapes.items() if name != family)


def _refused_parameter(seen: Evidence) -> str | None:
    """The parameter an error names: OpenAI's `param`, Mistral's `loc`, a quoted or leading name in the text."""
    body = as_dict(seen.body)
    param = as_dict(body.get("error")).get("param")
    if isinstance(param, str) and param:
        return param
    detail = body.get("detail")
    if isinstance(detail, list) and detail:
        loc = as_dict(detail[0]).get("loc")
        if isinstance(loc, list) and loc:
            return str(loc[-1])[:60]
    return None


def _asks_again(rule: Rule, seen: Evidence) -> Again:
    # OpenAI and Anthropic say in a header whether another try makes sense; their own SDKs obey it before anything else.
    says = seen.headers.get("x-should-retry", "").strip().lower() if seen.status >= 300 else ""
    if says == "false":
        return Again.NEVER
    if says == "true" and rule.asks_again() is Again.NEVER:
        return Again.BACKOFF
    return rule.asks_again()


def _with_request_id(seen: Evidence, adapter: Adapter) -> Evidence:
    found = adapter.request_id(seen.headers)
    return seen if found is None else seen._replace(headers={**seen.headers, "x-request-id": found})


def _request_id(seen: Evidence) -> str | None:
    found = seen.headers.get("x-request-id") or as_dict(seen.body).get("request_id")
    return found[:200] if isinstance(found, str) and found else None
