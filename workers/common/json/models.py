"""The vocabulary of our documents: base models, bounds, and what "may be absent" means in a job and in an answer."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

# A larger whole number would come back changed from the caller's JSON.parse.
MAX_SAFE_INTEGER: Final = 2**53 - 1

# Why defer_build: a job needs one validator, that of the whole; those of its parts would be built for nothing.


class Open(BaseModel):
    """An object in which a key nobody knows is accepted with a warning."""

    model_config = ConfigDict(
        strict=True, extra="allow", frozen=True, allow_inf_nan=False, hide_input_in_errors=True, defer_build=True
    )


class Closed(BaseModel):
    """An object of settings: a key nobody knows is refused, for a setting must never be ignored in silence."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True, defer_build=True
    )


def _refuse_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null", "must not be null; leave it out")
    return value


def _refuse_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return value


def _without_null(schema: dict[str, Any]) -> None:
    """Say in the published schema what the validator does: the field may be absent, it may not be null."""
    schema.pop("default", None)
    for part in schema.pop("anyOf", []):
        if part != {"type": "null"}:
            schema.update(part)


def without_default(schema: dict[str, Any]) -> None:
    """A default of null says no more than that the field may be absent; one that says more is published."""
    if schema.get("default") is None:
        schema.pop("default", None)


def published_default(value: float, **others: float) -> Any:  # noqa: ANN401 - what Field gives
    """Of an optional field of a job: the value that counts where it is absent, as the published schema shows it.

    `flex=900` publishes as `x-default-flex` the one that counts in another case.
    """
    named = {"default": value, **{f"x-default-{name}": other for name, other in others.items()}}
    return Field(json_schema_extra={name: int(one) if one == int(one) else one for name, one in named.items()})


_T = TypeVar("_T")
# Of a job: a field that is absent, never null, where there is nothing to say.
Given = Annotated[_T | None, BeforeValidator(_refuse_null), Field(json_schema_extra=_without_null)]
# Of a job: null means absent, for that is how callers in other languages write it.
Nullable = Annotated[_T | None, Field(json_schema_extra=without_default)]
Text = Annotated[str, AfterValidator(_refuse_blank), Field(min_length=1, json_schema_extra={"pattern": r"\S"})]
# How many of something; 0 where there are none.
Count = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]
Positive = Annotated[int, Field(gt=0, le=MAX_SAFE_INTEGER)]
WholeNumber = Annotated[int, Field(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
