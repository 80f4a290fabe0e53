"""What docs/faults.md, docs/contract.md and docs/settings.md list is what the code has, no more and no less."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from common import config
from common.errors import RETRYABLE_CODES, ErrorCode
from common.json.schemas import text_of
from common.probe.batch import gates
from common.providers.records import PROVIDERS
from support.pages import page_text, rows_of_settings, sources

CODE = re.compile(r"(?<![\w#])([A-HW]\d\d)[a-z]?\b")


# docs/faults.md


def test_every_code_in_the_sources_is_explained_and_every_code_that_is_explained_is_used() -> None:
    """A code without a row is a riddle; a row without a test is a promise."""
    explained = set(re.findall(r"^\| ([A-HW]\d\d) \|", page_text("docs/faults.md"), flags=re.MULTILINE))
    used = set(CODE.findall(sources("workers", "tests", "tools", "queue-handler/src", "queue-handler/test")))
    assert len(used) > 100
    assert explained == used


# docs/contract.md


def names_in(schema: Any) -> set[str]:
    """The names of all fields of a schema."""
    if isinstance(schema, list):
        return {name for item in schema for name in names_in(item)}
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties", {})
    return {*own, *(name for value in schema.values() for name in names_in(value))}


@pytest.mark.parametrize("schema", ["probe.job", "probe.result", "health_check.job", "resolve_models.job"])
def test_every_field_of_a_schema_stands_in_the_contract(schema: str) -> None:
    """What is not explained is not promised."""
    words = set(re.findall(r"\w+", page_text("docs/contract.md")))
    assert names_in(json.loads(text_of(schema))) <= words


def test_the_codes_of_the_contract_are_those_of_the_workers_with_their_flag() -> None:
    """The table is what callers write their own rules by."""
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (yes|no) \|", page_text("docs/contract.md"), flags=re.MULTILINE))
    assert rows == {code.value: "yes" if code in RETRYABLE_CODES else "no" for code in ErrorCode}


def test_the_example_of_a_failure_is_one() -> None:
    """Its fields are those of the schema."""
    example = json.loads(re.findall(r"```json\n(.*?)```", page_text("docs/contract.md"), flags=re.DOTALL)[0])
    schema = json.loads(text_of("probe.result"))["$defs"]
    assert set(schema["ProbeFailure"]["required"]) == example.keys()
    assert set(schema["FailureError"]["required"]) == example["error"].keys()


# docs/settings.md


def test_every_setting_of_the_workers_is_on_the_page_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the code reads them."""
    read: dict[str, float] = {}

    def reader(variable: str, default: float, **_: object) -> float:
        read[variable.replace("OPENAI", "<PROVIDER>")] = default
        return default

    for module, name in ((config, "seconds"), (config, "count"), (gates, "count")):
        monkeypatch.setattr(module, name, reader)
    config.get_config()
    gates.ProviderGate("openai")
    assert len(read) >= 9
    assert {name: rows_of_settings().get(name) for name in read} == {name: f"{value:g}" for name, value in read.items()}


def test_every_variable_that_the_workers_name_is_on_the_page() -> None:
    """Also those of one provider, of a proxy, of certificates and of the tools."""
    code = sources("workers", "tools")
    named = set(re.findall(r"[\"'](PROBE_[A-Z_]+|ALLOW_[A-Z_]+|SSL_[A-Z_]+|[A-Z_]+_CACHE_DIR)[\"']", code))
    named |= set(re.findall(r"\b(?:HTTPS?|ALL|NO)_PROXY\b|\bSSLKEYLOGFILE\b|\bLOG_LEVEL\b", code))
    page = page_text("docs/settings.md")
    assert len(named) > 15
    for name in named:
        assert f"`{name}`" in page, name
    for provider in PROVIDERS.values():
        for name in (*provider.key_variables, *provider.base_url_variables):
            assert f"`{name}`" in page, name


def test_every_variable_on_the_page_is_read_somewhere() -> None:
    """A setting that is gone leaves the page too."""
    code = sources("workers", "tools", "queue-handler/src")
    for name in rows_of_settings():
        pattern = re.escape(name).replace("<PROVIDER>", r"(?:\{[^}]+\}|<PROVIDER>)")
        assert re.search(pattern, code), name
