"""A vendor that speaks OpenAI's language and has no quirks that we know of: its record says all about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.providers.chat_shaped import ChatShapedProvider
from simulator.providers.openai import OpenAIProvider

if TYPE_CHECKING:
    from simulator.providers.target import Target
    from simulator.records import Record


class CompatibleProvider(OpenAIProvider):
    """OpenAI's chat completions at the paths of the record, and none of OpenAI's other interfaces."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.chat_paths = frozenset({record.chat_path})
        self.models_paths = (record.models_path,)
        self.models = (record.cheapest_model,)

    def find(self, path: str) -> Target | None:
        """The chat and the models."""
        return ChatShapedProvider.find(self, path)
