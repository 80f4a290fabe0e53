"""Errors as people reported them in public, with the class that the contract asks for."""

from __future__ import annotations

import json

from common.classification import Failure, judge
from common.classification.verdict import CallContext
from common.llm_adapters import get_adapter
from support.recordings import RECORDED


def test_the_reported_errors_get_their_class_and_flag() -> None:
    """Code and retryable as the contract asks for them."""
    errors = [json.loads(line) for line in (RECORDED / "reported.errors.jsonl").read_text().splitlines()]
    assert errors
    for reported in errors:
        call = CallContext(reported["provider"], "h", "m")
        raw = json.dumps(reported["body"]).encode()
        failure = judge(get_adapter(reported["provider"]), reported["status"], reported["headers"], raw, call)
        assert isinstance(failure, Failure)
        assert (failure.error.code, failure.error.retryable) == (reported["code"], reported["retryable"]), reported
