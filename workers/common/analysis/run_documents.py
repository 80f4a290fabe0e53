"""The documents of what compares runs; the source of their part of the schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.comparison_documents import Correlation
from common.analysis.figure_documents import Estimate, Holm, How, Interval, P, Reason, Share
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
class RunComparison(TypedDict):
    """A model in two runs, over the n scenarios that were asked alike: the later less the earlier."""

    modelId: str
    runs: Annotated[list[str], Field(min_length=2, max_length=2)]
    versions: Annotated[list[list[str]], Field(min_length=2, max_length=2, description="That answered in each run.")]
    n: Count
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
    verdict: Literal["different", "not shown", "not compared"]
    notCompared: NotCompared
    reason: Reason


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
