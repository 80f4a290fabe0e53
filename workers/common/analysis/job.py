"""The job of the analysis: a run and its transcripts, or their IDs alone.

What stands inside a transcript is described here for the published schema only. A run is analysed whatever one of its
transcripts looks like, so `reading` takes each field for itself and reports those of another type as warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import pydantic
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common.errors import ValidationError
from common.json.strict import printable_path
from common.probe.job import Given, describe

if TYPE_CHECKING:
    from common.analysis.notes import Notes


def _refuse_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("blank")
    return value


Text = Annotated[str, AfterValidator(_refuse_blank), Field(min_length=1)]
Index = Annotated[int, Field(ge=0)]
Score = Annotated[float, Field(ge=1, le=5)]


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

    targetResponse: Given[str] = None
    inputTokens: Index | None = None
    outputTokens: Index | None = None
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

    score: Score | None = Field(default=None, description="From 1 to 5; 3 is neutral, null says that there is none.")
    values: Any = Field(default=None, description="Accepted, not used.")


class AnalysedScenario(_Open):
    """What is known of the question."""

    name: Given[str] = None
    dimensions: Given[dict[str, float | str]] = Field(
        default=None, description="What the scenario varies, by name; the same in all its transcripts."
    )


class AnalysedTranscript(_Open):
    """One conversation. The turns stand in `content`, in `transcript` (as probe.py prints them), or in `turns`."""

    id: Given[Text] = Field(default=None, description="Where it comes twice, one of the two counts.")
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


class ProbeError(_Open):
    """Why a probe brought no transcript."""

    code: Text


class FailedProbe(_Open):
    """A probe without a transcript."""

    modelId: Text
    scenarioId: Text
    sampleIndex: Given[Index] = None
    error: ProbeError


class AnalysisJob(_Open):
    """What is to be analysed. A field of a transcript that is missing or of another type narrows what is computed."""

    runId: Text
    transcriptIds: Given[list[str]] = Field(default=None, description="Alone, they give the placeholder.")
    transcripts: Given[list[AnalysedTranscript | FailedProbe]] = None


class Job(BaseModel):
    """The job without its transcripts, which were taken in one by one."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)

    runId: Text
    transcriptIds: Given[list[str]] = None
    transcripts: Given[list[dict[str, Any]]] = None


_OTHER_KEYS: Final = frozenset({"jobId"})


def parse_job(document: Any, notes: Notes | None) -> Job:  # noqa: ANN401 - any JSON value
    """Check the job; a key that nobody knows becomes a note, where there is a place for it.

    Raises:
        ValidationError: naming the path of each field that is wrong and the cure, never a value.
    """
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    try:
        job = Job.model_validate(document)
    except pydantic.ValidationError as error:
        raise ValidationError(describe(error)) from None
    if notes is not None:
        for name in sorted((job.model_extra or {}).keys() - _OTHER_KEYS):
            notes.say(f"{printable_path(name)}: unknown key, not used; check its spelling")
    return job
