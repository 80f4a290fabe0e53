"""OpenAI's real vocabularies, which are too large to be part of a checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tiktoken.registry

from common.llm_adapters import Message
from common.probe import tokens
from support.recordings import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _real_vocabularies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tokens._encoding.cache_clear()
    # What tiktoken loads here is gone with the test: others want to see it load.
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(VOCABULARIES))
    yield
    tokens._encoding.cache_clear()


def test_with_its_vocabulary_openai_is_counted() -> None:
    """As OpenAI counts; control tokens in the text are text."""
    assert tokens.count_text("openai", "gpt-4o", "Hello world, this is a test.") == (8, "tiktoken")
    assert tokens.count_text("openai", "gpt-4o", "a <|endoftext|> b")[1] == "tiktoken"
    count, source = tokens.count_input("openai", "gpt-4", "Be brief.", [Message("user", "Hello")])
    assert (count > 10, source) == (True, "tiktoken")
