"""`score.py --jsonl`: many jobs in one process, with the bookkeeping that `probe.py --jsonl` has."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from common.errors import ValidationError, WorkerError, unforeseen
from common.logging import get_logger, log_context
from common.probe.batch.run import Batch, concurrency_of
from common.probe.turn_stream import turn_stream_of
from common.scoring.intake import Intake, intake_of
from common.scoring.run import deadline_of, prepare, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.process.stdio import Output
    from common.scoring.documents import ScoreFailure, ScoreSuccess
    from common.scoring.run import Prepared

logger = get_logger("jsonl")


def run(output: Output, options: Mapping[str, object]) -> int:
    """Do every job on stdin and return the exit status."""
    kind = CheckBatch if options.get("check") else ScoreBatch
    batch = kind(output, concurrency_of(options), turn_stream_of(options))
    gc.freeze()
    gc.enable()  # a process of many jobs leaves garbage behind
    with log_context():
        return asyncio.new_event_loop().run_until_complete(batch.run(fail=bool(options.get("fail"))))


class ScoreBatch(Batch):
    """The jobs of one process, each of which is answers to be scored."""

    async def _hold(self, job: object, number: int) -> ScoreSuccess | ScoreFailure:
        if not isinstance(job, dict):
            raise ValidationError("the job must be a JSON object")
        prepared = prepare(job, self._intake(job))
        if not prepared.fields.judges:
            return result_of(prepared, ())
        return await self._judged(prepared, number)

    def _intake(self, job: dict[str, object]) -> Intake:
        return intake_of(job)

    async def _judged(self, prepared: Prepared, number: int) -> ScoreSuccess | ScoreFailure:
        from common.scoring.judging import Court, Roads  # noqa: PLC0415 - for jobs with a judge

        deadline = deadline_of(prepared.fields)
        court = Court(prepared.fields, prepared.scorer.scale, prepared.scored, deadline)
        roads = Roads(self._pool, self._gate, self._turns, number)
        try:
            async with asyncio.timeout(deadline.remaining()):
                answered = await court.hear(roads)
        except asyncio.CancelledError:
            return court.failure(self._cause({"jobId": prepared.fields.jobId}))
        except TimeoutError:
            return court.failure(late())
        except WorkerError as error:
            logger.warning("job failed", err=error, code=error.code)
            return court.failure(error)
        except Exception as error:  # noqa: BLE001 - the verdicts already paid for go into the document
            logger.error("job failed for an unforeseen reason", err=error)  # noqa: TRY400 - JSON lines
            return court.failure(unforeseen(error))
        return result_of(prepared, answered)


class CheckBatch(ScoreBatch):
    """The jobs of one process, of each of which the answers are left alone."""

    def _intake(self, job: dict[str, object]) -> Intake:
        del job
        return Intake()


def late() -> WorkerError:
    """The deadline passed while judges were asked."""
    from common.errors import ErrorCode, RetryableError  # noqa: PLC0415 - this path only

    return RetryableError(
        "the deadline passed before every verdict had come; hand them in again, or raise config.deadlineSeconds",
        ErrorCode.TIMEOUT,
    )
