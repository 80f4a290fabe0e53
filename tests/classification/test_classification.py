"""The classification table: every row has calls that only it is about, with class, flag, delay and what is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest

from common.classification import RULES, Evidence, Failure, Retry, classify, judge, table
from common.classification.failure import AnswerKind
from common.classification.verdict import CallContext
from common.errors import RETRYABLE_CODES, ErrorCode
from common.http.exchange import FaultKind
from common.llm_adapters import get_adapter
from common.redaction import redactor
from support.rule_examples import EXAMPLES, Example
from support.workers import check_retryable_message

if TYPE_CHECKING:
    from common.classification.failure import Kind


def outcome_of(example: Example) -> Failure:
    """What the table makes of an example."""
    call = CallContext(example.provider, "api.example.org", "some-model", example.flex)
    if example.kind:
        return classify(Evidence(example.kind, example.provider), call)
    outcome = judge(get_adapter(example.provider), example.status, dict(example.headers), example.raw, call)
    assert isinstance(outcome, Failure), outcome
    return outcome


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_call_gets_the_class_the_flag_and_the_delay_of_its_row(example: Example) -> None:
    """Code, retryable, what this process does, reason, delay and billing."""
    failure = outcome_of(example)
    assert failure.rule == example.rule
    assert failure.error.code == example.code
    assert failure.error.retryable is example.retryable
    assert failure.retry.name == example.retry
    assert failure.error.retry_after_seconds == example.delay
    assert failure.error.billing == example.billing
    assert failure.error.provider == example.provider
    if example.reason is not None:
        assert failure.error.reason == example.reason


@pytest.mark.parametrize("kind", ["http", *get_args(FaultKind), *get_args(AnswerKind)])
def test_every_kind_has_a_row_that_asks_for_nothing_more(kind: Kind) -> None:
    """So whatever becomes of a call, it has a class."""
    assert any(
        kind in rule.kinds
        and not (rule.providers or rule.statuses or rule.codes or rule.texts)
        and rule.condition is None
        for rule in RULES
    )
    assert classify(Evidence(kind, "openai"), CallContext("openai", "h", "m")).error.message


def test_every_row_has_an_example() -> None:
    """A row without one could be removed unseen."""
    assert {rule.name for rule in RULES} == {example.rule for example in EXAMPLES}
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_without_a_row_its_examples_are_classified_otherwise(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is decoration: removing it changes what becomes of a call, or leaves the call without a class."""
    rest = tuple(other for other in RULES if other is not rule)
    monkeypatch.setattr("common.classification.lookup.RULES", rest)
    for example in EXAMPLES:
        if example.rule == rule.name:
            try:
                assert outcome_of(example).rule != rule.name
            except LookupError:
                continue


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_flipped_flag_is_noticed(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples pin the flag of every row."""
    flipped = rule._replace(retryable=not rule.is_retryable())
    rules = tuple(flipped if other is rule else other for other in RULES)
    monkeypatch.setattr("common.classification.lookup.RULES", rules)
    assert any(
        outcome_of(example).error.retryable is not example.retryable
        for example in EXAMPLES
        if example.rule == rule.name
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_retryable_follows_the_code_with_the_one_exception_of_the_contract(rule: Any) -> None:
    """A RATE_LIMIT that can never succeed."""
    if rule.is_retryable() != (rule.code in RETRYABLE_CODES):
        assert rule.code is ErrorCode.RATE_LIMIT


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_no_retryable_message_holds_a_word_that_turns_the_retry_off(example: Example) -> None:
    """Not even where the host or the model's name has it."""
    call = CallContext(example.provider, "host.invalid", "model-4001")
    if example.kind:
        failure = classify(Evidence(example.kind, example.provider), call)
    else:
        outcome = judge(get_adapter(example.provider), example.status, dict(example.headers), example.raw, call)
        assert isinstance(outcome, Failure)
        failure = outcome
    shown = failure.error.to_dict()
    assert len(shown["message"]) > 20
    assert "{" not in shown["message"]
    if shown["retryable"]:
        check_retryable_message(f"{shown['message']} {shown['code']}")


def test_the_table_reads_transport_then_gateways_then_billing_then_providers_then_status() -> None:
    """The order decides: a billing text goes before the status it comes with."""
    groups = [rule.name.split(".")[0] for rule in table.RULES]
    assert groups.index("transport") < groups.index("gateway") < groups.index("billing") < groups.index("openai")
    assert groups.index("overloaded") < groups.index("status") < groups.index("answer")


def test_only_what_concerns_the_key_or_the_account_stops_a_provider() -> None:
    """A batch asks it no more; any other failure is that of one job."""
    assert {rule.name for rule in RULES if rule.stops_provider} == {
        "billing.code",
        "billing.openai",
        "billing.text",
        "billing.402",
        "anthropic.on-hold",
        "key.refused",
        "status.401",
    }


@pytest.mark.parametrize(
    ("status", "says", "retry"),
    [
        (500, "false", Retry.NEVER),
        (400, "true", Retry.BACKOFF),
        (429, "true", Retry.BACKOFF),
        (401, "nonsense", Retry.NEVER),
    ],
)
def test_the_servers_own_word_on_retrying_is_obeyed(status: int, says: str, retry: Retry) -> None:
    """x-should-retry goes before the status."""
    call = CallContext("openai", "h", "m")
    failure = judge(get_adapter("openai"), status, {"x-should-retry": says}, b"{}", call)
    assert isinstance(failure, Failure)
    assert failure.retry is retry


def test_a_retry_after_on_a_success_is_no_delay() -> None:
    """Anthropic sends retry-after on answers too."""
    call = CallContext("anthropic", "h", "m")
    failure = judge(get_adapter("anthropic"), 200, {"retry-after": "9"}, b'{"content": []}', call)
    assert isinstance(failure, Failure)
    assert failure.error.retry_after_seconds is None


def test_the_request_id_and_the_bill_of_a_useless_answer_are_kept() -> None:
    """They are what the vendor's support and the accounts ask for."""
    body = {
        "choices": [{"message": {"content": ""}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 50, "completion_tokens_details": {"reasoning_tokens": 50}},
    }
    call = CallContext("openai", "h", "m")
    failure = judge(get_adapter("openai"), 200, {"x-request-id": "req_7"}, json.dumps(body).encode(), call)
    assert isinstance(failure, Failure)
    assert failure.error.request_id == "req_7"
    assert "10 input and 50 output tokens, 50 of them reasoning" in str(failure.error.details)
    assert "maxTokens" in failure.error.message


@pytest.mark.parametrize("before", range(288, 304, 3))
def test_a_key_is_taken_out_before_a_text_is_cut_to_size(before: int) -> None:
    """Half a key would not be recognised any more."""
    redactor.add("CANARY-q7Xz2Lp9Wd4")
    for body in ({"error": {"message": "x" * before + " CANARY-q7Xz2Lp9Wd4"}}, b"x" * before + b" CANARY-q7Xz2Lp9Wd4"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        failure = judge(get_adapter("openai"), 500, {}, raw, CallContext("openai", "h", "m"))
        assert isinstance(failure, Failure)
        assert "CANA" not in str(failure.error.details)
        assert len(str(failure.error.details)) <= 300


def test_a_refused_parameter_and_a_detail_of_shape_are_two_things() -> None:
    """Only the first is left out of the next call."""
    call = CallContext("openai", "h", "m")
    body = {"error": {"message": "no", "code": "unsupported_parameter", "param": "temperature"}}
    refused = judge(get_adapter("openai"), 400, {}, json.dumps(body).encode(), call)
    assert isinstance(refused, Failure)
    assert refused.parameters == ("temperature",)
    assert "temperature" in refused.error.message
    shapeless = judge(get_adapter("openai"), 200, {}, b'{"choices": []}', call)
    assert isinstance(shapeless, Failure)
    assert shapeless.parameters == ()
    assert "no choices" in shapeless.error.message


def test_an_error_page_is_not_quoted() -> None:
    """A wall of HTML helps nobody."""
    failure = judge(get_adapter("openai"), 502, {}, b"<html>" + b"x" * 50_000, CallContext("openai", "h", "m"))
    assert isinstance(failure, Failure)
    assert "<" not in str(failure.error.details)
    assert len(str(failure.error.details)) <= 300
