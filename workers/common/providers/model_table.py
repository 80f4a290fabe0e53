"""What is known of single models: limits, and the settings they refuse, ignore or exclude.

The facts stand in `models.json` beside this file and, in the same form, in the user's own file (PROBE_MODELS_FILE),
which is read after it. Per provider it is a list of rows; every row whose `match` fits the ID applies, in order, and a
later row overrides the fields it names. `match` is an ID, or a beginning with `*` at its end. A row of the user's file
also routes the IDs it matches to its provider.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.errors import ConfigError
from common.providers.records import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable

MODELS_FILE: Final = Path(__file__).with_name("models.json")

SETTINGS: Final = frozenset(
    {
        "temperature",
        "topP",
        "maxTokens",
        "seed",
        "frequencyPenalty",
        "presencePenalty",
        "stopSequences",
        "reasoningEffort",
        "serviceTier",
        "promptCaching",
    }
)


class ModelFacts(NamedTuple):
    """What is known of one model; every default means "nothing special is known".

    Attributes:
        max_output_tokens: the most tokens one answer may have.
        limit_is_context: that number is the context window, which prompt and answer share.
        refuses: settings that the API answers with an error.
        ignores: settings that the API accepts and does not apply.
        exclusive: settings of which the API takes one; the first that is set is kept.
        while_thinking: what becomes of temperature and topP while the model thinks: "refuses" or "ignores".
        default_effort: the effort at which the model thinks when none is asked for; "none" is not at all.
        efforts: the values of reasoningEffort it takes; None where that is not known.
        preamble: "prompt" where the model takes no system message.
        cache_minimum: how many tokens a preamble needs to be cached where the request marks it; None: not known.
        always: settings that the operator says the model takes, also while it thinks.
    """

    max_output_tokens: int | None = None
    limit_is_context: bool = False
    refuses: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    while_thinking: str | None = None
    default_effort: str | None = None
    efforts: tuple[str, ...] | None = None
    preamble: str | None = None
    cache_minimum: int | None = None
    always: tuple[str, ...] = ()


_FIELD_OF: Final = {
    "".join(part.capitalize() if index else part for index, part in enumerate(name.split("_"))): name
    for name in ModelFacts._fields
    if name != "always"  # which a job says, not a table
}

Rows = dict[str, list[dict[str, Any]]]


class ModelTable:
    """The rows of both files, and the two questions asked of them."""

    def __init__(self, builtin: Rows, user: Rows) -> None:
        self._builtin = builtin
        self._user = user

    def facts(self, provider: str, model: str) -> ModelFacts:
        """Everything known of a model at a provider."""
        known: dict[str, Any] = {}
        for row in [*self._builtin.get(provider, ()), *self._user.get(provider, ())]:
            if _fits(row["match"], model):
                known |= {
                    _FIELD_OF[name]: tuple(value) if isinstance(value, list) else value
                    for name, value in row.items()
                    if name != "match"
                }
        return ModelFacts(**known)

    def user_provider(self, model: str) -> str | None:
        """The provider to which the user's own file routes an ID."""
        for provider, rows in self._user.items():
            if any(_fits(row["match"], model) for row in rows):
                return provider
        return None


def get_model_table(user_file: str | None) -> ModelTable:
    """The built-in rows and the user's.

    Raises:
        ConfigError: the user's file cannot be read, or a row of it is wrong; the message names the row and the field.
    """
    return ModelTable(_builtin_rows(), _user_rows(user_file) if user_file else {})


@lru_cache(maxsize=1)
def _builtin_rows() -> Rows:
    rows: Rows = json.loads(MODELS_FILE.read_bytes())
    return rows


def _user_rows(path: str) -> Rows:
    from common.providers.user_file import read_user_file  # noqa: PLC0415 - few users have one

    rows = read_user_file("PROBE_MODELS_FILE", path, "workers/common/providers/models.json")
    if not isinstance(rows, dict):
        raise ConfigError("PROBE_MODELS_FILE must hold an object with one list of rows per provider")
    for provider, listed in rows.items():
        if provider not in PROVIDERS:
            raise ConfigError(f'PROBE_MODELS_FILE: "{provider[:40]}" is not one of {", ".join(PROVIDERS)}')
        if not isinstance(listed, list):
            raise ConfigError(f"PROBE_MODELS_FILE: {provider} must be a list of rows")
        for index, row in enumerate(listed):
            _check_row(row, f"PROBE_MODELS_FILE: {provider}[{index}]")
    return rows


def _check_row(row: object, where: str) -> None:
    if not isinstance(row, dict) or not isinstance(row.get("match"), str) or not row["match"].strip():
        raise ConfigError(f'{where} must be an object with "match": a model ID, or a beginning and *')
    for name, value in row.items():
        if name != "match" and name not in _FIELD_OF:
            raise ConfigError(f'{where}: "{name[:40]}" is not one of match, {", ".join(_FIELD_OF)}')
        if not _CHECKS.get(name, _is_text)(value):
            raise ConfigError(f"{where}.{name} must be {_WANTED.get(name, 'a text')}")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_positive(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)


def _is_settings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item in SETTINGS for item in value)


_CHECKS: Final[dict[str, Callable[[object], bool]]] = {
    "maxOutputTokens": _is_positive,
    "cacheMinimum": _is_positive,
    "limitIsContext": lambda value: isinstance(value, bool),
    "refuses": _is_settings,
    "ignores": _is_settings,
    "exclusive": _is_settings,
    "whileThinking": lambda value: value in (None, "refuses", "ignores"),
    "defaultEffort": lambda value: value is None or isinstance(value, str),
    "efforts": lambda value: (
        value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    ),
    "preamble": lambda value: value in (None, "prompt"),
}
_WANTED: Final = {
    "maxOutputTokens": "a whole number above 0, or null",
    "limitIsContext": "true or false",
    "refuses": f"a list of {', '.join(sorted(SETTINGS))}",
    "ignores": f"a list of {', '.join(sorted(SETTINGS))}",
    "exclusive": f"a list of {', '.join(sorted(SETTINGS))}",
    "whileThinking": '"refuses", "ignores" or null',
    "defaultEffort": "a text or null",
    "efforts": "a list of texts, or null",
    "preamble": '"prompt" or null',
    "cacheMinimum": "a whole number above 0, or null",
}


def _fits(match: str, model: str) -> bool:
    names = {model, _base_model(model)}
    return any(name.startswith(match[:-1]) if match.endswith("*") else name == match for name in names)


def _base_model(model: str) -> str:
    """A fine-tune (`ft:base:org:name:id`) has the limits of its base; Google's IDs may carry `models/`."""
    if model.startswith("ft:"):
        return model.split(":")[1]
    return model.removeprefix("models/")
