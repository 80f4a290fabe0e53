"""What a conversation records: each turn as it stands in the transcript, the sums, and paid calls without an answer."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from common.json.strict import storable
from common.probe.answered import metadata_of
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.classification import Failure
    from common.json.documents import Discarded
    from common.llm_adapters.base import Answer, Message
    from common.probe.answered import Answered, Target
    from common.probe.documents import Part, ProviderMetadata, Transcript, Turn
    from common.probe.plan import PlannedTurn
    from common.probe.settings import Settings
    from common.probe.tokens import TokenSource
    from common.process.deadline import Deadline
    from common.providers.price import ModelCost

# An answer beyond this is a fault of the model; a database row of it would be of use to nobody.
MAX_ANSWER_CHARS: Final = 4 * 1024 * 1024


class Snapshot(NamedTuple):
    """How far a conversation has come: one frozen value, which is replaced whole, so a watchdog may read it anytime.

    Attributes:
        turns: that were answered.
        call_open: whether a call was made that may be billed, and whose answer does not stand in `turns` yet.
        attempts: the calls made for the turn that is being asked.
        discarded: those of them that were paid for, or may have been, and brought nothing.
    """

    turns: tuple[Turn, ...] = ()
    call_open: bool = False
    attempts: int = 0
    discarded: tuple[Discarded, ...] = ()


class Record:
    """Where the conversation writes down how far it has come, and learns that nobody waits for more.

    Attributes:
        now: the present state. Only the conversation replaces it.
        over: whether the job's document was asked for; no call is made after that.
    """

    __slots__ = ("now", "over")

    def __init__(self, turns: tuple[Turn, ...] = ()) -> None:
        self.now = Snapshot(turns)
        self.over = False


def transcript_of(
    turns: Sequence[Turn], started_at: str, duration_ms: int, deadline: Deadline, price: ModelCost | None
) -> Transcript:
    """The turns and their sums.

    Args:
        turns: that were answered.
        started_at: when the conversation began, ISO 8601.
        duration_ms: how long it has taken, earlier tries included.
        deadline: the job's clock.
        price: of the model's tokens, where it is known.
    """
    reasoning = [count for turn in turns if (count := metadata_of(turn).get("reasoningTokens")) is not None]
    transcript: Transcript = {
        "turns": list(turns),
        "totalInputTokens": sum(turn.get("inputTokens") or 0 for turn in turns),
        "totalOutputTokens": sum(turn.get("outputTokens") or 0 for turn in turns),
        "modelVersion": metadata_of(turns[-1]).get("modelVersion") if turns else None,
        "startedAt": started_at,
        "completedAt": deadline.timestamp(),
        "durationMs": duration_ms,
    }
    if reasoning:
        transcript["totalReasoningTokens"] = sum(reasoning)
    if price is not None:
        from common.probe.cost import cost_snapshot  # noqa: PLC0415 - not every job has prices

        transcript["costSnapshot"] = cost_snapshot(price, turns)
    return transcript


def turn_of(
    planned: PlannedTurn,
    answered: Answered,
    target: Target,
    *,
    preamble: str | None,
    messages: Sequence[Message],
    settings: Settings,
    deadline: Deadline,
) -> Turn:
    """An answered turn as it stands in the transcript."""
    answer = answered.answer
    usage = answer.usage.beside(answer.text)
    read, written = usage.input_tokens, usage.output_tokens
    source: TokenSource = "provider"
    if read is None or written is None:
        from common.probe.tokens import count_input, count_text  # noqa: PLC0415 - only where the provider sent no counts

        sources: set[TokenSource] = set()
        if read is None:
            read, source = count_input(target.provider, target.model, preamble, messages)
            sources.add(source)
        if written is None:
            written, source = count_text(target.provider, target.model, answer.text)
            sources.add(source)
        # What is said of both is what the worse of them is.
        source = "estimate" if "estimate" in sources else source
    # Where many jobs share a limit, the time in the line before the first call is nobody's latency.
    began = max(answered.asked_at, deadline.began)
    metadata: ProviderMetadata = {
        "provider": target.provider,
        "model": target.model,
        "modelVersion": answer.model_version,
        "finishReason": answer.finish_reason,
        "rawFinishReason": answer.raw_finish_reason,
        "truncated": answered.truncated,
        "requestId": answer.request_id,
        "systemFingerprint": answer.system_fingerprint,
        "reasoningTokens": usage.reasoning_tokens,
        "cachedInputTokens": usage.cached_input_tokens,
        "cacheWriteInputTokens": usage.cache_write_input_tokens,
        "serviceTier": answer.service_tier,
        "tokenSource": source,
        "requested": dict(settings.requested),
        "sent": dict(settings.sent),
        "dropped": list(settings.dropped),
        "payloadSha256": hashlib.sha256(answered.body).hexdigest(),
        "attempts": answered.attempts,
        "startedAt": deadline.timestamp(began),
        "durationMs": round((deadline.now() - began) * 1000),
    }
    if usage.cache_write_hour_input_tokens:
        metadata["cacheWriteHourInputTokens"] = usage.cache_write_hour_input_tokens
    if answer.reasoning_in_text:
        metadata["thinkingInText"] = True
    if answer.reasoning:
        metadata["reasoningContent"] = answer.reasoning
    if answered.tier_waits:
        metadata["tierWaits"] = answered.tier_waits
    if answered.parts:
        metadata["parts"] = list(answered.parts)
    if answered.discarded:
        metadata["discarded"] = list(answered.discarded)
    return {
        "turnNumber": planned.number,
        "promptLabel": planned.label,
        "probePrompt": planned.prompt,
        "targetResponse": answer.text,
        "inputTokens": read,
        "outputTokens": written,
        "providerMetadata": metadata,
    }


def part_of(answer: Answer) -> Part:
    """One of the calls that an answer took. Google alone sends parts, and bills no writing to its caches."""
    return {
        "inputTokens": answer.usage.input_tokens,
        "outputTokens": answer.usage.output_tokens,
        "cachedInputTokens": answer.usage.cached_input_tokens,
        "cacheWriteInputTokens": answer.usage.cache_write_input_tokens,
        "serviceTier": answer.service_tier,
    }


def discarded_call(failure: Failure) -> Discarded:
    """A call that was paid for, or may have been, and brought nothing that can be kept."""
    record: Discarded = {"code": failure.error.code, "rule": failure.rule}
    usage = failure.usage
    if usage is not None:
        record["inputTokens"] = usage.input_tokens
        record["outputTokens"] = usage.output_tokens
        record["reasoningTokens"] = usage.reasoning_tokens
        record["cachedInputTokens"] = usage.cached_input_tokens
        record["cacheWriteInputTokens"] = usage.cache_write_input_tokens
        if usage.cache_write_hour_input_tokens:
            record["cacheWriteHourInputTokens"] = usage.cache_write_hour_input_tokens
        if failure.service_tier is not None:
            record["serviceTier"] = failure.service_tier
    if failure.error.billing is not None:
        record["billing"] = failure.error.billing
    return record


def merged_text(pieces: Sequence[str]) -> tuple[str, bool, bool]:
    """The whole answer, whether it had to be cut, and whether characters in it had to be replaced."""
    text = pieces[0] if len(pieces) == 1 else "".join(pieces)
    clipped = len(text) > MAX_ANSWER_CHARS
    text = text[:MAX_ANSWER_CHARS] if clipped else text
    clean = storable(text)
    return clean, clipped, clean != text


def quoted(name: str) -> str:
    """A name that a server gave, in a sentence of ours."""
    return redactor.quotation(name)
