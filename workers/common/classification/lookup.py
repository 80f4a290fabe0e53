"""From the evidence of a call that failed to its class: the row of the table, the delay, the refused parameters.

Nothing here is imported before a call fails; most jobs never need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.classification import under_success
from common.classification.error_status import status_of
from common.classification.evidence import from_body, from_response
from common.classification.failure import CallContext, Evidence, Failure, Retry, with_request_id
from common.classification.retry_after import read_retry_after
from common.classification.table import RULES
from common.errors import LLMError, RetryableError
from common.json.loose import as_dict, as_name, decoded, is_page, read_body
from common.llm_adapters.base import ShapeError, Usage
from common.providers.records import PROVIDERS
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.classification.rule import Rule
    from common.llm_adapters.base import Adapter

# An error page or a gateway's dump is for a log, not for a database row.
MAX_DETAIL_CHARS: Final = 300
MAX_REASON_CHARS: Final = 100


def row_of(seen: Evidence) -> Rule:
    """The first row of the table that applies.

    Raises:
        LookupError: none does; a test makes sure that every kind has its row.
    """
    for rule in RULES:
        if rule.applies(seen):
            return rule
    raise LookupError(f"no row for a call that failed by {seen.kind}")


def classify(seen: Evidence, call: CallContext, *, usage: Usage | None = None) -> Failure:
    """The failure that a call's evidence amounts to."""
    seen = seen._replace(flex=call.flex)
    rule = row_of(seen)
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
        parameter=redactor.quotation(", ".join(seen.parameters))[:MAX_REASON_CHARS] or "see details",
        detail=redactor.quotation(seen.detail)[:MAX_REASON_CHARS] if seen.detail else "see details",
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
        request_id=seen.request_id or as_name(as_dict(seen.body).get("request_id")),
        reason=reason,
        retry_after_seconds=(
            read_retry_after(seen.headers, seen.body, inner=seen.inner) if seen.status >= 300 and retryable else None
        ),
        billing=rule.billing,
        tier_unavailable=rule.tier_unavailable,
        stops_provider=rule.stops_provider and not seen.gateway,
        stops_model=rule.stops_model or (rule.stops_provider and seen.gateway),
    )
    return Failure(error, _retry_of(rule, seen), rule.name, usage, seen.parameters, seen.text)


def classify_error_answer(
    adapter: Adapter, status: int, headers: Mapping[str, str], raw: bytes, call: CallContext
) -> Failure:
    """The failure that an answer with an error status amounts to."""
    seen = from_response(call.provider, status, headers, raw)
    return classify(with_request_id(seen, adapter), call)


def hidden_error(adapter: Adapter, headers: Mapping[str, str], raw: bytes, call: CallContext) -> Failure | None:
    """The failure in an answer whose status says success, where no conversation but a list was asked for; else None."""
    text, _ = decoded(raw, headers)
    try:
        body = read_body(text)
    except (ValueError, RecursionError):
        seen = Evidence("page" if is_page(text) else "not-json", call.provider, 200, headers)
        return classify(with_request_id(seen, adapter), call)
    if under_success.error_of(body) is None:
        return None
    return classify_hidden(adapter, body, 200, headers, call)


def classify_hidden(
    adapter: Adapter, body: object, received: int, headers: Mapping[str, str], call: CallContext
) -> Failure:
    """The class of an error under a status that says success: that of the status it stands for."""
    error = under_success.error_of(body)
    error = under_success.choice_error(body) if error is None else error
    seen = from_body(call.provider, received, headers, {"error": error, **_ids(body)})
    seen = with_request_id(seen, adapter)
    usage = _usage_beside(adapter, body, headers)
    status = status_of(seen)
    if status:
        named = status if str(status) in seen.codes else received
        failure = classify(seen._replace(status=status, received=named), call, usage=usage)
    elif usage is not None:
        failure = classify(seen._replace(kind="broke-off"), call, usage=usage)
    else:
        return classify(seen._replace(kind="shape", detail="an error stands in its place"), call)
    if usage is not None and not usage.complete:
        return failure._replace(error=failure.error.but(billing="unknown"))
    return failure


def _ids(body: object) -> dict[str, object]:
    """What stands beside an error and says whose it is."""
    top = as_dict(body)
    return {name: top[name] for name in ("provider", "request_id", "type", "code") if name in top}


def _usage_beside(adapter: Adapter, body: object, headers: Mapping[str, str]) -> Usage | None:
    """What a broken answer was billed, where it can be read as one."""
    try:
        answer = adapter.read(body, headers)
    except ShapeError:
        return None
    return answer.usage if answer.usage.complete or answer.text else None


def _retry_of(rule: Rule, seen: Evidence) -> Retry:
    # OpenAI and Anthropic say in a header whether another try makes sense; their own SDKs obey it before anything else.
    says = seen.headers.get("x-should-retry", "").strip().lower() if seen.status >= 300 else ""
    if says == "false":
        return Retry.NEVER
    if says == "true" and rule.retry_kind() is Retry.NEVER:
        return Retry.BACKOFF
    return rule.retry_kind()
