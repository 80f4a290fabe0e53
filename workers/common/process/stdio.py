"""The three standard streams: one document in, one document out, log lines beside them, and nothing else on stdout."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from common.errors import ValidationError
from common.logging import emit_line, get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN: Final = 0
STDOUT: Final = 1
STDERR: Final = 2

CHUNK_BYTES: Final = 1024 * 1024
# How long a sender of too much may go on before its pipe is closed in its face; an early close can crash it.
DRAIN_SECONDS: Final = 10.0


class StdoutLostError(OSError):
    """Nobody can receive a document: stdout is closed or refuses bytes."""


class Output:
    """The real stdout on a private descriptor. Descriptor 1 points at stderr: a stray print spoils no document."""

    def __init__(self) -> None:
        """Take stdout over.

        Raises:
            StdoutLostError: stdout is closed; better to know before anything is paid for.
        """
        _open_missing_descriptors()
        try:
            self._fd = os.dup(STDOUT)
        except OSError as error:
            raise StdoutLostError("stdout is closed") from error
        os.set_inheritable(self._fd, False)  # noqa: FBT003 - the function's own signature
        os.dup2(STDERR, STDOUT)
        sys.stdout = _LogStream("stdout")
        sys.stderr = _LogStream("stderr")
        self._claim = threading.Lock()

    def claim(self) -> bool:
        """Whether the caller may write the process's one document; True for the first caller only."""
        return self._claim.acquire(blocking=False)

    @property
    def claimed(self) -> bool:
        """Whether somebody writes the document, or has written it."""
        return self._claim.locked()

    def write(self, data: bytes) -> None:
        """Write all of `data`, waiting for the reader.

        Raises:
            StdoutLostError: the reader is gone or the disk is full.
        """
        try:
            write_all(self._fd, data)
        except OSError as error:
            raise StdoutLostError(f"stdout does not take the document: {error.strerror}") from error


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, waiting for the reader.

    Raises:
        OSError: the reader is gone or the disk is full.
    """
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:  # the other side of a shared pipe made it non-blocking
            poll = select.poll()
            poll.register(fd, select.POLLOUT)
            poll.poll()


class _LogStream(io.TextIOBase):
    """Stands in for sys.stdout and sys.stderr: what a library prints becomes log lines."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pending = ""
        self._logger = get_logger(name)

    def write(self, text: str) -> int:
        self._pending += text
        *lines, self._pending = self._pending.split("\n")
        for line in lines:
            if line.strip():
                self._logger.warning("a library printed to a standard stream", text=line)
        if len(self._pending) > CHUNK_BYTES:
            self._pending = ""
        return len(text)

    def writable(self) -> bool:
        return True


def read_pieces(limit: int, idle_seconds: float, *, silence_is_end: bool = False) -> Iterator[bytes]:
    """Everything on stdin, piece by piece as it comes.

    Args:
        limit: the most bytes a document may have.
        idle_seconds: how long stdin may stay silent before its end.
        silence_is_end: whether silence counts as the end, for a worker that needs no document.

    Raises:
        ValidationError: stdin is too long, silent for too long, or cannot be read.
    """
    size = 0
    poll = select.poll()
    poll.register(STDIN, select.POLLIN)
    while True:
        if not poll.poll(idle_seconds * 1000):
            if silence_is_end:
                return
            raise ValidationError(
                f"stdin stayed silent for {idle_seconds:g} s before its end; write one JSON document and close it"
                " (PROBE_STDIN_TIMEOUT_SECONDS)"
            )
        try:
            chunk = os.read(STDIN, CHUNK_BYTES)
        except OSError as error:
            raise ValidationError(f"stdin cannot be read: {error.strerror}") from None
        if not chunk:
            return
        size += len(chunk)
        if size > limit:
            discard_stdin(idle_seconds)
            raise ValidationError(f"stdin holds more than {limit} bytes; send a smaller job")
        yield chunk


def discard_stdin(idle_seconds: float) -> None:
    """Take in what is left on stdin, for a while, and keep none of it."""
    until = time.monotonic() + DRAIN_SECONDS
    poll = select.poll()
    poll.register(STDIN, select.POLLIN)
    with contextlib.suppress(OSError):
        while poll.poll(idle_seconds * 1000) and os.read(STDIN, CHUNK_BYTES) and time.monotonic() < until:
            pass


def stdin_is_terminal() -> bool:
    """Whether a person sits at stdin."""
    with contextlib.suppress(OSError):
        return os.isatty(STDIN)
    return False


def print_to_stderr(text: str) -> None:
    """Plain text for a person; not for callers, who get log lines."""
    for line in text.splitlines():
        emit_line(line + "\n")


def _open_missing_descriptors() -> None:
    """Closed standard descriptors would be taken by the next file that is opened, and written to by mistake."""
    for fd, flags in ((STDIN, os.O_RDONLY), (STDERR, os.O_WRONLY)):
        try:
            os.fstat(fd)
        except OSError:
            opened = os.open(os.devnull, flags)
            if opened != fd:
                os.dup2(opened, fd)
                os.close(opened)
