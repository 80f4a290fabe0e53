"""OpenAI Chat Completions (https://platform.openai.com/docs/api-reference/chat) and servers that speak it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from common.llm_adapters.openai_shaped import OpenAIShapedAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping


class OpenAIAdapter(OpenAIShapedAdapter):
    """`max_tokens` is deprecated and refused by the reasoning models; every model takes `max_completion_tokens`."""

    wire_names: ClassVar[Mapping[str, str]] = {
        **OpenAIShapedAdapter.wire_names,
        "maxTokens": "max_completion_tokens",
        "serviceTier": "service_tier",
        "promptCaching": "prompt_cache_key",
    }
