"""Flex: half the price for a place that may have to be waited for, and the default tier where that takes too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common.probe.batch.gates import ProviderGate
from common.probe.run import prepare
from support.conversations import failed, hold, openai_answer, reply
from support.jobs import probe_job, three_turns

if TYPE_CHECKING:
    from common.probe.documents import Turn

pytestmark = pytest.mark.usefixtures("made_up_keys")

NO_ROOM = {
    "error": {"message": "Resource unavailable.", "type": "resource_unavailable", "code": "resource_unavailable"}
}
FULL = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "The system is currently at capacity."}}


def flex_job(model: str = "gpt-5-mini", after: int | None = None, **fields: Any) -> dict[str, Any]:
    """A job that may wait for its place."""
    return probe_job(model, modelConfig={"serviceTier": "flex", "serviceTierFallbackAfter": after}, **fields)


def google_answer(**metadata: Any) -> dict[str, Any]:
    """An answer of Google's, with more in its usage."""
    return {
        "modelVersion": "gemini-3.1-pro",
        "candidates": [{"content": {"parts": [{"text": "No."}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4, **metadata},
    }


def tier_of(turn: Turn) -> tuple[Any, Any]:
    """Which tier was asked for, and which was served."""
    metadata = turn["providerMetadata"]
    return metadata["sent"].get("serviceTier"), metadata["serviceTier"]


def test_the_served_tier_is_the_one_that_the_answer_names_and_none_where_it_names_none() -> None:
    """Whatever was asked for: the bill goes by what was served."""
    told, script, _ = hold(flex_job(), [openai_answer("No.", service_tier="default")])
    assert script.bodies[0]["service_tier"] == "flex"
    assert tier_of(told["turns"][0]) == ("flex", "default")
    untold, _, _ = hold(flex_job(), [openai_answer("No.")])
    assert tier_of(untold["turns"][0]) == ("flex", None)


@pytest.mark.parametrize(
    ("metadata", "headers", "served"),
    [
        ({"serviceTier": "SERVICE_TIER_FLEX"}, {}, "flex"),
        ({}, {"x_gemini_service_tier": "standard"}, "standard"),
        ({}, {}, None),
    ],
)
def test_google_names_the_tier_in_its_usage_or_in_a_header(
    metadata: dict[str, str], headers: dict[str, str], served: str | None
) -> None:
    """In one spelling here, in several there."""
    transcript, script, _ = hold(flex_job("gemini-3.1-pro-preview"), [reply(google_answer(**metadata), 200, **headers)])
    assert script.bodies[0]["serviceTier"] == "flex"
    assert tier_of(transcript["turns"][0]) == ("flex", served)


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "grok-4.3", "deepseek-chat", "mistral-large-latest"])
def test_where_there_is_no_flex_it_is_left_out_and_said(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the turn and in a warning; and the deadline is the usual one."""
    for name in ("XAI", "DEEPSEEK"):
        monkeypatch.setenv(f"{name}_API_KEY", "made-up-key-0001")
    conversation, _, deadline = prepare(flex_job(model))
    assert any(text.startswith("serviceTier was left out") for text in conversation.warnings)
    assert deadline.remaining() <= 280


def test_a_job_with_flex_has_a_quarter_of_an_hour_unless_somebody_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The job goes before the environment, and the environment before the default."""
    assert 890 < prepare(flex_job())[2].remaining() <= 900
    monkeypatch.setenv("PROBE_DEADLINE_SECONDS", "200")
    assert prepare(flex_job())[2].remaining() <= 200
    assert prepare(flex_job(config={"deadlineSeconds": 60}))[2].remaining() <= 60


def test_a_tier_without_room_is_waited_for_longer_than_a_failure_is_retried() -> None:
    """More often than there are attempts, and the turn says how often; it is billed once."""
    transcript, script, _ = hold(flex_job(), [reply(NO_ROOM, 429)] * 12 + [openai_answer("No.", service_tier="flex")])
    assert len(script.waits) == 12
    assert max(script.waits) <= 30
    metadata = transcript["turns"][0]["providerMetadata"]
    assert (metadata.get("tierWaits"), metadata["attempts"], "discarded" in metadata) == (12, 13, False)


def test_google_has_no_room_by_a_503_and_only_where_flex_was_asked_for() -> None:
    """Of the default tier it is an overload as ever, with its few attempts."""
    answers: list[Any] = [reply(FULL, 503)] * 7 + [google_answer(serviceTier="flex")]
    transcript, _, _ = hold(flex_job("gemini-3.1-pro-preview"), answers)
    assert transcript["turns"][0]["providerMetadata"].get("tierWaits") == 7
    document, script = failed(probe_job("gemini-3.1-pro-preview"), [reply(FULL, 503)] * 7)
    assert (len(script.calls), document["error"].get("reason")) == (5, "overloaded")


def test_after_so_many_waits_the_default_tier_is_asked_and_every_turn_says_so() -> None:
    """The rest of the conversation stays there."""
    job = three_turns("gpt-5-mini", modelConfig={"serviceTier": "flex", "serviceTierFallbackAfter": 2})
    answers: list[Any] = [openai_answer("No.", service_tier="flex"), *[reply(NO_ROOM, 429)] * 3]
    answers += [openai_answer("Because.", service_tier="default"), openai_answer("Yes.", service_tier="default")]
    transcript, script, conversation = hold(job, answers)
    assert len(script.waits) == 2
    assert [tier_of(turn) for turn in transcript["turns"]] == [("flex", "flex"), *[("default", "default")] * 2]
    assert {turn["providerMetadata"]["requested"]["serviceTier"] for turn in transcript["turns"]} == {"flex"}
    assert "serviceTier was sent as default: after 2 waits there was no room for flex" in conversation.warnings


def test_a_fallback_after_no_wait_at_all_asks_the_default_tier_at_once() -> None:
    """And a call that was refused for want of room leaves nothing to pay."""
    _, script, _ = hold(flex_job(after=0), [reply(NO_ROOM, 429), openai_answer("No.")])
    assert script.waits == []
    assert [body["service_tier"] for body in script.bodies] == ["flex", "default"]


def test_a_tier_without_room_holds_up_nobody_else() -> None:
    """Its delay is this job's own, though it comes with a 429 and a header."""
    job = flex_job(config={"deadlineSeconds": 5})
    document, script = failed(job, [reply(NO_ROOM, 429, retry_after="60")])
    error = document["error"]
    assert (error["code"], error["retryable"], error.get("tierUnavailable")) == ("SERVER_ERROR", True, True)
    assert error.get("retryAfterSeconds") == 60
    assert script.waits == []
    gate = ProviderGate("openai")
    conversation, _, _ = prepare(job)
    steps = conversation.steps()
    next(steps)
    with pytest.raises(Exception, match="no room for flex") as caught:
        steps.send(reply(NO_ROOM, 429, retry_after="60"))
    gate.report(caught.value, "gpt-5-mini")  # type: ignore[arg-type] # what is raised is an LLMError
    assert gate._may_start()
