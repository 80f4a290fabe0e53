"""No secret leaves the process: one filter at the boundary, fed by the keys and passwords in use.

Three strengths, because three kinds of text leave. A transcript is the model's own words and must survive byte for
byte, so only a whole secret is replaced in it. Our own messages lose also what looks like a key. What quotes a server
(details, reasons) loses every run of a secret's characters besides, for servers echo keys in part (`sk-ab****yz`).
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, unquote

REDACTED: Final = "[redacted]"

# A shorter "secret" (`test`, `none`) would eat ordinary words out of paid answers.
MIN_SECRET_CHARS: Final = 6
# Servers show a prefix or a suffix of the key; eight characters in a row are never a coincidence worth printing.
FRAGMENT_CHARS: Final = 8

_KEY_SHAPES: Final = r"""(?xi)
    \S*\*{2,}[^\s"',;]*                                  # masked by the server: sk-ab****yz
    | \b(?:sk|pk|rk|xai|gsk|csk)[-_][a-z0-9_\-]{6,}      # key shapes of the six providers and their gateways
    | \bAIza[a-z0-9_\-]{10,}
    | \b(?:bearer|basic)\s+[a-z0-9._~+/=\-]{6,}
    | (?<=[?&]key=)[^\s&"']+
    | (?<=://)[^\s/@]*:[^\s/@]*(?=@)                     # user:password@host
    """
# Compiling the pattern costs more than a whole job's log lines; nearly every text lacks all of these.
_KEY_HINTS: Final = ("**", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "xai-", "aiza", "earer", "asic ", "key=", "@")


class Redactor:
    """The secrets of one process and the filters that take them out of text."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._whole: re.Pattern[str] | None = None
        self._fragments: frozenset[str] | None = None

    def add(self, secret: str) -> None:
        """Register a secret, in the spellings in which it may come back."""
        secret = secret.strip()
        spellings = {secret, quote(secret, safe=""), unquote(secret)} - self._secrets
        fresh = {spelling for spelling in spellings if len(spelling) >= MIN_SECRET_CHARS}
        if fresh:
            self._secrets |= fresh
            self._whole = self._fragments = None

    def answer(self, text: str) -> str:
        """A model's words without whole secrets; unchanged in every other case."""
        if not any(secret in text for secret in self._secrets):
            return text
        if self._whole is None:
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._whole = re.compile("|".join(map(re.escape, longest_first)))
        return self._whole.sub(REDACTED, text)

    def message(self, text: str) -> str:
        """A sentence of ours without whole secrets and what looks like one."""
        lowered = text.lower()
        if any(hint in lowered for hint in _KEY_HINTS):
            text = re.sub(_KEY_SHAPES, REDACTED, text)
        return self.answer(text)

    def quotation(self, text: str) -> str:
        """What a server or a library said, without secrets, parts of secrets and what looks like one."""
        text = self.message(text)
        lowered = text.lower()
        if self._fragments is None:
            self._fragments = frozenset(piece.lower() for secret in self._secrets for piece in _pieces(secret))
        found = [piece for piece in self._fragments if piece in lowered]
        if not found:
            return text
        longest_first = sorted(found, key=len, reverse=True)
        return re.sub(f"(?:{'|'.join(map(re.escape, longest_first))})\\S*", REDACTED, text, flags=re.IGNORECASE)

    def document(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """A copy of a JSON value with every string filtered as an answer."""
        if isinstance(value, str):
            return self.answer(value)
        if isinstance(value, dict):
            return {name: self.document(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.document(item) for item in value]
        return value


def _pieces(secret: str) -> list[str]:
    runs = [secret[i : i + FRAGMENT_CHARS] for i in range(len(secret) - FRAGMENT_CHARS + 1)]
    return [secret, *runs]


redactor: Final = Redactor()
