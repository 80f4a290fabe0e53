"""The document of the analysis, as models: the source of the published schema.

Every figure says how many things it was computed from (`n`), and of how many (`of`) where some are not known. A figure
that cannot be computed is null, and `reason` beside it says why; it is never 0. Floating-point figures have ten
significant digits.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, with_config
from typing_extensions import TypedDict

from common.analysis.comparison_documents import Agreement, Comparisons
from common.analysis.decision_documents import Decisions
from common.analysis.effect_documents import Dimension
from common.analysis.figure_documents import CLOSED, Count, Share
from common.analysis.nominal_documents import Nominal
from common.analysis.reliability_documents import OrderEffect, Refusals, ReliabilitySection
from common.analysis.run_documents import AcrossRuns
from common.probe.documents import Failure


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Stub(_Closed):
    """What IDs alone give."""

    status: Literal["STUB"]
    message: str
    transcriptCount: Count
    completedAt: str


class Spread(_Closed):
    """The distribution of a figure over the `n` turns or transcripts where it is known, `of` so many."""

    n: Count
    of: Count
    sum: float | None = Field(description="Over the n that are known; less than the whole where n is below of.")
    mean: float | None
    median: float | None
    p95: float | None = Field(description="The 95th percentile.")


class Matrix(_Closed):
    """Coverage, a row for each of `models`, a column for each of `scenarios`."""

    models: list[str]
    scenarios: list[str]
    answered: list[list[Count]] = Field(description="Transcripts in each cell.")
    failed: list[list[Count]] = Field(description="Failed probes in each cell.")


class MissingCell(_Closed):
    """A scenario that a model neither answered nor failed at."""

    modelId: str
    scenarioId: str


class FailedCell(_Closed):
    """A scenario at which a model failed, perhaps beside samples that it answered."""

    modelId: str
    scenarioId: str
    answered: Count
    failed: Annotated[int, Field(ge=1)]
    codes: dict[str, Count]


class MissingCells(_Closed):
    """The cells in which nothing happened; at most 1,000 are listed, by model and scenario."""

    count: Count
    listed: list[MissingCell]
    truncated: bool


class FailedCells(_Closed):
    """The cells with failed probes; at most 1,000 are listed, by model and scenario."""

    count: Count
    listed: list[FailedCell]
    truncated: bool


class Coverage(_Closed):
    """The cells of the run: every model that came with every scenario that came."""

    cells: Count = Field(description="Models times scenarios; the next four add up to it.")
    samplesPerCell: Count = Field(
        description="Samples of a complete cell: the number of different sample indexes in the run; where some have"
        " none, at least the most frequent number of tries."
    )
    complete: Count = Field(description="Cells with every sample and no failure.")
    partial: Count = Field(description="Cells with transcripts, and with samples that are missing or failed.")
    failed: Count = Field(description="Cells with failures alone.")
    missing: Count = Field(description="Cells with neither.")
    matrix: Matrix | None = Field(description="Null above 100,000 cells.")
    missingCells: MissingCells
    failedCells: FailedCells


class Run(_Closed):
    """How much of the run there is."""

    runId: str
    name: str | None = Field(description="That the job gives it, for people.")
    models: list[str] = Field(description="The models that are described: all, or the 100 with the most transcripts.")
    modelCount: Count
    scenarioCount: Count
    samplesPerCell: Count
    transcripts: Count
    failedProbes: Count
    failures: dict[str, Count] = Field(description="Failed probes by code; beyond 40 codes the rarest are OTHER.")
    coverage: Coverage


class PerTurn(_Closed):
    """Figures of single turns: one question and its answer."""

    inputTokens: Spread
    outputTokens: Spread = Field(description="With the reasoning tokens, as they are billed.")
    reasoningTokens: Spread
    cachedInputTokens: Spread
    answerWords: Spread = Field(description="Length of the visible answer in words, as blanks separate them.")


class PerFailedProbe(_Closed):
    """Figures of probes that failed."""

    costUsd: Spread = Field(description="US dollars for turns and calls that were paid before it failed.")


class PerTranscript(_Closed):
    """Figures of whole conversations."""

    turns: Spread
    durationMs: Spread = Field(description="From the first call to the last answer, in milliseconds.")
    costUsd: Spread = Field(description="US dollars, where the transcript has a cost snapshot whose sum is known.")


class Endings(_Closed):
    """Shares of the transcripts of which it is known. A transcript counts where one of its turns does."""

    truncated: Share = Field(description="An answer was cut off at a limit.")
    refused: Share = Field(description="The model refused an answer.")
    retried: Share = Field(description="A turn took more than one call.")


class Version(_Closed):
    """A version that answered."""

    version: str
    transcripts: Count


class Versions(_Closed):
    """The versions that answered under one model ID; the 20 most frequent are listed."""

    count: Count
    listed: list[Version]
    transcriptsWithout: Count = Field(description="Transcripts that name no version.")


class Model(_Closed):
    """What a model did and took."""

    modelId: str
    transcripts: Count
    failedProbes: Count
    scenarios: Count
    perTurn: PerTurn
    perTranscript: PerTranscript
    perFailedProbe: PerFailedProbe
    costUsd: float | None = Field(description="What is known to be paid, for transcripts and failed probes together.")
    sharesOfTranscripts: Endings
    versions: Versions


@with_config(CLOSED)
class Figures(TypedDict):
    """What is computed from scores and refusals; `Complete` has the same."""

    decisions: Decisions | None
    comparisons: Comparisons | None
    agreement: Agreement | None
    dimensions: list[Dimension]
    orderEffects: list[OrderEffect]
    nominal: Nominal | None
    refusals: Refusals | None
    reliability: ReliabilitySection | None


class Method(_Closed):
    """A method that was used, its formula, and where that comes from."""

    id: str
    name: str
    formula: str
    source: str


class Complete(_Closed):
    """What transcripts give. The same ones give the same in any order, but for the two times and the duration."""

    status: Literal["COMPLETE"]
    transcriptCount: Count = Field(description="Transcripts, without the failed probes.")
    completedAt: str
    computedAt: str = Field(description="The same moment, UTC.")
    durationMs: Count = Field(description="From the first byte of the job to the figures.")
    codeVersion: str
    run: Run
    models: list[Model]
    decisions: Decisions | None = Field(description="Null where no transcript has a score.")
    comparisons: Comparisons | None = Field(description="Null where fewer than two models have decisions.")
    agreement: Agreement | None = Field(description="Null where fewer than two models have decisions.")
    dimensions: list[Dimension]
    orderEffects: list[OrderEffect] = Field(description="Empty where no scenario has a twin in the opposite order.")
    nominal: Nominal | None = Field(description="Null where the scale has bounds, or nothing was chosen.")
    refusals: Refusals | None = Field(description="Null where nothing was refused.")
    reliability: ReliabilitySection | None = Field(description="Null where no transcript has a score.")
    acrossRuns: AcrossRuns | None = Field(description="Null where the job is of one run.")
    methodsUsed: list[Method]
    warnings: list[str] = Field(description="What narrowed the analysis, and what a reader should know.")


class AnalysisSuccess(_Closed):
    """The document of an analysis that was done."""

    success: Literal[True]
    analysis: Stub | Complete


class AnalysisResult(RootModel[AnalysisSuccess | Failure]):
    """What analyze_basic.py prints."""
