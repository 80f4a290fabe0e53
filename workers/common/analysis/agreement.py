"""How far the models agree: each two of them, all of them, and the scenarios on which they differ most."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from common.analysis.figures import average_ranks, mean, standard_deviation, tidy
from common.analysis.numerical import np
from common.analysis.ranks import FEWEST_FOR_CHI_SQUARE, FEWEST_PAIRS, Rho, holm, kendall_w, spearman

if TYPE_CHECKING:
    from common.analysis.collection import Collection
    from common.analysis.decisions import Means
    from common.analysis.numerical import Array, Mask

MOST_DIFFERING: Final = 20


def describe_agreement(found: Collection, means: Means) -> dict[str, Any] | None:
    """The agreement of the models; None where fewer than two have decisions."""
    models = sorted(means)
    if len(models) < 2:
        return None
    table = _table(means, models)
    results = _pairs(table)
    adjusted = iter(holm([result.p for result in results if result.p is not None]))
    pairs = [
        {
            "models": [models[first], models[second]],
            "n": result.n,
            "rho": None if result.rho is None else tidy(result.rho),
            "p": None if result.p is None else tidy(result.p),
            "pHolm": None if result.p is None else tidy(next(adjusted)),
            "reason": result.reason,
        }
        for (first, second), result in zip(itertools.combinations(range(len(models)), 2), results, strict=True)
    ]
    return {"pairs": pairs, "overall": _overall(table, results), "differing": _differing(found, means)}


def _table(means: Means, models: list[str]) -> Array:
    """Models by scenarios; NaN where a model has no decision."""
    scenarios = sorted({scenario for mine in means.values() for scenario in mine})
    columns = {scenario: column for column, scenario in enumerate(scenarios)}
    table = np.full((len(models), len(scenarios)), np.nan)
    for row, model in enumerate(models):
        mine = means[model]
        table[row, [columns[scenario] for scenario in mine]] = list(mine.values())
    return table


def _pairs(table: Array) -> list[Rho]:
    known = ~np.isnan(table)
    counts = known.sum(axis=1)
    own = [average_ranks(row[mask]) for row, mask in zip(table, known, strict=True)]

    def ranks(model: int, both: Mask, n: int) -> Array:
        return own[model] if n == counts[model] else average_ranks(table[model, both])

    found = []
    for first, second in itertools.combinations(range(len(table)), 2):
        both = known[first] & known[second]
        n = int(both.sum())
        found.append(spearman(ranks(first, both, n), ranks(second, both, n)))
    return found


def _overall(table: Array, results: list[Rho]) -> dict[str, Any]:
    rhos = [result.rho for result in results if result.rho is not None]
    complete = table[:, ~np.isnan(table).any(axis=0)]
    models, scenarios = complete.shape
    reason, found = None, None
    if scenarios < FEWEST_PAIRS:
        reason = f"W needs at least {FEWEST_PAIRS} scenarios in which every model has a decision; here: {scenarios}"
    else:
        found = kendall_w(complete)
        if found is None:
            reason = "every model has the same decision in all of these scenarios, so there is no order"
        elif found.p is None:
            reason = f"p needs at least {FEWEST_FOR_CHI_SQUARE} such scenarios; here: {scenarios}"
    return {
        "models": models,
        "scenarios": scenarios,
        "kendallW": None if found is None else tidy(found.w),
        "chiSquare": None if found is None else tidy(found.chi_square),
        "p": None if found is None or found.p is None else tidy(found.p),
        "reason": reason,
        "meanRho": tidy(mean(rhos)) if rhos else None,
        "pairs": len(rhos),
    }


def _differing(found: Collection, means: Means) -> list[dict[str, Any]]:
    """By the distance of the highest from the lowest mean, then by the standard deviation, then by ID."""
    answers: dict[str, list[tuple[float, str]]] = {}
    for model in sorted(means):
        for scenario, value in means[model].items():
            answers.setdefault(scenario, []).append((value, model))
    ranked = sorted(
        (
            (min(values)[0] - max(values)[0], -(standard_deviation([value for value, _ in values]) or 0.0), scenario)
            for scenario, values in answers.items()
            if len(values) > 1
        ),
    )
    return [
        _difference(scenario, found.scenarios[scenario].name, answers[scenario], -distance, -deviation)
        for distance, deviation, scenario in ranked[:MOST_DIFFERING]
        if distance < 0
    ]


def _difference(
    scenario: str, name: str | None, values: list[tuple[float, str]], distance: float, deviation: float
) -> dict[str, Any]:
    low, high = min(values)[0], max(values)[0]
    return {
        "scenarioId": scenario,
        "name": name,
        "models": len(values),
        "range": tidy(distance),
        "standardDeviation": tidy(deviation),
        "lowest": {"mean": tidy(low), "modelIds": [model for value, model in values if value == low]},
        "highest": {"mean": tidy(high), "modelIds": [model for value, model in values if value == high]},
    }
