"""The documents of a scale of options without an order; the source of their part of the schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.figure_documents import Estimate, Holm, How, P, Proportion, Reason, Share
from common.json.documents import CLOSED
from common.json.models import Count


@with_config(CLOSED)
class OptionShare(TypedDict):
    """How often an option was chosen."""

    option: str
    share: Annotated[Share, Field(description="Of the scores.")]


@with_config(CLOSED)
class NominalModel(TypedDict):
    """What a model chose."""

    modelId: str
    conditions: Count
    scores: Count
    nullScores: Count
    options: list[OptionShare]
    entropyBits: Annotated[float | None, Field(ge=0)]
    identical: Annotated[Share, Field(description="Conditions all of whose scores are the same; n has repeats.")]
    reason: Reason


@with_config(CLOSED)
class NominalPair(TypedDict):
    """Whether two models choose differently over the n scenarios that both answered."""

    models: Annotated[list[str], Field(min_length=2, max_length=2)]
    n: Count
    distance: Annotated[
        Proportion | None,
        Field(description="Half the sum of the differences of their shares: 0 the same shares, 1 no option in common."),
    ]
    p: P
    pHolm: Holm
    how: How
    sameOption: Annotated[Share, Field(description="Scenarios in which their most frequent options are the same.")]
    alphaNominal: Estimate
    verdict: Literal["different", "not shown"]
    reason: Reason


@with_config(CLOSED)
class NominalLevel(TypedDict):
    """What was chosen at a level, over all models."""

    level: int | float | str
    scenarios: Count
    options: list[OptionShare]


@with_config(CLOSED)
class NominalDimension(TypedDict):
    """Whether a dimension moves the choice, within models."""

    name: str
    n: Count
    explained: Annotated[Proportion | None, Field(description="Of the variance of the scenarios' shares.")]
    p: P
    pHolm: Holm
    how: How
    levels: list[NominalLevel]
    reason: Reason


@with_config(CLOSED)
class NominalAnswer(TypedDict):
    """What a model chose in a scenario."""

    modelId: str
    option: Annotated[str, Field(description="The most frequent; of several as frequent the first of the scale.")]
    share: Annotated[Proportion, Field(description="Of its samples that chose it.")]
    transcriptIds: Annotated[list[str], Field(description="The first 20 with a score, by ID.")]


@with_config(CLOSED)
class NominalDiffering(TypedDict):
    """A scenario on which models choose differently."""

    scenarioId: str
    name: str | None
    models: Count
    distance: Annotated[
        Proportion,
        Field(description="Half the sum of the differences of two models' shares, on average over all pairs."),
    ]
    answers: list[NominalAnswer]


@with_config(CLOSED)
class Nominal(TypedDict):
    """The figures of a run whose scores are names of options."""

    options: list[str]
    models: list[NominalModel]
    pairs: Annotated[list[NominalPair], Field(description="The largest distance first.")]
    alphaNominal: Annotated[Estimate, Field(description="Over all models.")]
    dimensions: list[NominalDimension]
    differing: Annotated[
        list[NominalDiffering], Field(description="The 20 scenarios on which models differ most, by distance.")
    ]
