"""The documents that workers print, as models: the source of the published schemas, and the tests' yardstick.

Workers build these documents as plain values; nothing at run time imports this module.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from common.errors import ErrorCode
from common.probe.job import MAX_SAFE_INTEGER, Given

Count = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]
Seconds = Annotated[float, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0)]


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Discarded(_Document):
    """A call of a turn that was paid for, or may have been, and brought nothing that can be kept."""

    code: Annotated[ErrorCode, Field(strict=False)]
    rule: str
    inputTokens: Count | None = None
    outputTokens: Count | None = None
    reasoningTokens: Count | None = None
    cachedInputTokens: Count | None = None
    cacheWriteInputTokens: Count | None = None
    billing: Given[Literal["unknown"]] = None


class CostSnapshot(_Document):
    """The prices in force (US dollars per million tokens) and the sums; null where not known: see `unpriced`."""

    currency: Literal["USD"]
    costInputPerMillion: Dollars
    costOutputPerMillion: Dollars
    costCachedInputPerMillion: Given[Dollars] = None
    costCacheWriteInputPerMillion: Given[Dollars] = None
    inputCost: Dollars | None
    outputCost: Dollars | None
    totalCost: Dollars | None
    estimated: bool
    unpriced: Given[list[str]] = None


class FailureError(_Document):
    """What failed, and whether another try may succeed."""

    message: Annotated[str, Field(min_length=1)]
    code: Annotated[ErrorCode, Field(strict=False)]
    retryable: bool
    details: str | None
    statusCode: Given[int] = None
    provider: Given[str] = None
    requestId: Given[str] = None
    reason: Given[str] = None
    retryAfterSeconds: Given[Seconds] = None
    attempts: Given[Count] = None
    billing: Given[Literal["unknown"]] = None
    stopsProvider: Given[Literal[True]] = None
    stopsModel: Given[Literal[True]] = None
    discarded: Given[list[Discarded]] = None
    costSnapshot: Given[CostSnapshot] = None


class Failure(_Document):
    """The document of a worker that failed."""

    success: Literal[False]
    error: FailureError
    line: Given[Count] = None
    jobId: Given[str] = None


class ProviderMetadata(_Document):
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
    requested: dict[str, Any]
    sent: dict[str, Any]
    dropped: list[str]
    payloadSha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    attempts: Annotated[int, Field(ge=1)]
    startedAt: str
    durationMs: Count
    thinkingInText: Given[Literal[True]] = None
    reasoningContent: Given[str] = None
    discarded: Given[list[Discarded]] = None


class Turn(_Document):
    """One question and its answer."""

    turnNumber: Annotated[int, Field(ge=1)]
    promptLabel: str
    probePrompt: str
    targetResponse: Annotated[str, Field(min_length=1)]
    inputTokens: Count | None
    outputTokens: Count | None
    providerMetadata: ProviderMetadata


class Transcript(_Document):
    """The turns of a conversation and their sums."""

    turns: list[Turn]
    totalInputTokens: Count
    totalOutputTokens: Count
    totalReasoningTokens: Given[Count] = None
    modelVersion: str | None
    startedAt: str
    completedAt: str
    durationMs: Count
    costSnapshot: Given[CostSnapshot] = None


class ProbeSuccess(_Document):
    """The document of a conversation held to its end."""

    success: Literal[True]
    schemaVersion: Literal[1]
    line: Given[Count] = None
    jobId: Given[str] = None
    runId: str
    scenarioId: str
    modelId: str
    sampleIndex: Given[Count] = None
    transcript: Transcript
    warnings: list[str]


class ProbeFailure(Failure):
    """The document of a conversation that failed, with the turns already paid for."""

    partialTranscript: Given[Transcript] = None


class ProbeResult(RootModel[ProbeSuccess | ProbeFailure]):
    """What probe.py prints."""
