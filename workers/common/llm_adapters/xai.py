"""xAI chat completions (https://docs.x.ai/docs/api-reference)."""

from __future__ import annotations

from typing import ClassVar

from common.llm_adapters.openai_shaped import OpenAIShapedAdapter


class XAIAdapter(OpenAIShapedAdapter):
    """completion_tokens leaves reasoning out: total_tokens is prompt, completion and reasoning together."""

    reasoning_beside_completion: ClassVar[bool] = True
