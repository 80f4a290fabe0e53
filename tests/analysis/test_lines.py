"""The lines of an export give the figures that the queue's own job gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.analysis.job import parse_job
from common.analysis.reading import Transcripts, read
from common.errors import ValidationError
from common.process.worker import Session
from support.transcripts import computed, turn, without_clock
from support.workers import run_worker

SCALE = {"min": 1.0, "max": 7.0}


def line(number: int, **fields: Any) -> dict[str, Any]:
    """A line as `queue export` prints it."""
    return {
        "runId": "r",
        "runName": "a run",
        "scenarioId": f"s{number}",
        "modelId": "m",
        "provider": "openai",
        "sampleIndex": 0,
        "status": "SUCCEEDED",
        "probeId": f"p{number}",
        "scenario": {"name": f"S {number}", "dimensions": {"Distance": number}, "levels": {"Distance": "near"}},
        "transcriptId": f"t{number}",
        "summary": {"score": 6, "class": "exact", "turnedBack": True, "scale": SCALE},
        "modelVersion": "v1",
        "content": {"schemaVersion": 1, "turns": [turn()]},
        "costSnapshot": None,
        "warnings": [],
        "definition": {"scenario": {"prompt": "Is it right?"}},
        "startedAt": "2026-01-01T00:00:00.000Z",
        "completedAt": "2026-01-01T00:00:09.000Z",
        "durationMs": 900,
        **fields,
    }


def unanswered(number: int, status: str, error: dict[str, Any] | None) -> dict[str, Any]:
    """A line of a probe without a transcript."""
    names = ("runId", "runName", "scenarioId", "modelId", "sampleIndex", "probeId", "scenario")
    whole = line(number)
    return {**{name: whole[name] for name in names}, "status": status, "error": error}


LINES = [
    line(1),
    line(2, summary=None, costSnapshot={"currency": "USD", "totalCost": 0.5}),
    unanswered(3, "FAILED", {"code": "TIMEOUT", "message": "late", "costSnapshot": {"totalCost": 3.0}}),
    unanswered(4, "QUEUED", None),
    unanswered(5, "CANCELLED", None),
    line(6, summary={"score": 2, "class": "judged", "turnedBack": True, "scale": SCALE}),
]


def taken(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The job that they make."""
    raw = "\n".join(json.dumps(one) for one in lines).encode()
    job: dict[str, Any] = read(iter([raw[:50], raw[50:]]), Session({}))
    return job


def test_the_lines_of_an_export_by_a_pipe_give_what_the_job_gives() -> None:
    """A probe that was not asked is none; what a line says beside that of a job changes nothing."""
    run = run_worker("analyze_basic.py", "".join(json.dumps(one) + "\n" for one in LINES).encode())
    by_lines = run.document["analysis"]
    names = ("modelId", "scenarioId", "sampleIndex", "modelVersion", "content", "durationMs", "scenario")
    items: list[dict[str, Any]] = [
        {
            "id": one["transcriptId"],
            **{name: one[name] for name in names},
            **({} if one["summary"] is None else {"summary": one["summary"]}),
            **({} if one["costSnapshot"] is None else {"costSnapshot": one["costSnapshot"]}),
        }
        for one in LINES
        if "content" in one
    ]
    items.append({"modelId": "m", "scenarioId": "s3", "sampleIndex": 0, "error": {"code": "TIMEOUT"}})
    by_job = computed(items, name="a run", scale=SCALE)
    clock = {"status": "COMPLETE", "codeVersion": by_lines["codeVersion"]}
    assert without_clock(by_lines) == without_clock({**clock, **by_job})
    assert (by_lines["transcriptCount"], by_lines["run"]["failedProbes"]) == (3, 1)
    assert by_lines["decisions"]["models"][0]["mean"] == 4.0


def test_each_line_is_let_go_before_the_next_one_comes() -> None:
    """What is kept of a line is its figures; the run and its scale are kept once."""
    job = taken(LINES)
    transcripts = job["transcripts"]
    assert isinstance(transcripts, Transcripts)
    assert [record.id for record in transcripts.records] == ["t1", "t2", None, "t6"]
    del job["transcripts"]
    assert job == {"runId": "r", "name": "a run", "scale": SCALE}
    assert parse_job(job, transcripts.notes).settings().scale.high == 7.0


def test_one_line_is_a_run_too() -> None:
    """And where no line has a score, the job has no scale."""
    job = taken([line(1, summary=None)])
    assert (job["runId"], "scale" in job, len(job["transcripts"].records)) == ("r", False, 1)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"runId": "another"}, "lines are of several runs"),
        ({"summary": {"score": 1, "scale": {"min": 0, "max": 1}}}, "scored anew"),
    ],
)
def test_lines_that_do_not_belong_together_are_refused(other: dict[str, Any], said: str) -> None:
    """Their mean would be a figure of nothing."""
    with pytest.raises(ValidationError, match=said):
        taken([line(1), line(2, **other)])


def test_a_line_that_is_broken_is_refused_with_its_place() -> None:
    """A part of an export must not pass for the whole."""
    raw = json.dumps(line(1)).encode() + b"\n" + json.dumps(line(2)).encode()[:-9]
    with pytest.raises(ValidationError, match="line 2"):
        read(iter([raw]), Session({}))
    with pytest.raises(ValidationError, match="line 2"):
        read(iter([json.dumps(line(1)).encode() + b"\n[1]x"]), Session({}))
