"""The document of the analysis, as models: the source of the published schema.

Every figure says how many things it was computed from (`n`), and of how many (`of`) where some are not known. A figure
that cannot be computed is null, and `reason` beside it says why; it is never 0. Floating-point figures have ten
significant digits.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from common.probe.documents import Failure

Count = Annotated[int, Field(ge=0)]
Proportion = Annotated[float, Field(ge=0, le=1)]
P = Annotated[Proportion | None, Field(description="The p-value.")]
Reason = Annotated[str | None, Field(description="Why a figure beside it is null; null where none is.")]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Stub(_Closed):
    """What IDs alone give."""

    status: Literal["STUB"]
    message: str
    transcriptCount: Count
    completedAt: str


class Share(_Closed):
    """A proportion with its Wilson score interval of 95 %; null where n is 0."""

    count: Count
    n: Count
    share: Proportion | None
    low: Proportion | None
    high: Proportion | None


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
    sharesOfTranscripts: Endings
    versions: Versions


class Interval(_Closed):
    """A percentile bootstrap interval of the mean, from resamples of whole conditions."""

    low: float | None
    high: float | None
    level: Proportion
    resamples: Count
    seed: Count
    reason: Reason


class ThreeSides(_Closed):
    """Shares of all conditions."""

    above: Share
    at: Share
    below: Share


class TwoSides(_Closed):
    """Shares of the conditions whose mean is not neutral."""

    above: Share
    below: Share


class Sides(_Closed):
    """On which side of neutral the condition means are."""

    withNeutral: ThreeSides
    withoutNeutral: TwoSides


class Consistency(_Closed):
    """How far repeats agree, over the conditions that have more than one score."""

    conditions: Count
    identical: Share = Field(description="Conditions all of whose scores are the same.")
    sameSide: Share = Field(description="Conditions all of whose scores are above, at, or below neutral.")
    standardDeviationWithin: float | None = Field(
        description="Root of the mean variance (n - 1) within conditions, in points of the score."
    )
    reason: Reason


class Decision(_Closed):
    """What a model decided, in points of the score. A condition is a scenario; its repeats are averaged first."""

    modelId: str
    conditions: Count
    scores: Count
    nullScores: Count = Field(description="Transcripts whose summary says that there is no score.")
    mean: float = Field(description="Over conditions, each with the same weight.")
    standardDeviation: float | None = Field(description="Of the condition means, n - 1; null for one condition.")
    interval: Interval
    sides: Sides
    consistency: Consistency


class Decisions(_Closed):
    """The decisions per model."""

    neutral: float
    models: list[Decision]


class Pair(_Closed):
    """Spearman's rank correlation of two models over the n scenarios in which both have a decision."""

    models: Annotated[list[str], Field(min_length=2, max_length=2)]
    n: Count
    rho: Annotated[float, Field(ge=-1, le=1)] | None
    p: P
    pHolm: P = Field(description="Adjusted for the number of pairs.")
    reason: Reason


class Overall(_Closed):
    """The agreement of all models."""

    models: Count
    scenarios: Count = Field(description="Those in which every model has a decision; W is computed over them.")
    kendallW: Proportion | None = Field(description="From 0, no agreement, to 1, the same order.")
    chiSquare: float | None = Field(description="With scenarios - 1 degrees of freedom.")
    p: P
    reason: Reason
    meanRho: float | None = Field(description="The mean of the pairs' correlations.")
    pairs: Count = Field(description="The pairs that have one.")


class Extreme(_Closed):
    """The models at one end."""

    mean: float
    modelIds: list[str]


class Difference(_Closed):
    """A scenario on which models differ."""

    scenarioId: str
    name: str | None
    models: Count
    range: float = Field(description="The highest condition mean less the lowest.")
    standardDeviation: float = Field(description="Of the models' condition means, n - 1.")
    lowest: Extreme
    highest: Extreme


class Agreement(_Closed):
    """How far the models agree."""

    pairs: list[Pair]
    overall: Overall
    differing: list[Difference] = Field(description="The 20 scenarios on which models differ most, by range.")


class _Tested(_Closed):
    n: Count = Field(description="Scenarios in the levels that were compared.")
    levelsTested: Count = Field(description="Levels with at least 5 scenarios; the others are left out.")
    h: float | None = Field(description="Kruskal-Wallis H, corrected for ties.")
    degreesOfFreedom: Count | None
    p: P
    etaSquared: Proportion | None
    reason: Reason


class Level(_Closed):
    """One value of a dimension, over all models."""

    level: int | float | str
    scenarios: Count
    mean: float
    median: float
    tested: bool


class ModelDimension(_Tested):
    """The test for one model; a scenario's value is its condition mean."""

    modelId: str


class Dimension(_Tested):
    """The test over all models; a scenario's value is the mean of the models' condition means."""

    name: str
    pHolm: P = Field(description="Adjusted for the number of dimensions.")
    levelCount: Count
    levels: list[Level] = Field(description="Numbers first, then words; at most 50.")
    models: list[ModelDimension]


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
    agreement: Agreement | None = Field(description="Null where fewer than two models have decisions.")
    dimensions: list[Dimension]
    methodsUsed: list[Method]
    warnings: list[str] = Field(description="What narrowed the analysis, and what a reader should know.")


class AnalysisSuccess(_Closed):
    """The document of an analysis that was done."""

    success: Literal[True]
    analysis: Stub | Complete


class AnalysisResult(RootModel[AnalysisSuccess | Failure]):
    """What analyze_basic.py prints."""
