"""What a check is, and what it means that a type is strict."""

from __future__ import annotations

import dataclasses
import json
import warnings
from typing import TYPE_CHECKING, Any, Final

import pydantic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONG: Final = "A sentence that is long enough to be cached when it is said often. " * 80


@dataclasses.dataclass(frozen=True)
class Check:
    """One behaviour that a client relies on.

    Attributes:
        run: raises where it does not hold; returns a few words about what was seen.
    """

    sdk: str
    vendor: str
    name: str
    run: Callable[[], str]


class Failure(Exception):  # noqa: N818 - the word that the table prints
    """What was seen is not what a client expects."""


def expect(what: object, seen: object, wanted: object) -> None:
    """Raise a Failure where two values differ."""
    if seen != wanted:
        raise Failure(f"{what} is {seen!r}, not {wanted!r}")


def ensure(what: str, holds: object) -> None:
    """Raise a Failure where something does not hold."""
    if not holds:
        raise Failure(what)


def strict(value: pydantic.BaseModel) -> None:
    """Validate an object against its own class.

    OpenAI's and Anthropic's SDKs build their objects without looking at the values, so that a wrong one is met only
    later, by code that relies on the type. A value of the wrong type shows as a warning when it is serialized, or as an
    error when it is read back.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = value.model_dump_json(by_alias=True, exclude_unset=True)
    type(value).model_validate_json(text, strict=True)


def strict_json(kind: Any, text: str) -> Any:
    """The bytes of a response as the type that the SDK gives them."""
    return pydantic.TypeAdapter(kind).validate_python(json.loads(text))


def raises(kind: type[Exception], act: Callable[[], object], **attributes: object) -> str:
    """Check that a call raises exactly this exception, with these attributes."""
    try:
        act()
    except kind as error:
        for name, wanted in attributes.items():
            expect(f"{type(error).__name__}.{name}", getattr(error, name), wanted)
        expect("the exception", type(error).__name__, kind.__name__)
        return kind.__name__
    raise Failure(f"no {kind.__name__} was raised")


def notices(act: Callable[[], object]) -> str:
    """Check that a check fails: one that cannot proves nothing."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - each SDK has its own way to say it
        return type(error).__name__
    raise Failure("a wrong value was not noticed")


def run_all(checks: Iterable[Check]) -> int:
    """Run them, print a line for each, and return how many failed."""
    failed = 0
    for check in checks:
        try:
            verdict, words = "ok", check.run()
        except Exception as error:  # noqa: BLE001 - whatever an SDK raises is a verdict
            verdict, words = "FAILED", f"{type(error).__name__}: {error}"
            failed += 1
        print(f"{verdict:6}  {check.sdk:12} {check.vendor:9} {check.name:34} {' '.join(words.split())[:400]}")
    return failed
