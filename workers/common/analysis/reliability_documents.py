"""The documents of how reliable the decisions are, and of what the next run needs; the source of their schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.figure_documents import Estimate, Holm, P, Proportion, Reason, Share
from common.json.documents import CLOSED
from common.json.models import Count

Variance = Annotated[float | None, Field(ge=0)]


@with_config(CLOSED)
class Components(TypedDict):
    """What makes scores differ, as variances in squared points of the scale; a negative estimate counts as 0."""

    models: Count
    scenarios: Annotated[int, Field(ge=0, description="Those that every model answered.")]
    model: Annotated[Variance, Field(description="Models differ over all scenarios.")]
    scenario: Annotated[Variance, Field(description="Scenarios differ for all models.")]
    interaction: Annotated[
        Variance,
        Field(description="Models differ by scenario; without repeats it holds the variance of repeats, too."),
    ]
    repeat: Annotated[Variance, Field(description="The same model differs on the same scenario.")]
    reason: Reason


@with_config(CLOSED)
class Reliability(TypedDict):
    """How much of the variance of a model's condition means is none of the repeats' noise."""

    modelId: str
    conditions: Count
    repeatVariance: Variance
    reliability: Proportion | None
    noiseCeiling: Annotated[
        Proportion | None, Field(description="Its root: the correlation that a perfect prediction would reach.")
    ]
    reason: Reason


@with_config(CLOSED)
class Need(TypedDict):
    """Scenarios that the next run needs with so many samples each."""

    samples: Annotated[int, Field(ge=1)]
    scenariosForMeans: Annotated[
        int | None,
        Field(ge=1, description="So that the interval of a model that varies as the average one is as narrow."),
    ]
    scenariosForDifferences: Annotated[
        int | None, Field(ge=1, description="So that the interval of an average difference of two models is as narrow.")
    ]


@with_config(CLOSED)
class Plan(TypedDict):
    """What the next run needs for intervals of plus or minus `precision`, in points of the scale."""

    precision: Annotated[float, Field(gt=0)]
    designEffect: Annotated[
        float | None, Field(ge=0, description="How much families widen an interval, squared; 1 without families.")
    ]
    needs: list[Need]
    reason: Reason


@with_config(CLOSED)
class ReliabilitySection(TypedDict):
    """Where the differences come from, how far they can be trusted, and what the next run needs."""

    components: Components
    models: list[Reliability]
    plan: Plan


@with_config(CLOSED)
class OrderEffect(TypedDict):
    """What the order of options or scale does to a model, over the scenarios that it answered in both orders."""

    modelId: str
    pairs: Count
    effect: Annotated[
        Estimate,
        Field(
            description="Score in the original order less the score in the opposite one, turned back: above 0 where the"
            " model leans to the high end as it was shown. n is pairs."
        ),
    ]
    p: P
    pHolm: Holm
    flips: Annotated[
        Share | None,
        Field(description="Pairs whose two scores are on opposite sides of neutral; null without a neutral score."),
    ]
    reason: Reason


@with_config(CLOSED)
class RefusedModel(TypedDict):
    """How often a model refused, and what its mean could be had it not."""

    modelId: str
    refused: Annotated[Share, Field(description="Of the transcripts of which it is known.")]
    scenarios: Annotated[int, Field(ge=0, description="Those that every model answered or refused.")]
    mean: Annotated[float | None, Field(description="Over these, of what was answered.")]
    lowest: Annotated[float | None, Field(description="Had every refusal been the lowest score (Manski 2003).")]
    highest: Annotated[float | None, Field(description="Had every refusal been the highest.")]
    reason: Reason


@with_config(CLOSED)
class RefusedLevel(TypedDict):
    """How often scenarios of one level were refused, over all models."""

    dimension: str
    level: int | float | str
    refused: Share


@with_config(CLOSED)
class RefusedPair(TypedDict):
    """Whether two models refuse differently often, over what both were asked: the first less the second."""

    models: Annotated[list[str], Field(min_length=2, max_length=2)]
    n: Count
    difference: Annotated[float, Field(ge=-1, le=1)]
    p: P
    pHolm: Holm


@with_config(CLOSED)
class Refusals(TypedDict):
    """Refusals as an outcome of their own; there is a section where some model refused something."""

    models: list[RefusedModel]
    levels: list[RefusedLevel]
    pairs: Annotated[list[RefusedPair], Field(description="The largest difference first.")]
