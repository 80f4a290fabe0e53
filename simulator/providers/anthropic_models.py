"""What Anthropic's models accept, by family."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from simulator.prefix_cache import CacheRule

if TYPE_CHECKING:
    from simulator.question import Json

# Nothing is cached unless the request marks it.
CACHE_RULE: Final = CacheRule(minimum=1024, tells_writes=True, automatic=False)
MAX_OUTPUT_TOKENS: Final = 128_000
MAX_INPUT_TOKENS: Final = 1_000_000

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


def model_card(model: str) -> Json:
    """What the list of models says of one."""
    thinks_anyway, has_budget = ALWAYS_THINKS.match(model), not NO_BUDGET.match(model)
    tools = {"supported": True, "code_execution": _can(), "web_search": _can()}
    types = {
        "adaptive": _can(),
        "between_tools": _can(what=model.startswith("claude-sonnet-5-5")),
        "disabled": _can(what=not thinks_anyway),
        "enabled": _can(what=has_budget),
    }
    efforts = dict.fromkeys(("low", "medium", "high", "max"), _can())
    lines = [line for line in ("haiku", "sonnet", "opus", "fable", "mythos") if f"-{line}" in model]
    return {
        "type": "model",
        "id": model,
        "display_name": model.replace("-", " ").title(),
        "created_at": "2026-01-15T00:00:00Z",
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "line": lines[0] if lines else None,
        "max_input_tokens": MAX_INPUT_TOKENS,
        "max_tokens": MAX_OUTPUT_TOKENS,
        "capabilities": {
            **dict.fromkeys(("batch", "citations", "code_execution", "image_input", "pdf_input"), _can()),
            "structured_outputs": _can(),
            "context_management": {"supported": False},
            "effort": {"supported": True, **efforts, "xhigh": _can(what=bool(THINKS_BY_DEFAULT.match(model)))},
            "server_tools": tools,
            "thinking": {"supported": True, "types": types},
        },
    }


def _can(*, what: bool = True) -> dict[str, bool]:
    return {"supported": what}
