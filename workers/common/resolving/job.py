"""The job of resolve_models.py: which models are asked about, under which settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.json.models import Given, Text
from common.probe.job import ModelSettings

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
