"""Whether an answer may pass: the one place that says so. What becomes of one that may not, the table says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.classification import under_success
from common.classification.rule import CallContext, Evidence, Failure, with_request_id
from common.json.loose import as_dict, decoded, is_blank, is_page, read_body
from common.llm_adapters.base import Answer, ShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.http.exchange import TransportFault
    from common.llm_adapters.base import Adapter, Usage

__all__ = ["CallContext", "judge", "judge_fault"]


def judge_fault(fault: TransportFault, call: CallContext) -> Failure:
    """The failure that a call without a whole response amounts to."""
    return _failure(Evidence(fault.kind, call.provider, message=fault.details), call)


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
        from common.classification.lookup import classify_error_answer  # noqa: PLC0415 - most jobs never fail

        return classify_error_answer(adapter, status, headers, raw, call)
    text, damaged = decoded(raw, headers)
    base = Evidence("", call.provider, status, dict(headers))
    if not text.strip():
        return _failure(with_request_id(base._replace(kind="empty-body"), adapter), call)
    try:
        body = read_body(text)
    except (ValueError, RecursionError):
        kind = "page" if is_page(text) else "not-json"
        seen = base._replace(
            kind=kind, message=f"got {headers.get('content-type', 'no content type')}, {len(raw)} bytes"
        )
        return _failure(with_request_id(seen, adapter), call)
    outcome = _judge_body(adapter, body, with_request_id(base, adapter), call, has_text=has_text, goes_on=goes_on)
    return outcome._replace(damaged=True) if damaged and isinstance(outcome, Answer) else outcome


def _judge_body(
    adapter: Adapter,
    body: object,
    base: Evidence,
    call: CallContext,
    *,
    has_text: bool,
    goes_on: bool,
) -> Answer | Failure:
    body = adapter.assembled(body) if isinstance(body, list) else body
    if under_success.error_of(body) is not None or under_success.choice_error(body) is not None:
        # An error under status 200, alone or beside what had come until then: no answer is whole beside an error.
        from common.classification.lookup import classify_hidden  # noqa: PLC0415 - the same

        return classify_hidden(adapter, body, base, call)
    try:
        answer = adapter.read(body, base.headers)
    except ShapeError as fault:
        kind = "foreign" if _is_foreign(adapter.provider, as_dict(body)) else "shape"
        return _failure(base._replace(kind=kind, message=str(fault)), call, parameter=str(fault))
    blank = is_blank(answer.text) and not has_text and not (goes_on and answer.continuation)
    return _judge_answer(answer, base, call, blank=blank)


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
    return _failure(seen, call, parameter=answer.tool_call or " and ".join(answer.media) or None, usage=answer.usage)


def _failure(seen: Evidence, call: CallContext, *, parameter: str | None = None, usage: Usage | None = None) -> Failure:
    from common.classification.lookup import classify  # noqa: PLC0415 - most jobs never fail

    return classify(seen, call, parameter=parameter, usage=usage)


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


def _is_foreign(provider: str, body: dict[str, object]) -> bool:
    """Whether this is the success of another vendor's API: then the base URL is wrong, and asking again only costs."""
    shapes = {
        "anthropic": body.get("type") == "message" and isinstance(body.get("content"), list),
        "google": isinstance(body.get("candidates"), list),
        "openai": isinstance(body.get("choices"), list),
        "responses": body.get("object") == "response",
    }
    family = provider if provider in shapes else "openai"
    return any(found for name, found in shapes.items() if name != family)
