"""From a run's transcripts to the document of their analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import __version__
from common.analysis.job import parse_job
from common.analysis.reading import DEADLINE_SECONDS, Transcripts
from common.errors import ValidationError
from common.process.deadline import Deadline

if TYPE_CHECKING:
    from common.analysis.documents import Complete
    from common.analysis.job import Job
    from common.process.worker import Session


def run(document: object, session: Session) -> dict[str, object]:
    """Analyse a run.

    Args:
        document: the job, with Transcripts in the place of its list of transcripts.
        session: has the deadline, from which the time is counted, and `report`.

    Raises:
        ValidationError: the job names neither transcripts nor their IDs, or a field is wrong.
    """
    deadline = session.deadline or Deadline(DEADLINE_SECONDS)
    transcripts = None
    if isinstance(document, dict) and isinstance(document.get("transcripts"), Transcripts):
        document = dict(document)
        transcripts = document.pop("transcripts")
    job = parse_job(document, transcripts and transcripts.notes)
    if transcripts is not None:
        return {"success": True, "analysis": _complete(job, transcripts, deadline, session.options.get("report"))}
    if job.transcriptIds is None:
        raise ValidationError("transcripts: is required; add it (transcriptIds alone gives a placeholder)")
    analysis = {
        "status": "STUB",
        "message": "statistics need the transcripts themselves: send them as `transcripts`",
        "transcriptCount": len(job.transcriptIds),
        "completedAt": deadline.timestamp(),
    }
    return {"success": True, "analysis": analysis}


def _complete(job: Job, transcripts: Transcripts, deadline: Deadline, report: str | None) -> Complete:
    from common.analysis.statistics import compute  # noqa: PLC0415 - loads SciPy

    figures, grid = compute(job.runId, transcripts.records, transcripts.notes, job.settings())
    now = deadline.timestamp()
    analysis: Complete = {
        "status": "COMPLETE",
        "completedAt": now,
        "computedAt": now,
        "durationMs": round(deadline.elapsed() * 1000),
        "codeVersion": __version__,
        **figures,
    }
    if report is not None:
        from common.analysis.report.target import write_report  # noqa: PLC0415 - for people who ask for a report

        analysis["warnings"] = [*analysis["warnings"], *write_report(report, analysis, grid, transcripts.texts)]
    return analysis
