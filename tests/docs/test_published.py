"""What is published agrees with the program: schemas, generated pages, pinned versions."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from common.health.packages import FLOORS
from common.json.schemas import FOLDER, PUBLISHED, providers_text, text_of
from support.pins import pins
from support.workers import ROOT
from tools import docs


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_a_schema_file_is_what_the_models_say(name: str) -> None:
    """`make schemas` writes them."""
    assert (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8") == text_of(name)


def test_no_schema_file_is_left_over() -> None:
    """Every file belongs to a model."""
    assert {path.name for path in FOLDER.iterdir()} == {
        *(f"{name}.schema.json" for name in PUBLISHED),
        "providers.json",
    }


def test_the_published_providers_are_those_of_the_records() -> None:
    """The queue hands down the variables that it finds here."""
    assert (FOLDER / "providers.json").read_text(encoding="utf-8") == providers_text()


def test_the_job_schema_takes_null_for_whatever_is_optional_and_for_nothing_else() -> None:
    """Null means absent; what is required stays required."""
    schema = json.loads(text_of("probe.job"))
    objects = [schema, *(schema["$defs"][name] for name in ("ProbeSettings", "ModelSettings", "Scenario", "ModelCost"))]
    for each in objects:
        for name, field in each["properties"].items():
            takes_null = {"type": "null"} in field.get("anyOf", [])
            assert takes_null is (name not in each.get("required", [])), name
    result = json.loads(text_of("probe.result"))
    assert {"type": "null"} not in result["$defs"]["FailureError"]["properties"]["requestId"].get("anyOf", [])


def test_the_job_schema_refuses_a_blank_where_the_worker_does() -> None:
    """A caller that checks against the schema learns it before it starts a worker."""
    schema = json.loads(text_of("probe.job"))
    for field in (schema["properties"]["modelId"], schema["$defs"]["Scenario"]["properties"]["prompt"]):
        assert re.search(field["pattern"], " \n") is None
        assert re.search(field["pattern"], " a")


def test_the_generated_pages_are_up_to_date() -> None:
    """`make docs` writes them."""
    assert docs.main(["--check"]) == 0


def test_the_floors_of_the_health_check_are_those_of_the_project() -> None:
    """One fact, two readers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    floors = dict(text.partition(",")[0].split(">=") for text in project["dependencies"])
    assert floors == FLOORS


def test_every_pinned_version_is_at_least_its_floor() -> None:
    """requirements.txt satisfies pyproject.toml."""
    pinned = pins("requirements.txt")
    for name, floor in FLOORS.items():
        assert tuple(map(int, pinned[name].split("."))) >= tuple(map(int, floor.split(".")))
