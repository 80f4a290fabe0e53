"""The job of score.py as models: the declared scale, the answers, and, where asked for, a judge and people's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import pydantic
from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from common.errors import ValidationError
from common.json.models import Closed, Count, Nullable, Open, Positive, Text, published_default
from common.json.problems import describe
from common.probe.job import ModelCost, ModelSettings, ProbeSettings  # noqa: TC001 - pydantic reads the fields' types

if TYPE_CHECKING:
    from typing import Self

MOST_LABELS: Final = 200
MOST_SAMPLES: Final = 25
MOST_JUDGES: Final = 20
FIRST: Final = "first"
LAST: Final = "last"

Orientation = Literal["normal", "flipped"]
Aliases = Nullable[list[Text]]


class ScaleLabel(Closed):
    """A label of an ordinal scale. An alias that is a number, such as "4", is read by the rules for numbers."""

    label: Text
    score: float
    aliases: Aliases = None


class LabelledScale(Closed):
    """An ordinal scale whose points have names. The order of the list decides nothing."""

    kind: Literal["labels"]
    labels: Annotated[list[ScaleLabel], Field(min_length=2, max_length=MOST_LABELS)]


class NumberScale(Closed):
    """An ordinal scale of numbers."""

    kind: Literal["numbers"]
    min: float
    max: float
    step: Nullable[Annotated[float, Field(gt=0)]] = Field(
        default=None, description="What parts two points, counted from min; without it every number in bounds is one."
    )
    units: Aliases = Field(
        default=None, description='What may follow a number, such as "%"; without it "80 %" is no score.'
    )


class ScaleOption(Closed):
    """An option of a nominal scale, which has no score."""

    label: Text
    aliases: Aliases = None
    mirror: Nullable[Text] = Field(
        default=None,
        description="The label that this one stands for in a flipped scenario. Two options are each other's mirrors.",
    )


class OptionScale(Closed):
    """A nominal scale: named options without an order."""

    kind: Literal["options"]
    options: Annotated[list[ScaleOption], Field(min_length=2, max_length=MOST_LABELS)]


DeclaredScale = Annotated[LabelledScale | NumberScale | OptionScale, Field(discriminator="kind")]


class DeclaredMarker(Closed):
    """The text beside which the decision stands, where the prompt asked for one; case and emphasis do not matter."""

    after: Nullable[Text] = Field(default=None, description='The decision stands after it: "Final judgment:".')
    before: Nullable[Text] = Field(default=None, description="The decision stands before it: an end mark.")


class ScoredMetadata(Open):
    """What is read of a turn's `providerMetadata`, as probe.py writes it."""

    truncated: Nullable[bool] = None
    finishReason: Nullable[str] = None


class ScoredTurn(Open):
    """What is read of a turn, as probe.py writes it."""

    promptLabel: Nullable[str] = None
    targetResponse: Nullable[str] = None
    providerMetadata: Nullable[ScoredMetadata] = None


class ScoredContent(Open):
    """The turns, with what may stand beside them in a stored transcript."""

    turns: list[ScoredTurn]


class ScoredTranscript(Open):
    """One conversation, or one answer. The turns stand in `content`, in `transcript`, or in `turns`."""

    id: Nullable[Text] = None
    probeId: Nullable[Text] = None
    modelId: Nullable[Text] = None
    scenarioId: Nullable[Text] = None
    sampleIndex: Nullable[Count] = None
    orientation: Nullable[Orientation] = Field(
        default=None,
        description="Whether the scale, or its options, stood the other way round; the job's, where absent.",
    )
    answer: Nullable[str] = Field(default=None, description="The answer itself, instead of turns.")
    content: Nullable[ScoredContent] = None
    transcript: Nullable[ScoredContent] = None
    turns: Nullable[list[ScoredTurn]] = None


class Judge(Closed):
    """A model that is asked about answers. Its verdict must be one of the scale's labels, or "none"."""

    modelId: Text
    instructions: Text
    samples: Annotated[Annotated[int, Field(ge=1, le=MOST_SAMPLES)] | None, published_default(1)] = None
    scope: Nullable[Literal["unsettled", "all"]] = Field(
        default=None, description="Asked about what the parser could not settle (unsettled, the default), or about all."
    )
    mayBeTheModelUnderTest: Nullable[bool] = Field(
        default=None, description="Only with true may a model judge answers of its own."
    )
    config: Nullable[ProbeSettings] = None
    modelConfig: Nullable[ModelSettings] = None
    modelCost: Nullable[ModelCost] = None


class EarlierVerdict(Open):
    """A verdict that is paid for already: a line that was written to `--turns-fd`, or one of a failure's `verdicts`."""

    modelId: Text
    sampleIndex: Count
    turn: dict[str, JsonValue]
    startedAt: Nullable[str] = None
    durationMs: Nullable[Count] = None


class Override(Closed):
    """What a person says of one answer. It wins, and is the final score: turned back already."""

    id: Text = Field(description="A transcript's id, or its probeId.")
    score: float | None = Field(default=None, description="null says that there is no decision.")
    label: Nullable[Text] = Field(default=None, description="On a nominal scale, instead of a score.")
    reason: Text
    who: Text


class ScoreSettings(Closed):
    """`config`: the settings of the job."""

    deadlineSeconds: Nullable[Annotated[float, Field(gt=0, le=86_400)]] = None
    concurrency: Nullable[Positive] = Field(default=None, description="The most questions to a judge in flight: 20.")


class ScoreFields(Open):
    """Everything of a job but its transcripts."""

    jobId: Nullable[str] = None
    runId: Nullable[str] = None
    scale: DeclaredScale
    turn: Nullable[Text] = Field(
        default=None,
        description='Which turn is read: "first" (the default), "last", or the label of one (its promptLabel).',
    )
    marker: Nullable[DeclaredMarker] = None
    orientation: Nullable[Orientation] = Field(default=None, description='"normal" where absent.')
    judge: Nullable[Judge | Annotated[list[Judge], Field(min_length=1, max_length=MOST_JUDGES)]] = None
    verdicts: Nullable[list[EarlierVerdict]] = Field(
        default=None, description="Verdicts paid for in an earlier try of this job; none of them is asked again."
    )
    overrides: Nullable[list[Override]] = None
    config: Nullable[ScoreSettings] = None

    @model_validator(mode="after")
    def _marker_says_something(self) -> Self:
        if self.marker is not None and self.marker.after is None and self.marker.before is None:
            raise PydanticCustomError("blank", "marker: needs after, before, or both")
        return self

    @property
    def judges(self) -> list[Judge]:
        """The judges, one or many."""
        if self.judge is None:
            return []
        return self.judge if isinstance(self.judge, list) else [self.judge]


class ScoreJob(ScoreFields):
    """Answers that are to be scored on one declared scale."""

    transcripts: list[ScoredTranscript]


_KNOWN: Final = frozenset({"transcripts"})


def parse_fields(document: dict[str, object]) -> tuple[ScoreFields, list[str]]:
    """Check everything of a job but its transcripts.

    Returns:
        The fields, and a warning for each key that nobody knows.

    Raises:
        ValidationError: naming the path of each field that is wrong and the cure, never a value.
    """
    try:
        fields = ScoreFields.model_validate({name: item for name, item in document.items() if name not in _KNOWN})
    except pydantic.ValidationError as error:
        raise ValidationError(_described(error)) from None
    unknown = sorted((fields.model_extra or {}).keys())
    return fields, [f"{name[:80]}: unknown key, not used; check its spelling" for name in unknown]


def parse_transcript(index: int, item: object) -> ScoredTranscript:
    """Check one transcript.

    Raises:
        ValidationError: naming the path of each field that is wrong.
    """
    try:
        return ScoredTranscript.model_validate(item)
    except pydantic.ValidationError as error:
        where = f"transcripts[{index}]"
        raise ValidationError(
            "; ".join(f"{where}.{part}" for part in describe(error, ScoredTranscript).split("; "))
        ) from None


def _described(error: pydantic.ValidationError) -> str:
    """A misspelt setting by its place; everything else as for every job."""
    problems = error.errors(include_input=False, include_url=False)
    extra = [problem["loc"] for problem in problems if problem["type"] == "extra_forbidden"]
    if extra:
        return "; ".join(f"{_dotted(place)}: is not a field of a job; check its spelling" for place in extra[:5])
    return describe(error, ScoreFields)


def _dotted(place: tuple[int | str, ...]) -> str:
    """The path of a field, without the names of alternatives that stand in it."""
    shown = [
        part
        for part in place
        if part not in {"labels", "numbers", "options", "Judge", "list[Judge]"} or place[0] != "scale"
    ]
    return ".".join(str(part)[:60] for part in shown)
