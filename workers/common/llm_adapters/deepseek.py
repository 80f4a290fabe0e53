"""DeepSeek chat completions (https://api-docs.deepseek.com)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from common.json.loose import as_count
from common.llm_adapters.openai_shaped import OpenAIShapedAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import Prompt, Setting


class DeepSeekAdapter(OpenAIShapedAdapter):
    """No seed; reasoning is a switch of its own; cache hits have a field of their own.

    V4 refuses a second turn without the first one's `reasoning_content`, also in plain chats
    (https://github.com/danny-avila/LibreChat/issues/12836), so it is sent back.
    """

    wants_reasoning_back: ClassVar[bool] = True
    request_id_headers: ClassVar[tuple[str, ...]] = ("x-ds-trace-id", "x-request-id")
    wire_names: ClassVar[Mapping[str, str]] = {
        name: wire for name, wire in OpenAIShapedAdapter.wire_names.items() if name != "seed"
    }
    max_tokens_params: ClassVar[tuple[str, ...]] = ("max_tokens",)

    def setting(self, name: str, value: Setting, prompt: Prompt) -> dict[str, object]:
        """`reasoningEffort: none` switches reasoning off."""
        if name == "reasoningEffort" and value == "none":
            return {"thinking": {"type": "disabled"}}
        return super().setting(name, value, prompt)

    def cached(self, usage: Mapping[str, object]) -> int | None:
        """`prompt_cache_hit_tokens`, the older of two fields that agree."""
        hits = as_count(usage.get("prompt_cache_hit_tokens"))
        return super().cached(usage) if hits is None else hits
