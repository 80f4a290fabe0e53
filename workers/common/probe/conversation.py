"""A whole conversation, turn by turn: what is asked, what comes back, what it costs. It knows no HTTP.

`steps()` is a generator of plain values (see exchange.py); the driver does what it yields.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from common.classification import Failure, judge, judge_fault
from common.classification.verdict import CallContext
from common.errors import ErrorCode, RetryableError, ValidationError, WorkerError, failure_document
from common.http.exchange import Call, Paid, TransportFault
from common.json.strict import storable
from common.llm_adapters.base import Answer, Message, Prompt, Usage, is_blank
from common.logging import get_logger
from common.probe.retry import RetryBudget, TurnRetries, out_of_time
from common.probe.turns import PlannedTurn, merged_text, plan_turns, turn_document
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from common.config import Config
    from common.http.exchange import Outcome, Reply, Step
    from common.llm_adapters.base import Adapter
    from common.probe.job import ProbeJob
    from common.probe.settings import Settings
    from common.process.deadline import Deadline
    from common.providers.endpoints import Endpoint
    from common.providers.model_table import ModelFacts

# An answer that takes more hops than this is a loop.
MAX_CONTINUATIONS: Final = 20

logger = get_logger("probe")


class _Asking:
    """The state of one turn while it is being asked."""

    __slots__ = ("asked", "attempts", "discarded", "last")

    def __init__(self, asked: float) -> None:
        self.asked = asked
        self.attempts = 0
        self.discarded: list[dict[str, Any]] = []
        self.last: Failure | None = None


class Conversation:
    """One job's conversation, and the transcript as far as it has come."""

    def __init__(
        self,
        job: ProbeJob,
        *,
        model: str,
        facts: ModelFacts,
        settings: Settings,
        adapter: Adapter,
        endpoint: Endpoint,
        config: Config,
        deadline: Deadline,
        warnings: list[str],
    ) -> None:
        """Plan the turns.

        Raises:
            ValidationError: `resumeFrom` is not the beginning of this job.
        """
        self.job = job
        self.warnings = warnings
        self._model = model
        self._settings = settings
        self._adapter = adapter
        self._endpoint = endpoint
        self._config = config
        self._deadline = deadline
        self._call = CallContext(adapter.provider, endpoint.host, model)
        self._budget = RetryBudget(config.max_retries_per_job)
        self._max_tokens_param = job.model_settings.maxTokensParam
        self._swapped = False
        self._preamble, self._plan = plan_turns(job, facts, warnings)
        self.turns: list[dict[str, Any]] = []
        self._messages: list[Message] = []
        self._started_at: str | None = None
        self._earlier_ms = 0
        #: Whether a call was made that may be billed, and whose answer does not stand in the transcript yet.
        self.call_open = False
        #: The calls made for the turn that is being asked, and those of them that were paid for and brought nothing.
        self.attempts = 0
        self.discarded: list[dict[str, Any]] = []
        self._over = False
        self._check_settings()
        self._resume()

    @property
    def model(self) -> str:
        """The provider's ID of the model."""
        return self._model

    @property
    def planned(self) -> int:
        """How many turns the conversation is to have."""
        return len(self._plan)

    def steps(self) -> Generator[Step, Outcome, dict[str, Any]]:
        """Hold the conversation.

        Returns:
            The transcript.

        Raises:
            WorkerError: a turn failed for good; `partial_transcript()` has those before it.
        """
        for planned in self._plan[len(self.turns) :]:
            self._messages.append(Message("user", planned.prompt))
            turn = yield from self._ask(planned)
            self.turns.append(turn)
            self.call_open = False
            self.discarded = []
            self._messages.append(self._spoken(turn))
            logger.debug("turn answered", turn=planned.number, durationMs=turn["providerMetadata"]["durationMs"])
            if len(self.turns) < len(self._plan):
                yield Paid(turn, self._began_at(), self._duration_ms())
        return self.transcript()

    def _began_at(self) -> str:
        return self._started_at or self._deadline.timestamp(self._deadline.began)

    def _duration_ms(self) -> int:
        return self._earlier_ms + round(self._deadline.elapsed() * 1000)

    def transcript(self) -> dict[str, Any]:
        """The turns so far and their sums."""
        turns = list(self.turns)  # a snapshot: a watchdog may ask while a turn is being added
        reasoning = [count for turn in turns if (count := _metadata(turn).get("reasoningTokens")) is not None]
        transcript: dict[str, Any] = {
            "turns": turns,
            "totalInputTokens": sum(turn.get("inputTokens") or 0 for turn in turns),
            "totalOutputTokens": sum(turn.get("outputTokens") or 0 for turn in turns),
        }
        if reasoning:
            transcript["totalReasoningTokens"] = sum(reasoning)
        transcript |= {
            "modelVersion": _metadata(turns[-1]).get("modelVersion") if turns else None,
            "startedAt": self._began_at(),
            "completedAt": self._deadline.timestamp(),
            "durationMs": self._duration_ms(),
        }
        if self.job.modelCost is not None:
            from common.probe.cost import cost_snapshot  # noqa: PLC0415 - not every job has prices

            transcript["costSnapshot"] = cost_snapshot(self.job.modelCost, turns)
        return transcript

    def partial_transcript(self) -> dict[str, Any] | None:
        """The turns already paid for, or None before the first."""
        return self.transcript() if self.turns else None

    def failure(self, error: WorkerError) -> dict[str, Any]:
        """The document of a job that ended with `error`, with everything paid for. No call is made after it.

        A watchdog may ask for it at any moment. So an answer counts as open until the transcript has it, and what is
        open is looked at before the transcript.
        """
        self._over = True
        if error.provider is None:
            error.provider = self._adapter.provider
        if error.attempts is None and self.attempts:
            error.attempts = self.attempts
        if self.call_open and error.billing is None:
            error.billing = "unknown"
        discarded = list(self.discarded)
        if discarded:
            error.discarded = discarded
            if self.job.modelCost is not None:
                from common.probe.cost import cost_of_discarded  # noqa: PLC0415 - the same

                error.cost_snapshot = cost_of_discarded(self.job.modelCost, discarded)
        return failure_document(error, self.partial_transcript())

    def _ask(self, planned: PlannedTurn) -> Generator[Step, Outcome, dict[str, Any]]:
        """Ask one turn until it is answered or lost."""
        asking = _Asking(self._deadline.now())
        self.discarded = asking.discarded
        retries = TurnRetries(self._config, self._budget, self._deadline)
        self.attempts = 0
        pieces: list[str] = []
        usage = Usage(0, 0)
        token: str | None = None
        damaged = False
        while True:
            body = self._body(token)
            outcome = yield from self._send(body, asking, pieces)
            if isinstance(outcome, Failure):
                yield from self._recover(outcome, asking, retries)
                continue
            pieces.append(outcome.text)
            usage = outcome.usage if len(pieces) == 1 else usage.plus(outcome.usage)
            damaged = damaged or outcome.damaged
            token = outcome.continuation
            if token is None or len(pieces) > MAX_CONTINUATIONS:
                return self._turn(planned, outcome._replace(usage=usage, damaged=damaged), pieces, body, asking)

    def _send(self, body: bytes, asking: _Asking, pieces: Sequence[str]) -> Generator[Step, Outcome, Answer | Failure]:
        url = self._endpoint.url_of(self._adapter.path(self._model))
        was_open, self.call_open = self.call_open, True  # an answer that is being continued is paid for too
        if self._over or not self._deadline.remaining():
            self.call_open = was_open
            if asking.last is not None:
                raise out_of_time(asking.last)
            raise RetryableError(
                "the deadline passed before the next call; raise config.deadlineSeconds, or try again later",
                ErrorCode.TIMEOUT,
            )
        asking.attempts += 1
        self.attempts = asking.attempts
        try:
            outcome = yield Call(url, self._headers(), body, self._deadline, model=self._model)
        except BaseException as error:  # the driver gave up before the call was made
            self.call_open = was_open
            self.attempts -= 1
            if asking.last is not None and isinstance(error, RetryableError) and error.code is ErrorCode.TIMEOUT:
                raise out_of_time(asking.last) from None
            raise
        answered: Answer | Failure
        if isinstance(outcome, TransportFault):
            answered = judge_fault(outcome, self._call)
        else:
            reply: Reply = outcome  # type: ignore[assignment] # a Call is answered by nothing else
            answered = judge(
                self._adapter,
                reply.status,
                reply.headers,
                reply.body,
                self._call,
                has_text=not all(map(is_blank, pieces)),
                goes_on=len(pieces) < MAX_CONTINUATIONS,
            )
        if isinstance(answered, Failure):
            self.call_open = was_open  # what was or may have been paid for it, its class says
        return answered

    def _recover(self, failure: Failure, asking: _Asking, retries: TurnRetries) -> Generator[Step, Outcome, None]:
        """Do what is needed before the call can be tried again, or end the job."""
        from common.probe.refused import refused_settings  # noqa: PLC0415 - most jobs never fail

        failure.error.attempts = asking.attempts
        asking.last = failure
        # A call that was refused for a setting was not answered: it costs nothing, and without it it can succeed.
        refused = refused_settings(failure, self._adapter, self._settings)
        for setting in refused:
            self._settings.drop(setting, "the model refused it")
            self._warn(self._settings.warnings[-1])
        if self._swap_max_tokens_param(failure) or refused:
            return
        if failure.usage is not None or failure.error.billing is not None:
            asking.discarded.append(_discarded(failure))
        logger.warning("call failed", err=failure.error, code=failure.error.code, attempt=asking.attempts)
        try:
            wait = retries.next_wait(failure)
        except WorkerError as error:
            error.attempts = asking.attempts
            raise
        yield wait

    def _turn(
        self, planned: PlannedTurn, answer: Answer, pieces: list[str], body: bytes, asking: _Asking
    ) -> dict[str, Any]:
        text, clipped = merged_text(pieces)
        clean = storable(text)
        if clean != text or answer.damaged:
            self._warn(f"turn {planned.number}: characters that cannot be stored were replaced by U+FFFD")
        if not answer.known_finish:
            self._warn(
                f"turn {planned.number}: the finish reason {_quoted(str(answer.raw_finish_reason))} is not known;"
                " see whether the answer is whole"
            )
        truncated = clipped or answer.finish_reason in {"length", "content_filter"}
        if truncated:
            self._warn(
                f"turn {planned.number}: the answer was cut off ({_quoted(answer.raw_finish_reason or 'too long')})"
            )
        self._compare_version(answer.model_version)
        # Where many jobs share a limit, the time in the line before the first call is nobody's latency.
        began = max(asking.asked, self._deadline.began)
        return turn_document(
            planned,
            answer._replace(text=clean),
            model=self._model,
            provider=self._adapter.provider,
            preamble=self._preamble,
            messages=self._messages,
            settings=self._settings,
            truncated=truncated,
            extra={
                "payloadSha256": hashlib.sha256(body).hexdigest(),
                "attempts": asking.attempts,
                "startedAt": self._deadline.timestamp(began),
                "durationMs": round((self._deadline.now() - began) * 1000),
                **({"discarded": asking.discarded} if asking.discarded else {}),
            },
        )

    def _headers(self) -> dict[str, str]:
        return {**self._adapter.auth_headers(self._endpoint.key), **self._endpoint.headers}

    def _spoken(self, turn: dict[str, Any]) -> Message:
        """An answer as it goes into the history, with its thinking where the provider wants that back."""
        reasoning = _metadata(turn).get("reasoningContent") if self._adapter.wants_reasoning_back else None
        return Message("assistant", turn["targetResponse"], reasoning)

    def _body(self, continuation: str | None) -> bytes:
        prompt = Prompt(
            self._model,
            self._preamble,
            self._messages,
            self._settings.sent,
            self._max_tokens_param,
            continuation,
        )
        payload = self._adapter.payload(prompt)
        return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    def _resume(self) -> None:
        earlier = self.job.resumeFrom
        if earlier is None:
            return
        if len(earlier.turns) > len(self._plan):
            raise ValidationError(f"resumeFrom.turns: has more turns than this job ({len(self._plan)})")
        for index, (turn, planned) in enumerate(zip(earlier.turns, self._plan, strict=False)):
            where = f"resumeFrom.turns[{index}]"
            # A prompt that quotes a key comes back without it.
            prompts = {planned.prompt, redactor.answer(planned.prompt)}
            if turn.turnNumber != planned.number or turn.probePrompt not in prompts:
                raise ValidationError(f"{where}: is not turn {planned.number} of this job; resume the job it came from")
            document = turn.model_dump(exclude_unset=True)
            for name, value in (("promptLabel", planned.label), ("inputTokens", None), ("outputTokens", None)):
                document.setdefault(name, value)
            of_model = _metadata(document).get("model")
            if of_model is not None and of_model != self._model:
                raise ValidationError(f"{where}: was answered by another model; resume the job it came from")
            self.turns.append(document)
            self._messages += [Message("user", planned.prompt), self._spoken(document)]
        for name in (_metadata(self.turns[-1]).get("dropped") or []) if self.turns else []:
            if name in self._settings.sent:
                self._settings.drop(name, "the model refused it")
                self._warn(self._settings.warnings[-1])
        self._started_at = earlier.startedAt
        self._earlier_ms = earlier.durationMs or 0

    def _check_settings(self) -> None:
        wanted = self._max_tokens_param
        if wanted is not None and wanted not in self._adapter.max_tokens_params:
            self._max_tokens_param = None
            self._settings.drop("maxTokensParam", f"the API knows {' and '.join(self._adapter.max_tokens_params)}")
        self.warnings.extend(self._settings.warnings)

    def _swap_max_tokens_param(self, failure: Failure) -> bool:
        """Write the bound under the API's other name where the model refuses the one it was sent under. Once."""
        names = self._adapter.max_tokens_params
        from common.probe.refused import refused_bound  # noqa: PLC0415 - the same

        sent_as = self._max_tokens_param or self._adapter.wire_names["maxTokens"]
        if (
            self._swapped
            or "maxTokens" not in self._settings.sent
            or not refused_bound(failure, self._adapter, sent_as)
        ):
            return False
        self._swapped = True
        self._max_tokens_param = next(name for name in names if name != sent_as)
        self._warn(f"maxTokens was sent as {self._max_tokens_param}: the model refused {sent_as}")
        return True

    def _compare_version(self, version: str | None) -> None:
        if version is None:
            return
        if version.removeprefix("models/") != self._model.removeprefix("models/"):
            self._warn(f"{self._model} was answered by {_quoted(version)}")
        before = _metadata(self.turns[-1]).get("modelVersion") if self.turns else None
        if before is not None and before != version:
            self._warn(f"the model changed within the conversation: {_quoted(before)}, then {_quoted(version)}")

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def _metadata(turn: dict[str, Any]) -> dict[str, Any]:
    return turn.get("providerMetadata") or {}


def _quoted(name: str) -> str:
    """A name that a server gave, in a sentence of ours."""
    return redactor.quotation(name)


def _discarded(failure: Failure) -> dict[str, Any]:
    """A call that was paid for, or may have been, and brought nothing that can be kept."""
    usage = failure.usage
    record: dict[str, Any] = {"code": failure.error.code.value, "rule": failure.rule}
    if usage is not None:
        record |= {
            "inputTokens": usage.input_tokens,
            "outputTokens": usage.output_tokens,
            "reasoningTokens": usage.reasoning_tokens,
            "cachedInputTokens": usage.cached_input_tokens,
            "cacheWriteInputTokens": usage.cache_write_input_tokens,
        }
    if failure.error.billing is not None:
        record["billing"] = failure.error.billing
    return record
