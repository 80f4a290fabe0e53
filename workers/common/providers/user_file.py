"""Files of tables that users may add: read whole, bounded, and without a key that stands twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from common.errors import ConfigError

MAX_USER_FILE_BYTES: Final = 4 * 1024 * 1024


class _DoubledError(ValueError):
    """A key stands twice in one object; the first of them would be lost without a word."""


def read_user_file(variable: str, path: str, like: str) -> object:
    """The JSON of a file that a variable names.

    Args:
        variable: that names the file.
        path: of the file.
        like: a file of the same form in this project, for the message.

    Raises:
        ConfigError: it cannot be read, is too large, is no JSON, or has a key twice.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_USER_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{variable} cannot be read ({error.strerror}); correct or unset it") from None
    if len(raw) > MAX_USER_FILE_BYTES:
        raise ConfigError(f"{variable} is larger than {MAX_USER_FILE_BYTES} bytes; is it the right file?")
    try:
        found: object = json.loads(raw, object_pairs_hook=_without_doubles)
    except _DoubledError as error:
        raise ConfigError(f"{variable}: {error}; put what they hold together") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{variable} is not JSON; compare it with {like}") from None
    return found


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise _DoubledError(f'the key "{doubled[:40]}" stands twice in one object')
    return found
