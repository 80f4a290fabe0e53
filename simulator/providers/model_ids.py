"""Whose model an ID is, so that a request at the wrong vendor's door is turned away as in real life."""

from __future__ import annotations

import functools
from typing import Final

from simulator.records import RECORDS

# No vendor has longer ones, and caches are spared what is no ID.
MAX_MODEL_ID: Final = 256


def belongs_elsewhere(provider: str, model: str) -> bool:
    """Whether an ID is one of another vendor's; one that nobody knows is everybody's."""
    return len(model) <= MAX_MODEL_ID and _belongs_elsewhere(provider, model)


@functools.lru_cache(maxsize=1024)
def _belongs_elsewhere(provider: str, model: str) -> bool:
    return not RECORDS[provider].fits(model) and any(record.fits(model) for record in RECORDS.values())
