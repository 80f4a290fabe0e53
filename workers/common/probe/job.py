"""The probe job: the contract's table of fields as strict models, with errors that name the path and the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import pydantic
from pydantic import BaseModel, Field, WithJsonSchema

from common.config import DEFAULT_DEADLINE_SECONDS, FLEX_DEADLINE_SECONDS
from common.errors import ValidationError
from common.json.models import (
    MAX_SAFE_INTEGER,
    Closed,
    Count,
    Given,
    Nullable,
    Open,
    Positive,
    Text,
    WholeNumber,
    published_default,
    without_default,
)
from common.json.problems import describe
from common.json.strict import printable_path
from common.providers.price import ModelCost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


# Given is used by the jobs of other workers too.
__all__ = [
    "MAX_SAFE_INTEGER",
    "Given",
    "ModelCost",
    "ModelSettings",
    "ProbeJob",
    "ProbeSettings",
    "parse_job",
]

DEFAULT_MAX_TOKENS: Final = 8192
DEFAULT_MAX_TURNS: Final = 10
# An answer in more parts than this is a loop.
MAX_CONTINUATIONS: Final = 20
# No conversation is that long, and each wrong item of millions would have an error of its own.
MAX_ITEMS: Final = 10_000

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

Turns = Annotated[int, Field(ge=1, le=100)]
Deadline = Annotated[float, Field(gt=0, le=86_400)]
Temperature = Annotated[float, Field(ge=0, le=2)]
Probability = Annotated[float, Field(ge=0, le=1)]
Penalty = Annotated[float, Field(ge=-2, le=2)]
# Further parts of an answer that its provider sends in parts.
Continuations = Annotated[int, Field(ge=0, le=MAX_CONTINUATIONS)]
# Waits for room in a tier before the default one is asked.
Waits = Annotated[int, Field(ge=0, le=1_000)]


class Followup(Open):
    """One further question; a blank one is skipped and keeps its number."""

    label: Nullable[str] = None
    prompt: str


class Scenario(Open):
    """What is asked."""

    prompt: Text
    preamble: Nullable[str] = None
    followups: Nullable[Annotated[list[Followup], Field(max_length=MAX_ITEMS)]] = None


class ProbeSettings(Closed):
    """`config`: the settings of the run."""

    temperature: Nullable[Temperature] = None
    maxTokens: Annotated[Positive | None, published_default(DEFAULT_MAX_TOKENS)] = None
    maxTurns: Annotated[Turns | None, published_default(DEFAULT_MAX_TURNS)] = None
    seed: Nullable[WholeNumber] = None
    topP: Nullable[Probability] = None
    deadlineSeconds: Annotated[
        Deadline | None, published_default(DEFAULT_DEADLINE_SECONDS, flex=FLEX_DEADLINE_SECONDS)
    ] = None
    preamblePlacement: Nullable[Literal["system", "prompt"]] = None
    promptCaching: Nullable[bool] = None
    maxContinuations: Annotated[Continuations | None, published_default(MAX_CONTINUATIONS)] = None


class ModelSettings(Open):
    """`modelConfig`: the operator's settings for one model; they go before those of the run.

    Operators of other systems keep keys of their own here: one that nobody knows is warned of, and stands in `dropped`.
    """

    provider: Nullable[Text] = None
    maxTokens: Positive | None = None
    maxTokensParam: Nullable[Text] = None
    temperature: Nullable[Temperature] = None
    topP: Nullable[Probability] = None
    frequencyPenalty: Nullable[Penalty] = None
    presencePenalty: Nullable[Penalty] = None
    stopSequences: Nullable[Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=MAX_ITEMS)]] = None
    reasoningEffort: Nullable[Effort] = None
    supportsTemperature: Nullable[bool] = None
    serviceTier: Nullable[Literal["flex", "default"]] = None
    serviceTierFallbackAfter: Nullable[Waits] = None


_OPEN_OBJECT: Final = {"additionalProperties": True, "type": "object"}


class EarlierCall(Open):
    """What is read of a call of an earlier turn, to know what it cost."""

    inputTokens: Count | None = None
    outputTokens: Count | None = None
    cachedInputTokens: Count | None = None
    cacheWriteInputTokens: Count | None = None
    cacheWriteHourInputTokens: Count | None = None
    serviceTier: str | None = None


class EarlierMetadata(Open):
    """What is read of an earlier turn's metadata; the rest is carried along."""

    model: str | None = None
    modelVersion: str | None = None
    dropped: list[str] | None = None
    reasoningTokens: Count | None = None
    cachedInputTokens: Count | None = None
    cacheWriteInputTokens: Count | None = None
    cacheWriteHourInputTokens: Count | None = None
    reasoningContent: str | None = None
    tokenSource: str | None = None
    serviceTier: str | None = None
    sent: dict[str, object] | None = None
    startedAt: str | None = None
    durationMs: Count | None = None
    parts: list[EarlierCall] | None = None
    discarded: list[EarlierCall] | None = None


class EarlierTurn(Open):
    """A turn of an earlier try, already paid for."""

    turnNumber: Annotated[int, Field(ge=1)]
    promptLabel: Nullable[str] = None
    probePrompt: str
    targetResponse: Text
    inputTokens: Count | None = None
    outputTokens: Count | None = None
    # The published schema promises callers an open object: they hand back what they were given.
    providerMetadata: Nullable[Annotated[EarlierMetadata, WithJsonSchema(_OPEN_OBJECT)]] = None


class EarlierTranscript(Open):
    """A `partialTranscript` from an earlier try."""

    turns: Annotated[list[EarlierTurn], Field(max_length=MAX_ITEMS)]
    startedAt: Nullable[str] = None
    durationMs: Nullable[Count] = None


class ProbeJob(Open):
    """One conversation to hold."""

    runId: Text
    scenarioId: Text
    modelId: Text
    jobId: Nullable[str] = None
    sampleIndex: Nullable[Count] = None
    scenario: Scenario
    config: Annotated[ProbeSettings | None, Field(json_schema_extra=without_default)] = None
    modelConfig: Annotated[ModelSettings | None, Field(json_schema_extra=without_default)] = None
    modelCost: Nullable[ModelCost] = None
    resumeFrom: Nullable[EarlierTranscript] = None

    @property
    def settings(self) -> ProbeSettings:
        """`config`, or nothing but defaults."""
        return self.config or ProbeSettings.model_construct()

    @property
    def model_settings(self) -> ModelSettings:
        """`modelConfig`, or nothing but defaults."""
        return self.modelConfig or ModelSettings.model_construct()


# What a transcript holds beside the fields that are read; a caller hands all of it back, and that deserves no warning.
_TRANSCRIPT_KEYS: Final = frozenset(
    {
        "totalInputTokens",
        "totalOutputTokens",
        "totalReasoningTokens",
        "modelVersion",
        "completedAt",
        "costSnapshot",
    }
)
# These never come from a job, wherever they stand: a job could send a key elsewhere, or spread one.
_NEVER_IN_A_JOB: Final = ("apikey", "apikeys", "baseurl", "apibase", "headers", "authorization", "accesstoken", "proxy")


def parse_job(document: object) -> tuple[ProbeJob, list[str]]:
    """Check a job against the contract.

    Returns:
        The job, and a warning for each key that nobody knows.

    Raises:
        ValidationError: naming the path of each field that is wrong and the cure, never a value.
    """
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    _refuse_secrets(document, "")
    _refuse_long_lists(document)
    try:
        job = ProbeJob.model_validate(document)
    except pydantic.ValidationError as error:
        raise ValidationError(describe(error, ProbeJob)) from None
    return job, list(_unknown_keys(job, ""))


def _unknown_keys(model: BaseModel, path: str) -> Iterator[str]:
    for name, value in (model.model_extra or {}).items():
        if value is None and isinstance(model, ModelSettings):
            continue  # absent
        if not (isinstance(model, EarlierTranscript) and name in _TRANSCRIPT_KEYS):
            where = printable_path(f"{path}.{name}" if path else name)
            yield f"{where}: unknown key, not used; check its spelling{_close_to(name, model)}"
    if isinstance(model, EarlierTranscript):
        return  # extra keys of a stored turn are carried along
    for name in model.model_fields_set & type(model).model_fields.keys():
        value = getattr(model, name)
        where = f"{path}.{name}" if path else name
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, BaseModel):
                yield from _unknown_keys(item, f"{where}[{index}]" if isinstance(value, list) else where)


def _close_to(name: str, model: BaseModel) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt job needs it

    close = get_close_matches(name, list(type(model).model_fields), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _refuse_long_lists(document: Mapping[str, object]) -> None:
    """Before the models look at them."""
    for name, of_it in (("scenario", "followups"), ("modelConfig", "stopSequences"), ("resumeFrom", "turns")):
        fields = document.get(name)
        found = fields.get(of_it) if isinstance(fields, dict) else None
        if isinstance(found, list) and len(found) > MAX_ITEMS:
            raise ValidationError(f"{name}.{of_it}: must have at most {MAX_ITEMS} items; take out the others")


def _refuse_secrets(value: object, path: str) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_secrets(item, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        where = f"{path}.{name}" if path else name
        if "".join(char for char in name.lower() if char.isalnum()).endswith(_NEVER_IN_A_JOB):
            raise ValidationError(
                f"{printable_path(where)}: keys, headers and base URLs never come from a job;"
                " take it out and set them in the environment of the worker"
            )
        if where != "resumeFrom":
            _refuse_secrets(item, where)
