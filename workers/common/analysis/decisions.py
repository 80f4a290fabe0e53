"""What the models decided, per model: conditions weigh the same, and repeats of one are averaged first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from common.analysis.clusters import clustered, interval
from common.analysis.collection import is_null, usable
from common.analysis.distribution import describe_change, describe_distribution, scored_turns
from common.analysis.figures import mean, standard_deviation, tidy
from common.analysis.numerical import np
from common.analysis.proportions import share, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.collection import Collection
    from common.analysis.decision_documents import Consistency, Decision, Decisions, Sides, ThreeSides, TwoSides
    from common.analysis.distribution import Turns
    from common.analysis.notes import Notes
    from common.analysis.numerical import Array, Indexes
    from common.analysis.settings import Scale
    from common.analysis.table import Table


def describe_decisions(found: Collection, table: Table) -> Decisions | None:
    """The decisions of each model that has scores, or whose scores are all null; None where there is neither.

    None too where scores are names without an order, whatever else is null: describe_nominal has those.
    """
    if found.settings.scale.nominal:
        return None
    empty = dict.fromkeys(found.described, 0)
    for record in found.conversations:
        if record.model in empty and is_null(record, found.settings.scale):
            empty[record.model] += 1
    if not table.models and not any(empty.values()):
        return None
    turns = scored_turns(found)
    scale = found.settings.scale
    return {
        "lowest": scale.low,
        "highest": scale.high,
        "neutral": scale.neutral,
        "models": [
            _describe(model, found, table, empty[model], turns[model])
            for model in found.described
            if empty[model] or model in found.scores
        ],
    }


def _describe(model: str, found: Collection, table: Table, empty: int, turns: Sequence[Turns]) -> Decision:
    scale = found.settings.scale
    scores = found.scores.get(model, {})
    row = table.models.index(model) if model in found.scores else None
    means = np.array([]) if row is None else table.means[row, table.known[row]]
    families = table.families[:0] if row is None else table.families[table.known[row]]
    values = [float(value) for value in means]
    deviation = standard_deviation(values)
    middle = mean(values) if values else None
    groups = clustered(families)
    unit = "families" if table.grouped else "conditions"
    return {
        "modelId": model,
        "conditions": len(values),
        "scores": sum(len(repeats) for repeats in scores.values()),
        "nullScores": empty,
        "mean": None if middle is None else tidy(middle),
        "standardDeviation": None if deviation is None else tidy(deviation),
        "interval": interval(
            middle, groups.means_left_out(means), groups.sizes, least=scale.low, most=scale.high, unit=unit
        ),
        "sides": _sides(means, families, scale.neutral),
        "consistency": _consistency([scores[name] for name in sorted(scores)], families, scale),
        "distribution": describe_distribution(sorted(score for repeats in scores.values() for score in repeats)),
        "changeOfMind": describe_change(turns, found),
        "reason": None if values else "every score of this model is null",
    }


def _sides(means: Array, families: Indexes, neutral: float | None) -> Sides | None:
    if neutral is None:
        return None
    above, below = (means > neutral).astype(np.float64), (means < neutral).astype(np.float64)
    taken = means != neutral
    three: ThreeSides = {
        "above": share_of(above, families),
        "at": share_of(1 - above - below, families),
        "below": share_of(below, families),
    }
    two: TwoSides = {
        "above": share_of(above[taken], families[taken]),
        "below": share_of(below[taken], families[taken]),
    }
    return {"withNeutral": three, "withoutNeutral": two}


def _consistency(conditions: list[list[float]], families: Indexes, scale: Scale) -> Consistency:
    """How far the repeats of a condition agree, over the conditions that have some."""
    repeated = [place for place, repeats in enumerate(conditions) if len(repeats) > 1]
    chosen = [conditions[place] for place in repeated]
    if not chosen:
        return {
            "conditions": 0,
            "identical": share(0, 0),
            "sameSide": None if scale.neutral is None else share(0, 0),
            "standardDeviationWithin": None,
            "reason": "no condition has more than one score",
        }
    own = families[repeated]
    identical = np.array([float(min(repeats) == max(repeats)) for repeats in chosen])
    sides = np.array([float(len({scale.side(score) for score in repeats}) == 1) for repeats in chosen])
    # Each condition weighs by the degrees of freedom that it has.
    squares = math.fsum(_squares(repeats) for repeats in chosen)
    within = math.sqrt(squares / sum(len(repeats) - 1 for repeats in chosen))
    return {
        "conditions": len(repeated),
        "identical": share_of(identical, own),
        "sameSide": None if scale.neutral is None else share_of(sides, own),
        "standardDeviationWithin": tidy(within),
        "reason": None,
    }


def _squares(repeats: Sequence[float]) -> float:
    deviation = standard_deviation(repeats)
    return 0.0 if deviation is None else deviation**2 * (len(repeats) - 1)


def note_gaps(found: Collection, notes: Notes) -> None:
    """How many transcripts have no score."""
    transcripts = len(found.conversations)
    scale = found.settings.scale
    scored = sum(usable(record.score, scale) is not None for record in found.conversations)
    empty = sum(is_null(record, scale) for record in found.conversations)
    if not scored and transcripts:
        which = f"a score; {empty} have null" if empty else "a summary.score"
        notes.say(f"no transcript has {which}; decisions, agreement and dimensions are not computed")
    elif scored < transcripts:
        notes.say(
            f"{scored} of {transcripts} transcripts have a score ({empty} have null); decisions, agreement and"
            " dimensions are over those"
        )
