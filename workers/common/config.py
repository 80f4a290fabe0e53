"""What the environment says, read at each call: deadlines, retry budgets, keys and base URLs.

Nothing is cached, so that a key changed between two jobs of one warm process is the key the second job uses.
"""

from __future__ import annotations

import math
import os
from typing import Final, NamedTuple

from common.errors import ConfigError

DEFAULT_DEADLINE_SECONDS: Final = 280.0
# Flex is served as there is room for it: OpenAI advises 15 minutes, Google aims at 1 to 15
# (https://platform.openai.com/docs/guides/flex-processing, https://ai.google.dev/gemini-api/docs/flex-inference).
FLEX_DEADLINE_SECONDS: Final = 900.0
MAX_DEADLINE_SECONDS: Final = 86_400.0


class Config(NamedTuple):
    """The settings of one process.

    Attributes:
        deadline_seconds: bound on a whole job: all turns, retries and waits (PROBE_DEADLINE_SECONDS).
        flex_deadline_seconds: the same for a job that asks for flex; the variable, where it is set, holds for both.
        connect_timeout_seconds: bound on opening one connection (PROBE_CONNECT_TIMEOUT_SECONDS).
        stdin_timeout_seconds: how long stdin may stay silent before its end (PROBE_STDIN_TIMEOUT_SECONDS).
        max_attempts: calls for one turn, the first included (PROBE_MAX_ATTEMPTS).
        max_retries_per_job: calls beyond the first, over all turns of a job (PROBE_MAX_RETRIES_PER_JOB).
        backoff_seconds: the first wait between two calls is half of this to all of it, and each further wait twice
            as long, where the server names no delay (PROBE_BACKOFF_SECONDS).
        backoff_max_seconds: no wait of ours is longer (PROBE_BACKOFF_MAX_SECONDS).
        models_file: the user's rows for the model table (PROBE_MODELS_FILE).
        prices_file: the user's rows for the table of prices (PROBE_PRICES_FILE).
    """

    deadline_seconds: float
    flex_deadline_seconds: float
    connect_timeout_seconds: float
    stdin_timeout_seconds: float
    max_attempts: int
    max_retries_per_job: int
    backoff_seconds: float
    backoff_max_seconds: float
    models_file: str | None
    prices_file: str | None


def get_config() -> Config:
    """Read the settings from the environment.

    Raises:
        ConfigError: a setting is not a number in its range; the message names the variable.
    """
    deadline = seconds("PROBE_DEADLINE_SECONDS", DEFAULT_DEADLINE_SECONDS)
    is_set = bool(os.environ.get("PROBE_DEADLINE_SECONDS", "").strip())
    return Config(
        deadline_seconds=deadline,
        flex_deadline_seconds=deadline if is_set else FLEX_DEADLINE_SECONDS,
        connect_timeout_seconds=seconds("PROBE_CONNECT_TIMEOUT_SECONDS", 10.0),
        stdin_timeout_seconds=seconds("PROBE_STDIN_TIMEOUT_SECONDS", 10.0),
        max_attempts=count("PROBE_MAX_ATTEMPTS", 5, most=100),
        max_retries_per_job=count("PROBE_MAX_RETRIES_PER_JOB", 10, least=0, most=1_000),
        backoff_seconds=seconds("PROBE_BACKOFF_SECONDS", 1.0),
        backoff_max_seconds=seconds("PROBE_BACKOFF_MAX_SECONDS", 30.0),
        models_file=os.environ.get("PROBE_MODELS_FILE", "").strip() or None,
        prices_file=os.environ.get("PROBE_PRICES_FILE", "").strip() or None,
    )


def seconds(variable: str, default: float, *, most: float = MAX_DEADLINE_SECONDS) -> float:
    """A duration in seconds from the environment, greater than 0 and at most `most`.

    Raises:
        ConfigError: the variable holds anything else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= most:
        raise ConfigError(f"{variable} must be a number of seconds above 0 and at most {most:g}; correct or unset it")
    return value


def count(variable: str, default: int, *, least: int = 1, most: int) -> int:
    """A whole number from the environment, from `least` to `most`.

    Raises:
        ConfigError: the variable holds anything else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise ConfigError(f"{variable} must be a whole number from {least} to {most}; correct or unset it")
    return value


def flag(variable: str) -> bool:
    """Whether a switch in the environment is on (1, true, yes, on)."""
    return os.environ.get(variable, "").strip().lower() in {"1", "true", "yes", "on"}
