"""The door to one provider, by itself."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from types import SimpleNamespace

import pytest

from common.errors import WorkerError
from common.http.exchange import Call, Reply
from common.probe.batch import gates
from common.probe.batch.gates import ProviderGate
from common.probe.drivers import drive_async
from common.probe.run import prepare
from common.process.deadline import Deadline
from support.conversations import openai_answer, reply
from support.jobs import probe_job


def test_a_moment_that_comes_while_it_is_reckoned_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes on between two looks at it; nobody may be left waiting for a timer that was not set."""
    monkeypatch.setenv("PROBE_OPENAI_REQUESTS_PER_MINUTE", "6000")
    # The first call starts at 1.0 and the second may at 1.01, which passes between its look and the reckoning.
    looks = itertools.chain([1.0] * 6, itertools.repeat(2.0))
    monkeypatch.setattr(gates, "time", SimpleNamespace(monotonic=lambda: next(looks)))

    async def enter_two() -> None:
        gate = ProviderGate("openai")
        for _ in range(2):
            await gate.enter(Call("http://127.0.0.1", {}, b"", Deadline(60)), first=True)
            gate.leave()

    async def bounded() -> None:
        await asyncio.wait_for(enter_two(), 2)

    asyncio.run(bounded())


@pytest.mark.parametrize("seconds", ["5", "900"], ids=["a pause that fits", "one beyond the deadline"])
def test_nobody_in_the_line_calls_into_the_pause_that_an_answer_asks_for(
    seconds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of a call is given away when its answer is understood, and not when it has arrived."""
    monkeypatch.setenv("PROBE_OPENAI_MAX_IN_FLIGHT", "1")
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
    sent: list[int] = []
    slept: list[float] = []

    async def conversation(number: int, gate: ProviderGate) -> None:
        held, _, _ = prepare(probe_job(config={"deadlineSeconds": 60}))

        async def send(_: Call) -> Reply:
            sent.append(number)
            await asyncio.sleep(0)
            return Reply(429, {"retry-after": seconds}, b"{}") if len(sent) == 1 else reply(openai_answer("Yes."))

        async def sleep(asked: float) -> None:
            slept.append(asked)
            await asyncio.sleep(3600)

        with contextlib.suppress(WorkerError):
            await drive_async(held.steps(), send, sleep, gate)

    async def three() -> None:
        gate = ProviderGate("openai")
        tasks = [asyncio.create_task(conversation(number, gate)) for number in range(3)]
        for _ in range(50):  # as many turns of the loop as it could take
            await asyncio.sleep(0)
        assert sent == [0]
        for task in tasks:
            task.cancel()

    asyncio.run(three())


def test_a_pause_does_not_end_a_job_that_has_stood_in_the_line_for_most_of_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its time begins with its turn, so a short pause fits into it however long it has waited."""
    monkeypatch.setenv("PROBE_OPENAI_MAX_IN_FLIGHT", "1")
    moment = [0.0]
    monkeypatch.setattr(gates, "time", SimpleNamespace(monotonic=lambda: moment[0]))

    async def one_behind_another() -> None:
        gate = ProviderGate("openai")
        deadline = Deadline(60, lambda: moment[0])
        await gate.enter(Call("http://127.0.0.1", {}, b"", Deadline(60, lambda: moment[0])), first=True)
        second = asyncio.create_task(gate.enter(Call("http://127.0.0.1", {}, b"", deadline), first=True))
        await asyncio.sleep(0)
        moment[0] = 55.0
        gate.pause(6)
        for _ in range(5):
            await asyncio.sleep(0)
        moment[0] = 62.0
        gate.leave()
        await second
        assert deadline.remaining() == 60

    asyncio.run(one_behind_another())
