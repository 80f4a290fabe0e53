"""The providers as the workers publish them: which there are, their keys and base URLs, and whose model is whose.

A provider that speaks OpenAI's language is simulated from its record alone. The others have a module of their own that
knows their wire format and their words.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

PUBLISHED: Final = Path(__file__).resolve().parents[1] / "schemas" / "providers.json"


class Record(NamedTuple):
    """What is published of one provider.

    Attributes:
        name: the first segment of its URLs here.
        base_path: what its base URL has behind the host.
        chat_path: the path of a chat, behind the host.
        models_path: the path of the list of models, behind the host.
        base_url_variable: where clients look for its base URL.
        key_variable: where they look for its key.
        models: the IDs of its models: an ID, or a beginning with `*` behind it.
        cheapest_model: one of them.
    """

    name: str
    base_path: str
    chat_path: str
    models_path: str
    base_url_variable: str
    key_variable: str
    models: tuple[str, ...]
    cheapest_model: str

    def fits(self, model: str) -> bool:
        """Whether an ID is one of this provider's."""
        return any(
            model.startswith(pattern[:-1]) if pattern.endswith("*") else model == pattern for pattern in self.models
        )


def _read() -> dict[str, Record]:
    found = {}
    for provider in json.loads(PUBLISHED.read_bytes())["providers"]:
        base_path = urlsplit(provider["baseUrl"]).path
        found[provider["name"]] = Record(
            name=provider["name"],
            base_path=base_path,
            chat_path=base_path + provider["chatPath"],
            models_path=base_path + provider["modelsPath"].partition("?")[0],
            base_url_variable=provider["baseUrlVariables"][0],
            key_variable=provider["keyVariables"][0],
            models=tuple(provider["models"]),
            cheapest_model=provider["cheapestModel"],
        )
    return found


RECORDS: Final = _read()
