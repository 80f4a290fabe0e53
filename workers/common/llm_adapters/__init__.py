"""The providers' wire formats behind one base class and one registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.llm_adapters.base import Adapter, Answer, FinishReason, Message, Prompt, ShapeError, Usage
from common.llm_adapters.registry import REGISTRY, get_adapter
from common.providers.routing import Route, infer_provider

if TYPE_CHECKING:
    from common.llm_adapters.anthropic import AnthropicAdapter
    from common.llm_adapters.deepseek import DeepSeekAdapter
    from common.llm_adapters.google import GoogleAdapter
    from common.llm_adapters.mistral import MistralAdapter
    from common.llm_adapters.openai import OpenAIAdapter
    from common.llm_adapters.xai import XAIAdapter

__all__ = [
    "REGISTRY",
    "Adapter",
    "Answer",
    "AnthropicAdapter",
    "DeepSeekAdapter",
    "FinishReason",
    "GoogleAdapter",
    "Message",
    "MistralAdapter",
    "OpenAIAdapter",
    "Prompt",
    "Route",
    "ShapeError",
    "Usage",
    "XAIAdapter",
    "get_adapter",
    "infer_provider",
]

_CLASS_OF = {name: provider for provider, (_, name) in REGISTRY.items()}


def __getattr__(name: str) -> type[Adapter]:
    """Adapter classes are imported when they are first asked for: a job needs one."""
    if name in _CLASS_OF:
        return type(get_adapter(_CLASS_OF[name]))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
