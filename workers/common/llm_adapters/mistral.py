"""Mistral chat completions (https://docs.mistral.ai/api)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from common.json.loose import as_count, as_dict
from common.llm_adapters.openai_shaped import OpenAIShapedAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping


class MistralAdapter(OpenAIShapedAdapter):
    """A strict body (422 on a field it does not know), `random_seed`, and content that may be a list of chunks."""

    chat_path: ClassVar[str] = "/v1/chat/completions"
    request_id_headers: ClassVar[tuple[str, ...]] = ("mistral-correlation-id", "x-kong-request-id", "x-request-id")
    wire_names: ClassVar[Mapping[str, str]] = {
        **OpenAIShapedAdapter.wire_names,
        "seed": "random_seed",
        # https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching
        "promptCaching": "prompt_cache_key",
    }
    max_tokens_params: ClassVar[tuple[str, ...]] = ("max_tokens",)

    def cached(self, usage: Mapping[str, object]) -> int | None:
        """Three fields have carried this number; where they differ, the ones left behind say 0."""
        found = (
            as_count(usage.get("num_cached_tokens")),
            as_count(as_dict(usage.get("prompt_tokens_details")).get("cached_tokens")),
            as_count(as_dict(usage.get("prompt_token_details")).get("cached_tokens")),
        )
        return max((count for count in found if count is not None), default=None)
