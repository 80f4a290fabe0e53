"""Whose model an ID is, so that a request at the wrong vendor's door is turned away as in real life."""

from __future__ import annotations

import functools
import re
from typing import Final

# No vendor has longer ones, and expressions and caches are spared what is no ID.
MAX_MODEL_ID: Final = 256

_IDS: Final = {
    "anthropic": re.compile(r"claude"),
    "openai": re.compile(
        r"gpt-|chatgpt-|chat-latest$|o[134](-|$)|ft:(gpt-|o\d|davinci|babbage)|codex-|computer-use-|davinci-002"
        r"|babbage-002|daybreak-"
    ),
    "google": re.compile(r"(models/)?(gemini-|gemma-|learnlm-|lyria-|deep-research-|tunedModels/)"),
    "xai": re.compile(r"grok-"),
    # Mistral serves models of others under its own door, one of DeepSeek's among them.
    "mistral": re.compile(
        r"mistral-|ministral-|magistral-|codestral-|devstral-|pixtral-|voxtral-|open-(mistral|mixtral|codestral)-"
        r"|mathstral-|labs-|(zai-)?glm-|deepseek-v4-1-flash-"
    ),
    "deepseek": re.compile(r"deepseek-"),
}


def belongs_elsewhere(provider: str, model: str) -> bool:
    """Whether an ID is one of another vendor's; one that nobody knows is everybody's."""
    return len(model) <= MAX_MODEL_ID and _belongs_elsewhere(provider, model)


@functools.lru_cache(maxsize=1024)
def _belongs_elsewhere(provider: str, model: str) -> bool:
    if _IDS[provider].match(model):
        return False
    return any(pattern.match(model) for pattern in _IDS.values())
