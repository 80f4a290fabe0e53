"""The bill: what every model's calls came to. It is kept in lean mode too, so it holds totals only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from simulator.prices import UNITS_PER_DOLLAR

if TYPE_CHECKING:
    from simulator.prices import Bill

MAX_MODELS: Final = 1000
OTHERS: Final = "others"


class Account(TypedDict):
    """What one model's calls came to.

    Attributes:
        calls: those that were billed, whether or not the answer arrived.
        inputTokens: all of the input, with what was read from a cache and written to it.
        dollars: null where the model has no price.
    """

    calls: int
    inputTokens: int
    cachedInputTokens: int
    cacheWriteInputTokens: int
    outputTokens: int
    dollars: float | None


class Statement(TypedDict):
    """The whole bill.

    Attributes:
        dollars: the total of the calls that have a price.
        calls: those that were billed.
        unpriced: those among them whose model has no price.
        models: by vendor and served model, as `openai/gpt-4o-2024-08-06`.
    """

    dollars: float
    calls: int
    unpriced: int
    models: dict[str, Account]


class Ledger:
    """Adds bills up, exactly."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}
        self._units: dict[str, int | None] = {}

    def clear(self) -> None:
        """Begin anew."""
        self._counts.clear()
        self._units.clear()

    def add(self, model: str, bill: Bill, units: int | None) -> None:
        """Add a call that was billed."""
        if model not in self._counts:
            if len(self._counts) >= MAX_MODELS:
                model = OTHERS
            if model not in self._counts:
                self._counts[model] = [0] * 5
                self._units[model] = 0
        written = bill.written + bill.written_for_an_hour
        counts = self._counts[model]
        counts[0] += 1
        counts[1] += bill.input
        counts[2] += bill.cached
        counts[3] += written
        counts[4] += bill.output
        total = self._units[model]
        self._units[model] = None if total is None or units is None else total + units

    def statement(self) -> Statement:
        """The bill so far."""
        models: dict[str, Account] = {}
        for model, (calls, given, cached, written, output) in list(self._counts.items()):
            units = self._units[model]
            models[model] = {
                "calls": calls,
                "inputTokens": given,
                "cachedInputTokens": cached,
                "cacheWriteInputTokens": written,
                "outputTokens": output,
                "dollars": None if units is None else units / UNITS_PER_DOLLAR,
            }
        return {
            "dollars": sum(units or 0 for units in list(self._units.values())) / UNITS_PER_DOLLAR,
            "calls": sum(account["calls"] for account in models.values()),
            "unpriced": sum(account["calls"] for account in models.values() if account["dollars"] is None),
            "models": models,
        }
