"""The turn stream beside many conversations: one reader for all of them, and nobody waits for another's word."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from common.errors import WorkerError
from common.probe import callers_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from common.http.exchange import Paid
    from common.probe.turn_stream import TurnStream


class AsyncTurns:
    """Hands turns over and asks for the caller's word, in the event loop.

    Args:
        stream: the descriptor and its form.
        in_thread: runs a write, which may block.
        call_off: ends the job of this ID; the caller has called it off.
    """

    def __init__(
        self,
        stream: TurnStream,
        in_thread: Callable[..., asyncio.Future[None]],
        call_off: Callable[[str], None],
    ) -> None:
        self._stream = stream
        self._in_thread = in_thread
        self._call_off = call_off
        self._waiting: dict[int, asyncio.Future[bool | None]] = {}
        self._asking: asyncio.Task[WorkerError | None] | None = None
        if stream.acknowledged:
            asyncio.get_running_loop().add_reader(stream.fd, self._wake)

    def is_cancelled(self, job_id: object) -> bool:
        """Whether the caller has called the job off, perhaps before it was read."""
        return job_id in self._stream.cancelled

    async def hand_over(self, ids: Mapping[str, object], paid: Paid) -> None:
        """Hand one turn over.

        Raises:
            WorkerError: CANCELLED; the caller refuses the turn, or says nothing.
        """
        number = self._stream.next_number()
        if not self._stream.acknowledged:
            await self._in_thread(self._stream.write_turn, number, ids, paid)
            return
        await self._answered(number, self._stream.write_turn, ids, paid)

    async def permit(self, job_id: object) -> None:
        """Make sure that a call of this job may be made now; one question serves all that wait.

        Raises:
            WorkerError: CANCELLED; the caller refuses it, or says nothing.
        """
        if not self._stream.acknowledged:
            return
        self._stream.check(job_id)
        until = time.monotonic() + self._stream.wait_seconds
        while not self._stream.word.holds:
            if time.monotonic() >= until:
                raise callers_word.silent()  # what it says is too old whenever it comes
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            # Shielded: the others that wait for the same answer outlive this job.
            error = await asyncio.shield(self._asking)
            if error is not None:
                raise error
            self._stream.check(job_id)

    async def _ask(self) -> WorkerError | None:
        """Ask once. What comes of it is a value: an exception that nobody is left to see would be printed."""
        try:
            await self._answered(self._stream.next_number(), self._stream.write_question)
        except WorkerError as error:
            return error
        return None

    async def _answered(self, number: int, write: Callable[..., None], *arguments: object) -> None:
        asked = self._stream.word.now()
        # Before the line is out: a quick caller's word on it comes before the writing thread's.
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._in_thread(write, number, *arguments)
            self._wake_if_gone()
            async with asyncio.timeout(self._stream.wait_seconds):
                answer = await waiting
        except TimeoutError:
            answer = None
        finally:
            self._waiting.pop(number, None)
        if answer is None:
            raise callers_word.silent()
        if not answer:
            raise callers_word.refused()
        self._stream.word.given(asked)

    def _wake(self) -> None:
        before = set(self._stream.cancelled)
        for number, answer in self._stream.read_words(0).items():
            future = self._waiting.get(number)
            if future is not None and not future.done():
                future.set_result(answer)
        for job_id in self._stream.cancelled - before:
            self._call_off(job_id)
        self._wake_if_gone()

    def _wake_if_gone(self) -> None:
        if not self._stream.is_open:
            asyncio.get_running_loop().remove_reader(self._stream.fd)
            for future in self._waiting.values():
                if not future.done():
                    future.set_result(None)
