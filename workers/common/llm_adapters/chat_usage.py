"""The bill in a chat completion: what its counts leave out, its total shows.

Vendors and gateways differ in what `completion_tokens` and `prompt_tokens` hold. Where the total is larger than both
together, the rest was billed too: as reasoning where it is as much as the reasoning that is reported (xAI, Portkey
before Gemini), as input where it is as much as was read from or written to a cache (Portkey before Anthropic), and as
reasoning where nothing else explains it (Gemini behind a gateway without details).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.json.loose import as_count, as_dict
from common.llm_adapters.base import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_usage(usage: Mapping[str, object], cached: int | None, *, reasoning_beside: bool = False) -> Usage:
    """The bill, with reasoning counted once and cached input counted in.

    Args:
        usage: the object of a chat completion.
        cached: the input tokens that came from a cache, as the provider's own fields say.
        reasoning_beside: whether this API's completion_tokens leaves reasoning out, also where no total says so (xAI).
    """
    prompt = as_count(usage.get("prompt_tokens"))
    completion = as_count(usage.get("completion_tokens"))
    total = as_count(usage.get("total_tokens"))
    reasoning = as_count(as_dict(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    cached = as_count(usage.get("cache_read_input_tokens")) if cached is None else cached
    written = _written(usage)
    if prompt is None or completion is None:
        return Usage(prompt, _output(completion, reasoning, reasoning_beside), reasoning, cached, written)
    rest = None if total is None else total - prompt - completion
    cache = (cached or 0) + (written or 0)
    if rest is not None and rest > 0:
        # Reasoning first: xAI leaves it out of every answer that has some, and both may be as many.
        if cache and rest != reasoning and rest in {cache, cache + (reasoning or 0)}:
            prompt, rest = prompt + cache, rest - cache
        if rest and not reasoning and not cached:
            reasoning = rest
        return Usage(prompt, completion + rest, reasoning, cached, written)
    if cache > prompt:
        prompt += cache  # a part cannot be more than the whole, so it stands beside it
    counted_in = rest == 0 and (reasoning or 0) <= completion
    return Usage(
        prompt,
        completion if counted_in else _output(completion, reasoning, reasoning_beside),
        reasoning,
        cached,
        written,
    )


def _output(completion: int | None, reasoning: int | None, reasoning_beside: bool) -> int | None:  # noqa: FBT001
    if completion is None or not reasoning:
        return completion
    return completion + reasoning if reasoning_beside or reasoning > completion else completion


def _written(usage: Mapping[str, object]) -> int | None:
    """Input tokens that were written to a cache: OpenAI's field (from gpt-5.6 on), or Anthropic's behind a gateway."""
    found = (
        as_count(as_dict(usage.get("prompt_tokens_details")).get("cache_write_tokens")),
        as_count(as_dict(usage.get("prompt_tokens_details")).get("cache_creation_tokens")),
        as_count(usage.get("cache_creation_input_tokens")),
    )
    return max((count for count in found if count is not None), default=None)
