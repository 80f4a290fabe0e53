"""The requirements files, read."""

from __future__ import annotations

import re
from typing import Final

from support.workers import ROOT

FILES: Final = tuple(sorted(path.name for path in ROOT.glob("requirements*.txt")))


def entries(file: str) -> list[str]:
    """Each package of a file, with all that is said of it, on one line."""
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pins(file: str) -> dict[str, str]:
    """Versions by name, of what every machine installs and of what only some do."""
    found = [re.match(r"([a-z0-9-]+)==([^ ;]+)", entry) for entry in entries(file)]
    return {match[1]: match[2] for match in found if match}
