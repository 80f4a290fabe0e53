"""Text of others on a terminal: names, models, what servers say. One function prints it.

Characters that a terminal obeys instead of showing them (C0, DEL, C1), and those that turn the order of what is shown
(https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters), are written out.
"""

from __future__ import annotations

from typing import Final

_KEPT: Final = "\n\t"
_TURNING: Final = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def terminal_text(text: str, *, lines: bool = False) -> str:
    """A text that steers no terminal; with `lines` its line ends and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written(char) if _steers(char) and not (lines and char in _KEPT) else char for char in text)


def _steers(char: str) -> bool:
    # Halves of surrogate pairs are no characters, and no terminal could be sent them.
    return char < " " or "\x7f" <= char <= "\x9f" or char in _TURNING or "\ud800" <= char <= "\udfff"


def _written(char: str) -> str:
    return f"\\u{ord(char):04x}"
