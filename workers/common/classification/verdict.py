"""Whether an answer may pass: the one place that says so. What becomes of one that may not, the table says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.classification import under_success
from common.classification.failure import CallContext, Evidence, Failure, with_request_id
from common.json.loose import as_dict, decoded, is_blank, is_page, read_body
from common.llm_adapters.base import Answer, ShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.classification.failure import AnswerKind
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
    if not text.strip():
        return _failure(_evidence("empty-body", adapter, status, headers), call)
    try:
        body = read_body(text)
    except (ValueError, RecursionError):
        kind: AnswerKind = "page" if is_page(text) else "not-json"
        message = f"got {headers.get('content-type', 'no content type')}, {len(raw)} bytes"
        return _failure(_evidence(kind, adapter, status, headers)._replace(message=message), call)
    outcome = _judge_body(adapter, body, status, headers, call, has_text=has_text, goes_on=goes_on)
    return outcome._replace(damaged=True) if damaged and isinstance(outcome, Answer) else outcome


def _judge_body(
    adapter: Adapter,
    body: object,
    status: int,
    headers: Mapping[str, str],
    call: CallContext,
    *,
    has_text: bool,
    goes_on: bool,
) -> Answer | Failure:
    body = adapter.assembled(body) if isinstance(body, list) else body
    if under_success.error_of(body) is not None or under_success.choice_error(body) is not None:
        # An error under status 200, alone or beside what had come until then: no answer is whole beside an error.
        from common.classification.lookup import classify_hidden  # noqa: PLC0415 - the same

        return classify_hidden(adapter, body, status, headers, call)
    try:
        answer = adapter.read(body, headers)
    except ShapeError as fault:
        kind: AnswerKind = "foreign" if _is_foreign(adapter.provider, as_dict(body)) else "shape"
        seen = _evidence(kind, adapter, status, headers)
        return _failure(seen._replace(message=str(fault), detail=str(fault)), call)
    blank = is_blank(answer.text) and not has_text and not (goes_on and answer.continuation)
    why = _why_no_answer(answer, blank=blank)
    if why is None:
        return answer
    seen = _evidence(why, adapter, status, headers)
    seen = seen._replace(
        request_id=answer.request_id or seen.request_id,
        reason=answer.blocked if why == "blocked" else answer.raw_finish_reason,
        detail=answer.tool_call or " and ".join(answer.media) or None,
    )
    return _failure(seen, call, usage=answer.usage)._replace(service_tier=answer.service_tier)


def _evidence(kind: AnswerKind, adapter: Adapter, status: int, headers: Mapping[str, str]) -> Evidence:
    return with_request_id(Evidence(kind, adapter.provider, status, headers), adapter)


def _failure(seen: Evidence, call: CallContext, *, usage: Usage | None = None) -> Failure:
    from common.classification.lookup import classify  # noqa: PLC0415 - most jobs never fail

    return classify(seen, call, usage=usage)


def _why_no_answer(answer: Answer, *, blank: bool) -> AnswerKind | None:
    """The one place that says whether an answer may pass."""
    if answer.failed is not None:
        return "interrupted" if answer.failed == "overloaded" else "broke-off"
    return _why_blank(answer) if blank else None


def _why_blank(answer: Answer) -> AnswerKind:
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
    return "thinking-only" if answer.reasoned else "blank"


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
