"""The documents of single figures, from which all others are made; the source of their part of the schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.json.documents import CLOSED
from common.json.models import Count

Proportion = Annotated[float, Field(ge=0, le=1)]
P = Annotated[Proportion | None, Field(description="The p-value.")]
Holm = Annotated[Proportion | None, Field(description="The p-value by Holm's adjustment for all of its kind.")]
How = Annotated[
    Literal["exact", "permutations", "saddlepoint", "student-t", "chi-square"] | None,
    Field(description="How p was found: over all permutations, over random ones, or by which approximation of them."),
]
Reason = Annotated[str | None, Field(description="Why a figure beside it is null; null where none is.")]
Clusters = Annotated[
    int, Field(ge=0, description="Families, or scenarios where none is named: what counts as independent.")
]


@with_config(CLOSED)
class Share(TypedDict):
    """A proportion with its interval of 95 % for the effective n (Wilson, Jeffreys); null where n is 0."""

    count: Count
    n: Count
    share: Proportion | None
    low: Proportion | None
    high: Proportion | None
    clusters: Clusters
    effectiveN: Annotated[
        float | None,
        Field(
            ge=0,
            description="How many independent samples would say as much; the interval is of these. More than n where "
            "clusters are more alike than chance makes them.",
        ),
    ]


@with_config(CLOSED)
class Interval(TypedDict):
    """An interval of 95 %, by leaving out one cluster at a time, Student's t and half of the skewness."""

    low: float | None
    high: float | None
    level: Proportion
    standardError: float | None
    clusters: Clusters
    degreesOfFreedom: Annotated[
        float | None, Field(ge=0, description="Effective clusters less 1: fewer where clusters differ in size.")
    ]
    reason: Reason


@with_config(CLOSED)
class Estimate(TypedDict):
    """A figure with its interval."""

    n: Annotated[int, Field(ge=0, description="Scenarios, or what the figure's own description names.")]
    value: float | None
    interval: Interval
    reason: Reason
