"""The keys that the simulator gives out, one for each vendor."""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import Final

KEY_LENGTH: Final = 40


@functools.cache
def made_up_key(provider: str) -> str:
    """The key that the simulator gives out for a vendor; the others refuse it, so that mixed-up keys show.

    It is the same on every machine, and no word: a client that filters its secrets out of what it shows would filter a
    key like `simulated-openai-key` out of every sentence that names the vendor.
    """
    digest = hashlib.sha256(f"a key of the simulator for {provider}".encode()).digest()
    return "sim-" + base64.b32encode(digest).decode().lower()[:KEY_LENGTH]
