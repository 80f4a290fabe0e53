"""Several items under one ID: which of them counts, and what a reader should know of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.analysis.notes import Notes
    from common.analysis.record import Record


def without_doubles(records: Iterable[Record], notes: Notes, *, by_run: bool) -> list[Record]:
    """Each ID (of each run) once, in any order: an answer before a failure, a score before none, then the newest."""
    kept: list[Record] = []
    places: dict[tuple[str | None, str | None], int] = {}
    doubles, failed, rescored = 0, set(), set()
    for record in records:
        key = record.asked.run if by_run else None, record.id
        place = len(kept) if record.id is None else places.setdefault(key, len(kept))
        if place == len(kept):
            kept.append(record)
            continue
        doubles += 1
        other = kept[place]
        if (record.error_code is None) != (other.error_code is None):
            failed.add(record.id)
        elif record.score != other.score and _is_scored(record) and _is_scored(other):
            rescored.add(record.id)
        kept[place] = _one(record, other)
    if doubles:
        notes.say(f"{doubles} transcripts came a second time with the same id; each counts once")
    if failed:
        notes.say(f"{len(failed)} IDs came with an answer and with a failure; the answer counts")
    if rescored:
        notes.say(f"{len(rescored)} IDs came with different scores; the newest by its time counts")
    return kept


def _one(first: Record, second: Record) -> Record:
    """The one that counts; of two without a difference that matters, the first by its text."""
    ranked = [(_weight(record), record) for record in (first, second)]
    if ranked[0][0] == ranked[1][0]:
        return min(first, second, key=repr)
    return max(ranked, key=lambda pair: pair[0])[1]


def _weight(record: Record) -> tuple[bool, bool, float, bool]:
    time = -math.inf if record.time is None else record.time
    return record.error_code is None, _is_scored(record), time, record.score is not None


def _is_scored(record: Record) -> bool:
    """Whether somebody has said what the decision is, also where that is none."""
    return record.score is not None or record.unscored
