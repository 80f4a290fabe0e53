"""How often each score came, how much variety there is, and whether models change their mind between turns."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.clusters import clustered, interval
from common.analysis.collection import to_turn, usable
from common.analysis.exact import exact_mean
from common.analysis.figures import tidy
from common.analysis.numerical import np
from common.analysis.proportions import share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.collection import Collection
    from common.analysis.decision_documents import ChangeOfMind, Distribution
    from common.analysis.record import Record

MOST_SCORES: Final = 50


def describe_distribution(scores: Sequence[float]) -> Distribution:
    """The counts of the scores, and their entropy (Shannon 1948)."""
    counts = Counter(scores)
    frequent = sorted(counts, key=lambda score: (-counts[score], score))[:MOST_SCORES]
    return {
        "n": len(scores),
        "different": len(counts),
        "scores": [{"score": tidy(score), "count": counts[score]} for score in sorted(frequent)],
        "entropyBits": tidy(entropy(list(counts.values()))) if scores else None,
        "reason": None if scores else "there is no score",
    }


def entropy(counts: Sequence[int]) -> float:
    """Of what came so often, in bits."""
    n = sum(counts)
    return math.fsum(-count / n * math.log2(count / n) for count in sorted(counts) if count)


class Turns(NamedTuple):
    """The first and the last scored turn of a conversation, and the number of its cluster."""

    first: float
    last: float
    family: int


def scored_turns(found: Collection) -> dict[str, list[Turns]]:
    """Of each described model the conversations with two scored turns, on the scale in its own order."""
    models: dict[str, list[Turns]] = {model: [] for model in found.described}
    families: dict[str, int] = {}
    for record in found.conversations:
        ends = _ends(record, found) if record.turn_scores and record.model in models else None
        if ends is not None and record.model is not None:
            family = families.setdefault(found.family(record), len(families))
            models[record.model].append(Turns(*ends, family))
    return models


def _ends(record: Record, found: Collection) -> tuple[float, float] | None:
    scale = found.settings.scale
    known = [value for score in record.turn_scores if isinstance(value := usable(score, scale), float)]
    if len(known) < 2:
        return None
    about = found.scenarios[record.scenario] if record.scenario is not None else None
    if to_turn(record, about):
        return scale.turned(known[0]), scale.turned(known[-1])
    return known[0], known[-1]


def describe_change(turns: Sequence[Turns], found: Collection) -> ChangeOfMind:
    """How often the last scored turn says something else than the first, and in which direction."""
    scale = found.settings.scale
    ordered = sorted(turns, key=lambda turn: (turn.first, turn.last))
    families = np.array([turn.family for turn in ordered], dtype=np.intp)
    shifts = np.array([turn.last - turn.first for turn in ordered])
    changed = np.array([float(turn.first != turn.last) for turn in ordered])
    sides = np.array([float(scale.side(turn.first) != scale.side(turn.last)) for turn in ordered])
    reason = None if turns else "no transcript has two turns with a score"
    value = exact_mean([float(shift) for shift in shifts]) if turns else None
    groups = clustered(families)
    return {
        "transcripts": len(turns),
        "changed": share_of(changed, families),
        "changedSide": None if scale.neutral is None else share_of(sides, families),
        "shift": {
            "n": len(turns),
            "value": None if value is None else tidy(value),
            "interval": interval(value, groups.means_left_out(shifts), groups.sizes),
            "reason": reason,
        },
        "reason": reason,
    }
