"""What the documents of all workers share: the failure, and how a document is closed.

These types are what the builders are checked against, and what the published schemas come from. Nothing at run time
imports this module: where only types are needed, they are imported under TYPE_CHECKING.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.errors import ErrorCode
from common.json.models import Count

Seconds = Annotated[float, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0)]
Code = Annotated[ErrorCode, Field(strict=False)]
# A count that the provider did not give is null, and absent where the call brought no usage at all.
MaybeCount = Annotated[Count | None, Field(json_schema_extra={"default": None})]

CLOSED: Final = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


@with_config(CLOSED)
class Discarded(TypedDict):
    """A call of a turn that was paid for, or may have been, and brought nothing that can be kept."""

    code: Code
    rule: str
    inputTokens: NotRequired[MaybeCount]
    outputTokens: NotRequired[MaybeCount]
    reasoningTokens: NotRequired[MaybeCount]
    cachedInputTokens: NotRequired[MaybeCount]
    cacheWriteInputTokens: NotRequired[MaybeCount]
    cacheWriteHourInputTokens: NotRequired[Count]
    serviceTier: NotRequired[str]
    billing: NotRequired[Literal["unknown"]]


@with_config(CLOSED)
class CostSnapshot(TypedDict):
    """The prices in force (US dollars per million tokens) and the sums; null where not known: see `unpriced`."""

    currency: Literal["USD"]
    costInputPerMillion: Dollars
    costOutputPerMillion: Dollars
    costCachedInputPerMillion: NotRequired[Dollars]
    costCacheWriteInputPerMillion: NotRequired[Dollars]
    costCacheWriteHourInputPerMillion: NotRequired[Dollars]
    flexFactor: NotRequired[float]
    flexCachedFactor: NotRequired[float]
    priorityFactor: NotRequired[float]
    priorityCachedFactor: NotRequired[float]
    source: NotRequired[str]
    date: NotRequired[str]
    inputCost: Dollars | None
    outputCost: Dollars | None
    totalCost: Dollars | None
    estimated: bool
    unpriced: NotRequired[list[str]]


@with_config(CLOSED)
class FailureError(TypedDict):
    """What failed, and whether another try may succeed."""

    message: Annotated[str, Field(min_length=1)]
    code: Code
    retryable: bool
    details: str | None
    statusCode: NotRequired[int]
    provider: NotRequired[str]
    requestId: NotRequired[str]
    reason: NotRequired[str]
    retryAfterSeconds: NotRequired[Seconds]
    attempts: NotRequired[Count]
    billing: NotRequired[Literal["unknown"]]
    stopsProvider: NotRequired[Literal[True]]
    stopsModel: NotRequired[Literal[True]]
    tierUnavailable: NotRequired[Literal[True]]
    discarded: NotRequired[list[Discarded]]
    costSnapshot: NotRequired[CostSnapshot]


@with_config(CLOSED)
class Failure(TypedDict):
    """The document of a worker that failed."""

    success: Literal[False]
    error: FailureError
    line: NotRequired[Count]
    jobId: NotRequired[str]
