"""The documents of what each model decided; the source of their part of the schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.analysis.figure_documents import Estimate, Interval, Reason, Share
from common.json.documents import CLOSED
from common.json.models import Count


@with_config(CLOSED)
class ThreeSides(TypedDict):
    """Shares of all conditions."""

    above: Share
    at: Share
    below: Share


@with_config(CLOSED)
class TwoSides(TypedDict):
    """Shares of the conditions whose mean is not neutral."""

    above: Share
    below: Share


@with_config(CLOSED)
class Sides(TypedDict):
    """On which side of neutral the condition means are."""

    withNeutral: ThreeSides
    withoutNeutral: TwoSides


@with_config(CLOSED)
class Consistency(TypedDict):
    """How far repeats agree, over the conditions that have more than one score."""

    conditions: Count
    identical: Annotated[Share, Field(description="Conditions all of whose scores are the same.")]
    sameSide: Annotated[
        Share | None,
        Field(
            description="Conditions all of whose scores are above, at, or below neutral; null without a neutral score."
        ),
    ]
    standardDeviationWithin: Annotated[
        float | None,
        Field(ge=0, description="Pooled over conditions by their degrees of freedom, in points of the scale."),
    ]
    reason: Reason


@with_config(CLOSED)
class ScoreCount(TypedDict):
    """How often one score came."""

    score: float
    count: Count


@with_config(CLOSED)
class Distribution(TypedDict):
    """How often each score came, over all samples."""

    n: Annotated[int, Field(ge=0, description="Scores.")]
    different: Annotated[int, Field(ge=0, description="How many different ones.")]
    scores: Annotated[list[ScoreCount], Field(description="The 50 most frequent, by score.")]
    entropyBits: Annotated[
        float | None,
        Field(ge=0, description="0 where every score is the same; log2 of the scores that are equally frequent."),
    ]
    reason: Reason


@with_config(CLOSED)
class ChangeOfMind(TypedDict):
    """Whether the last scored turn of a conversation says the same as the first; over those with two scored turns."""

    transcripts: Count
    changed: Share
    changedSide: Annotated[Share | None, Field(description="Null without a neutral score.")]
    shift: Annotated[Estimate, Field(description="Last less first; n is transcripts.")]
    reason: Reason


@with_config(CLOSED)
class Decision(TypedDict):
    """What a model decided, in points of the score. A condition is a scenario; its repeats are averaged first."""

    modelId: str
    conditions: Count
    scores: Count
    nullScores: Annotated[int, Field(ge=0, description="Transcripts whose summary says that there is no score.")]
    mean: Annotated[float | None, Field(description="Over conditions, each with the same weight.")]
    standardDeviation: Annotated[
        float | None, Field(description="Of the condition means, n - 1; null for one condition.")
    ]
    interval: Interval
    sides: Annotated[Sides | None, Field(description="Null without a neutral score.")]
    consistency: Consistency
    distribution: Distribution
    changeOfMind: ChangeOfMind
    reason: Reason


@with_config(CLOSED)
class Decisions(TypedDict):
    """The decisions per model, each over the scenarios that it answered; `comparisons` has those that all answered."""

    lowest: float
    highest: float
    neutral: float | None
    models: list[Decision]
