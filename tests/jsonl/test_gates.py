"""The door to one provider, by itself."""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING

from common import gates
from common.deadline import Deadline
from common.exchange import Call
from common.gates import ProviderGate

if TYPE_CHECKING:
    import pytest


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
