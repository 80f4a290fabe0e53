"""Asks the judges. A judge is a probe: the same preparation, adapters, retries, gates, records, cost and deadlines.

A verdict is handed over the moment it is paid for, and one that was handed in with the job is not asked again: it is
the resumed conversation of the same question.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from common.config import get_config
from common.errors import ErrorCode, ValidationError, WorkerError, failure_document
from common.http.async_transport import TransportPool
from common.http.exchange import Paid
from common.logging import get_logger
from common.probe import callers_word
from common.probe.async_turns import AsyncTurns
from common.probe.batch.gates import ProviderGate
from common.probe.drivers import drive_async
from common.probe.run import prepare
from common.providers.model_table import get_model_table
from common.providers.routing import infer_provider
from common.redaction import redactor
from common.scoring.verdicts import Question, prompt_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from common.probe.documents import Transcript, Turn
    from common.probe.turn_stream import TurnStream
    from common.process.deadline import Deadline
    from common.scoring.documents import FailedVerdict, PaidVerdict, ScoreFailure
    from common.scoring.job import EarlierVerdict, Judge, ScoreFields
    from common.scoring.scale import Scale
    from common.scoring.scorer import Scored

DEFAULT_CONCURRENCY: Final = 20
#: Failures that every other question to the judge would meet too, or that the caller wants.
_ENDING: Final = frozenset(
    {
        ErrorCode.AUTH_ERROR,
        ErrorCode.QUOTA_EXCEEDED,
        ErrorCode.NOT_FOUND,
        ErrorCode.VALIDATION_ERROR,
        ErrorCode.UNSUPPORTED_PROVIDER,
        ErrorCode.MISSING_API_KEY,
        ErrorCode.CONFIG_ERROR,
        ErrorCode.CANCELLED,
    }
)

logger = get_logger("score")


class Answered(NamedTuple):
    """A question with its transcript, or with the failure that brought none."""

    question: Question
    transcript: Transcript | None
    error: WorkerError | None
    resumed: bool


class Roads(NamedTuple):
    """The ways to the providers and to the caller, which many jobs of a process share.

    Attributes:
        pool: connections.
        gate: what stands before the calls to a provider.
        turns: takes each verdict as it is paid for, where the caller wants it.
        line: of the job in a batch.
    """

    pool: TransportPool
    gate: Callable[[str], ProviderGate]
    turns: AsyncTurns | None
    line: int | None = None


class Court:
    """The judges of one job, what they are asked, and what they have said.

    Raises:
        ValidationError: a judge is the model under test, or it cannot be known whether it is.
    """

    def __init__(self, fields: ScoreFields, scale: Scale, scored: Sequence[Scored], deadline: Deadline) -> None:
        self._fields = fields
        self._deadline = deadline
        self._earlier = {
            _key(verdict.modelId, verdict.sampleIndex, _prompt(verdict)): verdict for verdict in fields.verdicts or ()
        }
        self._scored = scored
        self._scale = scale
        self._check()
        self._ended_by: WorkerError | None = None
        self._failed: list[WorkerError] = []
        self.paid: list[PaidVerdict] = []
        self.answered: list[Answered] = []
        self._on_the_wire: dict[tuple[int, str, int], Question] = {}

    @property
    def job_id(self) -> str | None:
        """The job's own ID, by which its caller calls it off."""
        return self._fields.jobId

    def failure(self, error: WorkerError) -> ScoreFailure:
        """The document of a job that ended with an error, with every verdict that was paid for."""
        document: ScoreFailure = {"success": False, "error": failure_document(error)["error"]}
        paid = list(self.paid)  # a watchdog may ask while one is being added
        reached = {_key(record["modelId"], record["sampleIndex"], record["turn"]["probePrompt"]) for record in paid}
        paid += [_recorded(verdict) for key, verdict in self._earlier.items() if key not in reached]
        if paid:
            document["verdicts"] = paid
        document["failed"] = self._in_vain(error)
        return document

    def _in_vain(self, error: WorkerError) -> list[FailedVerdict]:
        """What was put and brought no verdict; of what is on the wire nobody knows whether it is billed."""
        answered = [(item.question, item.error) for item in list(self.answered) if item.error is not None]
        open_ones = [
            (question, WorkerError(error.message, error.code, billing="unknown"))
            for question in list(self._on_the_wire.values())
        ]
        # One that was paid for has its verdict, also where the caller did not take it.
        heard = {(paid["scenarioId"], paid["modelId"], paid["sampleIndex"]) for paid in list(self.paid)}
        return [
            {
                "scenarioId": self._name(question.answer),
                "modelId": question.judge.modelId,
                "sampleIndex": question.sample,
                "error": failure_document(failed)["error"],
            }
            for question, failed in answered + open_ones
            if (self._name(question.answer), question.judge.modelId, question.sample) not in heard
        ]

    async def hear(self, roads: Roads) -> list[Answered]:
        """Ask everything that is not answered yet. Where one failure ends it, what is under way is brought home.

        Raises:
            WorkerError: a verdict is missing that another try may bring, or none can be had; `failure` has the others.
        """
        questions = self._questions()
        settings = self._fields.config
        concurrency = (settings.concurrency if settings is not None else None) or DEFAULT_CONCURRENCY
        await asyncio.gather(*(self._work(questions, roads) for _ in range(concurrency)))
        error = self._ended_by or next(iter(self._failed), None)
        if error is not None:
            raise error
        return sorted(
            self.answered, key=lambda item: (item.question.answer, item.question.judge.modelId, item.question.sample)
        )

    async def _work(self, questions: Iterator[Question], roads: Roads) -> None:
        for question in questions:
            answered = await self._ask(question, roads)
            self.answered.append(answered)
            error = answered.error
            if error is not None:
                logger.warning("a judge gave no verdict", err=error, code=error.code)
                if error.code in _ENDING or error.stops_provider or error.stops_model:
                    self._ended_by = self._ended_by or error
                elif error.retryable:
                    self._failed.append(error)
            if self._ended_by is not None:
                return

    def _questions(self) -> Iterator[Question]:
        """Made one at a time, so that none waits in memory."""
        for scored in self._scored:
            if scored.answer is None or not scored.answer.strip():
                continue
            for judge in self._fields.judges:
                if not _is_asked(judge, scored):
                    continue
                prompt = prompt_of(judge, self._scale, scored.answer)
                for sample in range(judge.samples or 1):
                    yield Question(scored.outcome["index"], judge, sample, prompt)

    async def _ask(self, question: Question, roads: Roads) -> Answered:
        """Put one question; a failure is an answer too."""
        earlier = self._earlier_verdict(question)
        if earlier is None:
            self._on_the_wire[_place(question)] = question
        try:
            transcript = await self._converse(question, earlier, roads)
        except WorkerError as error:
            self._on_the_wire.pop(_place(question), None)
            return Answered(question, None, error, resumed=False)
        return Answered(question, transcript, None, resumed=earlier is not None)

    async def _converse(self, question: Question, earlier: EarlierVerdict | None, roads: Roads) -> Transcript:
        document = self._probe(question, earlier)
        conversation, endpoint, _ = prepare(document)
        job_id = self._fields.jobId

        async def permit() -> None:
            if roads.turns is not None:
                await roads.turns.permit(job_id)

        transport = roads.pool.take(endpoint)
        gate = roads.gate(endpoint.provider.name)
        try:
            transcript = await drive_async(conversation.steps(), transport.send, asyncio.sleep, gate, None, permit)
        except WorkerError as error:
            raise conversation.whole(error) from None
        await roads.pool.give_back(endpoint, transport)
        paid = self._record(question, transcript)
        self.paid.append(paid)
        self._on_the_wire.pop(_place(question), None)
        if roads.turns is not None and earlier is None:
            # As probe.py writes a turn, so that one reader of the stream serves both.
            ids = {name: value for name, value in paid.items() if name not in {"turn", "startedAt", "durationMs"}}
            if roads.line is not None:
                ids = {"line": roads.line, **ids}
            await roads.turns.hand_over(ids, Paid(paid["turn"], paid["startedAt"], paid["durationMs"]))
        return transcript

    def _probe(self, question: Question, earlier: EarlierVerdict | None) -> dict[str, object]:
        """The question as a job of probe.py."""
        judge = question.judge
        config = {} if judge.config is None else judge.config.model_dump(exclude_none=True)
        own = config.get("deadlineSeconds", get_config().deadline_seconds)
        config["deadlineSeconds"] = max(min(own, self._deadline.remaining()), 0.001)
        document: dict[str, object] = {
            "runId": self._fields.runId or "score",
            "scenarioId": self._name(question.answer),
            "modelId": judge.modelId,
            "sampleIndex": question.sample,
            "scenario": {"prompt": question.prompt},
            "config": config,
        }
        if self._fields.jobId is not None:
            document["jobId"] = self._fields.jobId
        if judge.modelConfig is not None:
            document["modelConfig"] = judge.modelConfig.model_dump(exclude_unset=True)
        if judge.modelCost is not None:
            document["modelCost"] = judge.modelCost.model_dump(exclude_none=True)
        if earlier is not None:
            resumed: dict[str, object] = {"turns": [earlier.turn]}
            if earlier.startedAt is not None:
                resumed["startedAt"] = earlier.startedAt
            if earlier.durationMs is not None:
                resumed["durationMs"] = earlier.durationMs
            document["resumeFrom"] = resumed
        return document

    def _record(self, question: Question, transcript: Transcript) -> PaidVerdict:
        record: PaidVerdict = {
            "runId": self._fields.runId or "score",
            "scenarioId": self._name(question.answer),
            "modelId": question.judge.modelId,
            "sampleIndex": question.sample,
            "startedAt": transcript["startedAt"],
            "durationMs": transcript["durationMs"],
            "turn": transcript["turns"][0],
        }
        if self._fields.jobId is not None:
            record["jobId"] = self._fields.jobId
        return record

    def _name(self, index: int) -> str:
        """What ties a verdict to its answer: the transcript's ID, or its place in the job."""
        outcome = self._scored[index].outcome
        return outcome.get("id") or outcome.get("probeId") or f"transcripts[{index}]"

    def _earlier_verdict(self, question: Question) -> EarlierVerdict | None:
        model, sample = question.judge.modelId, question.sample
        for prompt in dict.fromkeys((question.prompt, redactor.answer(question.prompt))):
            found = self._earlier.get(_key(model, sample, prompt))
            if found is not None:
                return found
        return None

    def _check(self) -> None:
        """Refuse a judge that would judge its own answers, before anything is paid for."""
        table = get_model_table(get_config().models_file)

        def resolved(model_id: str, provider: str | None = None) -> tuple[str, str]:
            try:
                route = infer_provider(model_id, provider, table.user_provider)
            except WorkerError:
                return "", model_id.strip().lower()
            return route.provider, route.model.lower()

        for judge in self._fields.judges:
            if judge.mayBeTheModelUnderTest:
                continue
            settings = judge.modelConfig
            mine = resolved(judge.modelId, settings.provider if settings is not None else None)
            names: dict[str, bool] = {}
            for scored in self._scored:
                model_id = scored.source.model_id
                if scored.answer is None or not _is_asked(judge, scored):
                    continue
                where = f"transcripts[{scored.outcome['index']}].modelId"
                if model_id is None:
                    raise ValidationError(
                        f"{where}: is required where a judge is asked, which must not be the model under test; add it,"
                        " or set judge.mayBeTheModelUnderTest to true"
                    )
                if model_id not in names:
                    theirs = resolved(model_id)
                    names[model_id] = theirs == mine or model_id.strip().lower() == judge.modelId.strip().lower()
                if names[model_id]:
                    raise ValidationError(
                        f"judge.modelId: is the model under test ({where}); name another judge, or set"
                        " judge.mayBeTheModelUnderTest to true"
                    )


def _place(question: Question) -> tuple[int, str, int]:
    return question.answer, question.judge.modelId, question.sample


def _is_asked(judge: Judge, scored: Scored) -> bool:
    return judge.scope == "all" or scored.outcome["class"] in {"ambiguous", "none"}


def _prompt(verdict: EarlierVerdict) -> str:
    prompt = verdict.turn.get("probePrompt")
    return prompt if isinstance(prompt, str) else ""


def _key(model_id: str, sample: int, prompt: str) -> tuple[str, int, str]:
    return model_id, sample, prompt


def _recorded(verdict: EarlierVerdict) -> PaidVerdict:
    """A verdict that was handed in, as it is handed back."""
    extra = verdict.model_extra or {}
    record: PaidVerdict = {
        "runId": str(extra.get("runId", "")),
        "scenarioId": str(extra.get("scenarioId", "")),
        "modelId": verdict.modelId,
        "sampleIndex": verdict.sampleIndex,
        "startedAt": verdict.startedAt or "",
        "durationMs": verdict.durationMs or 0,
        "turn": cast("Turn", verdict.turn),
    }
    if isinstance(extra.get("jobId"), str):
        record["jobId"] = str(extra["jobId"])
    return record


def hold_court(court: Court, turn_stream: TurnStream | None) -> list[Answered]:
    """Hear the judges in an event loop of their own.

    Raises:
        WorkerError: as Court.hear.
    """

    async def hear() -> list[Answered]:
        writer = ThreadPoolExecutor(1, "turns")
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def in_thread(function: Callable[..., None], *arguments: object) -> asyncio.Future[None]:
            return loop.run_in_executor(writer, function, *arguments)

        def call_off(job_id: str) -> None:
            if task is not None and job_id == court.job_id:
                task.cancel()

        turns = None if turn_stream is None else AsyncTurns(turn_stream, in_thread, call_off)
        try:
            return await court.hear(own_roads(turns))
        except asyncio.CancelledError:
            raise callers_word.refused() from None

    return asyncio.new_event_loop().run_until_complete(hear())


def own_roads(turns: AsyncTurns | None) -> Roads:
    """Ways to the providers of one job alone."""
    gates: dict[str, ProviderGate] = {}

    def gate(provider: str) -> ProviderGate:
        if provider not in gates:
            gates[provider] = ProviderGate(provider)
        return gates[provider]

    return Roads(TransportPool(get_config().connect_timeout_seconds), gate, turns)
