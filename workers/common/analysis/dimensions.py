"""What in the scenarios moves the decisions: each dimension's levels against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.analysis.figures import mean, quantile, tidy
from common.analysis.numerical import np
from common.analysis.ranks import holm, kruskal_wallis

if TYPE_CHECKING:
    from common.analysis.collection import Collection
    from common.analysis.decisions import Means
    from common.analysis.notes import Notes

# The chi-square approximation of H wants five values in each group (Kruskal and Wallis 1952).
FEWEST_IN_LEVEL: Final = 5
MOST_DIMENSIONS: Final = 50
MOST_LEVELS: Final = 50

Level = float | str
# Per level the decisions, one for each scenario.
Levels = dict[Level, list[float]]


def describe_dimensions(found: Collection, means: Means, notes: Notes) -> list[dict[str, Any]]:
    """Each dimension over all models, where a scenario's value is the mean over the models, and for each model."""
    answers: dict[str, list[float]] = {}
    for model in sorted(means):
        for scenario, value in means[model].items():
            answers.setdefault(scenario, []).append(value)
    overall = {scenario: mean(values) for scenario, values in sorted(answers.items())}
    names = sorted({name for scenario in overall for name, _ in found.scenarios[scenario].dimensions})
    if len(names) > MOST_DIMENSIONS:
        notes.say(f"there are {len(names)} dimensions; the first {MOST_DIMENSIONS} in order are described")
    if means and not names:
        notes.say("no scenario has dimensions; there is nothing to compare by")
    described = [_describe(name, found, overall, means) for name in names[:MOST_DIMENSIONS]]
    tested = [entry for entry in described if entry["p"] is not None]
    for entry, adjusted in zip(tested, holm([entry["p"] for entry in tested]), strict=True):
        entry["pHolm"] = tidy(adjusted)
    return described


def _describe(name: str, found: Collection, overall: dict[str, float], means: Means) -> dict[str, Any]:
    levels_of = {
        scenario: level for scenario in overall for key, level in found.scenarios[scenario].dimensions if key == name
    }
    levels = _levels(levels_of, overall)
    shown = sorted(levels, key=_order)
    return {
        "name": name,
        **_test(levels),
        "pHolm": None,
        "levelCount": len(levels),
        "levels": [
            {
                "level": int(level) if isinstance(level, float) and level.is_integer() else level,
                "scenarios": len(levels[level]),
                "mean": tidy(mean(levels[level])),
                "median": tidy(quantile(np.sort(np.array(levels[level])), 0.5)),
                "tested": len(levels[level]) >= FEWEST_IN_LEVEL,
            }
            for level in shown[:MOST_LEVELS]
        ],
        "models": [{"modelId": model, **_test(_levels(levels_of, mine))} for model, mine in sorted(means.items())],
    }


def _levels(levels_of: dict[str, Level], values: dict[str, float]) -> Levels:
    levels: Levels = {}
    for scenario, value in values.items():
        level = levels_of.get(scenario)
        if level is not None:
            levels.setdefault(level, []).append(value)
    return levels


def _order(level: Level) -> tuple[bool, float, str]:
    """Numbers by size, then words by alphabet."""
    return (True, 0.0, level) if isinstance(level, str) else (False, level, "")


def _test(levels: Levels) -> dict[str, Any]:
    groups = [np.array(levels[level]) for level in sorted(levels, key=_order) if len(levels[level]) >= FEWEST_IN_LEVEL]
    reason, result = None, None
    if len(groups) < 2:
        reason = f"a test needs two levels with at least {FEWEST_IN_LEVEL} scenarios each; here: {len(groups)}"
    else:
        result = kruskal_wallis(groups)
        if result is None:
            reason = "all of these scenarios have the same decision"
    return {
        "n": sum(len(group) for group in groups),
        "levelsTested": len(groups),
        "h": None if result is None else tidy(result.h),
        "degreesOfFreedom": None if result is None else result.degrees,
        "p": None if result is None else tidy(result.p),
        "etaSquared": None if result is None else tidy(result.eta_squared),
        "reason": reason,
    }
