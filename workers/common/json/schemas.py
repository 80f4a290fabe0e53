"""The published JSON Schemas, generated from the models (`make schemas`); a test fails where the files differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from common.process.worker import resolve

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FOLDER: Final = Path(__file__).resolve().parents[3] / "schemas"

PUBLISHED: Final = {
    "probe.job": "common.probe.job:ProbeJob",
    "probe.result": "common.probe.documents:ProbeResult",
    "analyze_basic.job": "common.analysis.job:AnalysisJob",
    "analyze_basic.result": "common.analysis.documents:AnalysisResult",
    "health_check.job": "common.health.documents:HealthJob",
    "health_check.result": "common.health.documents:HealthResult",
    "resolve_models.job": "common.resolving.job:ResolveJob",
    "resolve_models.result": "common.resolving.documents:ResolveResult",
    "fingerprint.job": "common.fingerprinting.job:FingerprintJob",
    "fingerprint.result": "common.fingerprinting.documents:FingerprintResult",
    "score.job": "common.scoring.job:ScoreJob",
    "score.result": "common.scoring.documents:ScoreResult",
}


def schema_of(name: str) -> dict[str, object]:
    """The schema of a model or a type, given as "module:name"."""
    schema: dict[str, object] = TypeAdapter(resolve(name)).json_schema(mode="validation")
    return {"$schema": DIALECT, **_untitled(schema)}


def text_of(name: str) -> str:
    """The text of a schema file."""
    return json.dumps(schema_of(PUBLISHED[name]), indent=2) + "\n"


def write_all(folder: Path = FOLDER) -> None:
    """Write every schema file."""
    folder.mkdir(exist_ok=True)
    for name in PUBLISHED:
        (folder / f"{name}.schema.json").write_text(text_of(name), encoding="utf-8")
    (folder / "providers.json").write_text(providers_text(), encoding="utf-8")


def providers_text() -> str:
    """The text of `providers.json`: what other languages need to know of the providers."""
    return json.dumps(resolve("common.providers.records:published")(), indent=2) + "\n"


def _untitled(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Without the titles that only repeat the name of a property; a type generator would make a type of each."""
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    if not isinstance(value, dict):
        return value
    properties = value.get("properties", {})
    cleaned = {name: _untitled(item) for name, item in value.items()}
    for name in properties:
        if isinstance(cleaned["properties"][name], dict):
            cleaned["properties"][name].pop("title", None)
    return cleaned


if __name__ == "__main__":
    write_all()
