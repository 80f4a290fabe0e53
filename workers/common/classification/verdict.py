"""Finds the row of the table that applies to a call, and turns it into the failure that the job reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.classification import under_success
from common.classification.delays import named_delay
from common.classification.evidence import decoded, from_body, from_response, is_page
from common.classification.rule import Again, Evidence, Rule
from common.classification.table import RULES
from common.errors import LLMError, RetryableError
from common.json.loose import read_body
from common.llm_adapters.base import Answer, ShapeError, Usage, as_dict, as_list, is_blank
from common.providers import PROVIDERS
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import Adapter

# An error page or a gateway's dump is for a log, not for a database row.
MAX_DETAIL_CHARS: Final = 300
MAX_REASON_CHARS: Final = 100


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
        parameter: the setting that the API refused, under the API's name, where it names one; of several the first.
        parameters: all of them.
        text: what the error says, in lower case, with what it quotes.
    """

    error: LLMError
    again: Again
    rule: str
    usage: Usage | None = None
    parameter: str | None = None
    parameters: tuple[str, ...] = ()
    text: str = ""


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
        finish=redactor.quotation(seen.reason)[:MAX_REASON_CHARS] if seen.reason else "an error beside it",
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
        status_code=(seen.status if seen.received is None else seen.received) or None,
        provider=call.provider,
        request_id=_request_id(seen),
        reason=reason,
        retry_after_seconds=(
            named_delay(seen.headers, seen.body, inner=seen.inner) if seen.status >= 300 and retryable else None
        ),
        billing=rule.billing,
    )
    error.stops_provider = rule.stops_provider and not seen.gateway
    error.stops_model = rule.stops_model or (rule.stops_provider and seen.gateway)
    named = _refused_parameters(seen)
    return Failure(
        error, _asks_again(rule, seen), rule.name, usage, parameter or next(iter(named), None), named, seen.text
    )


def classify_error_answer(
    adapter: Adapter, status: int, headers: Mapping[str, str], raw: bytes, call: CallContext
) -> Failure:
    """The failure that an answer with an error status amounts to."""
    seen = from_response(call.provider, status, headers, raw)
    named = _refused_parameters(seen)
    return classify(_with_request_id(seen, adapter), call, parameter=", ".join(named) or None)


def hidden_error(adapter: Adapter, headers: Mapping[str, str], raw: bytes, call: CallContext) -> Failure | None:
    """The failure in an answer whose status says success, where no conversation but a list was asked for; else None."""
    text, _ = decoded(raw, headers)
    try:
        body = read_body(text)
    except (ValueError, RecursionError):
        kind = "page" if is_page(text) else "not-json"
        return classify(Evidence(kind, call.provider, 200, dict(headers)), call)
    if under_success.error_of(body) is None:
        return None
    return _classify_hidden(adapter, body, Evidence("", call.provider, 200, dict(headers)), call)


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
        body = read_body(text)
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
    body = adapter.assembled(body) if isinstance(body, list) else body
    if under_success.error_of(body) is not None or under_success.choice_error(body) is not None:
        # An error under status 200, alone or beside what had come until then: no answer is whole beside an error.
        return _classify_hidden(adapter, body, base, call)
    try:
        answer = adapter.read(body, base.headers)
    except ShapeError as fault:
        kind = "foreign" if _is_foreign(adapter.provider, as_dict(body)) else "shape"
        return classify(base._replace(kind=kind, message=str(fault)), call, parameter=str(fault))
    blank = is_blank(answer.text) and not has_text and not (goes_on and answer.continuation)
    return _judge_answer(answer, base, call, blank=blank)


def _classify_hidden(adapter: Adapter, body: Any, base: Evidence, call: CallContext) -> Failure:  # noqa: ANN401
    """The class of an error under a status that says success: that of the status it stands for."""
    error = under_success.error_of(body)
    error = under_success.choice_error(body) if error is None else error
    seen = from_body(call.provider, base.status, base.headers, {"error": error, **_ids(body)})
    usage = _usage_beside(adapter, body, base.headers)
    status = under_success.status_of(seen)
    seen = _with_request_id(seen, adapter)
    if status:
        received = status if str(status) in seen.codes else base.status
        failure = classify(seen._replace(status=status, received=received), call, usage=usage)
    elif usage is not None:
        failure = classify(seen._replace(kind="broke-off"), call, usage=usage)
    else:
        return classify(seen._replace(kind="shape"), call, parameter="an error stands in its place")
    if usage is not None and not usage.complete:
        failure.error.billing = "unknown"
    return failure


def _ids(body: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """What stands beside an error and says whose it is."""
    top = as_dict(body)
    return {name: top[name] for name in ("provider", "request_id", "type", "code") if name in top}


def _usage_beside(adapter: Adapter, body: Any, headers: Mapping[str, str]) -> Usage | None:  # noqa: ANN401
    """What a broken answer was billed, where it can be read as one."""
    try:
        answer = adapter.read(body, headers)
    except ShapeError:
        return None
    return answer.usage if answer.usage.complete or answer.text else None


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
    return classify(seen, call, parameter=answer.tool_call or " and ".join(answer.media) or None, usage=answer.usage)


def _why_blank(answer: Answer) -> str:
    if answer.blocked is not None:
        return "blocked"
    if answer.raw_finish_reason == "model_context_window_exceeded":
        return "context-window"
    if answer.finish_reason == "length" and answer.continuation is None:
        return "spent"
    if answer.tool_call is not None:
        return "tool-call"
    if answer.media:
        return "media"
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


def _refused_parameters(seen: Evidence) -> tuple[str, ...]:
    """The parameters an error names: OpenAI's `param`, Mistral's `loc`s, of the error itself and of those it quotes."""
    found: list[str] = []
    for body in map(as_dict, (seen.body, *seen.inner)):
        param = as_dict(body.get("error")).get("param", body.get("param"))
        # LiteLLM writes Python's None as a word.
        if isinstance(param, str) and param.strip() and param not in {"None", "null"}:
            found.append(param[:MAX_REASON_CHARS])
        for item in as_list(body.get("detail")):
            loc = as_dict(item).get("loc")
            if isinstance(loc, list) and loc:
                found.append(str(loc[-1])[:60])
    return tuple(dict.fromkeys(found))


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
