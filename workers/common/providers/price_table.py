"""What the tokens of each model cost.

The prices stand in `prices.json` beside this file and, in the same form, in the user's own file (PROBE_PRICES_FILE),
which goes before it. Per provider it is a list of rows; the last one that fits the ID and the day applies, and only
that one. `match` is an ID, a beginning with `*` at its end, or a list of these. A row names the vendor's page and the
day of the figures; what is not known for certain has no row, for a wrong price is worse than none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pydantic

from common.errors import ConfigError
from common.json.problems import describe
from common.providers.price import ModelCost, PriceRow
from common.providers.records import PROVIDERS
from common.providers.user_file import read_user_file

if TYPE_CHECKING:
    from collections.abc import Sequence

PRICES_FILE: Final = Path(__file__).with_name("prices.json")

Row = dict[str, Any]


class PriceTable:
    """The rows of both files."""

    def __init__(self, user_file: str | None) -> None:
        """Read the user's file, if there is one; ours is read when it is first needed.

        Raises:
            ConfigError: the user's file cannot be read, or a row is wrong; the message names the row and the field.
        """
        self._user = _user_rows(user_file) if user_file else {}
        self._builtin: dict[str, list[Row]] | None = None

    def price(self, provider: str, model: str, day: str) -> ModelCost | None:
        """The price of a model.

        Args:
            provider: who serves it.
            model: the provider's ID; Google's may carry `models/`.
            day: on which it is asked, as `2026-11-26`, UTC.
        """
        found = _last(self._user.get(provider, ()), model, day)
        if found is None:
            found = _last(self._ours().get(provider, ()), model, day)
        if found is None:
            return None
        return ModelCost.model_validate({name: value for name, value in found.items() if name not in _OF_ROWS})

    def _ours(self) -> dict[str, list[Row]]:
        if self._builtin is None:
            self._builtin = json.loads(PRICES_FILE.read_bytes())
        return self._builtin


_OF_ROWS: Final = ("match", "validFrom")


def _last(rows: Sequence[Row], model: str, day: str) -> Row | None:
    """The last row that fits; days compare as the texts they are."""
    for row in reversed(rows):
        since, until = row.get("validFrom"), row.get("validUntil")
        if _fits(row["match"], model) and (since is None or since <= day) and (until is None or day < until):
            return row
    return None


def _fits(match: str | list[str], model: str) -> bool:
    name = model.removeprefix("models/")
    patterns = [match] if isinstance(match, str) else match
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in patterns)


def _user_rows(path: str) -> dict[str, list[Row]]:
    rows = read_user_file("PROBE_PRICES_FILE", path, "workers/common/providers/prices.json")
    return checked(rows, "PROBE_PRICES_FILE")


def checked(rows: object, where: str) -> dict[str, list[Row]]:
    """Rows of a file.

    Raises:
        ConfigError: they are not of the form; the message names the row and the field.
    """
    if not isinstance(rows, dict) or not all(isinstance(listed, list) for listed in rows.values()):
        raise ConfigError(f"{where} must hold an object with one list of rows per provider")
    for provider, listed in rows.items():
        if provider not in PROVIDERS:
            raise ConfigError(f'{where}: "{provider[:40]}" is not one of {", ".join(PROVIDERS)}')
        for index, row in enumerate(listed):
            _check(row, f"{where}: {provider}[{index}]")
    return dict(rows)


def _check(row: object, where: str) -> None:
    try:
        found = PriceRow.model_validate(row)
    except pydantic.ValidationError as error:
        raise ConfigError(f"{where}: {describe(error, PriceRow)}") from None
    if unknown := sorted(found.model_extra or {}):
        raise ConfigError(f'{where}: "{unknown[0][:40]}" is not one of {", ".join(PriceRow.model_fields)}')
