"""What Anthropic's models accept, by family."""

from __future__ import annotations

import re
from typing import Final

# Thinking is on unless it is switched off, its words are not shown, and sampling settings and prefill are refused.
THINKS_BY_DEFAULT: Final = re.compile(r"claude-((sonnet|opus|haiku)-[5-9]|fable|mythos)")
ALWAYS_THINKS: Final = re.compile(r"claude-(opus-5-5|fable-5|mythos-5)")
NO_SAMPLING: Final = re.compile(r"claude-(opus-4-[78]|(sonnet|opus|haiku)-[5-9](?!\d)|fable|mythos)")
NO_BUDGET: Final = re.compile(r"claude-(opus-4-[78]|(sonnet|opus|haiku)-[5-9](?!\d)|fable|mythos)")
_DATES: Final = {
    "claude-haiku-4-5": "20251001",
    "claude-opus-4-0": "20250514",
    "claude-opus-4-1": "20250805",
    "claude-opus-4-5": "20251101",
    "claude-sonnet-4-0": "20250514",
    "claude-sonnet-4-5": "20250929",
    "claude-3-5-haiku-latest": "20241022",
    "claude-3-7-sonnet-latest": "20250219",
}


def served_model(model: str) -> str:
    """The dated model behind an alias; from 4.6 on there is no dated one."""
    date = _DATES.get(model)
    return f"{model.removesuffix('-latest').removesuffix('-0')}-{date}" if date else model
