"""The simulated vendors: one for each published record."""

from __future__ import annotations

from typing import Final

from simulator.providers.anthropic import AnthropicProvider
from simulator.providers.base import Provider
from simulator.providers.compatible import CompatibleProvider
from simulator.providers.deepseek import DeepSeekProvider
from simulator.providers.google import GoogleProvider
from simulator.providers.mistral import MistralProvider
from simulator.providers.openai import OpenAIProvider
from simulator.providers.xai import XAIProvider
from simulator.records import RECORDS

__all__ = ["PROVIDERS", "Provider"]

# Those with a wire format, or with words and rules, of their own.
_OWN: Final[dict[str, type[Provider]]] = {
    "openai": OpenAIProvider,
    "anthropic": AnthropicProvider,
    "google": GoogleProvider,
    "xai": XAIProvider,
    "deepseek": DeepSeekProvider,
    "mistral": MistralProvider,
}

PROVIDERS: Final[dict[str, Provider]] = {
    name: _OWN.get(name, CompatibleProvider)(record) for name, record in RECORDS.items()
}
