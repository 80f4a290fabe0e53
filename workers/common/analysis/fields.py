"""Takes the fields of a transcript one by one: one of another type is not used, and is noted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from common.analysis.notes import Notes
from common.json.models import MAX_SAFE_INTEGER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeGuard

    # Beside a method that is called object.
    Item = Mapping[str, object]
    NewItem = dict[str, object]

_WHOLE: Final = "must be a whole number of at least 0, and is not known where it is not"
_AMOUNT: Final = "must be a number of at least 0, and is not known where it is not"
OBJECT: Final = "must be an object, and is not used where it is not"
_TEXT: Final = "must be a string that is not blank, and is not used where it is not"


class Fields:
    """Reads fields of JSON objects.

    Attributes:
        notes: what could not be used.
    """

    def __init__(self) -> None:
        self.notes = Notes()

    def object(self, place: Item, key: str, name: str | None, path: str = "") -> NewItem:
        """An object; an empty one where it is missing or something else."""
        value = place.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self.notes.field(path or key, OBJECT, name)
        return {}

    def text(self, place: Item, key: str, name: str | None, *, path: str = "", needed: str = "") -> str | None:
        """A text that is not blank; `needed` says what its lack costs."""
        value = place.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if needed:
            self.notes.field(path or key, f"must be a string that is not blank; {needed}", name)
        elif value is not None:
            self.notes.field(path or key, _TEXT, name)
        return None

    def whole(self, place: Item, key: str, path: str, name: str | None) -> int | None:
        """A whole number of at least 0."""
        value = place.get(key)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SAFE_INTEGER:
            return value
        self.notes.field(path, _WHOLE, name)
        return None

    def amount(self, place: Item, key: str, path: str, name: str | None) -> float | None:
        """A number of at least 0."""
        value = place.get(key)
        if value is None:
            return None
        if is_number(value) and value >= 0:
            return float(value) if isinstance(value, float) else int(value)
        self.notes.field(path, _AMOUNT, name)
        return None


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a number that a double holds as it is; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_SAFE_INTEGER


def moment(value: object) -> float | None:
    """Seconds since 1970 of an ISO 8601 time; UTC where it names no zone, None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
