"""The job of resolve_models.py as a model, and its documents as types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.json.documents import CLOSED, Failure

__all__ = ["ModelAnswer", "Problem", "ResolveResult", "Resolved"]


@with_config(CLOSED)
class Problem(TypedDict):
    """Why a model cannot be asked from here."""

    code: str
    message: str


@with_config(CLOSED)
class ModelAnswer(TypedDict):
    """What is known of one model. `provider` and `model` are null where no provider is known for the ID."""

    modelId: str
    provider: str | None
    model: str | None
    maxOutputTokens: int | None
    price: Annotated[dict[str, object] | None, Field(description="As modelCost in a job; null where none is known.")]
    problem: Problem | None


@with_config(CLOSED)
class Resolved(TypedDict):
    """The models in the order in which they were asked for."""

    success: Literal[True]
    models: list[ModelAnswer]


ResolveResult = Annotated[
    Resolved | Failure, Field(title="ResolveResult", description="What resolve_models.py prints.")
]
