"""The statistics of a run, from its records. Importing this loads SciPy; only a job with transcripts does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.analysis.across_runs import describe_runs, pooled, split
from common.analysis.agreement import describe_agreement
from common.analysis.collection import collect
from common.analysis.comparison import compare_models
from common.analysis.coverage import Grid, failures_by_code
from common.analysis.decisions import describe_decisions, note_gaps
from common.analysis.dimensions import describe_dimensions
from common.analysis.methods import methods_used
from common.analysis.nominal import describe_nominal
from common.analysis.notes import Notes
from common.analysis.order import describe_order
from common.analysis.refusals import describe_refusals
from common.analysis.reliability import describe_reliability, reliability_of
from common.analysis.settings import Settings
from common.analysis.table import most_frequent, tabulate
from common.analysis.usage import describe_models

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.analysis.collection import Collection
    from common.analysis.documents import Computed, Figures, Run
    from common.analysis.record import Record
    from common.analysis.run_documents import AcrossRuns


def compute(
    run_id: str, records: Iterable[Record], notes: Notes, settings: Settings | None = None
) -> tuple[Computed, Grid]:
    """Everything that the document says of the run, but for the clock; and the grid, for a picture of it."""
    settings = settings or Settings()
    across: AcrossRuns | None = None
    said, last = notes, None
    if settings.runs:
        runs = split(records, settings, notes)
        across = describe_runs(runs, settings, notes)
        last, scale = settings.runs[-1]
        records = pooled(runs, notes) if settings.pool else runs[last]
        settings = settings._replace(scale=scale)
        # What is said of one run alone must not pass for something that is said of all.
        notes = notes if settings.pool else Notes()
    found = collect(records, notes, settings)
    grid = Grid(found)
    run: Run = {
        "runId": run_id,
        "name": settings.name,
        "models": found.described,
        "modelCount": len(found.models),
        "scenarioCount": len(found.scenarios),
        "samplesPerCell": grid.samples,
        "transcripts": len(found.conversations),
        "failedProbes": len(found.failures),
        "failures": failures_by_code(found),
        "coverage": grid.document(found, notes),
    }
    models = describe_models(found, notes)
    note_gaps(found, notes)
    figures = _compared(found, notes)
    if notes is not said:
        said.add(notes, f"run {last}")
    return {
        "transcriptCount": len(found.conversations),
        "run": run,
        "models": models,
        **figures,
        "acrossRuns": across,
        "methodsUsed": methods_used(figures, runs=across is not None),
        "warnings": said.sentences(),
    }, grid


def _compared(found: Collection, notes: Notes) -> Figures:
    """What is computed from the scores, and what from the refusals."""
    table = tabulate(found)
    reliability = {model: reliability_of(table, row) for row, model in enumerate(table.models)}
    settings = found.settings
    agreement = describe_agreement(found, table, most_frequent(found, table), reliability)
    # With several runs, one model is compared with itself.
    if not settings.runs and (table.models or found.choices) and len(table.models) + len(found.choices) < 2:
        notes.say("only one model has decisions; there is nothing to compare it with")
    return {
        "decisions": describe_decisions(found, table),
        "comparisons": compare_models(table, settings.scale, settings.equivalence_bound),
        "agreement": agreement,
        "dimensions": describe_dimensions(found, table, notes),
        "orderEffects": describe_order(found, table, notes),
        "refusals": describe_refusals(found, table if table.models else None),
        "nominal": describe_nominal(found, notes),
        "reliability": describe_reliability(table, settings.precision),
    }
