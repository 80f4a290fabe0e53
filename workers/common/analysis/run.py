"""From a run's transcripts to the document of their analysis."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pydantic

from common.analysis.job import AnalysisJob
from common.deadline import Deadline
from common.errors import ValidationError
from common.job import describe

if TYPE_CHECKING:
    from common.runner import Session

DEADLINE_SECONDS: Final = 280.0


def run(document: Any, session: Session) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Analyse a run.

    Raises:
        ValidationError: the job names neither transcripts nor their IDs, or a field is wrong.
    """
    deadline = Deadline(DEADLINE_SECONDS)
    session.set_deadline(deadline)
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    try:
        job = AnalysisJob.model_validate(document)
    except pydantic.ValidationError as error:
        raise ValidationError(describe(error)) from None
    if job.transcripts is not None:
        return {"success": True, "analysis": _complete(job.transcripts, deadline)}
    if job.transcriptIds is None:
        raise ValidationError("transcripts: is required; add it (transcriptIds alone gives a placeholder)")
    analysis = {
        "status": "STUB",
        "message": "statistics need the transcripts themselves: send them as `transcripts`",
        "transcriptCount": len(job.transcriptIds),
        "completedAt": deadline.timestamp(),
    }
    return {"success": True, "analysis": analysis}


def _complete(transcripts: list[dict[str, Any]], deadline: Deadline) -> dict[str, Any]:
    failed = [item["error"] for item in transcripts if isinstance(item.get("error"), dict)]
    codes = Counter(str(error.get("code", "UNKNOWN")) for error in failed)
    now = deadline.timestamp()
    return {
        "status": "COMPLETE",
        "transcriptCount": len(transcripts) - len(failed),
        "completedAt": now,
        "computedAt": now,
        "durationMs": round(deadline.elapsed() * 1000),
        "methodsUsed": ["counts"],
        "warnings": ["only the coverage of the run is computed"],
        "run": {
            "models": sorted({str(item.get("modelId")) for item in transcripts}),
            "scenarios": len({str(item.get("scenarioId")) for item in transcripts}),
            "transcripts": len(transcripts) - len(failed),
            "failures": dict(sorted(codes.items())),
        },
    }
