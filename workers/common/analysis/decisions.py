"""What the models decided, per model: conditions weigh the same, and repeats of one are averaged first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.analysis.bootstrap import FEWEST_CONDITIONS, RESAMPLES, SEED, mean_interval
from common.analysis.figures import LEVEL, mean, share, standard_deviation, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.collection import Collection, Scores
    from common.analysis.notes import Notes

NEUTRAL: Final = 3.0

# Per model the mean of each scenario's repeats.
Means = dict[str, dict[str, float]]


def condition_means(scores: Scores) -> Means:
    """The repeats of each condition averaged."""
    return {
        model: {scenario: mean(repeats) for scenario, repeats in sorted(scenarios.items())}
        for model, scenarios in scores.items()
    }


def describe_decisions(found: Collection, scores: Scores, means: Means, notes: Notes) -> dict[str, Any] | None:
    """The decisions of each model; None where no transcript has a score."""
    _note_gaps(found, notes)
    if not scores:
        return None
    empty: dict[str, int] = dict.fromkeys(scores, 0)
    for record in found.conversations:
        if record.unscored and record.model in empty:
            empty[record.model] += 1
    return {
        "neutral": NEUTRAL,
        "models": [
            _describe(model, scores[model], list(means[model].values()), empty[model]) for model in sorted(scores)
        ],
    }


def _describe(model: str, scores: dict[str, list[float]], means: list[float], empty: int) -> dict[str, Any]:
    deviation = standard_deviation(means)
    return {
        "modelId": model,
        "conditions": len(means),
        "scores": sum(len(repeats) for repeats in scores.values()),
        "nullScores": empty,
        "mean": tidy(mean(means)),
        "standardDeviation": None if deviation is None else tidy(deviation),
        "interval": _interval(means),
        "sides": _sides(means),
        "consistency": _consistency(list(scores.values())),
    }


def _interval(means: list[float]) -> dict[str, Any]:
    bounds: tuple[float | None, float | None] = (None, None)
    reason = None
    if len(means) < FEWEST_CONDITIONS:
        reason = f"an interval needs at least {FEWEST_CONDITIONS} conditions; here: {len(means)}"
    elif min(means) == max(means):
        reason = "all conditions have the same mean, so resampling them says nothing of how far it could move"
    else:
        low, high = mean_interval(means)
        bounds = tidy(low), tidy(high)
    return {
        "low": bounds[0],
        "high": bounds[1],
        "level": LEVEL,
        "resamples": RESAMPLES,
        "seed": SEED,
        "reason": reason,
    }


def _sides(means: list[float]) -> dict[str, Any]:
    n = len(means)
    above = sum(value > NEUTRAL for value in means)
    below = sum(value < NEUTRAL for value in means)
    return {
        "withNeutral": {"above": share(above, n), "at": share(n - above - below, n), "below": share(below, n)},
        "withoutNeutral": {"above": share(above, above + below), "below": share(below, above + below)},
    }


def _consistency(conditions: list[list[float]]) -> dict[str, Any]:
    """How far the repeats of a condition agree, over the conditions that have some."""
    repeated = [repeats for repeats in conditions if len(repeats) > 1]
    within = [_variance(repeats) for repeats in repeated]
    return {
        "conditions": len(repeated),
        "identical": share(sum(min(repeats) == max(repeats) for repeats in repeated), len(repeated)),
        "sameSide": share(sum(len({_side(score) for score in repeats}) == 1 for repeats in repeated), len(repeated)),
        "standardDeviationWithin": tidy(mean(within) ** 0.5) if within else None,
        "reason": None if repeated else "no condition has more than one score",
    }


def _variance(repeats: Sequence[float]) -> float:
    deviation = standard_deviation(repeats)
    return 0.0 if deviation is None else deviation**2


def _side(score: float) -> int:
    return (score > NEUTRAL) - (score < NEUTRAL)


def _note_gaps(found: Collection, notes: Notes) -> None:
    transcripts = len(found.conversations)
    scored = sum(record.score is not None for record in found.conversations)
    empty = sum(record.unscored for record in found.conversations)
    if not scored and transcripts:
        notes.say("no transcript has a summary.score; decisions, agreement and dimensions are not computed")
    elif scored < transcripts:
        notes.say(
            f"{scored} of {transcripts} transcripts have a score ({empty} have null); decisions, agreement and"
            " dimensions are over those"
        )
