"""Real answers replayed through the adapters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.classification import Failure, judge
from common.classification.verdict import CallContext
from common.llm_adapters import REGISTRY, Answer, get_adapter
from support.recordings import RECORDED

# The texts are large and the tracer is slow; other tests cover the same lines.
pytestmark = pytest.mark.untraced

RECORDED_PROVIDERS = [name for name in REGISTRY if (RECORDED / f"{name}.chat.jsonl").exists()]


def recordings(provider: str, kind: str) -> list[dict[str, Any]]:
    """The interactions of one file; a file may begin with a run of NUL bytes where something was cut out."""
    lines = (RECORDED / f"{provider}.{kind}.jsonl").read_bytes().splitlines()
    return [json.loads(line.strip(b"\0 ")) for line in lines if line.strip(b"\0 ")]


def replay(provider: str, recorded: dict[str, Any]) -> Answer | Failure:
    """What comes of a recorded response."""
    response = recorded["response"]
    body = response["body"]
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {name.lower(): value for name, value in response["headers"].items()}
    return judge(get_adapter(provider), response["status"] or 400, headers, raw, CallContext(provider, "h", "m"))


def expected_text(provider: str, body: dict[str, Any]) -> str:
    """The visible answer, taken from the body in the plainest way."""
    if provider == "anthropic":
        return "".join(block["text"] for block in body["content"] if block["type"] == "text")
    if provider == "google":
        parts = body["candidates"][0]["content"].get("parts", [])
        return "".join(part.get("text", "") for part in parts if not part.get("thought"))
    content = body["choices"][0]["message"]["content"]
    if isinstance(content, list):
        return "".join(chunk["text"] for chunk in content if chunk["type"] == "text")
    return content or ""


def expected_output(provider: str, body: dict[str, Any]) -> int:
    """The billed output, from the totals where there are any."""
    if provider == "anthropic":
        return int(body["usage"]["output_tokens"])
    if provider == "google":
        usage = body["usageMetadata"]
        return int(usage["totalTokenCount"] - usage["promptTokenCount"])
    usage = body["usage"]
    return int(usage["total_tokens"] - usage["prompt_tokens"])


@pytest.mark.parametrize("provider", RECORDED_PROVIDERS)
def test_every_recorded_answer_is_read_as_it_was_billed(provider: str) -> None:
    """Text, output tokens, served version; and no answer passes that has no text."""
    answers = 0
    for recorded in recordings(provider, "chat"):
        outcome, body = replay(provider, recorded), recorded["response"]["body"]
        if isinstance(outcome, Failure):
            assert isinstance(body, str) or not expected_text(provider, body).strip()
            continue
        answers += 1
        assert outcome.text == expected_text(provider, body)
        assert outcome.usage.output_tokens == expected_output(provider, body)
        assert outcome.model_version == (body["modelVersion"] if provider == "google" else body["model"])
        assert outcome.finish_reason in {"stop", "length"}
        assert outcome.usage.complete
    assert answers >= 20


@pytest.mark.parametrize("provider", RECORDED_PROVIDERS)
def test_every_recorded_error_has_a_class_of_its_own(provider: str) -> None:
    """No recorded client error is retryable but a rate limit, and none is UNKNOWN."""
    errors = recordings(provider, "errors")
    assert errors
    for recorded in errors:
        outcome = replay(provider, recorded)
        assert isinstance(outcome, Failure)
        status = recorded["response"]["status"] or 400
        if status < 500:
            assert outcome.error.retryable == (outcome.error.code == "RATE_LIMIT" and outcome.rule == "status.429")
        else:
            assert outcome.error.retryable
