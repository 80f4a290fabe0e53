"""What a transcript cost, from the prices that came with the job. A sum that is not known is null, never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.job import ModelCost

PER_MILLION: Final = 1_000_000
# A tenth of a thousandth of a cent: finer than any vendor bills, and free of floating-point dust.
DIGITS: Final = 10


def cost_snapshot(price: ModelCost, turns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The prices in force and the sums in US dollars, over the answers kept and those paid for and thrown away.

    Cached input tokens are part of the input and are billed at their own price where the job gives one. Where any
    answer came without the provider's own counts, the sums are null and `estimated` is true.
    """
    snapshot: dict[str, Any] = {
        "currency": "USD",
        "costInputPerMillion": price.costInputPerMillion,
        "costOutputPerMillion": price.costOutputPerMillion,
    }
    if price.costCachedInputPerMillion is not None:
        snapshot["costCachedInputPerMillion"] = price.costCachedInputPerMillion
    bills = [bill for turn in turns for bill in _bills(turn)]
    known = all(bill is not None for bill in bills)
    read = cached = written = 0
    for bill in bills:
        if bill is not None:
            read += bill[0]
            cached += min(bill[1], bill[0])
            written += bill[2]
    cached_price = (
        price.costInputPerMillion if price.costCachedInputPerMillion is None else price.costCachedInputPerMillion
    )
    cost_in = ((read - cached) * price.costInputPerMillion + cached * cached_price) / PER_MILLION
    cost_out = written * price.costOutputPerMillion / PER_MILLION
    snapshot |= {
        "inputCost": round(cost_in, DIGITS) if known else None,
        "outputCost": round(cost_out, DIGITS) if known else None,
        "totalCost": round(cost_in + cost_out, DIGITS) if known else None,
        "estimated": not known,
    }
    return snapshot


def _bills(turn: dict[str, Any]) -> list[tuple[int, int, int] | None]:
    """(input, cached, output) of each paid call of a turn; None where the provider did not say."""
    metadata = turn.get("providerMetadata") or {}
    own = _bill(turn, metadata.get("cachedInputTokens")) if metadata.get("tokenSource") == "provider" else None
    thrown_away = [_bill(item, item.get("cachedInputTokens")) for item in metadata.get("discarded", [])]
    return [own, *thrown_away]


def _bill(counts: dict[str, Any], cached: int | None) -> tuple[int, int, int] | None:
    read, written = counts.get("inputTokens"), counts.get("outputTokens")
    return None if read is None or written is None else (read, cached or 0, written)
