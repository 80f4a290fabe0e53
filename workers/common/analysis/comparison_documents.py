"""The documents of what compares models with each other; the source of their part of the schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.figure_documents import Estimate, Holm, How, Interval, P, Proportion, Reason, Share
from common.json.documents import CLOSED
from common.json.models import Count

Two = Annotated[list[str], Field(min_length=2, max_length=2)]
Correlation = Annotated[float, Field(ge=-1, le=1)]


@with_config(CLOSED)
class CommonMean(TypedDict):
    """The mean of a model over the scenarios that all models answered."""

    modelId: str
    mean: float
    interval: Interval


@with_config(CLOSED)
class Common(TypedDict):
    """The models side by side, over the scenarios that all of them answered."""

    scenarios: Count
    models: Annotated[list[CommonMean], Field(description="By mean, the highest first; empty where there is none.")]
    reason: Reason


@with_config(CLOSED)
class Equivalence(TypedDict):
    """Whether two models differ by less than the job's bound: two one-sided tests (Schuirmann 1987)."""

    bound: Annotated[float, Field(gt=0, description="In points of the scale.")]
    p: P
    pHolm: Holm
    shown: bool


@with_config(CLOSED)
class PairDifference(TypedDict):
    """Two models over the n scenarios that both answered: the first less the second."""

    models: Two
    n: Count
    means: Annotated[list[float], Field(max_length=2, description="Of each over these scenarios; empty where n is 0.")]
    difference: float | None
    interval: Interval
    effectSize: Annotated[
        float | None, Field(description="The difference over the standard deviation of the scenarios' differences.")
    ]
    p: P
    pHolm: Holm
    how: How
    detectable: Annotated[
        float | None,
        Field(ge=0, description="The smallest difference that one test at .05 finds in this run with a power of .8."),
    ]
    detectableHolm: Annotated[
        float | None, Field(ge=0, description="The same where the test must hold against all pairs.")
    ]
    equivalence: Annotated[Equivalence | None, Field(description="Null where the job names no bound.")]
    verdict: Annotated[
        Literal["different", "equivalent", "not shown"],
        Field(description="By the adjusted p-values at .05. `not shown` does not mean equal."),
    ]
    reason: Reason


@with_config(CLOSED)
class Comparisons(TypedDict):
    """Which models differ."""

    common: Common
    pairs: Annotated[list[PairDifference], Field(description="The largest difference first.")]
    tested: Annotated[int, Field(ge=0, description="The pairs that have a p-value; Holm's adjustment is over them.")]


@with_config(CLOSED)
class PairAgreement(TypedDict):
    """How far two models give the same answers, over the n scenarios in which both have a decision."""

    models: Two
    n: Count
    alphaOrdinal: Annotated[Estimate, Field(description="Krippendorff's alpha: 1 the same answers, 0 chance.")]
    alphaNominal: Annotated[Estimate, Field(description="The same where any two different scores differ as much.")]
    sameSide: Annotated[
        Share | None, Field(description="Scenarios on one side of neutral; null without a neutral score.")
    ]
    meanAbsoluteDifference: Annotated[Estimate, Field(description="In points of the scale.")]
    rho: Annotated[
        Correlation | None, Field(description="Spearman's rank correlation: the same order, not the same answers.")
    ]
    p: P
    pHolm: Holm
    how: How
    ceiling: Annotated[
        float | None,
        Field(ge=0, le=1, description="The correlation that repeats of the two would let perfect agreement reach."),
    ]
    reason: Annotated[str | None, Field(description="Why there is no rho, or no p; null where there is.")]


@with_config(CLOSED)
class OverallAgreement(TypedDict):
    """The agreement of all models, over the scenarios that at least two of them answered."""

    models: Count
    scenarios: Count
    alphaOrdinal: Estimate
    alphaNominal: Estimate
    kendallW: Annotated[
        Proportion | None, Field(description="From 0, no agreement, to 1, the same order (not the same answers).")
    ]
    chiSquare: Annotated[
        float | None,
        Field(description="With scenarios - 1 degrees of freedom; null where not every model answered all."),
    ]
    p: P
    how: How
    reason: Annotated[str | None, Field(description="Why there is no W, or no p; null where there is.")]
    meanRho: Annotated[float | None, Field(description="The mean of the pairs' rank correlations.")]
    pairs: Annotated[int, Field(ge=0, description="The pairs that have one.")]


@with_config(CLOSED)
class Extreme(TypedDict):
    """The models at one end."""

    mean: float
    modelIds: list[str]


@with_config(CLOSED)
class Answers(TypedDict):
    """The decision of a model in one scenario, and the transcripts behind it."""

    modelId: str
    mean: float
    transcriptIds: Annotated[list[str], Field(max_length=20, description="At most 20; those that have an ID.")]


@with_config(CLOSED)
class Differing(TypedDict):
    """A scenario on which models differ."""

    scenarioId: str
    name: str | None
    models: Count
    range: Annotated[float, Field(description="The highest condition mean less the lowest.")]
    standardDeviation: Annotated[float, Field(description="Of the models' condition means, n - 1.")]
    lowest: Extreme
    highest: Extreme
    answers: list[Answers]


@with_config(CLOSED)
class Agreement(TypedDict):
    """How far the models agree."""

    pairs: Annotated[list[PairAgreement], Field(description="The largest mean absolute difference first.")]
    overall: OverallAgreement
    differing: Annotated[list[Differing], Field(description="The 20 scenarios on which models differ most, by range.")]
