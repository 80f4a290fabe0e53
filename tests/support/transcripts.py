"""Runs to be analysed."""

from __future__ import annotations

import json
from typing import Any

from common.analysis.documents import AnalysisResult, Complete
from support.documents import check_document
from support.workers import Run, run_worker


def turn(
    answer: str = "Yes it is", tokens: tuple[int | None, int | None] = (10, 20), **metadata: Any
) -> dict[str, Any]:
    """A turn as probe.py prints it, as far as the analysis reads it; `metadata` is added or replaces what is there."""
    return {
        "turnNumber": 1,
        "promptLabel": "scenario_prompt",
        "probePrompt": "Is it right?",
        "targetResponse": answer,
        "inputTokens": tokens[0],
        "outputTokens": tokens[1],
        "providerMetadata": {
            "provider": "openai",
            "modelVersion": "v1",
            "finishReason": "stop",
            "truncated": False,
            "reasoningTokens": 0,
            "cachedInputTokens": 0,
            "attempts": 1,
            **metadata,
        },
    }


def transcript(
    model: str = "m1", scenario: str = "s1", sample: int = 0, /, score: float | None = None, **fields: Any
) -> dict[str, Any]:
    """A transcript of one turn; `fields` are added to it or replace what is there."""
    return {
        "id": f"{model}/{scenario}/{sample}",
        "modelId": model,
        "scenarioId": scenario,
        "sampleIndex": sample,
        "turns": [turn()],
        "durationMs": 1000,
        **({} if score is None else {"summary": {"score": score}}),
        **fields,
    }


def failure(model: str = "m1", scenario: str = "s1", sample: int = 0, code: str = "TIMEOUT") -> dict[str, Any]:
    """A probe that failed."""
    return {"modelId": model, "scenarioId": scenario, "sampleIndex": sample, "error": {"code": code}}


def scored(scores: dict[str, list[float]], **fields: Any) -> list[dict[str, Any]]:
    """For each model a score in scenario s00, s01 and so on."""
    return [
        transcript(model, f"s{place:02}", score=score, **fields)
        for model, values in scores.items()
        for place, score in enumerate(values)
    ]


def run_analysis(transcripts: Any, *args: str, **job: Any) -> Run:
    """analyze_basic.py with these transcripts; what it prints agrees with its schema."""
    run = run_worker("analyze_basic.py", {"runId": "r", "transcripts": transcripts, **job}, args=args)
    check_document(AnalysisResult, run.document)
    return run


def analysis(transcripts: Any, *args: str, **job: Any) -> dict[str, Any]:
    """The analysis of these transcripts."""
    found: dict[str, Any] = run_analysis(transcripts, *args, **job).document["analysis"]
    return found


def without_clock(found: dict[str, Any]) -> str:
    """All that must be the same for the same transcripts."""
    clock = {"completedAt", "computedAt", "durationMs"}
    return json.dumps({name: value for name, value in found.items() if name not in clock})


def computed(transcripts: list[Any], **job: Any) -> dict[str, Any]:
    """The same without a process, where a test wants hundreds of runs."""
    from common.analysis.job import parse_job  # noqa: PLC0415 - most tests need no analysis
    from common.analysis.reading import Reader  # noqa: PLC0415 - most tests need no SciPy
    from common.analysis.statistics import compute  # noqa: PLC0415 - most tests need no SciPy

    reader = Reader()
    records = [reader.record(index, item) for index, item in enumerate(transcripts)]
    settings = parse_job({"runId": "r", **job}, reader.notes).settings()
    figures, _ = compute("r", [record for record in records if record is not None], reader.notes, settings)
    clock = {"status": "COMPLETE", "completedAt": "", "computedAt": "", "durationMs": 0, "codeVersion": ""}
    check_document(Complete, {**clock, **figures})
    found: dict[str, Any] = {**figures}
    return found
