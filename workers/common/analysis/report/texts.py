"""What was asked and answered, for the few transcripts that the page will show.

Which they are is known only when all have been read, and a run is larger than memory. So what a page could show of each
is set aside: in memory while it is little, then in a file beside the report, which has no name and is gone with the
process.
"""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

# Characters of a question or an answer.
MOST_SHOWN: Final = 1_500
_IN_MEMORY: Final = 16 * 1024**2


class Excerpt(NamedTuple):
    """The beginning of a text, and how long all of it is, in characters."""

    text: str
    length: int


class Exchange(NamedTuple):
    """A question and the answer to it; None for what is no text."""

    asked: Excerpt | None
    answered: Excerpt | None


class Shown(NamedTuple):
    """The first and, where there are several, the last exchange of a conversation of so many turns."""

    turns: int
    exchanges: tuple[Exchange, ...]


class Texts:
    """Takes in every transcript once, and then gives back a few.

    Attributes:
        problem: why there are none; None where all were taken in.
    """

    def __init__(self, folder: str) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=folder)  # noqa: SIM115 - see close
        self.problem: str | None = None

    def keep(self, name: str, run: str | None, turns: Sequence[Mapping[str, object]]) -> None:
        """Set aside what a page could show of a transcript. Where there is no room for it, the figures go on."""
        if self.problem is not None or not turns:
            return
        ends = [turns[0]] if len(turns) == 1 else [turns[0], turns[-1]]
        texts = [_cut(turn.get(field)) for turn in ends for field in ("probePrompt", "targetResponse")]
        try:
            self._file.write(json.dumps([name, run, len(turns), texts]).encode() + b"\n")
        except OSError as error:
            self.problem = error.strerror or type(error).__name__

    def of(self, names: Container[str], run: str | None) -> dict[str, Shown]:
        """The named transcripts. Where two have the same ID and differ, neither can be told to be the one that counts.

        Args:
            names: their IDs.
            run: the only run of the job whose transcripts count; None where all do.
        """
        found: dict[str, Shown | None] = {}
        if self.problem is not None:
            return {}
        self._file.seek(0)
        for line in self._file:
            name, of_run, turns, texts = json.loads(line)
            if name in names and run in {None, of_run}:
                shown = _shown(turns, texts)
                found[name] = shown if found.get(name, shown) == shown else None
        return {name: shown for name, shown in found.items() if shown is not None}

    def close(self) -> None:
        """Let go of all of it."""
        self._file.close()


def _cut(value: object) -> list[object] | None:
    # A secret that stands across the cut is known as a whole, so it goes first.
    return [redactor.answer(value)[:MOST_SHOWN], len(value)] if isinstance(value, str) else None


def _shown(turns: int, texts: list[Any]) -> Shown:
    excerpts = [None if text is None else Excerpt(*text) for text in texts]
    return Shown(turns, tuple(map(Exchange, excerpts[::2], excerpts[1::2])))
