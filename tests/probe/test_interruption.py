"""A conversation that is ended from outside, at any moment: nothing more is paid for, nothing paid for is denied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common.errors import ErrorCode, WorkerError
from common.http.exchange import Call, TransportFault
from common.probe.drivers import drive
from common.probe.run import prepare
from support.conversations import Script, openai_answer, reply
from support.jobs import three_turns

if TYPE_CHECKING:
    from common.probe.conversation import Conversation
    from common.probe.documents import ProbeFailure

STOPPED = WorkerError("the worker was told to stop", ErrorCode.CANCELLED)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(variable, "made-up-key-0001")


def begun(**fields: Any) -> Conversation:
    """A conversation of three turns."""
    conversation, _, _ = prepare(three_turns(**fields))
    return conversation


def test_an_answer_that_is_not_in_the_transcript_yet_may_be_billed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It came, and the watchdog asks for the document before the turn is written down."""
    conversation = begun()
    documents: list[ProbeFailure] = []
    write_down = conversation._recorded

    def interrupted(*args: Any) -> Any:
        documents.append(conversation.failure(STOPPED))
        return write_down(*args)

    monkeypatch.setattr(conversation, "_recorded", interrupted)
    with pytest.raises(WorkerError):
        drive(conversation.steps(), Script(["One.", "Two.", "Three."]).send)
    assert documents[0]["error"]["billing"] == "unknown"
    assert "partialTranscript" not in documents[0]


def test_what_a_watchdog_has_read_does_not_change_under_it() -> None:
    """Each state is a value of its own; with the answer in the transcript the call is not open any more."""
    conversation = begun()
    steps = conversation.steps()
    states = [conversation.so_far]
    step = next(steps)
    for answer in ("One.", None, "Two.", None):
        states.append(conversation.so_far)
        step = steps.send(None if answer is None else reply(openai_answer(answer)))
    assert isinstance(step, Call)
    assert [(len(state.turns), state.call_open, state.attempts) for state in states] == [
        (0, False, 0),
        (0, True, 1),
        (1, False, 1),
        (1, True, 1),
        (2, False, 1),
    ]


def test_no_call_is_made_once_the_document_was_asked_for() -> None:
    """The watchdog writes it while the main thread goes on; what that would still ask, nobody would see."""
    conversation = begun()
    steps = conversation.steps()
    assert isinstance(next(steps), Call)
    document = conversation.failure(STOPPED)
    assert document["error"]["billing"] == "unknown"
    steps.send(reply(openai_answer("One.")))
    with pytest.raises(WorkerError):
        steps.send(None)
    assert len(conversation.so_far.turns) == 1


def test_no_call_is_made_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer could not be waited for, and would be paid for."""
    conversation = begun()
    script = Script(["One."])

    def slowly(call: Call) -> Any:
        outcome = script.send(call)
        monkeypatch.setattr(conversation._deadline, "_ends", 0.0)
        return outcome

    with pytest.raises(WorkerError) as caught:
        drive(conversation.steps(), slowly)
    document = conversation.failure(caught.value)
    assert document["error"]["code"] == "TIMEOUT"
    assert document["error"]["retryable"] is True
    assert "billing" not in document["error"]
    assert len(document["partialTranscript"]["turns"]) == 1
    assert len(script.calls) == 1


def test_the_first_part_of_an_answer_is_paid_for_when_the_rest_never_comes() -> None:
    """Google hands long answers out in parts."""
    part = {
        "candidates": [
            {"content": {"parts": [{"text": "a"}]}, "finishReason": "CONTINUATION", "continuationToken": "t"}
        ],
        "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 1},
    }
    conversation = begun(model="gemini-2.5-pro")
    with pytest.raises(WorkerError) as caught:
        drive(conversation.steps(), Script([part, reply({}, 401)]).send)
    assert conversation.failure(caught.value)["error"]["billing"] == "unknown"


def test_a_call_that_was_refused_is_no_bill() -> None:
    """Only what may have been answered is unknown."""
    conversation = begun()
    with pytest.raises(WorkerError) as caught:
        drive(conversation.steps(), Script([reply({}, 401)]).send)
    assert "billing" not in conversation.failure(caught.value)["error"]
    with pytest.raises(WorkerError) as caught:
        drive(begun().steps(), Script([TransportFault("connect", "x")] * 5).send, lambda _: None)
    assert caught.value.billing is None
