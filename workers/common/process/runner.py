"""The process around every worker: stdin, stdout, signals, exit status and log context. Nothing below knows of them.

Exit status 0 means that exactly one document was written. `--fail`, for shells, turns a failure into 1, SIGTERM into
143 and SIGINT into 130. Bad usage is 2. Where stdout does not take the document it is 1.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from common.config import get_config
from common.errors import WorkerError, failure_document, unforeseen
from common.json import strict as jsondoc
from common.json.rows import pieces_of
from common.logging import check_level, get_logger, log_context
from common.process.lifeline import Lifeline
from common.process.stdio import (
    Output,
    StdoutLostError,
    discard_stdin,
    print_to_stderr,
    read_pieces,
    stdin_is_terminal,
)
from common.process.worker import Session, Worker, resolve
from common.providers.endpoints import register_environment_secrets
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from common.logging import LogContext


OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2

# A worker that needs no job does not wait long for one from a caller that leaves its stdin open.
OPTIONAL_STDIN_SECONDS: Final = 1.0

logger = get_logger("worker")


def run(worker: Worker, argv: list[str]) -> int:
    """Run one job and return the exit status."""
    try:
        output = Output()
    except StdoutLostError as error:
        logger.error("no document can be written, so nothing was asked", err=error)  # noqa: TRY400 - JSON lines
        return FAILED
    register_environment_secrets()
    options: Mapping[str, object] = {}
    if argv:
        from common.process.cli import parse_arguments  # noqa: PLC0415 - argparse, for people; callers pass no arguments

        parsed = parse_arguments(worker, argv)
        if isinstance(parsed, tuple):
            status, text = parsed
            if status == OK:
                output.write(text.encode())
            else:
                print_to_stderr(text)
            return status
        options = parsed
    if worker.needs_stdin and stdin_is_terminal():
        from common.process.cli import usage  # noqa: PLC0415 - see above

        print_to_stderr(usage(worker))
        return USAGE
    try:
        return (_run_stream if options.get("jsonl") else _run_job)(worker, output, options)
    except BaseException as error:  # noqa: BLE001 - no thread, no descriptor, no memory: there is a document all the same
        logger.error("the worker failed for an unforeseen reason", err=error)  # noqa: TRY400 - JSON lines
        return _write(output, failure_document(unforeseen(error)))


def _run_stream(worker: Worker, output: Output, options: Mapping[str, object]) -> int:
    """Many jobs, a line each."""
    check_level(logger)
    try:
        get_config()
        status: int = resolve(worker.stream)(output, options)
    except WorkerError as error:
        logger.error("no job was read", err=error)  # noqa: TRY400 - JSON lines carry no traceback
        return _write(output, failure_document(error))
    return status


def _run_job(worker: Worker, output: Output, options: Mapping[str, object]) -> int:
    fail = bool(options.get("fail"))

    def end(error: WorkerError, status: int) -> None:
        if output.claim():
            document = session.fail(error)
            written = _write(output, document)
            os._exit(written or (status if fail else OK))

    lifeline = Lifeline(end, end_late=lambda: os._exit(FAILED), stands_still=lambda: not output.claimed)
    session = Session(options, lifeline)
    lifeline.listen()
    check_level(logger)
    document = _document(worker, session)
    if not output.claim():
        # The lifeline writes a document of its own and leaves; this thread has nothing more to say.
        import time  # noqa: PLC0415 - this path only

        while True:
            time.sleep(60)
    status = _write(output, document, worker.pretty if options.get("pretty") else "")
    return status or (FAILED if fail and document.get("success") is not True else OK)


def _document(worker: Worker, session: Session) -> Mapping[str, object]:
    """The one document of the process, whatever happens."""
    try:
        job = _read_job(worker, session)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets its document
        return _failed(error, session)
    with job_log_context(job):
        try:
            document: Mapping[str, object] = resolve(worker.run)(job, session)
        except BaseException as error:  # noqa: BLE001 - the same, and the turns already paid for
            return _failed(error, session)
    return document


def _read_job(worker: Worker, session: Session) -> object:
    if not worker.needs_stdin:
        if stdin_is_terminal():
            return {}
        raw = b"".join(read_pieces(worker.limit, OPTIONAL_STDIN_SECONDS, silence_is_end=True))
        return jsondoc.parse(raw) if raw.strip() else {}
    idle_seconds = get_config().stdin_timeout_seconds
    pieces = read_pieces(worker.limit, idle_seconds)
    if not worker.read:
        hint = " (or one a line with --jsonl)" if worker.stream else ""
        return jsondoc.parse(b"".join(pieces), several_hint=hint)
    try:
        return resolve(worker.read)(pieces, session)
    except BaseException:
        # The fault may stand far before the end of what is being sent, and an early close can crash the sender.
        discard_stdin(idle_seconds)
        raise


def _failed(error: BaseException, session: Session) -> Mapping[str, object]:
    if isinstance(error, WorkerError):
        logger.error("job failed", err=error, code=error.code)
        return session.fail(error)
    logger.error("job failed for an unforeseen reason", err=error)
    return session.fail(unforeseen(error))


def job_log_context(job: object) -> AbstractContextManager[LogContext]:
    """Lines written inside carry the job's IDs, as far as it has any."""
    fields = job if isinstance(job, dict) else {}
    return log_context(
        **{name: value for name in ("jobId", "runId", "modelId") if isinstance(value := fields.get(name), str)}
    )


def _write(output: Output, document: Mapping[str, object], pretty: str = "") -> int:
    begun = False
    try:
        if pretty:
            output.write(resolve(pretty)(redactor.document(document)).encode())
            return OK
        for piece in pieces_of(document):
            output.write(piece)
            begun = True
    except StdoutLostError as error:
        logger.error("the document could not be written", err=error)  # noqa: TRY400 - JSON lines carry no traceback
        return FAILED
    except Exception as error:
        if not begun:
            raise
        # A second document behind half of the first would be neither.
        logger.error("the document broke off", err=error)  # noqa: TRY400 - the same
        return FAILED
    return OK
