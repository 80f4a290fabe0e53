"""The statistics of a run, from its records. Importing this loads SciPy; only a job with transcripts does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.analysis.agreement import describe_agreement
from common.analysis.collection import collect
from common.analysis.coverage import Grid, failures_by_code
from common.analysis.decisions import condition_means, describe_decisions
from common.analysis.dimensions import describe_dimensions
from common.analysis.methods import methods_used
from common.analysis.usage import describe_models

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.analysis.notes import Notes
    from common.analysis.record import Record


def compute(run_id: str, records: Iterable[Record], notes: Notes) -> tuple[dict[str, Any], Grid]:
    """Everything that the document says of the run, but for the clock; and the grid, for a picture of it."""
    found = collect(records, notes)
    grid = Grid(found)
    scores = found.scores()
    means = condition_means(scores)
    run = {
        "runId": run_id,
        "models": found.described,
        "modelCount": len(found.models),
        "scenarioCount": len(found.scenarios),
        "samplesPerCell": grid.samples,
        "transcripts": len(found.conversations),
        "failedProbes": len(found.failures),
        "failures": failures_by_code(found),
    }
    coverage = grid.document(found, notes)
    models = describe_models(found, notes)
    decisions = describe_decisions(found, scores, means, notes)
    agreement = describe_agreement(found, means)
    if decisions and not agreement:
        notes.say("only one model has decisions; there is nothing to compare it with")
    dimensions = describe_dimensions(found, means, notes)
    return {
        "transcriptCount": len(found.conversations),
        "run": run | {"coverage": coverage},
        "models": models,
        "decisions": decisions,
        "agreement": agreement,
        "dimensions": dimensions,
        "methodsUsed": methods_used(decisions=bool(decisions), agreement=bool(agreement), dimensions=bool(dimensions)),
        "warnings": notes.sentences(),
    }, grid
