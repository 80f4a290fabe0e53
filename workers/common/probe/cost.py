"""What a transcript cost: each call at the price of the tier that was served. A sum that is not known is null, never 0.

Sums are exact: prices are taken as the decimal numbers that they are written as, and rounded once, at the end.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from common.config import MAX_DEADLINE_SECONDS
from common.probe.answered import metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from common.json.documents import CostSnapshot, Discarded
    from common.probe.documents import Part, ProviderMetadata, Turn
    from common.providers.price import ModelCost

PER_MILLION: Final = Decimal(1_000_000)
# A tenth of a thousandth of a cent: finer than any vendor bills.
DIGITS: Final = 10

# What vendors call the tier that has the plain price.
_PLAIN: Final = frozenset({"", "default", "standard", "auto", "on_demand"})
_FLEX: Final = "flex"
# Tiers that are billed at so many times the plain price, by the fields that say how many times.
_FACTORS: Final = {
    _FLEX: ("flexFactor", "flexCachedFactor"),
    "priority": ("priorityFactor", "priorityCachedFactor"),
}
_SATURDAY: Final = 5
# No job may take longer; what a caller hands back may say anything.
_LONGEST_MS: Final = MAX_DEADLINE_SECONDS * 1000
_OPTIONAL: Final = (
    "costCachedInputPerMillion",
    "costCacheWriteInputPerMillion",
    "costCacheWriteHourInputPerMillion",
    "flexFactor",
    "flexCachedFactor",
    "priorityFactor",
    "priorityCachedFactor",
    "source",
    "date",
)


class Bill(NamedTuple):
    """The tokens of one paid call, and what its price depends on.

    Attributes:
        read: all input tokens, cached ones and those written to a cache included; None where the provider did not say.
        cached: of those, what came from a cache.
        cache_written: of those, what was written to a cache for some minutes.
        hour_written: of those, what was written to a cache for an hour.
        written: the output tokens; None where the provider did not say.
        tier: in which it was served, in the provider's word.
        began: when the call was made, at the earliest.
        ended: when it had ended, at the latest.
        unknown: why the bill is not known, where it is not.
    """

    read: int | None
    cached: int
    cache_written: int
    hour_written: int
    written: int | None
    tier: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    unknown: str | None = None


class Cost(NamedTuple):
    """Dollars of one call, or of several; None where they are not known."""

    read: Decimal | None
    written: Decimal | None


def cost_snapshot(price: ModelCost, turns: Iterable[Turn]) -> CostSnapshot:
    """What a transcript's turns cost: the answers kept, and the calls that were paid for and brought nothing."""
    return _snapshot(price, [bill for turn in turns for bill in _bills_of(turn)])


def cost_of_discarded(
    price: ModelCost, calls: Iterable[Discarded], *, asked_tier: object, began: datetime, ended: datetime
) -> CostSnapshot:
    """What calls cost that were paid for, or may have been, and brought nothing.

    Args:
        price: of the model.
        calls: those of the turn that failed.
        asked_tier: the tier that was asked for, if one was.
        began: when the first of them was made, at the earliest.
        ended: when the last of them had ended, at the latest.
    """
    return _snapshot(price, _bills_of_discarded(calls, asked_tier, began, ended))


def cost_of_turn(price: ModelCost, turn: Turn) -> float | None:
    """Dollars of one turn, with the calls it took that brought nothing; None where they are not known."""
    return _snapshot(price, _bills_of(turn))["totalCost"]


def _snapshot(price: ModelCost, bills: Sequence[Bill]) -> CostSnapshot:
    """The prices in force and the sums in US dollars.

    Tokens read from a cache and written to one are parts of the input, and billed at their own prices. Where such
    tokens have no price, or counts are not the provider's own, the sums are null, and `unpriced` says why.
    """
    unpriced: list[str] = []
    costs = [_cost_of(price, bill, unpriced) for bill in bills]
    unpriced += _without_price(price, bills)
    read, written = _sum(cost.read for cost in costs), _sum(cost.written for cost in costs)
    snapshot: CostSnapshot = {
        "currency": "USD",
        "costInputPerMillion": price.costInputPerMillion,
        "costOutputPerMillion": price.costOutputPerMillion,
        "inputCost": _dollars(read),
        "outputCost": _dollars(written),
        "totalCost": None if read is None or written is None else _dollars(read + written),
        "estimated": any(bill.unknown for bill in bills),
    }
    for name in _OPTIONAL:
        if (value := getattr(price, name)) is not None:
            snapshot[name] = value
    if unpriced:
        snapshot["unpriced"] = list(dict.fromkeys(unpriced))
    return snapshot


def _cost_of(price: ModelCost, bill: Bill, unpriced: list[str]) -> Cost:
    """What one call cost, and why that is not known where it is not."""
    if bill.unknown is not None:
        unpriced.append(bill.unknown)
        return Cost(None, None)
    factors = _factors(price, bill)
    if isinstance(factors, str):
        unpriced.append(factors)
        return Cost(None, None)
    read_factor, cached_factor, written_factor = factors
    prices = (price.costCachedInputPerMillion, price.costCacheWriteInputPerMillion, _hour_price(price))
    parts = (bill.cached, bill.cache_written, bill.hour_written)
    written = _exact(price.costOutputPerMillion) * (bill.written or 0) * written_factor / PER_MILLION
    if any(tokens and cost is None for tokens, cost in zip(parts, prices, strict=True)):
        return Cost(None, written)
    if bill.cached and cached_factor is None:
        tier = _name_of(bill.tier)
        unpriced.append(f"cached input tokens were served as {tier}; set modelCost.{_FACTORS[tier][1]}")
        return Cost(None, written)
    cached, minutes, hour = (_exact(cost or 0) * tokens for cost, tokens in zip(prices, parts, strict=True))
    plain = _exact(price.costInputPerMillion) * max((bill.read or 0) - sum(parts), 0)
    read = (plain + minutes + hour) * read_factor + cached * (cached_factor or 0)
    return Cost(read / PER_MILLION, written)


def _factors(price: ModelCost, bill: Bill) -> tuple[Decimal, Decimal | None, Decimal] | str:
    """By what the prices of input, cached input and output are multiplied, or why that is not known."""
    tier = _name_of(bill.tier)
    read = written = Decimal(1)
    cached: Decimal | None = read
    if tier in _FACTORS:
        of_all, of_cached = (getattr(price, field) for field in _FACTORS[tier])
        if of_all is None:
            field = _FACTORS[tier][0]
            return f"the call was served as {tier}, for which there is no price; set modelCost.{field}"
        read = written = _exact(of_all)
        cached = None if of_cached is None else _exact(of_cached)
    elif tier not in _PLAIN:
        return f'the call was served in the tier "{bill.tier[:40]}", for which there is no price'
    common = _by_the_clock(price, bill)
    if isinstance(common, str):
        return common
    long = price.longContext
    if long is not None and (bill.read or 0) >= long.fromInputTokens:
        read, written = read * _exact(long.inputFactor), written * _exact(long.outputFactor)
        cached = None if cached is None else cached * _exact(long.inputFactor)
    return read * common, None if cached is None else cached * common, written * common


def _name_of(tier: str) -> str:
    return tier.lower().removeprefix("service_tier_")


def _by_the_clock(price: ModelCost, bill: Bill) -> Decimal | str:
    """By what all prices are multiplied at the time of the call, or why that is not known."""
    if price.offPeak is None and price.validUntil is None:
        return Decimal(1)
    if bill.began is None or bill.ended is None:
        return "the price depends on the time of the call, which is not known"
    if price.validUntil is not None and bill.ended.strftime("%Y-%m-%d") >= price.validUntil:
        return f"the price held until {price.validUntil}, and no later one is known"
    if price.offPeak is None:
        return Decimal(1)
    peaks = {_is_peak(price.offPeak.peakHoursUtc, moment) for moment in _moments(bill.began, bill.ended)}
    if len(peaks) > 1:
        return "the call was made while the price changed with the time of the day"
    return Decimal(1) if True in peaks else _exact(price.offPeak.factor)


def _is_peak(hours: list[list[int]], moment: datetime) -> bool:
    return moment.weekday() < _SATURDAY and any(since <= moment.hour < until for since, until in hours)


def _moments(began: datetime, ended: datetime) -> list[datetime]:
    """The beginning, every full hour after it, and the end; a call is bounded by its deadline of a day."""
    found = [began]
    hour = began.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while hour < ended:
        found.append(hour)
        hour += timedelta(hours=1)
    return [*found, max(began, ended)]


def _bills_of(turn: Turn) -> list[Bill]:
    """The bills of the calls that a turn took, those that brought nothing included."""
    metadata = metadata_of(turn)
    began = _moment(metadata.get("startedAt"))
    lasted = metadata.get("durationMs") or 0
    ended = None if began is None or lasted > _LONGEST_MS else began + timedelta(milliseconds=lasted)
    asked = (metadata.get("sent") or {}).get("serviceTier")
    number = turn.get("turnNumber")
    if metadata.get("tokenSource") == "provider":
        # An answer in parts was read anew for each: whether a prompt is long, and its tier, is a matter of each call.
        calls: list[tuple[Turn | Part, ProviderMetadata | Part]] = [
            (part, part) for part in metadata.get("parts") or ()
        ] or [(turn, metadata)]
        bills = [_bill(counts, about, f"turn {number} has no token counts") for counts, about in calls]
        tiers = [about.get("serviceTier") for _, about in calls]
        if asked == _FLEX and None in tiers:
            why = f"turn {number} does not say in which tier it was served"
            bills = [bill._replace(unknown=bill.unknown or why) for bill in bills]
        bills = [
            bill._replace(tier=tier or "", began=began, ended=ended) for bill, tier in zip(bills, tiers, strict=True)
        ]
    else:
        bills = [Bill(None, 0, 0, 0, None, unknown=f"the token counts of turn {number} are estimates")]
    return [*bills, *_bills_of_discarded(metadata.get("discarded") or (), asked, began, ended)]


def _bills_of_discarded(
    calls: Iterable[Discarded], asked_tier: object, began: datetime | None, ended: datetime | None
) -> list[Bill]:
    """The bills of calls that were paid for, or may have been, and brought nothing."""
    bills = []
    for call in calls:
        bill, tier = _bill(call, call, "a call that brought no answer may have been billed"), call.get("serviceTier")
        if asked_tier == _FLEX and tier is None:
            why = "a call that brought no answer does not say in which tier it was served"
            bill = bill._replace(unknown=bill.unknown or why)
        bills.append(bill._replace(tier=tier or "", began=began, ended=ended))
    return bills


def _bill(counts: Turn | Part | Discarded, metadata: ProviderMetadata | Part | Discarded, why: str) -> Bill:
    read, written = counts.get("inputTokens"), counts.get("outputTokens")
    if read is None or written is None:
        return Bill(None, 0, 0, 0, None, unknown=why)
    cached = min(metadata.get("cachedInputTokens") or 0, read)
    stored = min(metadata.get("cacheWriteInputTokens") or 0, read - cached)
    hour = min(metadata.get("cacheWriteHourInputTokens") or 0, stored)
    return Bill(read, cached, stored - hour, hour, written)


def _without_price(price: ModelCost, bills: Sequence[Bill]) -> list[str]:
    found: list[str] = []
    cached = sum(bill.cached for bill in bills)
    if cached and price.costCachedInputPerMillion is None:
        found.append(f"{cached} cached input tokens have no price; set modelCost.costCachedInputPerMillion")
    stored = sum(bill.cache_written for bill in bills)
    if stored and price.costCacheWriteInputPerMillion is None:
        found.append(f"{stored} cache write tokens have no price; set modelCost.costCacheWriteInputPerMillion")
    hour = sum(bill.hour_written for bill in bills)
    if hour and _hour_price(price) is None:
        found.append(
            f"{hour} tokens written to a cache for an hour have no price;"
            " set modelCost.costCacheWriteHourInputPerMillion"
        )
    return found


def _hour_price(price: ModelCost) -> float | None:
    return price.costCacheWriteHourInputPerMillion


def _exact(number: float) -> Decimal:
    """The decimal number that was written: 0.1 is a tenth."""
    return Decimal(repr(number))


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _dollars(exact: Decimal | None) -> float | None:
    return None if exact is None else float(round(exact, DIGITS))


def _moment(text: str | None) -> datetime | None:
    """A moment as turns have it; a caller may hand a turn back with another text in its place."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
