"""What narrowed the analysis, in words: one sentence for each kind of thing, however often it came."""

from __future__ import annotations

from typing import Final

from common.json.strict import printable_path

# Warnings are read by people; with more kinds of trouble than this they begin with the first.
MOST: Final = 50
SHOWN_CHARS: Final = 60


class Notes:
    """Counts what is wrong with single transcripts, and keeps what is to be said of the run."""

    def __init__(self) -> None:
        self._fields: dict[tuple[str, str], list[int | str | None]] = {}
        self._said: list[str] = []

    def field(self, path: str, problem: str, name: str | None) -> None:
        """A field of a transcript cannot be used.

        Args:
            path: of the field, inside a transcript; blank for the transcript itself.
            problem: what it must be, or what becomes of the transcript.
            name: the transcript's ID, where it has one. The first in order stands for all of them, so that the
                sentence does not depend on the order in which they came.
        """
        entry = self._fields.setdefault((path, problem), [0, None])
        entry[0] = int(entry[0] or 0) + 1
        if name is not None and (entry[1] is None or name < str(entry[1])):
            entry[1] = name

    def say(self, sentence: str) -> None:
        """Something that concerns the run."""
        self._said.append(sentence)

    def add(self, others: Notes, about: str) -> None:
        """What is to be said of a part of what came."""
        self._said += [f"{shown(about)}: {sentence}" for sentence in others.sentences()]

    def sentences(self) -> list[str]:
        """All of them, the same for the same transcripts in any order."""
        found = list(self._said)
        for (path, problem), (count, name) in sorted(self._fields.items()):
            example = "" if name is None else f", for one in {shown(str(name))}"
            place = f"transcripts[].{path}" if path else "transcripts[]"
            found.append(f"{place}: {problem}; {count} times{example}")
        if len(found) > MOST:
            found[MOST - 1 :] = [f"and {len(found) - MOST + 1} more kinds of warnings"]
        return found


def shown(text: str) -> str:
    """An ID of the sender's for a sentence: plain and short."""
    return printable_path(text, SHOWN_CHARS)
