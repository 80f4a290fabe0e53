"""A provider that speaks OpenAI's language is one record: everything else learns of it from there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from simulator import Simulator
from simulator.keys import made_up_key
from simulator.providers import PROVIDERS
from simulator.providers.compatible import CompatibleProvider
from simulator.records import RECORDS, Record
from support.environment import scrubbed_environment
from support.jobs import probe_job
from support.workers import WORKERS, run_probe, run_worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Before anything else of a worker is loaded, as if it stood in the file.
ADD_RECORD = """
from common.providers import records

records.PROVIDERS["seventh"] = records.Provider(
    name="seventh",
    title="Seventh",
    key_variables=("SEVENTH_API_KEY",),
    base_url_variables=("SEVENTH_BASE_URL",),
    base_url="https://api.seventh.example/openai/v1",
    models_path="/models",
    models=("lucky-*",),
    cheapest_model="lucky-7",
)
"""
PUBLISHED = Record(
    name="seventh",
    base_path="/openai/v1",
    chat_path="/openai/v1/chat/completions",
    models_path="/openai/v1/models",
    base_url_variable="SEVENTH_BASE_URL",
    key_variable="SEVENTH_API_KEY",
    models=("lucky-*",),
    cheapest_model="lucky-7",
)


@pytest.fixture
def seventh(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A simulator that has read the record of one more provider."""
    monkeypatch.setitem(RECORDS, "seventh", PUBLISHED)
    monkeypatch.setitem(PROVIDERS, "seventh", CompatibleProvider(PUBLISHED))
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def environment(seventh: Simulator, tmp_path: Path) -> dict[str, str]:
    """Workers whose records have one more."""
    (tmp_path / "sitecustomize.py").write_text(ADD_RECORD)
    return {**scrubbed_environment(), **seventh.env(), "PYTHONPATH": f"{tmp_path}:{WORKERS}"}


def test_the_simulators_environment_leads_to_it(seventh: Simulator) -> None:
    """Its own variables, a key of its own, and the path of its base URL."""
    variables = seventh.env()
    assert variables["SEVENTH_BASE_URL"] == f"{seventh.url}/seventh/openai/v1"
    assert variables["SEVENTH_API_KEY"] == made_up_key("seventh")


@pytest.mark.parametrize("model", ["lucky-7", "seventh:anything", "seventh/anything"])
def test_its_models_are_routed_to_it_and_answer(model: str, environment: dict[str, str], seventh: Simulator) -> None:
    """By the beginning of the ID and by the prefix, at the path of the record."""
    [turn] = run_probe(probe_job(model), environment).turns
    assert turn["providerMetadata"]["provider"] == "seventh"
    assert turn["providerMetadata"]["tokenSource"] == "provider"
    [asked] = seventh.journal
    assert asked["path"] == "/seventh/openai/v1/chat/completions"


def test_the_health_check_knows_it(environment: dict[str, str]) -> None:
    """Its key, its address, and whether it answers."""
    health = run_worker("health_check.py", {"live": True, "providers": ["seventh"]}, environment).document["health"]
    assert health["apiKeys"]["seventh"] is True
    assert health["providers"]["seventh"]["ok"] is True


def test_its_key_is_kept_out_of_what_is_printed(environment: dict[str, str]) -> None:
    """The simulator echoes it in an error."""
    run = run_probe(probe_job("lucky-7", prompt="[[sim error=bad_key echo-key=1]]"), environment)
    assert run.error["code"] == "AUTH_ERROR"
    assert made_up_key("seventh") not in json.dumps(run.document)
    assert "SEVENTH_API_KEY" in run.error["message"]
