"""The prices: every row is of the form and says where it is from, and the user's file goes before ours."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from common.errors import ConfigError
from common.providers.price_table import PRICES_FILE, PriceTable, checked
from common.providers.records import PROVIDERS
from common.providers.routing import infer_provider

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-11-26"
ROW = {"match": "m", "costInputPerMillion": 1, "costOutputPerMillion": 2.5}


def rows() -> dict[str, list[dict[str, Any]]]:
    """Ours, as they stand in the file."""
    found: dict[str, list[dict[str, Any]]] = json.loads(PRICES_FILE.read_bytes())
    return found


def test_every_row_of_ours_is_of_the_form_and_says_where_it_is_from() -> None:
    """A page of the vendor's, and the day of the figures."""
    listed = checked(rows(), "prices.json")
    assert set(listed) == set(PROVIDERS)
    for row in (row for of_provider in listed.values() for row in of_provider):
        assert row["source"].startswith("https://"), row
        assert row["date"] >= "2026-11-01", row
        assert "*" not in "".join(row["match"]).removesuffix(":*"), "another model of that beginning has another price"
        if row.get("costCachedInputPerMillion") is not None:
            assert row["costCachedInputPerMillion"] < row["costInputPerMillion"], row


def test_a_model_of_ours_has_one_price_a_day_and_is_routed_to_who_serves_it() -> None:
    """Two rows of one model follow each other in time."""
    for provider, listed in rows().items():
        seen: dict[str, list[tuple[str, str]]] = {}
        for row in listed:
            for model in row["match"]:
                assert infer_provider(model.replace("*", "x"), None, lambda _: None).provider == provider, model
                seen.setdefault(model, []).append((row.get("validFrom", ""), row.get("validUntil", "9")))
        for model, spans in seen.items():
            spans.sort()
            assert all(before[1] <= after[0] for before, after in pairwise(spans)), model


@pytest.mark.parametrize(
    ("provider", "model", "read", "written"),
    [
        ("openai", "gpt-4o", 2.5, 10.0),
        ("openai", "ft:gpt-4.1-2025-04-14:me::1", 3.0, 12.0),
        ("anthropic", "claude-sonnet-5", 2.0, 10.0),
        ("google", "models/gemini-2.5-pro", 1.25, 10.0),
        ("xai", "grok-4.7", 2.0, 6.0),
        ("deepseek", "deepseek-v4-pro", 1.32, 3.96),
        ("mistral", "mistral-large-latest", 0.5, 1.5),
    ],
)
def test_a_model_has_the_price_of_its_own_row(provider: str, model: str, read: float, written: float) -> None:
    """Google's IDs may carry `models/`; a fine-tune has a price of its own."""
    price = PriceTable(None).price(provider, model, DAY)
    assert price is not None
    assert (price.costInputPerMillion, price.costOutputPerMillion) == (read, written)


def test_what_is_not_known_has_no_price() -> None:
    """Not another provider's, not that of a model whose ID begins alike, and none for a day on which none is known."""
    table = PriceTable(None)
    assert table.price("xai", "gpt-4o", DAY) is None
    assert table.price("openai", "gpt-4o-audio-preview", DAY) is None
    days = [table.price("google", "gemini-4-argon", day) for day in ("2026-11-30", "2026-12-01", "2026-12-02")]
    assert [day and day.costInputPerMillion for day in days] == [2.0, None, 4.0]


def test_the_users_file_goes_before_ours(tmp_path: Path) -> None:
    """For what it lists, by ID or by a beginning; the last row that fits counts, and the rest is as before."""
    path = tmp_path / "prices.json"
    last = {**ROW, "match": ["gpt-4o", "other"], "costCachedInputPerMillion": 0.5}
    path.write_text(json.dumps({"openai": [{**ROW, "match": "gpt-4*", "costInputPerMillion": 7}, last]}))
    table = PriceTable(str(path))
    found = [table.price("openai", model, DAY) for model in ("gpt-4o", "gpt-4.1", "gpt-5")]
    assert [price and price.costInputPerMillion for price in found] == [1.0, 7.0, 1.25]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "one list of rows per provider"),
        ('{"openai": [], "openai": []}', 'the key "openai" stands twice'),
        ('{"acme": []}', '"acme" is not one of'),
        (json.dumps({"openai": [{"match": "m", "costInputPerMillion": 1}]}), "openai[0]: costOutputPerMillion"),
        (json.dumps({"openai": [{**ROW, "costInputPerMillion": -1}]}), "costInputPerMillion: must be at least 0"),
        (json.dumps({"openai": [ROW, {**ROW, "costOutputPerMilion": 1}]}), 'openai[1]: "costOutputPerMilion" is not'),
        (json.dumps({"openai": [{**ROW, "match": " "}]}), "openai[0]: match"),
        (json.dumps({"openai": [{**ROW, "validUntil": "soon"}]}), "validUntil"),
        (json.dumps({"openai": [3]}), "openai[0]"),
    ],
)
def test_a_wrong_file_is_said_with_its_row_and_field(tmp_path: Path, content: str, words: str) -> None:
    """Before anything is paid for."""
    path = tmp_path / "prices.json"
    path.write_text(content)
    with pytest.raises(ConfigError) as raised:
        PriceTable(str(path))
    assert "PROBE_PRICES_FILE" in raised.value.message
    assert words in raised.value.message


def test_a_file_that_is_missing_or_too_large_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the wrong one."""
    with pytest.raises(ConfigError, match="cannot be read"):
        PriceTable(str(tmp_path / "none"))
    path = tmp_path / "large"
    path.write_bytes(b"x" * 11)
    monkeypatch.setattr("common.providers.user_file.MAX_USER_FILE_BYTES", 10)
    with pytest.raises(ConfigError, match="larger than 10 bytes"):
        PriceTable(str(path))
