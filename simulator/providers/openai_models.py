"""What OpenAI's models accept, by family."""

from __future__ import annotations

import functools
import re
from typing import Final

from simulator.prefix_cache import HALF_AN_HOUR, CacheRule

_DATE: Final = r"(-\d{4}-\d\d-\d\d)?"
_REASONING: Final = re.compile(r"o\d|gpt-([5-9]|\d\d)(?!\.?\d*-chat)|daybreak-")
NEEDS_MAX_COMPLETION_TOKENS: Final = re.compile(r"o\d|gpt-([5-9]|\d\d)")
NO_STOP: Final = re.compile(rf"(gpt-5-mini|o3|o4-mini){_DATE}$")
NO_INSTRUCTIONS: Final = re.compile(r"o1-mini")
RESPONSES_ONLY: Final = re.compile(r".*(-pro|-codex|-deep-research|computer-use-preview)(-|$)")
# These reject any temperature but 1 (the second group only while they reason at all).
_FIXED_TEMPERATURE: Final = re.compile(rf"o[134]|gpt-5(-mini|-nano)?{_DATE}$|gpt-5\.[56]|gpt-6")
_REASONS_ONLY_IF_TOLD: Final = re.compile(r"gpt-5\.[124](?!\d)(?!-chat)")
_TAKES_NO_NONE: Final = re.compile(rf"o\d|gpt-5(-mini|-nano)?{_DATE}$|gpt-6-astra|gpt-6\.1-sol")
# From these on, what goes into the cache is billed, and told.
_TELLS_CACHE_WRITES: Final = re.compile(r"gpt-(5\.([6-9]|\d\d)|[6-9]|\d\d)")
_DATED: Final = re.compile(r".*(-\d{4}-\d\d-\d\d|-\d{4}|-latest)$|ft:")
_DATES: Final = {
    "gpt-3.5-turbo": "0125",
    "gpt-4": "0613",
    "gpt-4-turbo": "2024-04-09",
    "gpt-4o": "2024-08-06",
    "gpt-4o-mini": "2024-07-18",
    "gpt-4.1": "2025-04-14",
    "gpt-4.1-mini": "2025-04-14",
    "gpt-4.1-nano": "2025-04-14",
    "o1": "2024-12-17",
    "o3": "2025-04-16",
    "o3-mini": "2025-01-31",
    "o4-mini": "2025-04-16",
    "gpt-5": "2025-08-07",
    "gpt-5-mini": "2025-08-07",
    "gpt-5-nano": "2025-08-07",
    "gpt-5.1": "2025-11-13",
    "gpt-5.2": "2025-12-11",
    "gpt-5.4": "2026-03-05",
    "gpt-5.4-nano": "2026-03-17",
}
DEFAULT_DATE: Final = "2026-01-15"
_CACHE: Final = CacheRule(minimum=1024, block=128)
_CACHE_WITH_WRITES: Final = CacheRule(minimum=1024, block=128, seconds=HALF_AN_HOUR, tells_writes=True)


@functools.lru_cache(maxsize=1024)
def cache_rule(model: str) -> CacheRule:
    """Prompts from 1,024 tokens on are cached by themselves, in blocks of 128."""
    return _CACHE_WITH_WRITES if _TELLS_CACHE_WRITES.match(model) else _CACHE


@functools.lru_cache(maxsize=1024)
def served_model(model: str) -> str:
    """The dated model that an alias is answered by."""
    return model if _DATED.match(model) else f"{model}-{_DATES.get(model, DEFAULT_DATE)}"


@functools.lru_cache(maxsize=1024)
def reasons(model: str, effort: str | None) -> bool:
    """Whether a model reasons at this effort, or at its default where none is given."""
    if not _REASONING.match(model):
        return False
    if effort is None:
        return not _REASONS_ONLY_IF_TOLD.match(model)
    return effort != "none"


def takes_effort(model: str, effort: str) -> bool | None:
    """Whether a model knows this effort; None where it knows no effort at all."""
    if not _REASONING.match(model):
        return None
    return effort != "none" or not _TAKES_NO_NONE.match(model)


@functools.lru_cache(maxsize=1024)
def fixed_temperature(model: str, effort: str | None) -> bool:
    """Whether only the default temperature is taken."""
    if _REASONS_ONLY_IF_TOLD.match(model):
        return effort not in {None, "none"}
    return bool(_FIXED_TEMPERATURE.match(model)) and effort != "none"
