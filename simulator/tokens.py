"""How the simulator counts tokens."""

from typing import Final

BYTES_PER_TOKEN: Final = 4


def count_tokens(text: str) -> int:
    """One token for every four bytes of UTF-8, rounded up."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return -(-size // BYTES_PER_TOKEN)
