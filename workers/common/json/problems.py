"""What is wrong with a job, in words: where, what, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from pydantic import BaseModel

from common.json.models import MAX_SAFE_INTEGER
from common.json.strict import printable_path

if TYPE_CHECKING:
    import pydantic
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

MAX_PROBLEMS_SHOWN: Final = 5
# The errors that the models themselves raise: their text is a cure, and holds no value.
_OURS: Final = frozenset({"null", "blank", "scale"})


def describe(error: pydantic.ValidationError, model: type[BaseModel]) -> str:
    """All problems in one line: path, what is wrong, what to do. No value of the job is in it.

    Args:
        error: what the model refused.
        model: that was to be read, which says what else could stand in the place of an unknown field.
    """
    problems = error.errors(include_input=False, include_url=False)
    shown = [f"{_path(problem['loc'])}: {_cure(problem, model)}" for problem in problems[:MAX_PROBLEMS_SHOWN]]
    if len(problems) > MAX_PROBLEMS_SHOWN:
        shown.append(f"and {len(problems) - MAX_PROBLEMS_SHOWN} more")
    return "; ".join(shown)


def _path(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return printable_path(text)


_WANTED: Final = {
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "finite_number": "must be a finite number",
    "string_too_short": "must not be empty",
    "missing": "is required; add it",
}
_BOUNDS: Final = {
    "greater_than": ("gt", "must be greater than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
}


def _cure(problem: ErrorDetails, model: type[BaseModel]) -> str:
    kind = problem["type"]
    context = problem.get("ctx", {})
    if kind == "extra_forbidden":
        return _suggest(problem["loc"], model)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{words} {context[name]:g}" if abs(context[name]) < MAX_SAFE_INTEGER else f"{words} {context[name]}"
    if kind == "literal_error":
        return f"must be one of {context['expected']}"
    if kind in _OURS:
        return str(problem["msg"])
    return _WANTED.get(kind, "is not of the form the contract asks for")


def _suggest(loc: tuple[int | str, ...], model: type[BaseModel]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt job needs it

    known = _fields_at(loc[:-1], model)
    close = get_close_matches(str(loc[-1]), known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"is not a setting{hint} (known: {', '.join(known)})"


def _fields_at(loc: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """The fields of the object that stands there."""
    models = [model]
    for part in loc:
        # What is no field is the place in a list, or the name of one of several forms.
        inner = [
            found for each in models if part in each.model_fields for found in _models_in(each.model_fields[str(part)])
        ]
        models = inner or [each for each in models if each.__name__ == part] or models
    return list(dict.fromkeys(name for each in models for name in each.model_fields))


def _models_in(field: FieldInfo) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    open_: list[object] = [field.annotation]
    while open_:
        annotation = open_.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.append(annotation)
        open_.extend(get_args(annotation))
    return found
