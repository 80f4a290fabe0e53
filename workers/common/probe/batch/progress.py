"""The progress line of a batch, for a person at a terminal; callers whose stderr is a pipe get nothing."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Final

from common.process.stdio import STDERR

EVERY_SECONDS: Final = 0.5


class Progress:
    """Counts jobs and shows them: done, failed, in flight, rate, and what is left where it is known."""

    def __init__(self) -> None:
        self._shown = _is_terminal()
        self._began = time.monotonic()
        self._last = 0.0
        self._started = self._ended = self._failed = 0
        self._read: float | None = None

    def started(self, read: float | None = None) -> None:
        """A job began; `read` is the share of the input that has been read, where its size is known."""
        self._started += 1
        self._read = read
        self._show()

    def ended(self, *, failed: bool) -> None:
        """A job has its document."""
        self._ended += 1
        self._failed += failed
        self._show()

    def finish(self) -> None:
        """The last state stays on the screen."""
        if self._shown:
            self._show(always=True)
            _write(b"\n")

    def line(self) -> str:
        """What is shown."""
        seconds = time.monotonic() - self._began
        rate = self._ended / seconds if seconds > 0 else 0.0
        in_flight = self._started - self._ended
        left = in_flight if self._read is None else self._started / max(self._read, 1e-9) - self._ended
        eta = f", ETA {left / rate:.0f} s{'' if self._read is not None else ' for those in flight'}" if rate else ""
        return (
            f"{self._ended - self._failed} done, {self._failed} failed, {in_flight} in flight,"
            f" {rate * 60:.0f} a minute{eta}"
        )

    def _show(self, *, always: bool = False) -> None:
        now = time.monotonic()
        if self._shown and (always or now - self._last >= EVERY_SECONDS):
            self._last = now
            _write(f"\r\x1b[K{self.line()}".encode())


def _is_terminal() -> bool:
    try:
        return os.isatty(STDERR)
    except OSError:
        return False


def _write(data: bytes) -> None:
    with contextlib.suppress(OSError):
        os.write(STDERR, data)
