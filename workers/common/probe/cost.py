"""What a transcript cost, from the prices that came with the job. A sum that is not known is null, never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.probe.answered import metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from common.json.documents import CostSnapshot, Discarded
    from common.probe.documents import ProviderMetadata, Turn
    from common.probe.job import ModelCost

PER_MILLION: Final = 1_000_000
# A tenth of a thousandth of a cent: finer than any vendor bills, and free of floating-point dust.
DIGITS: Final = 10


class Bill(NamedTuple):
    """The tokens of one paid call.

    Attributes:
        read: all input tokens, cached ones and those written to a cache included; None where the provider did not say.
        cached: of those, what came from a cache.
        cache_written: of those, what was written to a cache.
        written: the output tokens; None where the provider did not say.
        unknown: why the counts are not the provider's, where they are not.
    """

    read: int | None
    cached: int
    cache_written: int
    written: int | None
    unknown: str | None = None


def cost_snapshot(price: ModelCost, turns: Iterable[Turn]) -> CostSnapshot:
    """What a transcript's turns cost: the answers kept, and the calls that were paid for and brought nothing."""
    return _snapshot(price, _bills_of(turns))


def cost_of_discarded(price: ModelCost, calls: Iterable[Discarded]) -> CostSnapshot:
    """What calls cost that were paid for, or may have been, and brought nothing."""
    return _snapshot(price, _bills_of_discarded(calls))


def _snapshot(price: ModelCost, bills: Sequence[Bill]) -> CostSnapshot:
    """The prices in force and the sums in US dollars.

    Tokens read from a cache and written to one are parts of the input, and billed at their own prices. Where such
    tokens have no price, or counts are not the provider's own, the sums are null, and `unpriced` says why.
    """
    unknown = list(dict.fromkeys(bill.unknown for bill in bills if bill.unknown))
    cached = sum(bill.cached for bill in bills)
    cache_written = sum(bill.cache_written for bill in bills)
    unpriced = [*unknown, *_without_price(price, cached, cache_written)]
    read = sum(bill.read or 0 for bill in bills)
    written = sum(bill.written or 0 for bill in bills)
    plain = max(read - cached - cache_written, 0)
    cost_in = (
        plain * price.costInputPerMillion
        + cached * (price.costCachedInputPerMillion or 0)
        + cache_written * (price.costCacheWriteInputPerMillion or 0)
    ) / PER_MILLION
    cost_out = written * price.costOutputPerMillion / PER_MILLION
    snapshot: CostSnapshot = {
        "currency": "USD",
        "costInputPerMillion": price.costInputPerMillion,
        "costOutputPerMillion": price.costOutputPerMillion,
        "inputCost": None if unpriced else round(cost_in, DIGITS),
        "outputCost": None if unknown else round(cost_out, DIGITS),
        "totalCost": None if unpriced else round(cost_in + cost_out, DIGITS),
        "estimated": bool(unknown),
    }
    if price.costCachedInputPerMillion is not None:
        snapshot["costCachedInputPerMillion"] = price.costCachedInputPerMillion
    if price.costCacheWriteInputPerMillion is not None:
        snapshot["costCacheWriteInputPerMillion"] = price.costCacheWriteInputPerMillion
    if unpriced:
        snapshot["unpriced"] = unpriced
    return snapshot


def _bills_of(turns: Iterable[Turn]) -> list[Bill]:
    """The bills of the calls that a transcript's turns took, those that brought nothing included."""
    bills: list[Bill] = []
    for turn in turns:
        metadata = metadata_of(turn)
        if metadata.get("tokenSource") == "provider":
            bills.append(_bill(turn, metadata, f"turn {turn.get('turnNumber')} has no token counts"))
        else:
            bills.append(Bill(None, 0, 0, None, f"the token counts of turn {turn.get('turnNumber')} are estimates"))
        bills += _bills_of_discarded(metadata.get("discarded", []))
    return bills


def _bills_of_discarded(calls: Iterable[Discarded]) -> list[Bill]:
    """The bills of calls that were paid for, or may have been, and brought nothing."""
    return [_bill(call, call, "a call that brought no answer may have been billed") for call in calls]


def _bill(counts: Turn | Discarded, metadata: ProviderMetadata | Discarded, why: str) -> Bill:
    read, written = counts.get("inputTokens"), counts.get("outputTokens")
    if read is None or written is None:
        return Bill(None, 0, 0, None, why)
    cached = min(metadata.get("cachedInputTokens") or 0, read)
    return Bill(read, cached, min(metadata.get("cacheWriteInputTokens") or 0, read - cached), written)


def _without_price(price: ModelCost, cached: int, cache_written: int) -> list[str]:
    found: list[str] = []
    if cached and price.costCachedInputPerMillion is None:
        found.append(f"{cached} cached input tokens have no price; set modelCost.costCachedInputPerMillion")
    if cache_written and price.costCacheWriteInputPerMillion is None:
        found.append(f"{cache_written} cache write tokens have no price; set modelCost.costCacheWriteInputPerMillion")
    return found
