"""analyze_basic.py: what the existing handler sends, and what it gets."""

from __future__ import annotations

from typing import Any

import pytest

from common.analysis.documents import AnalysisResult
from support.workers import run_worker


def analysis(job: Any) -> dict[str, Any]:
    """The analysis of a job."""
    run = run_worker("analyze_basic.py", job)
    AnalysisResult.model_validate(run.document)
    found: dict[str, Any] = run.document["analysis"]
    return found


def test_ids_alone_give_the_placeholder() -> None:
    """The message says what statistics need."""
    found = analysis({"runId": "r", "transcriptIds": ["a", "b", "c"]})
    assert (found["status"], found["transcriptCount"]) == ("STUB", 3)
    assert "transcripts" in found["message"]
    assert found["completedAt"].endswith("Z")


def test_transcripts_are_counted_by_model_and_failure() -> None:
    """Failed probes come in the same list."""
    found = analysis(
        {
            "runId": "r",
            "transcripts": [
                {"id": "1", "modelId": "b", "scenarioId": "s1", "turns": []},
                {"id": "2", "modelId": "a", "scenarioId": "s2", "turns": []},
                {"modelId": "a", "scenarioId": "s3", "error": {"code": "TIMEOUT"}},
            ],
        }
    )
    assert (found["status"], found["transcriptCount"]) == ("COMPLETE", 2)
    assert found["run"] == {"models": ["a", "b"], "scenarios": 3, "transcripts": 2, "failures": {"TIMEOUT": 1}}


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ([], "must be a JSON object"),
        ({}, "runId: is required"),
        ({"runId": " ", "transcriptIds": []}, "runId: "),
        ({"runId": "r"}, "transcripts: is required"),
        ({"runId": "r", "transcriptIds": [1]}, "transcriptIds[0]: must be a string"),
        ({"runId": "r", "transcripts": ["x"]}, "transcripts[0]: must be an object"),
    ],
)
def test_a_wrong_job_is_named(job: Any, said: str) -> None:
    """VALIDATION_ERROR with the path."""
    run = run_worker("analyze_basic.py", job)
    assert run.error["code"] == "VALIDATION_ERROR"
    assert said in run.error["message"]
