"""`--turns-fd N`: every answer is handed to the caller the moment it is paid for, while the conversation goes on.

Nothing that this process could still do saves an answer from `kill -9`, from a lost machine or from a crash in C code;
a caller that has stored the turns gives them back as `resumeFrom`, and none is asked twice. The last turn is not
written: the document itself follows at once.

With `--turns-ack` the descriptor is a socket, and the next question waits until the caller has written the line's `seq`
back: so no question is paid for before the answer to the one before it is in safety.
"""

from __future__ import annotations

import asyncio
import os
import select
import time
from typing import TYPE_CHECKING, Any, Final

from common import jsondoc
from common.errors import ValidationError
from common.logging import get_logger
from common.redaction import redactor
from common.stdio import write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from common.exchange import Paid

FIRST_OWN_DESCRIPTOR: Final = 3
# A caller that is this slow is not waited for: the conversation has a deadline of its own.
ACK_SECONDS: Final = 10.0
CHUNK_BYTES: Final = 64 * 1024
UNACKNOWLEDGED: Final = "the caller has not acknowledged a turn; the conversation goes on without its word"

logger = get_logger("turns")


class TurnStream:
    """The inherited descriptor, and what is written to it: one JSON object a line."""

    def __init__(self, fd: int, *, acknowledged: bool) -> None:
        self._fd = fd
        self._open = True
        self._acknowledged = acknowledged
        self._last = 0
        self._rest = b""
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def keep(self, ids: Mapping[str, Any], paid: Paid) -> None:
        """Write one turn, and wait for the caller's word on it. A reader that is gone costs no answer."""
        number = self._write(self._next(), ids, paid)
        until = time.monotonic() + ACK_SECONDS
        while self._acknowledged and self._open and number not in self._read_acks(until - time.monotonic()):
            if time.monotonic() > until:
                logger.warning(UNACKNOWLEDGED)
                return

    async def keep_async(
        self, ids: Mapping[str, Any], paid: Paid, in_thread: Callable[..., asyncio.Future[int]]
    ) -> None:
        """The same beside other conversations; `in_thread` runs the write, which may block."""
        number = self._next()
        if not (self._acknowledged and self._open):
            await in_thread(self._write, number, ids, paid)
            return
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.add_reader(self._fd, self._wake)
        # Before the line is out: a quick caller's word on it comes before the writing thread's.
        waiting = self._waiting[number] = loop.create_future()
        try:
            await in_thread(self._write, number, ids, paid)
            if self._open:
                async with asyncio.timeout(ACK_SECONDS):
                    await waiting
        except TimeoutError:
            logger.warning(UNACKNOWLEDGED)
        finally:
            self._waiting.pop(number, None)
            if not self._waiting:
                loop.remove_reader(self._fd)

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _write(self, number: int, ids: Mapping[str, Any], paid: Paid) -> int:
        if self._open:
            record = {
                "seq": number,
                **ids,
                "startedAt": paid.started_at,
                "durationMs": paid.duration_ms,
                "turn": paid.turn,
            }
            try:
                write_all(self._fd, jsondoc.dump(redactor.document(record)))
            except OSError as error:
                self._give_up("the descriptor of --turns-fd takes no more turns", error)
        return number

    def _wake(self) -> None:
        for number in self._read_acks(0):
            future = self._waiting.get(number)
            if future is not None and not future.done():
                future.set_result(None)
        if not self._open:
            for future in self._waiting.values():
                if not future.done():
                    future.set_result(None)

    def _read_acks(self, seconds: float) -> set[int]:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        if not poll.poll(max(seconds, 0) * 1000):
            return set()
        try:
            chunk = os.read(self._fd, CHUNK_BYTES)
        except BlockingIOError:
            return set()
        except OSError as error:
            self._give_up("the caller's acknowledgements cannot be read", error)
            return set()
        if not chunk:
            self._give_up("the caller closed its end of --turns-fd")
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return {int(line) for line in lines if line.strip().isdigit()}

    def _give_up(self, why: str, error: OSError | None = None) -> None:
        if self._open:
            self._open = False
            logger.warning(why, err=error)


def turn_stream_of(options: Mapping[str, Any]) -> TurnStream | None:
    """The stream that `--turns-fd` names, or None without it.

    Raises:
        ValidationError: it is not the number of a descriptor that is open and free for this.
    """
    text = options.get("turns_fd")
    acknowledged = bool(options.get("turns_ack"))
    if text is None:
        if acknowledged:
            raise ValidationError("--turns-ack: needs --turns-fd")
        return None
    try:
        fd = int(text)
        os.fstat(fd)
    except (ValueError, OverflowError, OSError):
        fd = -1
    if fd < FIRST_OWN_DESCRIPTOR:
        raise ValidationError("--turns-fd: must be the number of an open descriptor, 3 or more, such as 3 with 3>turns")
    os.set_inheritable(fd, False)  # noqa: FBT003 - the function's own signature
    return TurnStream(fd, acknowledged=acknowledged)
