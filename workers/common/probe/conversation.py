"""A whole conversation, turn by turn: it plans, has each turn asked, and records what came. It knows no HTTP.

`steps()` is a generator of plain values (see exchange.py); the driver does what it yields. plan.py says what is asked,
ask.py how one turn is asked, resume.py how an earlier try is continued, transcript.py what is written down.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from common.http.exchange import Paid
from common.llm_adapters.base import Message
from common.logging import get_logger
from common.probe.answered import Target, metadata_of
from common.probe.ask import Asker, warn_once
from common.probe.fingerprint import fingerprint
from common.probe.job import MAX_CONTINUATIONS
from common.probe.plan import plan_turns
from common.probe.rates import rate_report
from common.probe.transcript import Record, quoted, transcript_of, turn_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from common.config import Config
    from common.errors import WorkerError
    from common.http.exchange import Outcome, Step
    from common.llm_adapters.base import Adapter
    from common.probe.answered import Answered
    from common.probe.documents import ProbeFailure, RateReport, Transcript, Turn
    from common.probe.job import EarlierTranscript, ProbeJob
    from common.probe.plan import PlannedTurn
    from common.probe.settings import Settings
    from common.probe.transcript import Snapshot
    from common.process.deadline import Deadline
    from common.providers.endpoints import Endpoint
    from common.providers.model_table import ModelFacts
    from common.providers.price import ModelCost
    from common.providers.price_table import PriceTable

logger = get_logger("probe")


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
        prices: PriceTable | None = None,
    ) -> None:
        """Plan the turns.

        Args:
            job: what is asked.
            model: the provider's ID of the model.
            facts: what is known of it.
            settings: what is sent.
            adapter: the provider's wire format.
            endpoint: its address and key.
            config: bounds and back-off.
            deadline: the job's clock.
            warnings: of the job; more are added.
            prices: where the price is looked up if the job gives none; without it in our own table.

        Raises:
            ValidationError: `resumeFrom` is not the beginning of this job.
        """
        self.job = job
        self.warnings = warnings
        self._target = Target(model, adapter, endpoint)
        self._deadline = deadline
        self._prices = prices
        self._plan = plan_turns(job, facts, warnings)
        self._record = Record()
        self._messages: list[Message] = []
        self._started_at: str | None = None
        self._earlier_ms = 0
        continuations = job.settings.maxContinuations
        max_tokens_param = _known_param(job.model_settings.maxTokensParam, adapter, settings)
        self.fingerprint = fingerprint(self._target, self._plan, settings.sent, max_tokens_param)
        self._asker = Asker(
            self._target,
            preamble=self._plan.preamble,
            settings=settings,
            max_tokens_param=max_tokens_param,
            fallback_after=job.model_settings.serviceTierFallbackAfter,
            continuations=MAX_CONTINUATIONS if continuations is None else continuations,
            config=config,
            deadline=deadline,
            record=self._record,
            warnings=warnings,
        )
        warnings.extend(settings.warnings)
        if job.resumeFrom is not None:
            self._resume(job.resumeFrom)

    @property
    def rates(self) -> RateReport | None:
        """What it saw of the provider's rate limits."""
        return rate_report(self._asker.headers, self._asker.refusals)

    @property
    def planned(self) -> int:
        """How many turns the conversation is to have."""
        return len(self._plan.turns)

    @property
    def so_far(self) -> Snapshot:
        """How far it has come; a watchdog may read it from its own thread."""
        return self._record.now

    @cached_property
    def price(self) -> ModelCost | None:
        """Of the model's tokens: the job's own, or that of the table."""
        if self.job.modelCost is not None:
            return self.job.modelCost
        from common.providers.price_table import PriceTable  # noqa: PLC0415 - jobs of the queue bring their price

        day = self._deadline.timestamp(self._deadline.began)[:10]
        return (self._prices or PriceTable(None)).price(self._target.provider, self._target.model, day)

    def steps(self) -> Generator[Step, Outcome, Transcript]:
        """Hold the conversation.

        Returns:
            The transcript.

        Raises:
            WorkerError: a turn failed for good; `failure()` makes the job's document, with the turns before it.
        """
        _ = self.price  # looked up before anything is paid for
        for planned in self._plan.turns[len(self.so_far.turns) :]:
            self._messages.append(Message("user", planned.prompt))
            answered = yield from self._asker.ask(self._messages)
            turn = self._recorded(planned, answered)
            self._messages.append(self._spoken(turn))
            logger.debug("turn answered", turn=planned.number, durationMs=turn["providerMetadata"]["durationMs"])
            if len(self.so_far.turns) < self.planned:
                yield Paid(turn, self._began_at(), self._duration_ms())
        return self._transcript(self.so_far)

    def failure(self, error: WorkerError) -> ProbeFailure:
        """The document of a job that ended with `error`, with everything paid for. No call is made after it.

        A watchdog may ask for it at any moment; it looks at one snapshot.
        """
        self._record.over = True
        state = self.so_far
        document: ProbeFailure = {"success": False, "error": self.whole(error).to_dict()}
        if state.turns:
            document["partialTranscript"] = self._transcript(state)
        rates = self.rates
        if rates is not None:
            document["rates"] = rates
        return document

    def whole(self, error: WorkerError) -> WorkerError:
        """The failure with what it cost: the calls that were paid for, or may have been, and brought nothing."""
        state = self.so_far
        cost = None
        if state.discarded and self.price is not None:
            from common.probe.cost import cost_of_discarded  # noqa: PLC0415 - few jobs have paid for nothing

            cost = cost_of_discarded(
                self.price,
                state.discarded,
                asked_tier=self._asker.settings.sent.get("serviceTier"),
                began=self._deadline.moment(self._deadline.began),
                ended=self._deadline.moment(),
            )
        return error.but(
            provider=self._target.provider if error.provider is None else error.provider,
            attempts=(state.attempts or None) if error.attempts is None else error.attempts,
            billing="unknown" if state.call_open else error.billing,
            discarded=state.discarded,
            cost_snapshot=cost,
        )

    def _resume(self, earlier_try: EarlierTranscript) -> None:
        """Go on behind the turns of an earlier try."""
        from common.probe.resume import resume  # noqa: PLC0415 - few jobs are resumed

        earlier = resume(earlier_try, self._plan, self._target.model)
        for planned, turn in zip(self._plan.turns, earlier.turns, strict=False):
            self._messages += [Message("user", planned.prompt), self._spoken(turn)]
        for name in earlier.dropped:
            if name in self._asker.settings.sent:
                self._asker.leave_out(name, "the model refused it")
        self._record.now = self.so_far._replace(turns=earlier.turns)
        self._started_at, self._earlier_ms = earlier.started_at, earlier.duration_ms

    def _recorded(self, planned: PlannedTurn, answered: Answered) -> Turn:
        """Write an answered turn down, and warn of what a reader should know about it."""
        answer = answered.answer
        if answered.replaced:
            self._warn(f"turn {planned.number}: characters that cannot be stored were replaced by U+FFFD")
        if not answer.known_finish:
            self._warn(
                f"turn {planned.number}: the finish reason {quoted(str(answer.raw_finish_reason))} is not known;"
                " see whether the answer is whole"
            )
        if answered.truncated:
            self._warn(
                f"turn {planned.number}: the answer was cut off ({quoted(answer.raw_finish_reason or 'too long')})"
            )
        self._compare_version(answer.model_version)
        turn = turn_of(
            planned,
            answered,
            self._target,
            preamble=self._plan.preamble,
            messages=self._messages,
            settings=self._asker.settings,
            deadline=self._deadline,
        )
        if self.price is not None:
            from common.probe.cost import cost_of_turn  # noqa: PLC0415 - not every model has a price

            turn["providerMetadata"]["costUsd"] = cost_of_turn(self.price, turn)
        if not self.so_far.turns:
            turn["providerMetadata"]["conversationSha256"] = self.fingerprint
        # In one step: an answer counts as open until the transcript has it.
        self._record.now = self.so_far._replace(turns=(*self.so_far.turns, turn), call_open=False, discarded=())
        return turn

    def _transcript(self, state: Snapshot) -> Transcript:
        return transcript_of(state.turns, self._began_at(), self._duration_ms(), self._deadline, self.price)

    def _began_at(self) -> str:
        return self._started_at or self._deadline.timestamp(self._deadline.began)

    def _duration_ms(self) -> int:
        return self._earlier_ms + round(self._deadline.elapsed() * 1000)

    def _spoken(self, turn: Turn) -> Message:
        """An answer as it goes into the history, with its reasoning where the provider wants that back."""
        reasoning = metadata_of(turn).get("reasoningContent") if self._target.adapter.wants_reasoning_back else None
        return Message("assistant", turn["targetResponse"], reasoning)

    def _compare_version(self, version: str | None) -> None:
        if version is None:
            return
        if version.removeprefix("models/") != self._target.model.removeprefix("models/"):
            self._warn(f"{self._target.model} was answered by {quoted(version)}")
        turns = self.so_far.turns
        before = metadata_of(turns[-1]).get("modelVersion") if turns else None
        if before is not None and before != version:
            self._warn(f"the model changed within the conversation: {quoted(before)}, then {quoted(version)}")

    def _warn(self, text: str) -> None:
        warn_once(self.warnings, text)


def _known_param(wanted: str | None, adapter: Adapter, settings: Settings) -> str | None:
    """The operator's name for the bound on the answer, where the API knows it."""
    if wanted is None or wanted in adapter.max_tokens_params:
        return wanted
    settings.drop("maxTokensParam", f"the API knows {' and '.join(adapter.max_tokens_params)}")
    return None
