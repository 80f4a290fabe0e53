"""Whatever comes in, one strict document goes out: no other exception, no traceback, no secret."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import WorkerError, failure_document
from common.http.exchange import Reply
from common.json import strict as jsondoc
from common.probe.documents import ProbeResult
from common.probe.drivers import drive
from common.probe.run import prepare, result
from common.providers.endpoints import register_environment_secrets
from common.redaction import redactor
from support.conversations import openai_answer
from support.documents import check_document
from support.jobs import MODELS, probe_job, three_turns
from support.workers import check_retryable_message, strict_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Many examples of what the tests beside it take line by line.
pytestmark = pytest.mark.untraced

CANARY = "sk-CANARY-q7Xz2Lp9Wd4"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**60) | st.floats() | st.text(max_size=8) | st.just(CANARY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)

CHAT = openai_answer("An answer.", system_fingerprint="fp", id="x")
ANSWERS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(MODELS, CHAT),
    "mistral": {
        **CHAT,
        "choices": [{"message": {"content": [{"type": "text", "text": "x"}]}, "finish_reason": "stop"}],
    },
    "anthropic": {
        "model": "m",
        "content": [{"type": "thinking", "thinking": ""}, {"type": "text", "text": "An answer."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 2, "output_tokens_details": {"thinking_tokens": 1}},
    },
    "google": {
        "candidates": [{"content": {"parts": [{"text": "An answer."}]}, "finishReason": "STOP", "safetyRatings": []}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3},
        "modelVersion": "m",
        "responseId": "r",
    },
}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary is every provider's key."""
    for name in MODELS:
        monkeypatch.setenv(f"{name.upper()}_API_KEY", CANARY)
    register_environment_secrets()


def run(job: Any, replies: list[Reply]) -> dict[str, Any]:
    """What the process would print for a job, as one strict document."""
    fail: Callable[[WorkerError], Mapping[str, object]] = failure_document
    document: Mapping[str, object]
    answers = iter(replies)
    try:
        conversation, _, _ = prepare(job)
        fail = conversation.failure
        document = result(
            conversation,
            drive(conversation.steps(), lambda _: next(answers, Reply(401, {}, b"")), lambda _: None),
        )
    except WorkerError as error:
        document = fail(error)
    return strict_document(jsondoc.dump(redactor.document(document)))


def check(document: dict[str, Any]) -> None:
    """The schema, the text rule, and no secret."""
    check_document(ProbeResult, document)
    printed = json.dumps(document)
    assert CANARY not in printed
    if not document["success"]:
        assert "q7Xz2Lp9" not in json.dumps(document["error"])
        if document["error"]["retryable"]:
            check_retryable_message(document["error"]["message"])
    else:
        assert all(turn["targetResponse"].strip() for turn in document["transcript"]["turns"])


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places in a JSON value."""
    found = [here] if here else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        found += paths(child, (*here, key))
    return found


def changed(body: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with another value at one place."""
    fresh = copy.deepcopy(body)
    target: Any = fresh
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return fresh


# The tracer is slow, and cheaper tests take the same lines.
@pytest.mark.untraced
@pytest.mark.parametrize("provider", list(MODELS))
@given(data=st.data())
def test_any_change_to_an_answer_gives_a_document(provider: str, data: st.DataObject) -> None:
    """One place of a good answer is replaced by anything at all, under any status."""
    body = ANSWERS[provider]
    place = data.draw(st.sampled_from(paths(body)))
    bent = changed(body, place, data.draw(JSON))
    status = data.draw(st.sampled_from([200, 200, 200, 204, 302, 400, 401, 403, 404, 418, 429, 500, 503, 529, 599]))
    raw = json.dumps(bent).encode()
    check(run(probe_job(MODELS[provider]), [Reply(status, {}, raw)] * 9))


@pytest.mark.untraced
@pytest.mark.parametrize("provider", list(MODELS))
@given(raw=st.binary(max_size=60) | st.text(max_size=40).map(str.encode) | JSON.map(lambda v: json.dumps(v).encode()))
def test_any_body_gives_a_document(provider: str, raw: bytes) -> None:
    """Bytes, text, JSON of no known shape; after a first good turn, which is kept."""
    good = Reply(200, {}, json.dumps(ANSWERS[provider]).encode())
    document = run(three_turns(MODELS[provider]), [good, *[Reply(200, {}, raw)] * 9])
    check(document)
    if not document["success"]:
        assert len(document["partialTranscript"]["turns"]) >= 1


@pytest.mark.untraced
@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["retry-after", "retry-after-ms", "x-should-retry", "date", "x-ratelimit-reset-tokens", "x-request-id"]
        ),
        st.text(max_size=30),
    ),
    status=st.integers(200, 599),
)
def test_any_headers_give_a_document(headers: dict[str, str], status: int) -> None:
    """Delays that are none, IDs of odd characters."""
    check(run(probe_job(), [Reply(status, headers, b"{}")] * 9))


@pytest.mark.untraced
@given(data=st.data())
def test_any_change_to_a_job_gives_a_document(data: st.DataObject) -> None:
    """The canary stands anywhere in it, and is never echoed."""
    job = three_turns(
        config={"temperature": 0.5, "maxTokens": 100, "maxTurns": 3, "seed": 1, "topP": 1, "deadlineSeconds": 9},
        modelConfig={"provider": "openai", "maxTokens": None, "stopSequences": ["x"], "reasoningEffort": "low"},
        modelCost={"costInputPerMillion": 1, "costOutputPerMillion": 2},
        resumeFrom={"turns": []},
        sampleIndex=1,
    )
    place = data.draw(st.sampled_from(paths(job)))
    bent = changed(job, place, data.draw(JSON))
    raw = json.dumps(bent).encode()
    try:
        parsed = jsondoc.parse(raw)
    except WorkerError as error:
        check(strict_document(jsondoc.dump(redactor.document(failure_document(error)))))
        return
    good = Reply(200, {}, json.dumps(CHAT).encode())
    check(run(parsed, [good] * 9))


def test_the_answers_that_are_bent_are_good_ones() -> None:
    """Else the tests above would show nothing."""
    for provider, body in ANSWERS.items():
        document = run(probe_job(MODELS[provider]), [Reply(200, {}, json.dumps(body).encode())])
        assert document["success"], document
