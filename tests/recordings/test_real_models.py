"""The list of the six vendors' real model IDs: each is routed to its vendor and has its limit."""

from __future__ import annotations

import csv

from common.providers.model_table import get_model_table
from common.providers.records import PROVIDERS
from common.providers.routing import infer_provider
from support.recordings import MODELS_CSV


def rows() -> list[dict[str, str]]:
    """All but litellm's pseudo-entry `container`."""
    with MODELS_CSV.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["model_id"] != "container"]


def test_every_real_id_is_routed_to_its_vendor() -> None:
    """By its name alone."""
    assert len(rows()) > 100
    wrong = {
        row["model_id"]: row["provider"]
        for row in rows()
        if infer_provider(row["model_id"]) != (row["provider"], row["model_id"])
    }
    assert not wrong


def test_the_limits_are_those_of_the_real_models() -> None:
    """Every limit of the list is in the table."""
    table = get_model_table(None)
    limited = [row for row in rows() if row["provider"] in PROVIDERS and row["max_output_tokens"]]
    wrong = {
        row["model_id"]: (found, row["max_output_tokens"])
        for row in limited
        if (found := table.facts(row["provider"], row["model_id"]).max_output_tokens) != int(row["max_output_tokens"])
    }
    assert not wrong
