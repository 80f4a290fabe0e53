"""What was paid for is not asked again: a conversation that goes on where another ended."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ValidationError, WorkerError
from common.http.exchange import TransportFault
from common.json.loose import is_blank
from common.probe.drivers import drive
from common.probe.run import prepare
from support.conversations import Script, failed, hold, openai_answer, reply
from support.jobs import probe_job, three_turns

if TYPE_CHECKING:
    from common.probe.documents import Transcript

pytestmark = pytest.mark.usefixtures("made_up_keys")


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_resuming_gives_the_same_transcript_as_an_undisturbed_run(cut: int) -> None:
    """Over every cut point: the same turns, the same sums, and nothing is asked twice."""
    whole, undisturbed, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    answers = ["One.", "Two.", "Three."]
    document, first = failed(three_turns(), [*answers[:cut], reply({}, 401)])
    job = three_turns()
    if cut:
        job["resumeFrom"] = json.loads(json.dumps(document["partialTranscript"]))
    rest, second, _ = hold(job, answers[cut:])
    assert [body["messages"] for body in first.bodies[:cut] + second.bodies] == [
        body["messages"] for body in undisturbed.bodies
    ]
    assert comparable(rest) == comparable(whole)
    assert rest["turns"][:cut] == document.get("partialTranscript", {"turns": []})["turns"]


@given(st.lists(st.text(min_size=1).filter(lambda text: not is_blank(text)), min_size=1, max_size=6), st.data())
def test_resuming_is_exact_for_any_answers_and_any_cut(answers: list[str], data: st.DataObject) -> None:
    """The property over random conversations."""
    scenario = {"prompt": "p", "followups": [{"prompt": f"f{index}"} for index in range(len(answers) - 1)]}
    cut = data.draw(st.integers(0, len(answers)))
    whole, _, _ = hold(probe_job(scenario=scenario), answers)
    conversation, _, _ = prepare(probe_job(scenario=scenario))
    script = Script([*answers[:cut], TransportFault("timeout", "x")])
    job = probe_job(scenario=scenario)
    if cut < len(answers):
        with pytest.raises(WorkerError) as caught:
            drive(conversation.steps(), script.send, script.sleep)
        document = conversation.failure(caught.value)
        if cut:
            job["resumeFrom"] = document["partialTranscript"]
    else:
        job["resumeFrom"] = whole
    rest, second, _ = hold(job, answers[cut:])
    assert comparable(rest) == comparable(whole)
    assert len(second.calls) == len(answers) - cut


def comparable(transcript: Transcript) -> object:
    """A transcript without its timings."""
    copy = json.loads(json.dumps(transcript))
    for name in ("startedAt", "completedAt", "durationMs"):
        copy.pop(name)
        for turn in copy["turns"]:
            turn["providerMetadata"].pop(name, None)
    return copy


def test_a_resumed_turn_has_every_field_of_a_turn() -> None:
    """A caller may hand in no more than what is checked; what it left out is filled in, as unknown where it is."""
    turn = {"turnNumber": 1, "probePrompt": "Is it right to lie?", "targetResponse": "One."}
    transcript, _, _ = hold(three_turns(resumeFrom={"turns": [turn]}), ["Two.", "Three."])
    assert transcript["turns"][0] == {
        **turn,
        "promptLabel": "scenario_prompt",
        "inputTokens": None,
        "outputTokens": None,
    }


def test_times_of_a_resumed_job_add_up() -> None:
    """It began when its first try began, and took as long as both."""
    job = three_turns()
    whole, _, _ = hold(job, ["One.", "Two.", "Three."])
    job["resumeFrom"] = {"turns": whole["turns"][:1], "startedAt": "2026-01-01T00:00:00.000Z", "durationMs": 60_000}
    rest, _, _ = hold(job, ["Two.", "Three."])
    assert rest["startedAt"] == "2026-01-01T00:00:00.000Z"
    assert rest["durationMs"] >= 60_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"probePrompt": "another"}, "is not turn 1 of this job"),
        ({"turnNumber": 2}, "is not turn 1 of this job"),
        ({"providerMetadata": {"model": "gpt-4.1"}}, "was answered by another model"),
    ],
)
def test_only_this_jobs_own_turns_can_be_resumed(change: dict[str, Any], said: str) -> None:
    """VALIDATION_ERROR, and nothing is asked."""
    whole, _, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    turn = {**whole["turns"][0], **change}
    with pytest.raises(ValidationError, match=said):
        prepare(three_turns(resumeFrom={"turns": [turn]}))


def test_more_turns_than_the_job_has_cannot_be_resumed() -> None:
    """The job they came from was another."""
    whole, _, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    with pytest.raises(ValidationError, match="has more turns than this job"):
        prepare(probe_job(resumeFrom={"turns": whole["turns"]}, scenario={"prompt": "Is it right to lie?"}))


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"startedAt": 5}, "startedAt"),
        ({"durationMs": "x"}, "durationMs"),
        ({"serviceTier": 5}, "serviceTier"),
        ({"sent": "x"}, "sent"),
        ({"discarded": [{"inputTokens": "many"}]}, "discarded[0].inputTokens"),
        ({"parts": {}}, "parts"),
    ],
)
def test_what_is_read_of_an_earlier_turn_is_checked_before_anything_is_asked(
    metadata: dict[str, Any], said: str
) -> None:
    """An error behind the last answer would cost the turns that were paid for."""
    whole, _, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    turn = {**whole["turns"][0], "providerMetadata": {**whole["turns"][0]["providerMetadata"], **metadata}}
    with pytest.raises(ValidationError, match=re.escape(f"resumeFrom.turns[0].providerMetadata.{said}")):
        prepare(three_turns(resumeFrom={"turns": [turn]}))


def test_nothing_in_place_of_discarded_calls_is_none() -> None:
    """Null means absent; what the transcript costs is known."""
    price = {"costInputPerMillion": 1, "costOutputPerMillion": 1}
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    answers = [openai_answer(text, usage=usage) for text in ("One.", "Two.", "Three.")]
    whole, _, _ = hold(three_turns(modelCost=price), answers)
    turn = whole["turns"][0]
    earlier = {**turn, "providerMetadata": {**turn["providerMetadata"], "discarded": None}}
    rest, _, _ = hold(three_turns(modelCost=price, resumeFrom={"turns": [earlier]}), answers[1:])
    assert rest["costSnapshot"]["totalCost"] == whole["costSnapshot"]["totalCost"]
