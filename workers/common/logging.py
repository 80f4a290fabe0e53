"""Log lines as the queue handler reads them: one JSON object a line on stderr, redacted, short, never blocking.

A line is at most PIPE_BUF bytes, so it reaches a pipe whole or not at all, and it is dropped rather than waited for
when nobody reads: a full pipe must not hold a paid answer. One run may write RUN_BUDGET bytes; after that only errors
pass. Many jobs in one process are one run: its documents say what became of each.
"""

from __future__ import annotations

import json
import os
import select
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from common.errors import WorkerError
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEVELS: Final = {"debug": 10, "info": 20, "warn": 30, "error": 40}
DEFAULT_LEVEL: Final = "info"

# POSIX PIPE_BUF on Linux: a write of at most this size to a pipe is atomic.
MAX_LINE_BYTES: Final = 4_096
MAX_TEXT_CHARS: Final = 600
MAX_FIELD_CHARS: Final = 200
RUN_BUDGET: Final = 24 * 1024
# What errors may add once the budget is used up; both together stay under the contract's 32 KiB.
ERROR_BUDGET: Final = 28 * 1024

STDERR: Final = 2


class LogContext:
    """The IDs that every line of a job carries, and how many bytes the job has written.

    What it writes counts for the batch around it too, where there is one.
    """

    __slots__ = ("fields", "muted", "outer", "written")

    def __init__(self, fields: dict[str, str] | None = None, outer: LogContext | None = None) -> None:
        self.fields = fields or {}
        self.outer = outer
        self.written = 0
        self.muted = False


_PROCESS: Final = LogContext()
_context: ContextVar[LogContext] = ContextVar("log_context", default=_PROCESS)


@contextmanager
def log_context(**fields: str | None) -> Iterator[LogContext]:
    """Lines written inside carry `fields`, and are counted against a budget of their own."""
    around = _context.get()
    outer = None if around is _PROCESS else around
    context = LogContext({name: value for name, value in fields.items() if value}, outer)
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)


def threshold() -> int:
    """The level in force, from LOG_LEVEL at each call; an unknown name counts as info."""
    return LEVELS.get(os.environ.get("LOG_LEVEL", DEFAULT_LEVEL).strip().lower(), LEVELS[DEFAULT_LEVEL])


def check_level(logger: Logger) -> None:
    """One warning when LOG_LEVEL is not a level, so that a typo is seen but costs nothing."""
    name = os.environ.get("LOG_LEVEL", "").strip()
    if name and name.lower() not in LEVELS:
        logger.warning("LOG_LEVEL is not one of debug, info, warn, error; info is used")


class Logger:
    """Writes lines for one part of the program, which `context` names."""

    __slots__ = ("context",)

    def __init__(self, context: str) -> None:
        self.context = context

    def debug(self, msg: str, **fields: object) -> None:
        """For the search for a fault; off by default."""
        self._write("debug", msg, None, fields)

    def info(self, msg: str, **fields: object) -> None:
        """What happened, in the ordinary course."""
        self._write("info", msg, None, fields)

    def warning(self, msg: str, *, err: BaseException | None = None, **fields: object) -> None:
        """Something that the worker overcame."""
        self._write("warn", msg, err, fields)

    def error(self, msg: str, *, err: BaseException | None = None, **fields: object) -> None:
        """Something that ended a job."""
        self._write("error", msg, err, fields)

    def _write(self, level: str, msg: str, err: BaseException | None, fields: dict[str, object]) -> None:
        if LEVELS[level] < threshold():
            return
        job = _context.get()
        record: dict[str, object] = {
            "level": level,
            "time": int(time.time() * 1000),
            "context": self.context,
            "msg": redactor.message(msg)[:MAX_TEXT_CHARS],
        }
        # The job's IDs are its caller's words; what a part of the program adds may quote a server.
        record.update((name, _short(value, redactor.answer)) for name, value in job.fields.items())
        record.update((name, _short(value, redactor.quotation)) for name, value in fields.items() if value is not None)
        if err is not None:
            clean = redactor.message if isinstance(err, WorkerError) else redactor.quotation
            record["err"] = {"type": type(err).__name__, "message": clean(str(err))[:MAX_TEXT_CHARS]}
        line = json.dumps(record, default=str) + "\n"
        if len(line) > MAX_LINE_BYTES:
            record = {name: record[name] for name in ("level", "time", "context", "msg")} | {"truncated": True}
            line = json.dumps(record) + "\n"
        self._spend(job, level, line)

    def _spend(self, job: LogContext, level: str, line: str) -> None:
        # Debug lines are asked for by somebody who reads them; only the default level promises a bound.
        if threshold() > LEVELS["debug"]:
            most = ERROR_BUDGET if level == "error" else RUN_BUDGET
            accounts = [job] if job.outer is None else [job, job.outer]
            full = next((account for account in accounts if account.written + len(line) > most), None)
            if full is not None:
                if not full.muted:
                    full.muted = True
                    whose = "this job" if full is job else "this process"
                    notice = {"level": "warn", "time": int(time.time() * 1000), "context": self.context}
                    emit_line(json.dumps(notice | {"msg": f"further log lines of {whose} are left out"}) + "\n")
                return
            for account in accounts:
                account.written += len(line)
        emit_line(line)


def emit_line(line: str) -> None:
    """One line to stderr if it can be taken at once; a log line is never worth waiting or failing for."""
    try:
        poll = select.poll()
        poll.register(STDERR, select.POLLOUT)
        if poll.poll(0):
            os.write(STDERR, line.encode("ascii", "replace"))
    except OSError:
        pass


def get_logger(context: str) -> Logger:
    """The logger of one part of the program."""
    return Logger(context)


def _short(value: object, clean: Callable[[str], str]) -> object:
    return clean(value)[:MAX_FIELD_CHARS] if isinstance(value, str) else value
