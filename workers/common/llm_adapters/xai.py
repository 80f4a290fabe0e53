"""xAI chat completions (https://docs.x.ai/docs/api-reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from common.llm_adapters.openai_shaped import OpenAIShapedAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import Prompt, Setting

# Calls with the same value are led to the same server, which has its cache to itself
# (https://docs.x.ai/developers/advanced-api-usage/prompt-caching/maximizing-cache-hits).
CONVERSATION_HEADER: Final = "x-grok-conv-id"


class XAIAdapter(OpenAIShapedAdapter):
    """completion_tokens leaves reasoning out: total_tokens is prompt, completion and reasoning together.

    max_completion_tokens counts both (the reference); of max_tokens, which it replaces, nothing is said of reasoning.
    """

    reasoning_beside_completion: ClassVar[bool] = True
    wire_names: ClassVar[Mapping[str, str]] = {
        **OpenAIShapedAdapter.wire_names,
        "maxTokens": "max_completion_tokens",
        "promptCaching": CONVERSATION_HEADER,
    }

    def prompt_headers(self, settings: Mapping[str, Setting]) -> dict[str, str]:
        """The key under which the cache is found again."""
        key = settings.get("promptCaching")
        return {CONVERSATION_HEADER: str(key)} if key else {}

    def setting(self, name: str, value: Setting, prompt: Prompt) -> dict[str, object]:
        """The cache's key stands in a header."""
        return {} if name == "promptCaching" else super().setting(name, value, prompt)
