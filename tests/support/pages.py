"""The pages of the documentation, and the sources that they speak of."""

from __future__ import annotations

import functools
import re
from typing import Final

from support.workers import ROOT

PAGES: Final = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "queue-handler" / "README.md",
]


def page_text(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def rows_of_settings() -> dict[str, str]:
    """Each variable of docs/settings.md and, where its table has one, its default."""
    found: dict[str, str] = {}
    for names, rest in re.findall(r"^\| (`[A-Z].*?) \| (.*) \|$", page_text("docs/settings.md"), flags=re.MULTILINE):
        for name in re.findall(r"`([A-Z][A-Z_]*(?:<PROVIDER>\w+)?)`", names):
            found[name] = rest.split(" | ")[0]
    return found


@functools.cache
def sources(*folders: str) -> str:
    """Everything in the Python and TypeScript files of some folders."""
    files = [path for folder in folders for end in ("py", "ts") for path in (ROOT / folder).rglob(f"*.{end}")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if "__pycache__" not in path.parts)
