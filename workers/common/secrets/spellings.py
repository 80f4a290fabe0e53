r"""A secret in other spellings: how servers, gateways and proxies quote a key without writing it as it is.

In hex, in base64, percent-encoded, with `\u` escapes or HTML entities, with separators every few characters, or as its
first and last characters around dots. Used where a server is quoted; no transcript is looked at in this way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from common.secrets.strength import FRAGMENT_CHARS, in_base64, random_part

if TYPE_CHECKING:
    from collections.abc import Iterator

# Twelve characters of base64 are nine bytes.
BASE64_CHARS: Final = 12
# So many characters from either end give a key away to a reader with a list of keys.
MIN_END_CHARS: Final = 3
MAX_TEXT_CHARS: Final = 65_536

_ESCAPES: Final = re.compile(r"\\u\{?([0-9a-fA-F]{4})\}?|\\x([0-9a-fA-F]{2})")
_ENTITY: Final = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_CUT: Final = re.compile(r"\.{2,}|\u2026|[*\u2022#]{2,}|\[\.+\]")
_TOKENS: Final = re.compile(r"[^\s\"'`,;:=()<>{}]+")


class Spellings:
    """The pieces of some secrets, in the spellings in which they are looked for."""

    def __init__(self, secrets: set[str]) -> None:
        self._secrets = [secret.lower() for secret in secrets]
        self._squashed: set[str] = set()
        self._base64: set[str] = set()
        for secret in secrets:
            start, end = random_part(secret)
            if start == end:
                continue
            random = secret[start:end]
            squashed = _squash(random.lower())
            self._squashed |= set(_windows(squashed, FRAGMENT_CHARS))
            raw = random.encode("utf-8", "surrogatepass")
            for at in range(len(raw) - FRAGMENT_CHARS + 1):
                self._squashed.add(raw[at : at + FRAGMENT_CHARS].hex())
            for core in in_base64(random):
                self._base64 |= set(_windows(core, BASE64_CHARS))

    def show_in(self, text: str) -> bool:
        """Whether a text holds a piece of a secret in any of the spellings."""
        text = text[:MAX_TEXT_CHARS]
        if any(piece in text for piece in self._base64):
            return True
        for variant in _variants(text):
            squashed = _squash(variant.lower())
            if any(piece in squashed for piece in self._squashed):
                return True
        return any(self._is_cut(token) for token in _TOKENS.findall(text) if _CUT.search(token))

    def _is_cut(self, token: str) -> bool:
        """Whether a token is the first and the last characters of a secret around dots."""
        parts = _CUT.split(token.lower().strip("."))
        head, tail = parts[0], parts[-1]
        if len(parts) < 2 or min(len(head), len(tail)) < MIN_END_CHARS:
            return False
        return any(secret.startswith(head) and secret.endswith(tail) for secret in self._secrets)


def _variants(text: str) -> Iterator[str]:
    yield text
    if "%" in text:
        yield unquote(text)
        yield unquote(unquote(text))
    if "\\" in text:
        yield _ESCAPES.sub(lambda match: chr(int(match.group(1) or match.group(2), 16)), text)
    if "&" in text:
        yield _ENTITY.sub(_entity, text)
    if "0x" in text or "\\x" in text:
        yield text.replace("0x", "").replace("\\x", "")


def _entity(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 else ""


def _windows(text: str, size: int) -> Iterator[str]:
    for at in range(len(text) - size + 1):
        yield text[at : at + size]


def _squash(text: str) -> str:
    return "".join(filter(str.isalnum, text))
