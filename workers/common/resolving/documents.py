"""The job and the documents of resolve_models.py, as models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from common.probe.documents import Failure
from common.probe.job import Given, ModelSettings, Text

MAX_MODELS = 10_000


class ModelQuestion(BaseModel):
    """One model of a run."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    modelId: Text
    modelConfig: Given[ModelSettings] = None


class ResolveJob(BaseModel):
    """The models that a run is to ask."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    models: Annotated[list[ModelQuestion], Field(min_length=1, max_length=MAX_MODELS)]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Problem(_Closed):
    """Why a model cannot be asked from here."""

    code: str
    message: str


class ModelAnswer(_Closed):
    """What is known of one model. `provider` and `model` are null where no provider is known for the ID."""

    modelId: str
    provider: str | None
    model: str | None
    maxOutputTokens: int | None
    problem: Problem | None


class Resolved(_Closed):
    """The models in the order in which they were asked for."""

    success: Literal[True]
    models: list[ModelAnswer]


class ResolveResult(RootModel[Resolved | Failure]):
    """What resolve_models.py prints."""
