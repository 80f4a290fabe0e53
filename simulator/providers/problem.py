"""What is wrong with a request body, before a vendor puts it into its own words."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Path = tuple[str | int, ...]


class Rule(Enum):
    """The rule that a value breaks."""

    MISSING = auto()
    UNKNOWN = auto()
    TYPE = auto()
    CHOICE = auto()
    MINIMUM = auto()
    MAXIMUM = auto()
    EMPTY = auto()


class ProblemError(Exception):
    """A value that the vendor's schema does not allow.

    Attributes:
        rule: the rule it breaks.
        path: where it stands in the body.
        expected: the type, the limit, or the choices.
        found: the value.
    """

    def __init__(self, rule: Rule, path: Path, expected: object = None, found: object = None) -> None:
        super().__init__(rule, path)
        self.rule = rule
        self.path = path
        self.expected = expected
        self.found = found

    @property
    def dotted(self) -> str:
        """The path as `messages.0.content`."""
        return ".".join(map(str, self.path))

    def choices(self, last: str = ", ") -> str:
        """The choices of a value that has to be one of them."""
        names = [f"'{name}'" for name in self.expected] if isinstance(self.expected, tuple) else [str(self.expected)]
        return last.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    @property
    def bracketed(self) -> str:
        """The path as `messages[0].content`."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return text.removeprefix(".")


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def words(text: str) -> frozenset[str]:
    """The names in a text."""
    return frozenset(text.split())


def json_type(value: object) -> str:
    """The JSON name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, float):
        return "number"
    return next(name for name, types in _TYPES.items() if isinstance(value, types))


def take(body: Mapping[str, Any], name: str, expected: str, path: Path = ()) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a key, or None where it is absent or null.

    Raises:
        ProblemError: it is of another type.
    """
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, _TYPES[expected]) or (isinstance(value, bool) and expected != "boolean"):
        if expected == "integer" and isinstance(value, float) and value.is_integer():
            return int(value)
        raise ProblemError(Rule.TYPE, (*path, name), expected, value)
    return value


def need(body: Mapping[str, Any], name: str, expected: str, path: Path = ()) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a key that has to be there.

    Raises:
        ProblemError: it is absent, or of another type.
    """
    value = take(body, name, expected, path)
    if value is None:
        raise ProblemError(Rule.MISSING, (*path, name), expected)
    return value


def take_number(
    body: Mapping[str, Any], name: str, low: float, high: float | None = None, path: Path = (), *, whole: bool = False
) -> float | None:
    """A number between two limits, or None.

    Raises:
        ProblemError: it is no number, or outside the limits.
    """
    value: float | None = take(body, name, "integer" if whole else "number", path)
    if value is None:
        return None
    if value < low:
        raise ProblemError(Rule.MINIMUM, (*path, name), low, value)
    if high is not None and value > high:
        raise ProblemError(Rule.MAXIMUM, (*path, name), high, value)
    return value


def refuse_unknown(body: Mapping[str, Any], known: Iterable[str], path: Path = ()) -> None:
    """Raise a ProblemError for the first key that the vendor does not know."""
    for name, value in body.items():
        if name not in known:
            raise ProblemError(Rule.UNKNOWN, (*path, name), found=value)


def refuse_all_unknown(body: Mapping[str, Any], known: Iterable[str]) -> list[ProblemError]:
    """A ProblemError for every key that the vendor does not know."""
    return [ProblemError(Rule.UNKNOWN, (name,), found=value) for name, value in body.items() if name not in known]


PYDANTIC_TYPES = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("dict_type", "Input should be a valid dictionary"),
}


def pydantic_words(problem: ProblemError) -> tuple[str, str]:
    """The type and the message that pydantic gives a problem; two of the vendors pass them on."""
    if problem.rule is Rule.TYPE:
        return PYDANTIC_TYPES[str(problem.expected)]
    if problem.rule is Rule.CHOICE:
        return "literal_error", f"Input should be {problem.choices(' or ')}"
    return {
        Rule.MISSING: ("missing", "Field required"),
        Rule.UNKNOWN: ("extra_forbidden", "Extra inputs are not permitted"),
        Rule.MINIMUM: ("greater_than_equal", f"Input should be greater than or equal to {problem.expected}"),
        Rule.MAXIMUM: ("less_than_equal", f"Input should be less than or equal to {problem.expected}"),
        Rule.EMPTY: ("too_short", "List should have at least 1 item after validation, not 0"),
    }[problem.rule]


_SERDE_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "array": "a sequence",
    "object": "a map",
}


def serde_words(problem: ProblemError) -> str:
    """The message of the library with which two other vendors read JSON, for what it cannot read."""
    if problem.rule is Rule.MISSING:
        text = f"missing field `{problem.path[-1]}`"
    elif problem.rule is Rule.CHOICE:
        text = f"{problem.bracketed}: unknown variant `{problem.found}`, expected one of {problem.choices()}"
    else:
        expected = _SERDE_TYPES[str(problem.expected)]
        text = f"{problem.bracketed}: invalid type: {json_type(problem.found)}, expected {expected}"
    return f"Failed to deserialize the JSON body into the target type: {text} at line 1 column 2"
