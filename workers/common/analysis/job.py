"""The job of the analysis: a run and its transcripts, or their IDs alone.

What stands inside a transcript is described here for the published schema only. A run is analysed whatever one of its
transcripts looks like, so `reading` takes each field for itself and reports those of another type as warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

import pydantic
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from common.analysis.settings import DEFAULT_PRECISION, DEFAULT_SCALE, Scale, Settings
from common.errors import ValidationError
from common.json.models import Given, Text
from common.json.problems import describe
from common.json.strict import printable_path

if TYPE_CHECKING:
    from common.analysis.notes import Notes


Index = Annotated[int, Field(ge=0)]
Score = float | str
Points = Annotated[float, Field(gt=0)]


class _Open(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)


class TurnMetadata(_Open):
    """What is read of a turn's `providerMetadata`, as probe.py writes it."""

    modelVersion: str | None = None
    finishReason: Given[str] = None
    truncated: Given[bool] = None
    reasoningTokens: Index | None = None
    cachedInputTokens: Index | None = None
    attempts: Given[Annotated[int, Field(ge=1)]] = None


class AnalysedTurn(_Open):
    """What is read of a turn."""

    probePrompt: Given[str] = Field(default=None, description="Two runs are compared where it is the same.")
    targetResponse: Given[str] = None
    inputTokens: Index | None = None
    outputTokens: Index | None = None
    score: Score | None = Field(default=None, description="The decision in this turn, for a change of mind.")
    providerMetadata: Given[TurnMetadata] = None


class Cost(_Open):
    """What is read of a `costSnapshot`, as probe.py writes it; null is a cost that is not known."""

    totalCost: Annotated[float, Field(ge=0)] | None = None


class Content(_Open):
    """The turns, with what may stand beside them in a stored transcript."""

    turns: list[AnalysedTurn]
    modelVersion: str | None = None
    durationMs: Given[Annotated[float, Field(ge=0)]] = None
    costSnapshot: Given[Cost] = None


class Summary(_Open):
    """The decision that an answer comes down to."""

    score: Score | None = Field(
        default=None,
        description="On the job's scale: a number, or the name of an option; null says that there is none.",
    )
    label: str | None = Field(default=None, description="The option that was chosen, where score is null.")
    rawScore: float | None = Field(
        default=None, description="As score.py has it: the score before it was turned back, so that `score` is turned."
    )
    turnedBack: Given[bool] = Field(
        default=None, description="True where a score from the opposite order is on the scale's own order already."
    )
    values: Any = Field(default=None, description="Accepted, not used.")


class AnalysedScenario(_Open):
    """What is known of the question."""

    name: Given[str] = None
    dimensions: Given[dict[str, float | str]] = Field(
        default=None, description="What the scenario varies, by name; the same in all its transcripts."
    )
    family: Given[Text] = Field(
        default=None,
        description="Shared by variants of one dilemma, paraphrases, the two orders: they are no independent samples.",
    )
    pair: Given[Text] = Field(default=None, description="Shared by a scenario and its twin in the opposite order.")
    orientation: Given[Literal["normal", "flipped"]] = Field(
        default=None,
        description="The order of its scale or options. A score from a flipped one is turned back, unless"
        " summary.turnedBack or summary.rawScore says that it was.",
    )
    template: Given[Text] = Field(default=None, description="From which it was built.")
    preamble: Given[str] = Field(default=None, description="Two runs are compared where it is the same.")


class AnalysedTranscript(_Open):
    """One conversation. The turns stand in `content`, in `transcript` (as probe.py prints them), or in `turns`."""

    id: Given[Text] = Field(default=None, description="Where it comes twice in a run, one of the two counts.")
    runId: Given[Text] = Field(default=None, description="Where the job has several runs: the one it is of.")
    modelId: Text
    scenarioId: Text
    sampleIndex: Given[Index] = None
    modelVersion: str | None = None
    content: Given[Content] = None
    transcript: Given[Content] = None
    turns: Given[list[AnalysedTurn]] = None
    durationMs: Given[Annotated[float, Field(ge=0)]] = None
    costSnapshot: Given[Cost] = None
    summary: Given[Summary] = None
    scenario: Given[AnalysedScenario] = None
    reused: Given[bool | dict[str, object]] = Field(
        default=None,
        description="Whether it was taken over from an earlier run, or from which transcript.",
    )


class ProbeError(_Open):
    """Why a probe brought no transcript."""

    code: Text
    costSnapshot: Given[Cost] = None


class FailedProbe(_Open):
    """A probe without a transcript."""

    modelId: Text
    scenarioId: Text
    sampleIndex: Given[Index] = None
    error: ProbeError
    costSnapshot: Given[Cost] = None
    partialTranscript: Given[Content] = None


class ScaleOfScores(BaseModel):
    """What a score can be: a number between two bounds, or the name of one of some options."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    min: Given[float] = None
    max: Given[float] = None
    neutral: float | None = Field(
        default=None, description="Takes no side. The middle where it is left out; null where there is none."
    )
    options: Given[Annotated[list[Text], Field(min_length=2, max_length=50)]] = Field(
        default=None, description="Names without an order, in place of the bounds."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.options is not None:
            if self.min is not None or self.max is not None or self.neutral is not None:
                raise PydanticCustomError("scale", "has options or bounds, not both")
            if len(set(self.options)) < len(self.options):
                raise PydanticCustomError("scale", "names an option twice")
            return self
        if self.min is None or self.max is None or not self.min < self.max:
            raise PydanticCustomError("scale", "needs min and max, min below max, or options")
        if self.neutral is not None and not self.min <= self.neutral <= self.max:
            raise PydanticCustomError("scale", "neutral must be between min and max")
        return self

    def value(self) -> Scale:
        """The scale as the analysis has it."""
        if self.options is not None or self.min is None or self.max is None:
            return Scale(0.0, 1.0, None, tuple(self.options or ()))
        middle = self.neutral if "neutral" in self.model_fields_set else (self.min + self.max) / 2
        return Scale(self.min, self.max, middle)


class RunOfJob(BaseModel):
    """One of several runs that are compared."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    runId: Text
    scale: Given[ScaleOfScores] = Field(default=None, description="That of the job where it is left out.")


class _Asked(BaseModel):
    """What a job says beside its transcripts."""

    name: Given[Text] = Field(default=None, description="Of the run, for the title of the report.")
    scale: Given[ScaleOfScores] = Field(default=None, description="1 to 5 with the neutral 3 where it is left out.")
    equivalenceBound: Given[Points] = Field(
        default=None, description="Models that differ by less, in points of the scale, count as equal."
    )
    precision: Given[Points] = Field(
        default=None,
        description="Half the width of the interval that the next run is to have; 0.1 where it is left out.",
    )
    levels: Given[dict[str, Annotated[list[float | str], Field(min_length=2, max_length=50)]]] = Field(
        default=None, description="The order of the levels of a dimension, by its name, for its trend."
    )

    runs: Given[Annotated[list[RunOfJob], Field(min_length=2, max_length=20)]] = Field(
        default=None,
        description="Runs to compare, the oldest first; each transcript names its own in `runId`. The other figures are"
        " over the last of them, or with `pool` over all.",
    )
    pool: Given[bool] = None

    @field_validator("pool")
    @classmethod
    def _of_one_scale(cls, pool: bool | None, checked: pydantic.ValidationInfo) -> bool | None:  # noqa: FBT001 - a field
        """What was decided on one scale says nothing on another; where a scale is wrong, that is said alone."""
        if pool and checked.data.get("runs") and "scale" in checked.data:
            own = checked.data["scale"]
            first, *others = ((run.scale or own) for run in checked.data["runs"])
            known = [DEFAULT_SCALE if scale is None else scale.value() for scale in (first, *others)]
            if not all(known[0].like(scale) for scale in known[1:]):
                raise PydanticCustomError("scale", "the runs have different scales; leave it out, or pool runs of one")
        return pool

    def settings(self) -> Settings:
        """The settings that they make."""
        scale = self.scale.value() if self.scale else DEFAULT_SCALE
        levels = tuple((name, tuple(order)) for name, order in sorted((self.levels or {}).items()))
        return Settings(
            self.name,
            scale,
            self.equivalenceBound,
            self.precision or DEFAULT_PRECISION,
            levels,
            tuple((run.runId, run.scale.value() if run.scale else scale) for run in self.runs or ()),
            self.pool or False,
        )


class AnalysisJob(_Open, _Asked):
    """What is to be analysed. A field of a transcript that is missing or of another type narrows what is computed."""

    runId: Text
    transcriptIds: Given[list[str]] = Field(default=None, description="Alone, they give the placeholder.")
    transcripts: Given[list[AnalysedTranscript | FailedProbe]] = None


class Job(_Asked):
    """The job without its transcripts, which were taken in one by one."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)

    runId: Text
    transcriptIds: Given[list[str]] = None
    transcripts: Given[list[dict[str, object]]] = None


_OTHER_KEYS: Final = frozenset({"jobId"})


def parse_job(document: object, notes: Notes | None) -> Job:
    """Check the job; a key that nobody knows becomes a note, where there is a place for it.

    Raises:
        ValidationError: naming the path of each field that is wrong and the cure, never a value.
    """
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    try:
        job = Job.model_validate(document)
    except pydantic.ValidationError as error:
        raise ValidationError(describe(error, Job)) from None
    if notes is not None:
        for name in sorted((job.model_extra or {}).keys() - _OTHER_KEYS):
            notes.say(f"{printable_path(name)}: unknown key, not used; check its spelling")
    return job
