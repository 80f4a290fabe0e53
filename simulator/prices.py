"""What a call costs. The prices are the simulator's own: near the vendors' at the time of writing, and nobody's bill.

A price list is `{"gpt-4o": {"input": 2.5, "output": 10, "cachedInput": 1.25, "cacheWrite": 2.5, "cacheWriteHour": 5}}`,
in dollars for a million tokens. `cachedInput` and `cacheWrite` are the input's price where they are not given, and
`cacheWriteHour` is that of `cacheWrite`. A name stands for all models that begin with it; the longest one counts.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Money is counted in whole units, so that sums are exact and cost no time. One is half a millionth of a millionth of a
# dollar: a price of a millionth of a dollar for a million tokens is two of them a token, and can be halved.
UNITS_PER_DOLLAR: Final = 2 * 10**12
_UNITS_PER_TOKEN: Final = 10**6
MAX_DOLLARS: Final = 1_000_000
# Half the price, and twice, where the answer says that it was served so.
FLEX: Final = "flex"
PRIORITY: Final = "priority"


class BadPriceError(Exception):
    """A price list that cannot be used; the text says where and why."""


class Bill(NamedTuple):
    """The tokens of one call by what is charged for them; thinking is part of the output."""

    fresh: int = 0
    cached: int = 0
    written: int = 0
    written_for_an_hour: int = 0
    output: int = 0
    tier: str = ""

    @property
    def input(self) -> int:
        """All the input."""
        return self.fresh + self.cached + self.written + self.written_for_an_hour


NOTHING: Final = Bill()


@dataclass(frozen=True, slots=True)
class Price:
    """Units of money for a token of each kind."""

    input: int
    output: int
    cached_input: int
    cache_write: int
    cache_write_hour: int

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """A row of a price list.

        Raises:
            BadPriceError: a price is missing, negative, no number, or of an unknown kind.
        """
        kinds = ("input", "output", "cachedInput", "cacheWrite", "cacheWriteHour")
        for kind, value in row.items():
            if kind not in kinds:
                raise BadPriceError(f"{kind} is not known; known are {', '.join(kinds)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_DOLLARS:
                raise BadPriceError(f"{kind} has to be a number of dollars from 0 to {MAX_DOLLARS}")
        for kind in kinds[:2]:
            if kind not in row:
                raise BadPriceError(f"{kind} is missing")
        units = {kind: _units(value) for kind, value in row.items()}
        write = units.get("cacheWrite", units["input"])
        hour = units.get("cacheWriteHour", write)
        return cls(units["input"], units["output"], units.get("cachedInput", units["input"]), write, hour)

    def of(self, bill: Bill) -> int:
        """What one call costs, in units."""
        units = bill.fresh * self.input + bill.output * self.output
        if bill.cached or bill.written or bill.written_for_an_hour:
            units += bill.cached * self.cached_input + bill.written * self.cache_write
            units += bill.written_for_an_hour * self.cache_write_hour
        if bill.tier == PRIORITY:
            return 2 * units
        return units // 2 if bill.tier == FLEX else units


def _units(dollars: float) -> int:
    """Dollars for a million tokens as units for one; even, so that they can be halved."""
    return 2 * round(dollars * _UNITS_PER_TOKEN)


class Prices:
    """A price list, and the simulator's own behind it."""

    def __init__(self, rows: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._prices = dict(_OWN)
        for name, row in (rows or {}).items():
            try:
                self._prices[name] = Price.read(row)
            except BadPriceError as error:
                raise BadPriceError(f"{name}: {error}") from None
        self._find = functools.lru_cache(maxsize=1024)(self._search)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The price list in a file.

        Raises:
            BadPriceError: it is no JSON, or no price list.
            OSError: it cannot be read.
        """
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise BadPriceError(f"{path} is no JSON: {error}") from None
        if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
            raise BadPriceError(f"{path} has to be an object of objects, one for each model")
        try:
            return cls(rows)
        except BadPriceError as error:
            raise BadPriceError(f"{path}: {error}") from None

    def units(self, model: str, bill: Bill) -> int | None:
        """What a call of a model costs, or None where the model has no price; no tokens cost nothing."""
        if bill is NOTHING:
            return 0
        price = self._find(model)
        return None if price is None else price.of(bill)

    def _search(self, model: str) -> Price | None:
        names = [name for name in self._prices if model.startswith(name)]
        return self._prices[max(names, key=len)] if names else None


def _row(given: float, out: float, cached: float, written: float = 1.0, hour: float = 1.0) -> Price:
    """A price whose cache is priced as a part, or a multiple, of the input."""
    return Price(_units(given), _units(out), _units(given * cached), _units(given * written), _units(given * hour))


_OWN: Final = {
    "gpt-4o": _row(2.5, 10, 0.5),
    "gpt-4o-mini": _row(0.15, 0.6, 0.5),
    "gpt-4.1": _row(2, 8, 0.25),
    "gpt-4.1-mini": _row(0.4, 1.6, 0.25),
    "o3": _row(2, 8, 0.25),
    "gpt-5": _row(1.25, 10, 0.1),
    "gpt-5-mini": _row(0.25, 2, 0.1),
    "gpt-5-nano": _row(0.05, 0.4, 0.1),
    "gpt-5.6": _row(1.75, 14, 0.1, 1.25, 1.25),
    "gpt-6": _row(2, 16, 0.1, 1.25, 1.25),
    "claude-opus": _row(5, 25, 0.1, 1.25, 2),
    "claude-sonnet": _row(3, 15, 0.1, 1.25, 2),
    "claude-haiku": _row(1, 5, 0.1, 1.25, 2),
    "gemini-2.5-pro": _row(1.25, 10, 0.1),
    "gemini-2.5-flash": _row(0.3, 2.5, 0.1),
    "gemini-3": _row(0.5, 3, 0.1),
    "gemini-4": _row(2, 12, 0.1),
    "grok-3-mini": _row(0.3, 0.5, 0.25),
    "grok-4": _row(3, 15, 0.25),
    "grok-4.7": _row(2, 6, 0.25),
    "grok-build": _row(1, 2, 0.25),
    "deepseek-": _row(0.55, 2.19, 0.25),
    "mistral-large": _row(2, 6, 0.1),
    "mistral-small": _row(0.1, 0.3, 0.1),
    "magistral-": _row(0.5, 1.5, 0.1),
}
