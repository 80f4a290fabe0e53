"""The documents of what in the scenarios moves the decisions; the source of their part of the schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.figure_documents import Estimate, Holm, How, P, Proportion, Reason
from common.json.documents import CLOSED
from common.json.models import Count

Name = int | float | str


@with_config(CLOSED)
class Level(TypedDict):
    """One value of a dimension, over all models, each compared with itself."""

    level: Name
    scenarios: Count
    mean: Annotated[
        float | None,
        Field(description="As if every model had answered every scenario; null where no model links any with others."),
    ]
    median: float | None
    tested: Annotated[bool, Field(description="Whether it has the 5 scenarios that a test wants.")]


@with_config(CLOSED)
class LevelEffect(TypedDict):
    """How far a level moves the score from that of the first level: the average marginal component effect."""

    level: Name
    against: Name
    effect: Annotated[Estimate, Field(description="In points of the scale; n is scenarios of the level.")]
    p: P
    pHolm: Holm


@with_config(CLOSED)
class Trend(TypedDict):
    """The slope over ordered levels."""

    slope: Annotated[
        Estimate, Field(description="In points of the scale for one unit of the level, or one step of its order.")
    ]
    p: P
    pHolm: Holm


@with_config(CLOSED)
class Interaction(TypedDict):
    """Whether the dimension moves models differently, over the scenarios that two models answered."""

    n: Count
    share: Annotated[
        Proportion | None, Field(description="Of the variance of models by scenarios, what the levels explain.")
    ]
    p: P
    pHolm: Holm
    how: How
    reason: Reason


@with_config(CLOSED)
class ModelDimension(TypedDict):
    """The test and the effects for one model; a scenario's value is its condition mean."""

    modelId: str
    n: Annotated[int, Field(ge=0, description="Scenarios in the levels that were compared.")]
    levelsTested: Annotated[int, Field(ge=0, description="Levels with at least 5 scenarios; the others are left out.")]
    h: Annotated[float | None, Field(description="Kruskal-Wallis H, corrected for ties.")]
    degreesOfFreedom: int | None
    p: P
    pHolm: Annotated[Proportion | None, Field(description="By Holm's adjustment for all models and dimensions.")]
    how: How
    etaSquared: Proportion | None
    effects: list[LevelEffect]
    trend: Trend | None
    reason: Reason


@with_config(CLOSED)
class Dimension(TypedDict):
    """The test over all models, within models: each model's own mean is taken away before scenarios are compared."""

    name: str
    n: Annotated[int, Field(ge=0, description="Scenarios in the levels that were compared.")]
    levelsTested: Annotated[int, Field(ge=0, description="Levels with at least 5 scenarios; the others are left out.")]
    h: Annotated[float | None, Field(description="Kruskal-Wallis H, corrected for ties.")]
    degreesOfFreedom: int | None
    p: P
    pHolm: Annotated[Proportion | None, Field(description="By Holm's adjustment for the number of dimensions.")]
    how: How
    etaSquared: Proportion | None
    reason: Reason
    adjusted: Annotated[
        bool, Field(description="Whether the effects are those beside the other dimensions, or each by itself.")
    ]
    levelCount: Count
    levels: Annotated[list[Level], Field(description="In order; numbers first, then words; at most 50.")]
    effects: list[LevelEffect]
    interaction: Interaction
    trend: Annotated[Trend | None, Field(description="Null where levels have no order.")]
    models: list[ModelDimension]
