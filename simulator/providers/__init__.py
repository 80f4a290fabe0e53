"""The six simulated vendors."""

from __future__ import annotations

from typing import Final

from simulator.providers.anthropic import AnthropicProvider
from simulator.providers.base import Provider
from simulator.providers.deepseek import DeepSeekProvider
from simulator.providers.google import GoogleProvider
from simulator.providers.mistral import MistralProvider
from simulator.providers.openai import OpenAIProvider
from simulator.providers.xai import XAIProvider

__all__ = ["PROVIDERS", "Provider"]

PROVIDERS: Final[dict[str, Provider]] = {
    provider.name: provider
    for provider in (
        OpenAIProvider(),
        AnthropicProvider(),
        GoogleProvider(),
        XAIProvider(),
        DeepSeekProvider(),
        MistralProvider(),
    )
}
