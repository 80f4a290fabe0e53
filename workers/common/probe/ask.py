"""Asks one turn until it is answered or lost: builds the call, has it judged, and waits where a retry may help.

It knows no I/O: it yields a Call or a Wait (see exchange.py) and is sent what came of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from common.classification import Failure, judge, judge_fault
from common.classification.verdict import CallContext
from common.errors import ErrorCode, RetryableError
from common.http.exchange import Call, TransportFault
from common.json.loose import is_blank
from common.llm_adapters.base import Answer, Prompt, Usage
from common.logging import get_logger
from common.probe.answered import Answered
from common.probe.transcript import discarded_call, merged_text, part_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from common.config import Config
    from common.errors import LLMError
    from common.http.exchange import Outcome, Reply, Step
    from common.llm_adapters.base import Message
    from common.probe.answered import Target
    from common.probe.documents import Part
    from common.probe.retry import RetryBudget, TurnRetries
    from common.probe.settings import Settings
    from common.probe.transcript import Record
    from common.process.deadline import Deadline

logger = get_logger("probe")


class Asker:
    """Makes the calls of one conversation, turn after turn.

    Attributes:
        settings: what is sent, and what a model made us leave out.
        refusals: how many calls were refused for their rate.
        headers: of the last answer.
    """

    def __init__(
        self,
        target: Target,
        *,
        preamble: str | None,
        settings: Settings,
        max_tokens_param: str | None,
        fallback_after: int | None,
        continuations: int,
        config: Config,
        deadline: Deadline,
        record: Record,
        warnings: list[str],
    ) -> None:
        self.settings = settings
        self.refusals = 0
        self.headers: Mapping[str, str] = {}
        self._target = target
        self._preamble = preamble
        self._max_tokens_param = max_tokens_param
        self._bound_renamed = False
        self._config = config
        self._budget: RetryBudget | None = None
        self._deadline = deadline
        self._record = record
        self._warnings = warnings
        # Waits for room in the service tier: of the whole conversation, and of the turn.
        self._fallback_after = fallback_after
        self._continuations = continuations
        self._tier_waits = 0
        self._turn_waits = 0

    @property
    def _context(self) -> CallContext:
        target = self._target
        return CallContext(target.provider, target.endpoint.host, target.model, self._asks_flex)

    @property
    def _asks_flex(self) -> bool:
        return self.settings.sent.get("serviceTier") == "flex"

    def ask(self, messages: Sequence[Message]) -> Generator[Step, Outcome, Answered]:
        """Ask the last of these messages.

        Raises:
            WorkerError: the turn is lost.
        """
        asked_at = self._deadline.now()
        retries: TurnRetries | None = None
        self._turn_waits = 0
        self._record.now = self._record.now._replace(attempts=0, discarded=())
        last: Failure | None = None
        pieces: list[str] = []
        parts: list[Part] = []
        usage = Usage(0, 0)
        token: str | None = None
        damaged = False
        while True:
            body = self._body(messages, token)
            outcome = yield from self._send(body, pieces, last)
            if isinstance(outcome, Failure):
                last, retries = outcome, retries or self._retries()
                yield from self._recover(outcome, retries)
                continue
            pieces.append(outcome.text)
            parts.append(part_of(outcome))
            usage = outcome.usage if len(pieces) == 1 else usage.plus(outcome.usage)
            damaged = damaged or outcome.damaged
            token = outcome.continuation
            if token is None or len(pieces) > self._continuations:
                if token is not None:
                    warn_once(
                        self._warnings, "an answer has more parts than config.maxContinuations allows, and was cut off"
                    )
                text, clipped, replaced = merged_text(pieces)
                answer = outcome._replace(text=text, usage=usage)
                now = self._record.now
                cut = replaced or damaged
                return Answered(
                    answer,
                    clipped,
                    cut,
                    body,
                    now.attempts,
                    asked_at,
                    now.discarded,
                    self._turn_waits,
                    tuple(parts) if len(parts) > 1 else (),
                )

    def _send(
        self, body: bytes, pieces: Sequence[str], last: Failure | None
    ) -> Generator[Step, Outcome, Answer | Failure]:
        """Make one call; `last` is the failure of the one before it, where that is why it is made."""
        target, before = self._target, self._record.now
        # First the note, then the look at the flag: a watchdog sets the flag first and then reads the note.
        self._record.now = before._replace(call_open=True, attempts=before.attempts + 1)
        if self._record.over or not self._deadline.remaining():
            self._record.now = before
            raise _no_time(last)
        url = target.endpoint.url_of(target.adapter.path(target.model))
        own = target.adapter.prompt_headers(self.settings.sent)
        headers = {**target.adapter.auth_headers(target.endpoint.key), **own, **target.endpoint.headers}
        try:
            outcome = yield Call(url, headers, body, self._deadline, model=target.model)
        except BaseException as error:  # the driver gave up before the call was made
            self._record.now = before
            if last is not None and isinstance(error, RetryableError) and error.code is ErrorCode.TIMEOUT:
                raise _no_time(last) from None
            raise
        answered: Answer | Failure
        if isinstance(outcome, TransportFault):
            answered = judge_fault(outcome, self._context)
        else:
            reply: Reply = outcome  # type: ignore[assignment] # a Call is answered by nothing else
            self.headers = reply.headers
            answered = judge(
                target.adapter,
                reply.status,
                reply.headers,
                reply.body,
                self._context,
                has_text=not all(map(is_blank, pieces)),
                goes_on=len(pieces) < self._continuations,
            )
        if isinstance(answered, Failure):
            self.refusals += answered.error.code is ErrorCode.RATE_LIMIT
            now = self._record.now
            answered = answered._replace(error=answered.error.but(attempts=now.attempts))
            waste = answered.usage is not None or answered.error.billing is not None
            discarded = (*now.discarded, discarded_call(answered)) if waste else now.discarded
            # In one step: what may have been paid is either open or among the discarded. An answer that is being
            # continued stays open.
            self._record.now = now._replace(call_open=before.call_open, discarded=discarded)
        return answered

    def _retries(self) -> TurnRetries:
        """What a turn remembers of its failures; the budget is that of all turns."""
        from common.probe.retry import RetryBudget, TurnRetries  # noqa: PLC0415 - most jobs never fail

        self._budget = self._budget or RetryBudget(self._config.max_retries_per_job)
        return TurnRetries(self._config, self._budget, self._deadline)

    def _recover(self, failure: Failure, retries: TurnRetries) -> Generator[Step, Outcome, None]:
        """Do what is needed before the call can be made once more, or end the job."""
        from common.probe.refused import refused_settings  # noqa: PLC0415 - the same

        # A call that was refused for a setting was not answered: it costs nothing, and without it it can succeed.
        refused = refused_settings(failure, self._target.adapter, self.settings)
        for setting in refused:
            self.leave_out(setting, "the model refused it")
        if self._rename_bound(failure) or refused:
            return
        error = failure.error
        if error.tier_unavailable and self._asks_flex:
            if self._fallback_after is not None and self._tier_waits >= self._fallback_after:
                self._fall_back()
                return
            self._tier_waits += 1
            self._turn_waits += 1
        logger.warning("call failed", err=error, code=error.code, attempt=error.attempts)
        yield retries.next_wait(failure)

    def _fall_back(self) -> None:
        """Ask for the default tier from here on, and say so: its price is another."""
        self.settings.sent["serviceTier"] = "default"
        waits = f"{self._tier_waits} wait{'' if self._tier_waits == 1 else 's'}"
        warn_once(
            self._warnings,
            f"serviceTier was sent as default: after {waits} there was no room for flex",
        )

    def leave_out(self, setting: str, why: str) -> None:
        """Send a setting no more, and say so."""
        self.settings.drop(setting, why)
        warn_once(self._warnings, self.settings.warnings[-1])

    def _rename_bound(self, failure: Failure) -> bool:
        """Write the bound under the API's other name where the model refuses the one it was sent under. Once."""
        from common.probe.refused import refused_bound  # noqa: PLC0415 - the same

        adapter = self._target.adapter
        sent_as = self._max_tokens_param or adapter.wire_names["maxTokens"]
        if self._bound_renamed or "maxTokens" not in self.settings.sent or not refused_bound(failure, adapter, sent_as):
            return False
        self._bound_renamed = True
        self._max_tokens_param = next(name for name in adapter.max_tokens_params if name != sent_as)
        warn_once(self._warnings, f"maxTokens was sent as {self._max_tokens_param}: the model refused {sent_as}")
        return True

    def _body(self, messages: Sequence[Message], continuation: str | None) -> bytes:
        prompt = Prompt(
            self._target.model,
            self._preamble,
            messages,
            self.settings.sent,
            self._max_tokens_param,
            continuation,
        )
        payload = self._target.adapter.payload(prompt)
        return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _no_time(last: Failure | None) -> LLMError:
    if last is not None:
        from common.probe.retry import out_of_time  # noqa: PLC0415 - most jobs never fail

        return out_of_time(last)
    return RetryableError(
        "the deadline passed before the next call; raise config.deadlineSeconds, or try again later",
        ErrorCode.TIMEOUT,
    )


def warn_once(warnings: list[str], text: str) -> None:
    """Add a warning that is not there yet."""
    if text not in warnings:
        warnings.append(text)
