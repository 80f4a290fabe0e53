"""`probe.py --jsonl`: many jobs in one process, one a line in, one result a line out, in the order they finish.

Every job goes through the same preparation, the same conversation and the same documents as a job of its own process;
what is added here is the bookkeeping of many: a bound on what is in flight, the providers' gates, and an orderly end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import select
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from common.config import get_config
from common.errors import ErrorCode, ValidationError, WorkerError, failure_document, unforeseen
from common.http.async_transport import TransportPool
from common.json import strict as jsondoc
from common.logging import get_logger, log_context
from common.probe import callers_word
from common.probe.async_turns import AsyncTurns
from common.probe.batch.gates import ProviderGate
from common.probe.batch.progress import Progress
from common.probe.drivers import drive_async
from common.probe.run import echoed, prepare, result
from common.probe.turn_stream import turn_stream_of
from common.process.descriptors import ensure_descriptors
from common.process.lifeline import Lifeline
from common.process.runner import FAILED, OK, job_log_context
from common.process.stdio import STDIN, StdoutLostError
from common.process.worker import JOB_LIMIT_BYTES
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from common.http.exchange import Paid
    from common.probe.conversation import Conversation
    from common.probe.documents import ProbeSuccess
    from common.probe.turn_stream import TurnStream
    from common.process.stdio import Output
    from common.providers.endpoints import Endpoint

DEFAULT_CONCURRENCY: Final = 50
MAX_CONCURRENCY: Final = 100_000
CHUNK_BYTES: Final = 256 * 1024
# After a signal: ten thousand documents have to be written, and their reader may be slow.
END_GRACE_SECONDS: Final = 30.0

logger = get_logger("jsonl")


def run(output: Output, options: Mapping[str, Any]) -> int:
    """Do every job on stdin and return the exit status."""
    batch = Batch(output, concurrency_of(options), turn_stream_of(options))
    gc.freeze()
    gc.enable()  # a process of many jobs leaves garbage behind
    # Not asyncio.run: it waits for threads, and a look-up of a name that hangs in one would outlive every deadline. The
    # process leaves at once.
    with log_context():
        return asyncio.new_event_loop().run_until_complete(batch.run(fail=bool(options.get("fail"))))


def concurrency_of(options: Mapping[str, Any]) -> int:
    """How many jobs may be in flight, as the descriptors allow.

    Raises:
        ValidationError: `--concurrency` is not a whole number in its range.
    """
    text = options.get("concurrency")
    try:
        wanted = DEFAULT_CONCURRENCY if text is None else int(text)
    except ValueError:
        wanted = 0
    if not 1 <= wanted <= MAX_CONCURRENCY:
        raise ValidationError(f"--concurrency: must be a whole number from 1 to {MAX_CONCURRENCY}")
    return ensure_descriptors(wanted)


class Batch:
    """The jobs of one process."""

    def __init__(self, output: Output, concurrency: int, turns: TurnStream | None = None) -> None:
        self._output = output
        self._turn_stream = turns
        self._turns: AsyncTurns | None = None
        self._slots = asyncio.Semaphore(concurrency)
        self._pool = TransportPool(get_config().connect_timeout_seconds)
        self._gates: dict[str, ProviderGate] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[None]] = set()
        self._by_job: dict[str, asyncio.Task[None]] = {}
        self._writer = ThreadPoolExecutor(1, "writer")
        self._stop = asyncio.Event()
        self._stopped_by: WorkerError | None = None
        self._stop_status = OK
        self._lost: StdoutLostError | None = None
        self._missing = False
        self._any_failed = False
        self._progress = Progress()

    async def run(self, *, fail: bool) -> int:
        """Read, work, and end in order."""
        loop = asyncio.get_running_loop()
        if self._turn_stream is not None:
            self._turns = AsyncTurns(self._turn_stream, self._in_thread, self._call_off)

        def end(error: WorkerError, status: int) -> None:
            loop.call_soon_threadsafe(self._end, error, status)

        Lifeline(end, end_late=lambda: os._exit(FAILED), grace_seconds=END_GRACE_SECONDS).listen()
        lines = Lines(self._stop)
        async for number, raw in lines:
            await self._slots.acquire()
            self._start(number, raw, lines.share_read())
        if self._stopped_by is not None:
            for number, raw in lines.unread():
                self._start(number, raw)
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._progress.finish()
        if self._lost is not None:
            logger.error("results could not be written", err=self._lost)
            return FAILED
        if self._missing:
            return FAILED
        if fail and self._stop_status:
            return self._stop_status
        return FAILED if fail and self._any_failed else OK

    def _start(self, number: int, raw: bytes | None, read: float | None = None) -> None:
        task = asyncio.create_task(self._one(number, raw))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        self._progress.started(read)

    def _done(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("a document is missing", err=error)
            self._missing = True
        self._tasks.discard(task)
        self._begun.discard(task)
        self._slots.release()

    def _end(self, error: WorkerError, status: int) -> None:
        self._stopped_by, self._stop_status = error, status
        self._interrupt()

    def _interrupt(self) -> None:
        """Stop reading and end what is under way. A task that has not begun would vanish; it sees the stop itself."""
        self._stop.set()
        for task in self._begun:
            task.cancel()

    def _call_off(self, job_id: str) -> None:
        """The caller wants nothing more of this job; one that has not been read yet sees that itself."""
        task = self._by_job.get(job_id)
        if task is not None:
            task.cancel()

    def _cause(self, job: object) -> WorkerError:
        """Why a task was cancelled."""
        if self._turns is not None and isinstance(job, dict) and self._turns.is_cancelled(job.get("jobId")):
            return callers_word.refused()
        return self._stopped_by or unforeseen(asyncio.CancelledError())

    async def _one(self, number: int, raw: bytes | None) -> None:
        """One line: its document is written whatever happens to the job."""
        task = asyncio.current_task()
        if task is not None:
            self._begun.add(task)
        job: object = None
        document: Mapping[str, object]
        try:
            if raw is None:
                raise ValidationError(f"the line holds more than {JOB_LIMIT_BYTES} bytes; send a smaller job")  # noqa: TRY301
            job = jsondoc.parse(raw, several_hint=" a line")
            if self._stopped_by is not None and not (isinstance(job, dict) and job.get("resumeFrom")):
                raise self._stopped_by  # noqa: TRY301 - a job that was read but not begun
            if task is not None and isinstance(job, dict) and isinstance(job.get("jobId"), str):
                self._by_job[job["jobId"]] = task
            with job_log_context(job):
                document = await self._hold(job, number)
        except asyncio.CancelledError:
            document = failure_document(self._cause(job))
        except WorkerError as error:
            document = failure_document(error)
        except Exception as error:  # noqa: BLE001 - one job's bug must not end the others
            document = failure_document(unforeseen(error))
        job_id = job.get("jobId") if isinstance(job, dict) else None
        if isinstance(job_id, str) and self._by_job.get(job_id) is task:
            del self._by_job[job_id]  # a late word must not cut its document off
        await self._emit({"line": number, **({"jobId": job_id} if isinstance(job_id, str) else {}), **document})

    async def _hold(self, job: object, number: int) -> Mapping[str, object]:
        conversation, endpoint, _ = prepare(job)
        if self._stopped_by is not None:
            return conversation.failure(self._stopped_by)  # with the turns of an earlier try
        try:
            document = await self._converse(conversation, endpoint, number)
        except asyncio.CancelledError:
            return conversation.failure(self._cause(job))
        except WorkerError as error:
            logger.warning("job failed", err=error, code=error.code)
            return conversation.failure(error)
        except Exception as error:  # noqa: BLE001 - the turns already paid for go into the document
            logger.error("job failed for an unforeseen reason", err=error)  # noqa: TRY400 - JSON lines
            return conversation.failure(unforeseen(error))
        return document

    async def _converse(self, conversation: Conversation, endpoint: Endpoint, number: int) -> ProbeSuccess:
        turns = self._turns
        ids = {"line": number, **echoed(conversation.job)}

        async def hand_over(paid: Paid) -> None:
            if turns is not None:
                await turns.hand_over(ids, paid)

        async def permit() -> None:
            if turns is not None:
                await turns.permit(conversation.job.jobId)

        gate = self._gate(endpoint.provider.name)
        transport = self._pool.take(endpoint)
        try:
            transcript = await drive_async(conversation.steps(), transport.send, asyncio.sleep, gate, hand_over, permit)
        finally:
            if self._stopped_by is None:
                await self._pool.give_back(endpoint, transport)
        return result(conversation, transcript)

    def _in_thread(self, function: Callable[..., None], *arguments: object) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(self._writer, function, *arguments)

    def _gate(self, provider: str) -> ProviderGate:
        if provider not in self._gates:
            self._gates[provider] = ProviderGate(provider)
        return self._gates[provider]

    async def _emit(self, document: Mapping[str, object]) -> None:
        failed = document.get("success") is not True
        self._any_failed |= failed
        self._progress.ended(failed=failed)
        if self._lost is None:
            line = _line_of(document)
            # In a thread, because a reader that is slow must not stop the other conversations.
            writing = asyncio.get_running_loop().run_in_executor(self._writer, self._output.write, line)
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                await writing
            except StdoutLostError as error:
                self._lost = error
                # Nobody would see what is asked from here on.
                self._end(WorkerError("the results cannot be written", ErrorCode.CANCELLED), FAILED)


def _line_of(document: Mapping[str, object]) -> bytes:
    """A document as it is written; where there is no memory for it, one that says so."""
    try:
        return jsondoc.dump(redactor.document(document))
    except Exception as error:  # noqa: BLE001 - every line has its document
        ids = {name: document[name] for name in ("line", "jobId") if name in document}
        return jsondoc.dump({**ids, **failure_document(unforeseen(error))})


class Lines:
    """The lines of stdin, numbered from 1, blank ones left out; None stands for a line beyond the size of a job."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._buffer = bytearray()
        self._number = 0
        self._oversized = False
        self._regular = _is_regular(STDIN)
        self._size = os.fstat(STDIN).st_size if stat.S_ISREG(os.fstat(STDIN).st_mode) else 0
        self._taken = 0

    def share_read(self) -> float | None:
        """How much of the input has been handed out, from 0 to 1; None where its size is not known."""
        return (self._taken - len(self._buffer)) / self._size if self._size else None

    async def __aiter__(self) -> AsyncIterator[tuple[int, bytes | None]]:
        """Read until the end of the input or the stop."""
        while not self._stop.is_set():
            for line in self._whole_lines():
                yield line
                if self._stop.is_set():
                    return
            chunk = await self._chunk()
            if not chunk:
                break
            self._buffer += chunk
            self._taken += len(chunk)
        if not self._stop.is_set() and (self._buffer.strip() or self._oversized):
            self._buffer += b"\n"
            for line in self._whole_lines():
                yield line

    def unread(self) -> list[tuple[int, bytes | None]]:
        """Whole lines that were taken from stdin and not handed out before the stop."""
        return list(self._whole_lines())

    def _whole_lines(self) -> Iterator[tuple[int, bytes | None]]:
        while True:
            end = self._buffer.find(b"\n")
            if end < 0:
                if len(self._buffer) > JOB_LIMIT_BYTES:
                    self._buffer.clear()
                    self._oversized = True
                return
            raw = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._number += 1
            if self._oversized or len(raw) > JOB_LIMIT_BYTES:
                self._oversized = False
                yield self._number, None
            elif raw.strip():
                yield self._number, raw

    async def _chunk(self) -> bytes:
        if not self._regular:
            await self._readable()
        if self._stop.is_set():
            return b""
        try:
            return os.read(STDIN, CHUNK_BYTES)
        except OSError:
            return b""

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(STDIN, ready.set)
        waits = [asyncio.ensure_future(ready.wait()), asyncio.ensure_future(self._stop.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            loop.remove_reader(STDIN)
            for wait in waits:
                wait.cancel()


def _is_regular(fd: int) -> bool:
    """Whether reading never waits, and the event loop cannot watch it: a file, or /dev/null."""
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return True
    if stat.S_ISCHR(mode) and not os.isatty(fd):
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(0))
    return False
