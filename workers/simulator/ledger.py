"""The bill: what every model's calls came to. It is kept in lean mode too, so it holds totals only."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypedDict

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
        self._dollars: dict[str, Fraction | None] = {}

    def clear(self) -> None:
        """Begin anew."""
        self._counts.clear()
        self._dollars.clear()

    def add(self, model: str, bill: Bill, dollars: Fraction | None) -> None:
        """Add a call that was billed."""
        if model not in self._counts:
            if len(self._counts) >= MAX_MODELS:
                model = OTHERS
            if model not in self._counts:
                self._counts[model] = [0] * 5
                self._dollars[model] = Fraction(0)
        written = bill.written + bill.written_for_an_hour
        for place, number in enumerate((1, bill.input, bill.cached, written, bill.output)):
            self._counts[model][place] += number
        total = self._dollars[model]
        self._dollars[model] = None if total is None or dollars is None else total + dollars

    def statement(self) -> Statement:
        """The bill so far."""
        models: dict[str, Account] = {}
        for model, (calls, given, cached, written, output) in list(self._counts.items()):
            dollars = self._dollars[model]
            models[model] = {
                "calls": calls,
                "inputTokens": given,
                "cachedInputTokens": cached,
                "cacheWriteInputTokens": written,
                "outputTokens": output,
                "dollars": None if dollars is None else float(dollars),
            }
        priced = [dollars for dollars in self._dollars.values() if dollars is not None]
        return {
            "dollars": float(sum(priced, Fraction(0))),
            "calls": sum(account["calls"] for account in models.values()),
            "unpriced": sum(account["calls"] for account in models.values() if account["dollars"] is None),
            "models": models,
        }
