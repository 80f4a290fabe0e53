"""The document of the analysis, as types: the builders are checked against them, the published schema comes from them.

Every figure says how many things it was computed from (`n`), and of how many (`of`) where some are not known. A figure
that cannot be computed is null, and `reason` beside it says why; it is never 0. Floating-point figures have ten
significant digits.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.comparison_documents import Agreement, Comparisons
from common.analysis.decision_documents import Decisions
from common.analysis.effect_documents import Dimension
from common.analysis.figure_documents import Share
from common.analysis.nominal_documents import Nominal
from common.analysis.reliability_documents import OrderEffect, Refusals, ReliabilitySection
from common.analysis.run_documents import AcrossRuns
from common.json.documents import CLOSED, Failure
from common.json.models import Count


@with_config(CLOSED)
class Stub(TypedDict):
    """What IDs alone give."""

    status: Literal["STUB"]
    message: str
    transcriptCount: Count
    completedAt: str


@with_config(CLOSED)
class Spread(TypedDict):
    """The distribution of a figure over the `n` turns or transcripts where it is known, `of` so many."""

    n: Count
    of: Count
    sum: Annotated[float | None, Field(description="Over the n that are known; less than all where n is below of.")]
    mean: float | None
    median: float | None
    p95: Annotated[float | None, Field(description="The 95th percentile.")]


@with_config(CLOSED)
class Matrix(TypedDict):
    """Coverage, a row for each of `models`, a column for each of `scenarios`."""

    models: list[str]
    scenarios: list[str]
    answered: Annotated[list[list[Count]], Field(description="Transcripts in each cell.")]
    failed: Annotated[list[list[Count]], Field(description="Failed probes in each cell.")]


@with_config(CLOSED)
class MissingCell(TypedDict):
    """A scenario that a model neither answered nor failed at."""

    modelId: str
    scenarioId: str


@with_config(CLOSED)
class FailedCell(TypedDict):
    """A scenario at which a model failed, perhaps beside samples that it answered."""

    modelId: str
    scenarioId: str
    answered: Count
    failed: Annotated[int, Field(ge=1)]
    codes: dict[str, Count]


@with_config(CLOSED)
class MissingCells(TypedDict):
    """The cells in which nothing happened; at most 1,000 are listed, by model and scenario."""

    count: Count
    listed: list[MissingCell]
    truncated: bool


@with_config(CLOSED)
class FailedCells(TypedDict):
    """The cells with failed probes; at most 1,000 are listed, by model and scenario."""

    count: Count
    listed: list[FailedCell]
    truncated: bool


@with_config(CLOSED)
class Coverage(TypedDict):
    """The cells of the run: every model that came with every scenario that came."""

    cells: Annotated[Count, Field(description="Models times scenarios; the next four add up to it.")]
    samplesPerCell: Annotated[
        Count,
        Field(
            description="Samples of a complete cell: the number of different sample indexes in the run; where some have"
            " none, at least the most frequent number of tries."
        ),
    ]
    complete: Annotated[Count, Field(description="Cells with every sample and no failure.")]
    partial: Annotated[Count, Field(description="Cells with transcripts, and with samples that are missing or failed.")]
    failed: Annotated[Count, Field(description="Cells with failures alone.")]
    missing: Annotated[Count, Field(description="Cells with neither.")]
    matrix: Annotated[Matrix | None, Field(description="Null above 100,000 cells.")]
    reused: NotRequired[
        Annotated[Count, Field(ge=1, description="Transcripts that were taken over from earlier runs; absent without.")]
    ]
    missingCells: MissingCells
    failedCells: FailedCells


@with_config(CLOSED)
class Run(TypedDict):
    """How much of the run there is."""

    runId: str
    name: Annotated[str | None, Field(description="That the job gives it, for people.")]
    models: Annotated[
        list[str], Field(description="Those that are described: all, or the 100 with the most transcripts.")
    ]
    modelCount: Count
    scenarioCount: Count
    samplesPerCell: Count
    transcripts: Count
    failedProbes: Count
    failures: Annotated[dict[str, Count], Field(description="Failed probes by code; beyond 40 the rarest are OTHER.")]
    coverage: Coverage


@with_config(CLOSED)
class PerTurn(TypedDict):
    """Figures of single turns: one question and its answer."""

    inputTokens: Spread
    outputTokens: Annotated[Spread, Field(description="With the reasoning tokens, as they are billed.")]
    reasoningTokens: Spread
    cachedInputTokens: Spread
    answerWords: Annotated[Spread, Field(description="Length of the visible answer in words, as blanks separate them.")]


@with_config(CLOSED)
class PerFailedProbe(TypedDict):
    """Figures of probes that failed."""

    costUsd: Annotated[Spread, Field(description="US dollars for turns and calls that were paid before it failed.")]


@with_config(CLOSED)
class PerTranscript(TypedDict):
    """Figures of whole conversations."""

    turns: Spread
    durationMs: Annotated[Spread, Field(description="From the first call to the last answer, in milliseconds.")]
    costUsd: Annotated[Spread, Field(description="US dollars, where a cost snapshot has a sum that is known.")]


@with_config(CLOSED)
class Endings(TypedDict):
    """Shares of the transcripts of which it is known. A transcript counts where one of its turns does."""

    truncated: Annotated[Share, Field(description="An answer was cut off at a limit.")]
    refused: Annotated[Share, Field(description="The model refused an answer.")]
    retried: Annotated[Share, Field(description="A turn took more than one call.")]


@with_config(CLOSED)
class Version(TypedDict):
    """A version that answered."""

    version: str
    transcripts: Count


@with_config(CLOSED)
class Versions(TypedDict):
    """The versions that answered under one model ID; the 20 most frequent are listed."""

    count: Count
    listed: list[Version]
    transcriptsWithout: Annotated[Count, Field(description="Transcripts that name no version.")]


@with_config(CLOSED)
class Model(TypedDict):
    """What a model did and took."""

    modelId: str
    transcripts: Count
    failedProbes: Count
    scenarios: Count
    perTurn: PerTurn
    perTranscript: PerTranscript
    perFailedProbe: PerFailedProbe
    costUsd: Annotated[float | None, Field(description="What is known of transcripts and failed probes together.")]
    sharesOfTranscripts: Endings
    versions: Versions


@with_config(CLOSED)
class Figures(TypedDict):
    """What is computed from scores and refusals."""

    decisions: Annotated[Decisions | None, Field(description="Null where no transcript has a score.")]
    comparisons: Annotated[Comparisons | None, Field(description="Null where fewer than two models have decisions.")]
    agreement: Annotated[Agreement | None, Field(description="Null where fewer than two models have decisions.")]
    dimensions: list[Dimension]
    orderEffects: Annotated[
        list[OrderEffect], Field(description="Empty where no scenario has a twin in the opposite order.")
    ]
    nominal: Annotated[Nominal | None, Field(description="Null where the scale has bounds, or nothing was chosen.")]
    refusals: Annotated[Refusals | None, Field(description="Null where nothing was refused.")]
    reliability: Annotated[ReliabilitySection | None, Field(description="Null where no transcript has a score.")]


@with_config(CLOSED)
class Method(TypedDict):
    """A method that was used, its formula, and where that comes from."""

    id: str
    name: str
    formula: str
    source: str


@with_config(CLOSED)
class Computed(Figures):
    """All that does not depend on the clock."""

    transcriptCount: Annotated[Count, Field(description="Transcripts, without the failed probes.")]
    run: Run
    models: list[Model]
    acrossRuns: Annotated[AcrossRuns | None, Field(description="Null where the job is of one run.")]
    methodsUsed: list[Method]
    warnings: Annotated[list[str], Field(description="What narrowed the analysis, and what a reader should know.")]


@with_config(CLOSED)
class Complete(Computed):
    """What transcripts give. The same ones give the same in any order, but for the two times and the duration."""

    status: Literal["COMPLETE"]
    completedAt: str
    computedAt: Annotated[str, Field(description="The same moment, UTC.")]
    durationMs: Annotated[Count, Field(description="From the first byte of the job to the figures.")]
    codeVersion: str


@with_config(CLOSED)
class AnalysisSuccess(TypedDict):
    """The document of an analysis that was done."""

    success: Literal[True]
    analysis: Stub | Complete


AnalysisResult = Annotated[
    AnalysisSuccess | Failure, Field(title="AnalysisResult", description="What analyze_basic.py prints.")
]
