"""Holds conversations without any I/O: a list of outcomes stands for the provider, and waits take no time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from common.errors import WorkerError
from common.http.exchange import Reply, TransportFault
from common.probe.drivers import drive
from common.probe.run import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.http.exchange import Call
    from common.probe.conversation import Conversation
    from common.probe.documents import ProbeFailure, Transcript


class Script:
    """Answers each call with the next outcome and remembers what was asked and waited for."""

    def __init__(self, outcomes: Iterable[Reply | TransportFault | dict[str, Any] | str]) -> None:
        self._outcomes = iter(outcomes)
        self.calls: list[Call] = []
        self.waits: list[float] = []

    def send(self, call: Call) -> Reply | TransportFault:
        """The next outcome; a text is an OpenAI answer, an object a body with status 200."""
        self.calls.append(call)
        outcome = next(self._outcomes)
        if isinstance(outcome, str):
            outcome = openai_answer(outcome)
        return reply(outcome) if isinstance(outcome, dict) else outcome

    def sleep(self, seconds: float) -> None:
        """Remember a wait."""
        self.waits.append(seconds)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was asked."""
        return [json.loads(call.body) for call in self.calls]


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """A response; underscores in header names stand for hyphens."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def openai_answer(text: str | None, finish: str = "stop", **fields: Any) -> dict[str, Any]:
    """A chat completion of 10 tokens in and 5 out."""
    return {
        "model": "gpt-4o-2024-08-06",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        **fields,
    }


def hold(job: Any, outcomes: Iterable[Any]) -> tuple[Transcript, Script, Conversation]:
    """Hold a job's conversation against a script of outcomes.

    Raises:
        WorkerError: as the conversation ends.
    """
    conversation, _, _ = prepare(job)
    script = Script(outcomes)
    return drive(conversation.steps(), script.send, script.sleep), script, conversation


def failed(job: Any, outcomes: list[Any]) -> tuple[ProbeFailure, Script]:
    """The failure document of a conversation that is lost."""
    conversation, _, _ = prepare(job)
    script = Script(outcomes)
    with pytest.raises(WorkerError) as caught:
        drive(conversation.steps(), script.send, script.sleep)
    return conversation.failure(caught.value), script
