"""The documents that probe.py prints, as types: the builders are checked against them, the schemas come from them."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.json.documents import CLOSED, CostSnapshot, Discarded, Dollars, Failure, FailureError, Seconds
from common.json.models import Count

__all__ = ["CostSnapshot", "Discarded", "Failure", "FailureError", "JobIds", "ProbeResult", "Transcript", "Turn"]


@with_config(CLOSED)
class Part(TypedDict):
    """One of the calls that an answer took whose text its provider sent in parts; each is billed by itself."""

    inputTokens: Count | None
    outputTokens: Count | None
    cachedInputTokens: Count | None
    cacheWriteInputTokens: Count | None
    cacheWriteHourInputTokens: NotRequired[Count]
    serviceTier: str | None


@with_config(CLOSED)
class ProviderMetadata(TypedDict):
    """Where an answer comes from, under which settings, and what it took."""

    provider: str
    model: str
    modelVersion: str | None
    finishReason: Literal["stop", "length", "refusal", "content_filter", "other"]
    rawFinishReason: str | None
    truncated: bool
    requestId: str | None
    systemFingerprint: str | None
    reasoningTokens: Count | None
    cachedInputTokens: Count | None
    cacheWriteInputTokens: Count | None
    serviceTier: str | None
    tokenSource: Literal["provider", "tiktoken", "estimate"]
    requested: dict[str, object]
    sent: dict[str, object]
    dropped: list[str]
    payloadSha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    attempts: Annotated[int, Field(ge=1)]
    startedAt: str
    durationMs: Count
    cacheWriteHourInputTokens: NotRequired[Count]
    costUsd: NotRequired[Dollars | None]
    thinkingInText: NotRequired[Literal[True]]
    reasoningContent: NotRequired[str]
    conversationSha256: NotRequired[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]
    tierWaits: NotRequired[Annotated[int, Field(ge=1)]]
    parts: NotRequired[list[Part]]
    discarded: NotRequired[list[Discarded]]


@with_config(CLOSED)
class Turn(TypedDict):
    """One question and its answer."""

    turnNumber: Annotated[int, Field(ge=1)]
    promptLabel: str
    probePrompt: str
    targetResponse: Annotated[str, Field(min_length=1)]
    inputTokens: Count | None
    outputTokens: Count | None
    providerMetadata: ProviderMetadata


@with_config(CLOSED)
class Transcript(TypedDict):
    """The turns of a conversation and their sums."""

    turns: list[Turn]
    totalInputTokens: Count
    totalOutputTokens: Count
    totalReasoningTokens: NotRequired[Count]
    modelVersion: str | None
    startedAt: str
    completedAt: str
    durationMs: Count
    costSnapshot: NotRequired[CostSnapshot]


@with_config(CLOSED)
class RateReport(TypedDict):
    """What a conversation saw of the provider's rate limits: refused calls, and what is left by the last answer."""

    refusals: Count
    requestsLeft: NotRequired[Count]
    requestsLimit: NotRequired[Count]
    requestsResetSeconds: NotRequired[Seconds]
    tokensLeft: NotRequired[Count]
    tokensLimit: NotRequired[Count]
    tokensResetSeconds: NotRequired[Seconds]


class JobIds(TypedDict):
    """What ties a document to its job: the IDs, as far as it has them, and its line in a batch."""

    line: NotRequired[Count]
    jobId: NotRequired[str]
    runId: str
    scenarioId: str
    modelId: str
    sampleIndex: NotRequired[Count]


@with_config(CLOSED)
class ProbeSuccess(TypedDict):
    """The document of a conversation held to its end."""

    success: Literal[True]
    schemaVersion: Literal[1]
    line: NotRequired[Count]
    jobId: NotRequired[str]
    runId: str
    scenarioId: str
    modelId: str
    sampleIndex: NotRequired[Count]
    transcript: Transcript
    warnings: list[str]
    rates: NotRequired[RateReport]


@with_config(CLOSED)
class ProbeFailure(Failure):
    """The document of a conversation that failed, with the turns already paid for."""

    partialTranscript: NotRequired[Transcript]
    rates: NotRequired[RateReport]


ProbeResult = Annotated[ProbeSuccess | ProbeFailure, Field(title="ProbeResult", description="What probe.py prints.")]
