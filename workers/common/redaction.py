"""No secret leaves the process: one filter at the boundary, fed by the keys and passwords in use.

Four strengths, because four kinds of text leave. A transcript is the model's own words and must survive byte for byte,
so only a whole secret is replaced in it, and none that is a word or a stock default. Names that a server gives
(versions, IDs) lose pieces of a secret too. Our own messages lose what looks like a key. What quotes a server (details,
reasons) loses all of that, for servers echo keys in part (`sk-ab****yz`), and weak secrets where they stand as words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from common.secrets.strength import FRAGMENT_CHARS, edits_transcripts, fragments, in_base64, is_stock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from common.secrets.spellings import Spellings

REDACTED: Final = "[redacted]"

# What the manuals of local servers (Ollama, LM Studio, vLLM, LocalAI, llama.cpp) give for a key is no secret.
PLACEHOLDERS: Final = frozenset({"ollama", "lm-studio", "lm_studio", "empty", "not-needed", "no-key-required"})
# Where documents carry names that a server gave, its sentences, and ours, in which what is quoted was filtered before.
NAMED_FIELDS: Final = frozenset({"requestId", "modelVersion", "systemFingerprint", "rawFinishReason", "serviceTier"})
QUOTED_FIELDS: Final = frozenset({"details", "reason"})
OWN_FIELDS: Final = frozenset({"message", "warnings"})
# A single letter for a key says nothing to anybody and is no stock default.
MIN_STOCK_CHARS: Final = 5

_KEY_SHAPES: Final = r"""(?xi)
    (?<![^\s"',;])[^\s"',;]*\*{2,}[^\s"',;]*              # masked by the server: sk-ab****yz
    | \b(?!(?-i:[A-Z_]+_(?:KEY|URL)\b))                  # the name of a variable is none
      (?:sk|pk|rk|xai|gsk|csk)[-_][a-z0-9_\-]{6,}        # key shapes of the six providers and their gateways
    | \bAIza[a-z0-9_\-]{10,}
    | \b(?:bearer|basic)\s+[a-z0-9._~+/=\-]{6,}
    | (?<=[?&]key=)[^\s&"']+
    | (?<=://)[^\s/@:]*:[^\s/@]*(?=@)                    # user:password@host
    """
# Compiling the pattern costs more than a whole job's log lines; nearly every text lacks all of these.
_KEY_HINTS: Final = ("**", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "xai-", "aiza", "earer", "asic ", "key=", "@")


class Redactor:
    """The secrets of one process and the filters that take them out of text.

    A thread may filter while another one adds: every set is replaced whole, and read once.
    """

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._plain: set[str] = set()
        self._weak: set[str] = set()
        self._words: re.Pattern[str] | None = None
        self._whole: re.Pattern[str] | None = None
        self._fragments: frozenset[str] | None = None
        self._spellings: Spellings | None = None
        self._names: set[str] = set()

    def add(self, secret: str) -> None:
        """Register a secret, in the spellings in which it may come back."""
        secret = secret.strip()
        if not secret or secret.lower() in PLACEHOLDERS:
            return
        if not edits_transcripts(secret):
            if len(secret) < MIN_STOCK_CHARS or not is_stock(secret):
                self._weak = self._weak | {secret}
                self._words = None
            return
        # An environment may hold bytes that are no UTF-8; they stand in the text as halves of surrogate pairs.
        quoted = quote(secret, safe="", errors="surrogatepass")
        spellings = {secret, quoted, unquote(secret), *in_base64(secret)} - self._secrets
        fresh = {spelling for spelling in spellings if len(spelling) >= FRAGMENT_CHARS}
        if fresh:
            self._plain = self._plain | ({secret, quoted, unquote(secret)} & fresh)
            self._secrets = self._secrets | fresh
            self._whole = self._fragments = self._spellings = None

    def spare(self, name: str) -> None:
        """A name of a provider or a model, of which no part is taken for a piece of a secret."""
        if name.lower() not in self._names:
            self._names = self._names | {name.lower()}
            self._fragments = None

    def answer(self, text: str) -> str:
        """A model's words without whole secrets; unchanged in every other case."""
        for secret in self._secrets:  # not any(): a generator for each string costs more than the look
            if secret in text:
                break
        else:
            return text
        whole = self._whole
        if whole is None:
            longest_first = sorted(self._secrets, key=len, reverse=True)
            whole = self._whole = re.compile("|".join(map(re.escape, longest_first)))
        return whole.sub(REDACTED, text)

    def message(self, text: str) -> str:
        """A sentence of ours without whole secrets and what looks like one."""
        lowered = text.lower()
        if any(hint in lowered for hint in _KEY_HINTS):
            text = re.sub(_KEY_SHAPES, REDACTED, text)
        return self.answer(text)

    def quotation(self, text: str) -> str:
        """What a server or a library said, without secrets, parts of secrets and what looks like one."""
        text = self.message(text)
        if self._weak:
            words = self._words
            if words is None:
                words = self._words = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, self._weak))})(?![\w-])")
            text = words.sub(REDACTED, text)
        text = self.name(text)
        spellings = self._spellings
        if spellings is None:
            from common.secrets.spellings import Spellings  # noqa: PLC0415 - only where a server is quoted

            spellings = self._spellings = Spellings(self._plain)
        # Where in the text it stands, no decoding tells; so all of the text goes.
        return REDACTED if spellings.show_in(text) else text

    def name(self, text: str) -> str:
        """A name that a server gave, without secrets and pieces of them."""
        text = self.answer(text)
        lowered = text.lower()
        known = self._fragments
        if known is None:
            pieces = {piece for secret in self._plain for piece in fragments(secret)}
            spared = {piece for piece in pieces for name in self._names if piece in name}
            known = self._fragments = frozenset(pieces - spared)
        found = [piece for piece in known if piece in lowered]
        if found:
            longest_first = sorted(found, key=len, reverse=True)
            text = re.sub(f"(?:{'|'.join(map(re.escape, longest_first))})\\S*", REDACTED, text, flags=re.IGNORECASE)
        return text

    def document(self, document: Mapping[str, object]) -> dict[str, object]:
        """A copy of a document with every string filtered by what its field holds, as an answer by default."""
        return {name: self._cleaned(item, self._filter(name)) for name, item in document.items()}

    def _cleaned(self, value: object, clean: Callable[[str], str] | None) -> object:
        if isinstance(value, str):
            return clean(value) if clean is not None else self.answer(value)
        if isinstance(value, dict):
            return {name: self._cleaned(item, self._filter(name) or clean) for name, item in value.items()}
        if isinstance(value, list):
            return [self._cleaned(item, clean) for item in value]
        return value

    def _filter(self, field: str) -> Callable[[str], str] | None:
        if field in QUOTED_FIELDS:
            return self.quotation
        if field in NAMED_FIELDS:
            return self.name
        return self.message if field in OWN_FIELDS else None


redactor: Final = Redactor()
