"""What a price says: the form of `modelCost` in a job, and of the rows of `prices.json`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.json.models import Closed, Nullable, Open, Positive, Text

__all__ = ["LongContext", "ModelCost", "OffPeak", "PriceRow"]

Price = Annotated[float, Field(ge=0)]
Factor = Annotated[float, Field(ge=0, le=100)]
Hour = Annotated[int, Field(ge=0, le=24)]
Date = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class LongContext(Closed):
    """From so many input tokens on, all tokens of a call cost so many times as much.

    Attributes:
        fromInputTokens: the fewest that count as long; those from a cache and those written to one are counted too.
        inputFactor: of everything read.
        outputFactor: of everything generated.
    """

    fromInputTokens: Positive
    inputFactor: Factor
    outputFactor: Factor


class OffPeak(Closed):
    """A discount by the time of day.

    Attributes:
        factor: of all prices outside the peak hours, and on Saturdays and Sundays.
        peakHoursUtc: from the first hour of each pair, up to the second.
    """

    factor: Factor
    peakHoursUtc: list[Annotated[list[Hour], Field(min_length=2, max_length=2)]]


class ModelCost(Open):
    """Prices in US dollars per million tokens.

    Attributes:
        costInputPerMillion: input tokens that no cache has a part in.
        costOutputPerMillion: output tokens, reasoning included.
        costCachedInputPerMillion: input tokens read from a cache.
        costCacheWriteInputPerMillion: input tokens written to a cache for some minutes.
        costCacheWriteHourInputPerMillion: input tokens written to a cache for an hour.
        flexFactor: of all prices but that of cached input, where the call was served in the flex tier.
        flexCachedFactor: of the price of cached input, in that tier.
        priorityFactor: as `flexFactor`, of the priority tier.
        priorityCachedFactor: as `flexCachedFactor`, of the priority tier.
        batchFactor: as `flexFactor`, of the vendor's batches.
        batchCachedFactor: as `flexCachedFactor`, of the vendor's batches.
        longContext: what a long prompt does to the price.
        offPeak: a discount by the time of day.
        validUntil: the first day (UTC) on which the prices do not hold any more.
        source: where the vendor says so.
        date: when it was read there.
    """

    costInputPerMillion: Price
    costOutputPerMillion: Price
    costCachedInputPerMillion: Nullable[Price] = None
    costCacheWriteInputPerMillion: Nullable[Price] = None
    costCacheWriteHourInputPerMillion: Nullable[Price] = None
    flexFactor: Nullable[Factor] = None
    flexCachedFactor: Nullable[Factor] = None
    priorityFactor: Nullable[Factor] = None
    priorityCachedFactor: Nullable[Factor] = None
    batchFactor: Nullable[Factor] = None
    batchCachedFactor: Nullable[Factor] = None
    longContext: Nullable[LongContext] = None
    offPeak: Nullable[OffPeak] = None
    validUntil: Nullable[Date] = None
    source: Nullable[str] = None
    date: Nullable[Date] = None


class PriceRow(ModelCost):
    """A row of `prices.json`, and of the user's file.

    Attributes:
        match: the models.
        validFrom: the first day (UTC) on which it holds.
    """

    match: Text | Annotated[list[Text], Field(min_length=1)]
    validFrom: Nullable[Date] = None
