"""Whole answers and errors of the six providers: what is read in them, whatever else stands around it."""

from __future__ import annotations

import json

import pytest

from common.classification import Failure, judge
from common.classification.verdict import CallContext
from common.llm_adapters import get_adapter
from support.whole_answers import WHOLE_ANSWERS, WHOLE_ERRORS, Whole, WholeError

ANSWERED = [whole for whole in WHOLE_ANSWERS if whole.text is not None]
EMPTY = [whole for whole in WHOLE_ANSWERS if whole.text is None]


def raw_of(body: object) -> bytes:
    """A body as it is sent."""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


@pytest.mark.parametrize("whole", ANSWERED, ids=str)
def test_a_whole_answer_is_read_as_it_was_billed(whole: Whole) -> None:
    """Text, tokens, served version, finish reason and request ID."""
    call = CallContext(whole.provider, "h", "m")
    answer = judge(get_adapter(whole.provider), 200, dict(whole.headers), raw_of(whole.body), call)
    assert not isinstance(answer, Failure)
    assert answer.text == whole.text
    usage = answer.usage
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens, usage.cached_input_tokens) == whole.tokens
    assert usage.complete
    assert (answer.model_version, answer.finish_reason) == (whole.version, whole.finish)
    assert answer.known_finish
    if whole.request_id is not None:
        assert answer.request_id == whole.request_id


@pytest.mark.parametrize("whole", EMPTY, ids=str)
def test_an_answer_without_a_text_never_passes(whole: Whole) -> None:
    """A failure says whether another sample may help."""
    call = CallContext(whole.provider, "h", "m")
    failure = judge(get_adapter(whole.provider), 200, dict(whole.headers), raw_of(whole.body), call)
    assert isinstance(failure, Failure)
    assert failure.error.code == whole.code
    assert failure.error.retryable is (whole.code == "SERVER_ERROR")


@pytest.mark.parametrize("whole", WHOLE_ERRORS, ids=str)
def test_a_whole_error_has_its_class(whole: WholeError) -> None:
    """Also as a list, as plain text, as nothing; and of the client's errors only a rate limit is worth another try."""
    call = CallContext(whole.provider, "h", "m")
    failure = judge(get_adapter(whole.provider), whole.status, dict(whole.headers), raw_of(whole.body), call)
    assert isinstance(failure, Failure)
    assert (failure.error.code, failure.error.retryable) == (whole.code, whole.retryable)
    if whole.status < 500:
        assert failure.error.retryable == (failure.error.code == "RATE_LIMIT" and failure.rule == "status.429")


@pytest.mark.parametrize("provider", sorted({whole.provider for whole in WHOLE_ANSWERS}))
def test_every_provider_has_a_plain_answer_and_errors_of_each_kind(provider: str) -> None:
    """A bad key, a rate limit and a fault of the server: so none of the six is left out of the tests above."""
    assert "stop" in {whole.finish for whole in ANSWERED if whole.provider == provider}
    codes = {whole.code for whole in WHOLE_ERRORS if whole.provider == provider}
    assert codes >= {"AUTH_ERROR", "RATE_LIMIT", "SERVER_ERROR"}
