"""Where the differences of scores come from, how far they can be trusted, and what the next run needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.clusters import FEWEST_CLUSTERS, clustered, spread_of
from common.analysis.figures import DEVIATE, LEVEL, tidy
from common.analysis.numerical import np, scipy

if TYPE_CHECKING:
    from common.analysis.numerical import Array, Indexes
    from common.analysis.reliability_documents import Components, Need, Plan, Reliability, ReliabilitySection
    from common.analysis.table import Table

# Samples for each scenario that a plan looks at.
SAMPLES: Final = (1, 2, 3, 5, 10)
_MANY: Final = 100_000


class Variances(NamedTuple):
    """The components as numbers; None where the run does not tell them apart."""

    model: float
    scenario: float
    interaction: float
    repeat: float | None


def describe_reliability(table: Table, precision: float) -> ReliabilitySection | None:
    """Components, reliabilities and a plan; None where no transcript has a score."""
    if not table.models:
        return None
    return {
        "components": _components(table),
        "models": [_reliability(table, row) for row in range(len(table.models))],
        "plan": _plan(table, precision),
    }


def repeat_variance(table: Table, rows: slice | int = slice(None)) -> float | None:
    """The variance of repeats, pooled over conditions by their degrees of freedom."""
    repeats, squares = table.repeats[rows], table.squares[rows]
    degrees = int(np.sum(np.maximum(repeats - 1, 0)))
    return float(np.sum(squares)) / degrees if degrees else None


def variances(table: Table) -> Variances | str:
    """The components of a crossed design with random models and scenarios, or why there are none.

    Expected mean squares of the table of condition means over the scenarios that every model answered (Searle, Casella
    and McCulloch 1992, Variance Components, chapter 4), less the repeats' share of each.
    """
    common = table.known.all(axis=0)
    models, scenarios = len(table.models), int(common.sum())
    if models < 2 or scenarios < 2:
        return f"components need two models and two scenarios that all of them answered; here: {models} and {scenarios}"
    values = table.means[:, common]
    by_model, by_scenario, middle = values.mean(axis=1), values.mean(axis=0), float(values.mean())
    rest = values - by_model[:, None] - by_scenario[None, :] + middle
    of_models = scenarios * float(np.sum((by_model - middle) ** 2)) / (models - 1)
    of_scenarios = models * float(np.sum((by_scenario - middle) ** 2)) / (scenarios - 1)
    of_rest = float(np.sum(rest**2)) / ((models - 1) * (scenarios - 1))
    repeat = repeat_variance(table)
    noise = 0.0 if repeat is None else repeat * float(np.mean(1 / table.repeats[:, common]))
    return Variances(
        max(0.0, (of_models - of_rest) / scenarios),
        max(0.0, (of_scenarios - of_rest) / models),
        max(0.0, of_rest - noise),
        repeat,
    )


def _components(table: Table) -> Components:
    found = variances(table)
    models, scenarios = len(table.models), int(table.known.all(axis=0).sum())
    if isinstance(found, str):
        return {
            "models": models,
            "scenarios": scenarios,
            "model": None,
            "scenario": None,
            "interaction": None,
            "repeat": None,
            "reason": found,
        }
    unknown = "no condition has two scores, so the variance of repeats is not known"
    return {
        "models": models,
        "scenarios": scenarios,
        "model": tidy(found.model),
        "scenario": tidy(found.scenario),
        "interaction": tidy(found.interaction),
        "repeat": None if found.repeat is None else tidy(found.repeat),
        "reason": unknown if found.repeat is None else None,
    }


def reliability_of(table: Table, row: int) -> float | None:
    """1 less the repeats' share in the variance of a model's condition means; None without repeats or variance."""
    known = table.known[row]
    repeat = repeat_variance(table, row)
    if repeat is None or int(known.sum()) < 2:
        return None
    total = float(np.var(table.means[row, known], ddof=1))
    noise = repeat * float(np.mean(1 / table.repeats[row, known]))
    return max(0.0, 1 - noise / total) if total > 0 else None


def _reliability(table: Table, row: int) -> Reliability:
    value, repeat = reliability_of(table, row), repeat_variance(table, row)
    reason = "no condition has more than one score" if repeat is None else "all conditions have the same mean"
    return {
        "modelId": table.models[row],
        "conditions": int(table.known[row].sum()),
        "repeatVariance": None if repeat is None else tidy(repeat),
        "reliability": None if value is None else tidy(value),
        "noiseCeiling": None if value is None else tidy(math.sqrt(value)),
        "reason": reason if value is None else None,
    }


def _plan(table: Table, precision: float) -> Plan:
    repeat = repeat_variance(table)
    rows = [_spread_between(table, row, repeat or 0.0) for row in range(len(table.models))]
    between = (
        float(np.mean([value for value in rows if value is not None])) if any(v is not None for v in rows) else None
    )
    found = variances(table)
    interaction = None if isinstance(found, str) else found.interaction
    effect = _design_effect(table)
    size = len(table.scenarios) / len(np.unique(table.families))
    reason = None
    if between is None:
        reason = "no model has decisions on two scenarios"
    elif between == 0 and not repeat:
        reason = "every model has the same decision in all scenarios, so nothing shows how many would be needed"
    elif repeat is None:
        reason = "no condition has two scores, so the needs are known for one sample alone"
    needs: list[Need] = []
    for samples in SAMPLES if repeat is not None else SAMPLES[:1]:
        noise = (repeat or 0.0) / samples
        needs.append(
            {
                "samples": samples,
                "scenariosForMeans": None if between is None else _scenarios(between + noise, precision, effect, size),
                "scenariosForDifferences": None
                if interaction is None
                else _scenarios(2 * (interaction + noise), precision, effect, size),
            }
        )
    return {
        "precision": precision,
        "designEffect": None if effect is None else tidy(effect),
        "needs": needs if between is not None else [],
        "reason": reason,
    }


def _spread_between(table: Table, row: int, repeat: float) -> float | None:
    """The variance of a model's decisions between scenarios, without the repeats' noise."""
    known = table.known[row]
    if int(known.sum()) < 2:
        return None
    noise = repeat * float(np.mean(1 / table.repeats[row, known]))
    return max(0.0, float(np.var(table.means[row, known], ddof=1)) - noise)


def _scenarios(variance: float, precision: float, effect: float | None, size: float) -> int | None:
    """So many that t standard errors are the precision, and that there is an interval; None without a variance.

    Args:
        variance: of a scenario.
        precision: half the width of the interval.
        effect: by which families multiply the variance.
        size: scenarios of a family, on average; families are the degrees of freedom.
    """
    if variance <= 0:
        return None
    needed = variance * max(1.0, effect or 1.0) / precision**2
    count = max(math.ceil(DEVIATE * DEVIATE * needed), math.ceil(FEWEST_CLUSTERS * size))
    # t is above z by so little that a few steps are enough; of very many scenarios by nothing.
    while count < _MANY and float(scipy.special.stdtrit(count / size - 1, 0.5 + LEVEL / 2)) ** 2 * needed > count:
        count += 1
    return count


def _design_effect(table: Table) -> float | None:
    """How much larger the variance of means is than it would be were scenarios independent; the mean over models."""
    if not table.grouped:
        return 1.0
    effects = []
    for values in table.means:
        known = ~np.isnan(values)
        effect = _effect(values[known], table.families[known])
        if effect is not None:
            effects.append(effect)
    return float(np.mean(effects)) if effects else None


def _effect(values: Array, families: Indexes) -> float | None:
    groups = clustered(families)
    spread = spread_of(groups.means_left_out(values), groups.sizes)
    alone = float(np.var(values, ddof=1)) / len(values) if len(values) > 1 else 0.0
    return None if spread is None or alone <= 0 else spread.error**2 / alone
