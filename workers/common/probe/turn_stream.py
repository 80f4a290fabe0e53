"""`--turns-fd N`: every answer is handed to the caller the moment it is paid for, while the conversation goes on.

Nothing that this process could still do saves an answer from `kill -9`, from a lost machine or from a crash in C code;
a caller that has stored the turns gives them back as `resumeFrom`, and none is asked twice. The last turn is not
written: the document itself follows at once.

With `--turns-ack` the descriptor is a socket, and the caller has the last word on every question. It writes one line
for each that it is told or asked:

- `SEQ`: the turn of that number is in safety, or the question of that number is granted: the job may go on;
- `SEQ refused`: it may not; the job ends as CANCELLED, with its turns in the document;
- `cancel "JOBID"` (a JSON string), at any time: the same for that job, and for a job of that ID that comes later.

A caller that does not answer within `--turns-wait` seconds, or has closed its end, is not built upon: the job ends in
the same way. With `--turns-lease SECONDS` a word holds for that long; where it is older, the worker asks before its
next call, with a line `{"seq": N, "ask": true}`. So no further question is paid for where the caller was frozen, or
where its ticket is in other hands.
"""

from __future__ import annotations

import json
import math
import os
import select
import time
from typing import TYPE_CHECKING, Any, Final

from common.errors import ValidationError
from common.json import strict as jsondoc
from common.logging import get_logger
from common.probe import callers_word
from common.probe.callers_word import Moment, Word
from common.process.stdio import write_all
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.http.exchange import Paid

FIRST_OWN_DESCRIPTOR: Final = 3
WAIT_SECONDS: Final = 30.0
LONGEST_SECONDS: Final = 86_400.0
CHUNK_BYTES: Final = 64 * 1024

logger = get_logger("turns")


class TurnStream:
    """The inherited descriptor, what is written to it (one JSON object a line), and what the caller writes back.

    Attributes:
        acknowledged: whether the caller writes anything back.
        wait_seconds: how long its word is waited for.
        word: its last word.
        cancelled: IDs of jobs that it has called off.
    """

    def __init__(
        self, fd: int, *, acknowledged: bool, wait_seconds: float = WAIT_SECONDS, lease_seconds: float | None = None
    ) -> None:
        self.fd = fd
        self.acknowledged = acknowledged
        self.wait_seconds = wait_seconds
        self.word = Word(lease_seconds)
        self.cancelled: set[str] = set()
        self._open = True
        self._last = 0
        self._rest = b""

    @property
    def is_open(self) -> bool:
        """Whether the caller is still there, as far as this end knows."""
        return self._open

    def hand_over(self, ids: Mapping[str, object], paid: Paid) -> None:
        """Write one turn, and wait for the caller's word on it. Without `--turns-ack` a lost reader costs no answer.

        Raises:
            WorkerError: CANCELLED; the caller refuses the turn, or says nothing.
        """
        asked = self.word.now()
        number = self.next_number()
        self.write_turn(number, ids, paid)
        if self.acknowledged:
            self._await(number, asked, ids)

    def permit(self, ids: Mapping[str, object]) -> None:
        """Make sure that a call may be made now.

        Raises:
            WorkerError: CANCELLED; the caller refuses it, or says nothing.
        """
        if not self.acknowledged:
            return
        self.read_words(0)
        self.check(ids.get("jobId"))
        until = time.monotonic() + self.wait_seconds
        while not self.word.holds:
            if time.monotonic() >= until:
                raise callers_word.silent()  # what it says is too old whenever it comes
            asked = self.word.now()
            number = self.next_number()
            self.write_question(number)
            self._await(number, asked, ids)

    def check(self, job_id: object) -> None:
        """Raise where the job was called off, or nobody is left who could."""
        if job_id in self.cancelled:
            raise callers_word.refused()
        if not self._open:
            raise callers_word.silent()

    def _await(self, number: int, asked: Moment, ids: Mapping[str, object]) -> None:
        until = time.monotonic() + self.wait_seconds
        while True:
            answer = self.read_words(until - time.monotonic()).get(number)
            if answer is not None:
                if not answer:
                    raise callers_word.refused()
                self.word.given(asked)
                return
            self.check(ids.get("jobId"))
            if time.monotonic() >= until:
                raise callers_word.silent()

    def next_number(self) -> int:
        """The number of the next line."""
        self._last += 1
        return self._last

    def write_turn(self, number: int, ids: Mapping[str, object], paid: Paid) -> None:
        """Hand one turn over; may block."""
        turn = {"startedAt": paid.started_at, "durationMs": paid.duration_ms, "turn": paid.turn}
        self._write({"seq": number, **ids, **turn})

    def write_question(self, number: int) -> None:
        """Ask whether the jobs of this process that were not called off may go on; may block."""
        self._write({"seq": number, "ask": True})

    def _write(self, record: dict[str, object]) -> None:
        if self._open:
            try:
                write_all(self.fd, jsondoc.dump(redactor.document(record)))
            except OSError as error:
                self._give_up("the descriptor of --turns-fd takes no more turns", error)

    def read_words(self, seconds: float) -> dict[int, bool]:
        """What the caller has written, waiting so long for the first of it: numbers, and whether the job may go on."""
        if not self._open:
            return {}
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        if not poll.poll(max(seconds, 0) * 1000):
            return {}
        try:
            chunk = os.read(self.fd, CHUNK_BYTES)
        except BlockingIOError:
            return {}
        except OSError as error:
            self._give_up("the caller's acknowledgements cannot be read", error)
            return {}
        if not chunk:
            self._give_up("the caller closed its end of --turns-fd")
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        words: dict[int, bool] = {}
        for line in lines:
            number, _, rest = line.strip().partition(b" ")
            if number.isdigit():
                words[int(number)] = rest != b"refused"
            elif number == b"cancel":
                self._call_off(rest)
        return words

    def _call_off(self, text: bytes) -> None:
        try:
            job_id = json.loads(text)
        except ValueError:
            job_id = None
        if isinstance(job_id, str):
            self.cancelled.add(job_id)

    def _give_up(self, why: str, error: OSError | None = None) -> None:
        if self._open:
            self._open = False
            logger.warning(why, err=error)


def turn_stream_of(options: Mapping[str, Any]) -> TurnStream | None:
    """The stream that `--turns-fd` names, or None without it.

    Raises:
        ValidationError: it is not the number of a descriptor that is open and free for this, or a time is no number.
    """
    text = options.get("turns_fd")
    acknowledged = bool(options.get("turns_ack"))
    wait = _seconds(options, "turns_wait")
    lease = _seconds(options, "turns_lease")
    if text is None and acknowledged:
        raise ValidationError("--turns-ack: needs --turns-fd")
    if not acknowledged and (wait or lease) is not None:
        raise ValidationError(f"--turns-{'wait' if wait is not None else 'lease'}: needs --turns-ack")
    if text is None:
        return None
    try:
        fd = int(text)
        os.fstat(fd)
    except (ValueError, OverflowError, OSError):
        fd = -1
    if fd < FIRST_OWN_DESCRIPTOR:
        raise ValidationError("--turns-fd: must be the number of an open descriptor, 3 or more, such as 3 with 3>turns")
    os.set_inheritable(fd, False)  # noqa: FBT003 - the function's own signature
    return TurnStream(fd, acknowledged=acknowledged, wait_seconds=wait or WAIT_SECONDS, lease_seconds=lease)


def _seconds(options: Mapping[str, Any], name: str) -> float | None:
    text = options.get(name)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= LONGEST_SECONDS:
        raise ValidationError(f"--{name.replace('_', '-')}: must be a number of seconds above 0, at most 86400")
    return seconds
