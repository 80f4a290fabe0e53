"""The documents of what compares runs; the source of their part of the schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.comparison_documents import Correlation
from common.analysis.figure_documents import Estimate, Holm, How, Interval, P, Proportion, Reason, Share
from common.json.documents import CLOSED
from common.json.models import Count


@with_config(CLOSED)
class NotCompared(TypedDict):
    """Scenarios that both runs have and that are left out, by what differs; one may differ in several."""

    prompt: Count
    preamble: Count
    temperature: Count
    scale: Count


@with_config(CLOSED)
class Compared(TypedDict):
    """The figures of a model in two runs: the later less the earlier. Options have a distance in place of them."""

    difference: float | None
    interval: Interval
    p: P
    pHolm: Annotated[Holm, Field(description="By Holm's adjustment for all models and pairs of runs.")]
    how: How
    detectable: Annotated[float | None, Field(ge=0)]
    rho: Annotated[Correlation | None, Field(description="Test-retest: Spearman's rank correlation.")]
    alphaOrdinal: Estimate
    sameSide: Share | None
    meanAbsoluteDifference: Estimate
    distance: Annotated[
        Proportion | None,
        Field(
            description="Of options: half the sum of the differences of their shares. p is then of these; else null."
        ),
    ]
    sameOption: Annotated[
        Share | None, Field(description="Of options: scenarios whose most frequent option is the same; else null.")
    ]
    alphaNominal: Annotated[Estimate | None, Field(description="Of options; else null.")]
    verdict: Literal["different", "not shown", "not compared"]
    reason: Reason


@with_config(CLOSED)
class RunComparison(Compared):
    """A model in two runs, over the n scenarios that were asked alike."""

    modelId: str
    runs: Annotated[list[str], Field(min_length=2, max_length=2)]
    versions: Annotated[list[list[str]], Field(min_length=2, max_length=2, description="That answered in each run.")]
    n: Count
    notCompared: NotCompared


@with_config(CLOSED)
class AcrossRuns(TypedDict):
    """The same models in several runs."""

    runs: list[str]
    pooled: Annotated[
        bool,
        Field(
            description="Whether the other figures are over all runs; a scenario that was asked otherwise in another"
            " run is then one of its own, in one family with it. If not they are over the last run."
        ),
    ]
    comparisons: Annotated[list[RunComparison], Field(description="By model, then by runs.")]
