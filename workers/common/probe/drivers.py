"""Runs a conversation: makes the calls and waits it asks for. One driver blocks, the other is asynchronous."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from common.errors import LLMError
from common.http.exchange import Call, Paid, Wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from common.http.exchange import Outcome, Reply, Step, TransportFault
    from common.probe.documents import Transcript


def drive(
    steps: Generator[Step, Outcome, Transcript],
    send: Callable[[Call], Reply | TransportFault],
    sleep: Callable[[float], None] = time.sleep,
    hand_over: Callable[[Paid], None] | None = None,
    permit: Callable[[], None] | None = None,
) -> Transcript:
    """Run a conversation to its end, blocking.

    `hand_over` gives an answer to the caller before the next question is asked; `permit` makes sure, right before each
    call, that the caller still wants it.

    Raises:
        WorkerError: as the conversation ends.
    """
    outcome: Outcome = None
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration as stop:
            transcript: Transcript = stop.value
            return transcript
        if isinstance(step, Call):
            if permit is not None:
                try:
                    permit()
                except BaseException as error:  # noqa: BLE001 - as below
                    steps.throw(error)
            outcome = send(step)
            continue
        outcome = None
        if not isinstance(step, Paid):
            sleep(step.seconds)
        elif hand_over is not None:
            hand_over(step)


class Gate(Protocol):
    """What stands before the calls of many conversations to one provider."""

    async def enter(self, call: Call, *, first: bool) -> None:
        """Wait until the call may be made.

        Raises:
            WorkerError: it may not be made at all.
        """

    def leave(self) -> None:
        """The call is over."""

    def pause(self, seconds: float) -> None:
        """The provider asked for this long without calls."""

    def report(self, error: LLMError, model: str) -> None:
        """A conversation with this model failed in this way."""


async def drive_async(
    steps: Generator[Step, Outcome, Transcript],
    send: Callable[[Call], Awaitable[Reply | TransportFault]],
    sleep: Callable[[float], Awaitable[None]],
    gate: Gate,
    hand_over: Callable[[Paid], Awaitable[None]] | None = None,
    permit: Callable[[], Awaitable[None]] | None = None,
) -> Transcript:
    """Run a conversation to its end, beside others; `hand_over` and `permit` as in `drive`.

    Raises:
        WorkerError: as the conversation ends, or as the gate says.
    """
    outcome: Outcome = None
    first = True
    inside = False
    model = ""
    try:
        while True:
            try:
                step = _next_step(steps, outcome, gate, model)
            except StopIteration as stop:
                transcript: Transcript = stop.value
                return transcript
            outcome = None
            if inside:
                # Not before the answer is understood: the next in the line would call into the pause that it asks for.
                inside = False
                gate.leave()
            if isinstance(step, Paid):
                if hand_over is not None:
                    await hand_over(step)
                continue
            if isinstance(step, Wait):
                await sleep(step.seconds)
                continue
            model = step.model
            try:
                await gate.enter(step, first=first)
                inside = True
                if permit is not None:
                    # Within the gate, right before the call: in the line before it a word would grow old.
                    await permit()
            except BaseException as error:  # noqa: BLE001 - whatever it is, the conversation must know that nothing was sent
                steps.throw(error)
            first = False
            outcome = await send(step)
    finally:
        if inside:
            gate.leave()


def _next_step(steps: Generator[Step, Outcome, Transcript], outcome: Outcome, gate: Gate, model: str) -> Step:
    """What the conversation does next, after the gate was told what of the answer concerns all."""
    try:
        step = steps.send(outcome)
    except LLMError as error:
        gate.report(error, model)
        raise
    if isinstance(step, Wait) and step.from_server:
        gate.pause(step.seconds)
    return step
