"""Token counts for answers that carry no usage: tiktoken for OpenAI's models, an estimate for the others.

A vocabulary takes half a second and 60 MB to load, so nothing here is imported while the provider sends its own counts.
During a job no socket is opened for one: a vocabulary that is not on this machine already means an estimate.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tiktoken import Encoding

    from common.llm_adapters.base import Message

TokenSource = Literal["provider", "tiktoken", "estimate"]

# English text runs at about four characters a token; other scripts need about one token for two UTF-8 bytes.
CHARS_PER_TOKEN: Final = 4
BYTES_PER_TOKEN_BEYOND_ASCII: Final = 2
# A chat message costs about three tokens beside its text (https://github.com/openai/openai-cookbook, token counting).
TOKENS_PER_MESSAGE: Final = 3
# The encoder's time grows with the square of the longest run without a space; beyond this an estimate is near enough.
MAX_UNBROKEN_RUN: Final = 20_000
MAX_ENCODED_CHARS: Final = 1_000_000

VOCABULARIES: Final = {
    "o200k_base": "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
    "cl100k_base": "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken",
}


def count_input(
    provider: str, model: str, preamble: str | None, messages: Sequence[Message]
) -> tuple[int, TokenSource]:
    """Tokens of a conversation as it was sent."""
    texts = [*([preamble] if preamble else []), *(message.text for message in messages)]
    count, source = count_text(provider, model, "\n".join(texts))
    return count + TOKENS_PER_MESSAGE * (len(texts) + 1), source


def count_text(provider: str, model: str, text: str) -> tuple[int, TokenSource]:
    """Tokens of one text, and how they were counted."""
    if provider == "openai" and _encodable(text):
        encoding = _encoding(encoding_name(model))
        if encoding is not None:
            # Text like <|endoftext|> is an author's text here, never a control token.
            return len(encoding.encode(text, disallowed_special=())), "tiktoken"
    return estimate(text), "estimate"


def estimate(text: str) -> int:
    """A rough count, at least 1 for any text."""
    ascii_chars = sum(1 for char in text if char.isascii()) if not text.isascii() else len(text)
    beyond = len(text.encode("utf-8", "replace")) - ascii_chars
    return max(1, -(-ascii_chars // CHARS_PER_TOKEN) + -(-beyond // BYTES_PER_TOKEN_BEYOND_ASCII)) if text else 0


def encoding_name(model: str) -> str:
    """The vocabulary of an OpenAI model. tiktoken's own table does not know the newest and errs on fine-tunes."""
    base = model.split(":")[1] if model.startswith("ft:") else model
    older = ("gpt-3.5", "gpt-4-", "davinci", "babbage", "text-")
    return "cl100k_base" if base == "gpt-4" or base.startswith(older) else "o200k_base"


def vocabulary_cached(name: str) -> bool:
    """Whether tiktoken will find this vocabulary on the disk, by the rules it looks by itself."""
    folder = cache_folder()
    return bool(folder) and (Path(folder) / hashlib.sha1(VOCABULARIES[name].encode()).hexdigest()).is_file()  # noqa: S324


def cache_folder() -> str:
    """Where tiktoken keeps vocabularies; an empty TIKTOKEN_CACHE_DIR switches its cache off."""
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if variable in os.environ:
            return os.environ[variable]
    return str(Path(tempfile.gettempdir()) / "data-gym-cache")


@lru_cache(maxsize=2)
def _encoding(name: str) -> Encoding | None:
    if not vocabulary_cached(name):
        return None
    _stay_offline()
    try:
        import tiktoken  # noqa: PLC0415 - half a second that most jobs never need

        return tiktoken.get_encoding(name)
    except Exception:  # noqa: BLE001 - whatever is wrong with a vocabulary must not lose a paid answer
        return None


def _stay_offline() -> None:
    """Tiktoken deletes a damaged cache file and downloads it again; a job must not open a socket for that."""
    import tiktoken.load  # noqa: PLC0415 - see _encoding

    def refuse(blobpath: str) -> bytes:
        raise OSError(f"not fetched during a job: {blobpath}")

    tiktoken.load.read_file = refuse


def _encodable(text: str) -> bool:
    if len(text) > MAX_ENCODED_CHARS:
        return False
    return max((len(word) for word in text.split()), default=0) <= MAX_UNBROKEN_RUN
