"""What may end a job from outside: a signal, the deadline, the death of the parent.

A thread of its own watches for them, because the main thread may sit where no Python code runs (a name look-up, a TLS
handshake, a body that drips). It writes the job's document, with every paid turn, and leaves the process.
"""

from __future__ import annotations

import math
import os
import select
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from common.errors import ErrorCode, WorkerError
from common.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from common.process.deadline import Deadline

# The main thread notices the deadline itself in nearly every case, and knows more about what it was doing.
DEADLINE_GRACE_SECONDS: Final = 0.3
# A document that is being written when the signal comes may take this long to be read.
WRITE_GRACE_SECONDS: Final = 2.0
PARENT_POLL_SECONDS: Final = 1.0

PR_SET_PDEATHSIG: Final = 1
# Not SIGTERM: Linux sends it when the *thread* that started us ends, and only getppid tells whether the process did.
PARENT_DEATH_SIGNAL: Final = signal.SIGUSR2

# A hard end that asks nothing of the interpreter: where something holds its lock, no thread of it gets a turn. Behind
# the deadline by the clock; and by processor time that passes without a turn of the watching thread.
HARD_END_SECONDS: Final = 5.0
STUCK_CPU_SECONDS: Final = 15.0
CHECK_SECONDS: Final = 2.0

# SIGHUP is a terminal that was closed; without a handler it would end the process without a document.
STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

logger = get_logger("worker")


class Lifeline:
    """Watches over one job of a process and ends it in order."""

    def __init__(
        self,
        end: Callable[[WorkerError, int], None],
        *,
        end_late: Callable[[], None],
        grace_seconds: float = WRITE_GRACE_SECONDS,
        stands_still: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start watching. Call it from the main thread.

        Args:
            end: writes the document of a job that ends with this error and leaves with this status; it returns only
                where a document is being written already.
            end_late: leaves the process where that document is not read in time.
            grace_seconds: how long that is.
            stands_still: whether the main thread has nothing more to do once a stopping signal has come: it would ask
                one more question before the watching thread gets its turn.
        """
        self._grace = grace_seconds
        self._stands_still = stands_still
        self._end = end
        self._end_late = end_late
        self._deadline: Deadline | None = None
        self._parent = os.getppid()
        self._read, write = os.pipe()
        os.set_blocking(write, False)
        # The bytes of the wake-up descriptor are written by the C handler, whatever the main thread is doing.
        self._follows_parent = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN  # nohup: meant to outlive it
        for number in (*STOPPING, PARENT_DEATH_SIGNAL):
            if number != signal.SIGHUP or self._follows_parent:
                signal.signal(number, self._noted)
        # A terminal's stop (Ctrl-Z) may last for days; the clock behind the deadline stands still meanwhile.
        signal.signal(signal.SIGTSTP, self._pause)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self._write = write
        self._polls_parent = self._follows_parent and not _ask_for_parent_death_signal()
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def listen(self) -> None:
        """Let signals through, which launch holds back: from here on there is somebody to answer one."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def set_deadline(self, deadline: Deadline) -> None:
        """Watch over this deadline too."""
        self._deadline = deadline
        self._arm()
        os.write(self._write, b"\0")  # wake the thread, which waits without a bound

    def _watch(self) -> None:
        poll = select.poll()  # select() knows no descriptor beyond 1023, and a caller may hand down as many
        poll.register(self._read, select.POLLIN)
        while True:
            signal.setitimer(signal.ITIMER_PROF, STUCK_CPU_SECONDS)
            ready = poll.poll(self._patience())
            numbers = os.read(self._read, 64) if ready else b""
            for number in numbers:
                self._on_signal(number)
            if self._polls_parent and os.getppid() != self._parent:
                self._leave(_cancelled("the process that started the worker is gone"), 0)
            deadline = self._deadline
            if deadline is not None and deadline.elapsed() and not deadline.remaining():
                time.sleep(DEADLINE_GRACE_SECONDS)
                self._leave(
                    WorkerError(
                        "the job did not end within its deadline; raise config.deadlineSeconds, or try again later",
                        ErrorCode.TIMEOUT,
                    ),
                    0,
                )

    def _patience(self) -> float:
        """Milliseconds until there is something to look at."""
        bounds = [PARENT_POLL_SECONDS if self._polls_parent else CHECK_SECONDS]
        if self._deadline is not None:
            bounds.append(self._deadline.remaining() + 0.001)
        return min(bounds) * 1000

    def _arm(self) -> None:
        """Let the kernel end the process some seconds behind the deadline, whatever holds the interpreter up."""
        if self._deadline is not None:
            signal.setitimer(signal.ITIMER_REAL, self._deadline.remaining() + HARD_END_SECONDS)

    def _pause(self, _number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        self._arm()

    def _on_signal(self, number: int) -> None:
        if number in STOPPING:
            name = signal.Signals(number).name
            self._leave(_cancelled(f"the worker was told to stop ({name})"), 128 + number)
        elif number == PARENT_DEATH_SIGNAL and self._follows_parent and os.getppid() != self._parent:
            self._leave(_cancelled("the process that started the worker is gone"), 0)

    def _noted(self, number: int, _frame: FrameType | None) -> None:
        """Called in the main thread. The wake-up descriptor carries the signal to the one that acts on it."""
        while number in STOPPING and self._stands_still():
            time.sleep(self._grace)

    def _leave(self, error: WorkerError, status: int) -> None:
        # Nobody may be reading; then the write never returns, and only the kernel can still end the process.
        signal.alarm(math.ceil(self._grace) + 1)
        try:
            self._end(error, status)
            time.sleep(self._grace)
        finally:
            self._end_late()


def _cancelled(why: str) -> WorkerError:
    return WorkerError(f"{why}; the job can be tried again, from the turns in partialTranscript", ErrorCode.CANCELLED)


def _ask_for_parent_death_signal() -> bool:
    """Have the kernel tell us when the parent ends (Linux); False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes  # noqa: PLC0415 - not everywhere built in

        libc = ctypes.CDLL(None, use_errno=True)
        return bool(libc.prctl(PR_SET_PDEATHSIG, int(PARENT_DEATH_SIGNAL), 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False
