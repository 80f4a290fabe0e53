"""The documents that score.py prints, as types: the builders are checked against them, the schemas come from them."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.json.documents import CLOSED, FailureError
from common.json.models import Count
from common.probe.documents import Transcript, Turn
from common.scoring.job import Orientation
from common.scoring.reading import Rule

__all__ = [
    "Alpha",
    "FailedVerdict",
    "JudgeReport",
    "Outcome",
    "OverrideNote",
    "PaidVerdict",
    "ReplacedOutcome",
    "ScaleNote",
    "ScoreAgreement",
    "ScoreFailure",
    "ScoreResult",
    "ScoreSuccess",
    "Span",
    "Verdict",
    "Yardstick",
]

Class = Literal["exact", "marked", "ambiguous", "refusal", "none", "judged", "manual"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]


@with_config(CLOSED)
class Span(TypedDict):
    """Which part of the answer decided, in code points of the answer; `end` is behind its last."""

    start: Count
    end: Count


@with_config(CLOSED)
class OverrideNote(TypedDict):
    """Who set a score, and why."""

    who: str
    reason: str


@with_config(CLOSED)
class Verdict(TypedDict):
    """What a judge said of an answer: `label` is one of the scale's, as the answer has it, not turned back; or null."""

    modelId: str
    sampleIndex: Count
    kind: Literal["label", "none", "unusable", "failed"]
    label: str | None
    transcript: NotRequired[Transcript]
    error: NotRequired[FailureError]


# `class` is a word of the language, so the fields are given as a mapping.
ReplacedOutcome = TypedDict(
    "ReplacedOutcome",
    {"class": Class, "rule": Rule, "score": float | None, "label": str | None},
)
Outcome = TypedDict(
    "Outcome",
    {
        "index": Count,
        "id": NotRequired[str],
        "probeId": NotRequired[str],
        "modelId": NotRequired[str],
        "scenarioId": NotRequired[str],
        "sampleIndex": NotRequired[Count],
        "score": float | None,
        "class": Class,
        "rule": Rule,
        "label": str | None,
        "rawScore": float | None,
        "rawLabel": str | None,
        "span": Span | None,
        "orientation": Orientation,
        "parserVersion": str,
        "answerSha256": Sha256 | None,
        "verdicts": NotRequired[list[Verdict]],
        "override": NotRequired[OverrideNote],
        "replaced": NotRequired[ReplacedOutcome],
    },
)
with_config(CLOSED)(ReplacedOutcome)
with_config(CLOSED)(Outcome)


@with_config(CLOSED)
class ScaleNote(TypedDict):
    """The scale by which was scored; min and max are null on a nominal one."""

    kind: Literal["labels", "numbers", "options"]
    min: float | None
    max: float | None


@with_config(CLOSED)
class Alpha(TypedDict):
    """Krippendorff's alpha over the `n` answers that two or more verdicts are on; null where `reason` says why."""

    level: Literal["ordinal", "nominal"]
    n: Count
    alpha: float | None
    reason: str | None


@with_config(CLOSED)
class JudgeReport(TypedDict):
    """What the judges did. A verdict is of use where it is one of the labels, or none."""

    modelIds: list[str]
    asked: Annotated[Count, Field(description="Answers that they were asked about.")]
    verdicts: Annotated[Count, Field(description="Verdicts, those handed in with the job included.")]
    resumed: Annotated[Count, Field(description="Of them, those that were handed in and not asked again.")]
    none: Count
    unusable: Count
    failed: Count
    agreement: Alpha
    inputTokens: Count
    outputTokens: Count
    totalCost: Annotated[float | None, Field(ge=0, description="US dollars; null where a verdict has no known cost.")]


@with_config(CLOSED)
class Yardstick(TypedDict):
    """How one scorer agrees with the people, over the `n` answers that they scored and it was asked about."""

    n: Count
    equal: Annotated[Count, Field(description="The same score or label, or none on both sides.")]
    share: Share | None
    agreement: Alpha


@with_config(CLOSED)
class ScoreAgreement(TypedDict):
    """The scorers measured by the overrides."""

    overrides: Count
    parser: Yardstick
    judge: NotRequired[Yardstick]


@with_config(CLOSED)
class PaidVerdict(TypedDict):
    """A verdict as it is handed over when it is paid for, and as it is handed in again (`verdicts` of a job)."""

    jobId: NotRequired[str]
    runId: str
    scenarioId: str
    modelId: str
    sampleIndex: Count
    startedAt: str
    durationMs: Count
    turn: Turn


@with_config(CLOSED)
class ScoreSuccess(TypedDict):
    """The scores of a job's answers, in their order."""

    success: Literal[True]
    schemaVersion: Literal[1]
    line: NotRequired[Count]
    jobId: NotRequired[str]
    runId: NotRequired[str]
    parserVersion: str
    spanUnit: Literal["codePoint"]
    scale: ScaleNote
    counts: dict[Class, Count]
    judge: NotRequired[JudgeReport]
    agreement: NotRequired[ScoreAgreement]
    warnings: list[str]
    scores: list[Outcome]


@with_config(CLOSED)
class FailedVerdict(TypedDict):
    """A question to a judge that brought no verdict, and what it was paid for in vain, or may have been."""

    scenarioId: str
    modelId: str
    sampleIndex: Count
    error: FailureError


@with_config(CLOSED)
class ScoreFailure(TypedDict):
    """The document of a job that failed, with the verdicts that were paid for."""

    success: Literal[False]
    error: FailureError
    line: NotRequired[Count]
    jobId: NotRequired[str]
    verdicts: NotRequired[list[PaidVerdict]]
    failed: NotRequired[
        Annotated[
            list[FailedVerdict],
            Field(
                description="Every other question that was put, with those that were on the wire when the job ended;"
                " absent where nobody says."
            ),
        ]
    ]


ScoreResult = Annotated[ScoreSuccess | ScoreFailure, Field(title="ScoreResult", description="What score.py prints.")]
