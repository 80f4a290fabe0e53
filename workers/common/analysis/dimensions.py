"""What in the scenarios moves the decisions: each dimension's levels against each other, within models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from common.analysis.additive import DIGITS, fit_additive, note_apart
from common.analysis.clusters import interval_of
from common.analysis.dimension_levels import FEWEST_IN_LEVEL, factor, shown_level
from common.analysis.dimension_tests import LevelTest, interaction_test, levels_test
from common.analysis.effects import MOST_LEVELS, Cells, Coefficient, Effects, estimate
from common.analysis.figures import mean, quantile, tidy
from common.analysis.numerical import np
from common.analysis.ranks import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.additive import Additive
    from common.analysis.collection import Collection
    from common.analysis.dimension_levels import Factor
    from common.analysis.effect_documents import Dimension, Interaction, Level, LevelEffect, ModelDimension, Trend
    from common.analysis.figure_documents import Interval
    from common.analysis.notes import Notes
    from common.analysis.numerical import Array, Indexes, Mask
    from common.analysis.table import Table

MOST_DIMENSIONS: Final = 50
_NO_EFFECT: Final = "the levels cannot be told apart from the models or from each other"


_Tested: TypeAlias = "Dimension | ModelDimension | Interaction | Trend | LevelEffect"


class _Model(NamedTuple):
    """One model: where it has decisions, and what moves them."""

    row: int
    known: Mask
    effects: dict[str, Effects]


def describe_dimensions(found: Collection, table: Table, notes: Notes) -> list[Dimension]:
    """Each dimension over all models, and for each model."""
    scenarios = table.scenarios
    names = sorted({name for scenario in scenarios for name, _ in found.scenarios[scenario].dimensions})
    if len(names) > MOST_DIMENSIONS:
        notes.say(f"there are {len(names)} dimensions; the first {MOST_DIMENSIONS} in order are described")
    if table.models and not names:
        notes.say("no scenario has dimensions; there is nothing to compare by")
    factors = [factor(found, scenarios, name) for name in names[:MOST_DIMENSIONS]]
    if not factors:
        return []
    additive = fit_additive(table)
    linked = note_apart(additive, notes)
    overall = estimate(_cells(table), factors)
    models = [
        _Model(row, known, estimate(_cells_of(table, row), [each.at(np.flatnonzero(known)) for each in factors]))
        for row, known in enumerate(table.known)
    ]
    described = [_describe(each, table, additive, linked, overall.get(each.name), models) for each in factors]
    _adjust(described)
    return described


def _cells(table: Table) -> Cells:
    rows, columns = np.nonzero(table.known)
    return Cells(table.means[rows, columns], rows, columns, table.families[columns], len(table.models))


def _cells_of(table: Table, row: int) -> Cells:
    known = table.known[row]
    count = int(known.sum())
    return Cells(table.means[row, known], np.zeros(count, dtype=np.intp), np.arange(count), table.families[known], 1)


def _describe(
    each: Factor,
    table: Table,
    additive: Additive,
    linked: Indexes,
    overall: Effects | None,
    models: Sequence[_Model],
) -> Dimension:
    result = levels_test(additive.scenarios[linked], each.at(linked), table.families[linked])
    unit = "families" if table.grouped else "scenarios"
    return {
        "name": each.name,
        "n": result.n,
        "levelsTested": result.levels,
        "h": None if result.h is None else tidy(result.h),
        "degreesOfFreedom": result.degrees,
        "p": None if result.test is None else tidy(result.test.p),
        "pHolm": None,
        "how": None if result.test is None else result.test.how,
        "etaSquared": None if result.eta_squared is None else tidy(result.eta_squared),
        "reason": result.reason,
        "adjusted": overall is not None and overall.adjusted,
        "levelCount": len(each.levels),
        "levels": _levels(each, additive.scenarios),
        "effects": _effects(each, overall, unit),
        "interaction": _interaction(each, additive, table),
        "trend": _trend(each, overall, unit),
        "models": [_model(each, table, model, unit) for model in models],
    }


def _levels(each: Factor, values: Array) -> list[Level]:
    counts = each.counts()
    listed: list[Level] = []
    for place, level in enumerate(each.levels[:MOST_LEVELS]):
        own = values[(each.codes == place) & ~np.isnan(values)]
        listed.append(
            {
                "level": shown_level(level),
                "scenarios": int(counts[place]),
                "mean": round(mean([float(value) for value in own]), DIGITS) if len(own) else None,
                "median": round(quantile(np.sort(own), 0.5), DIGITS) if len(own) else None,
                "tested": len(own) >= FEWEST_IN_LEVEL,
            }
        )
    return listed


def _effects(each: Factor, effects: Effects | None, unit: str) -> list[LevelEffect]:
    if effects is None or effects.against is None:
        return []
    counts = each.counts()
    listed: list[LevelEffect] = []
    for place in each.tested()[1:]:
        found = effects.levels.get(place)
        listed.append(
            {
                "level": shown_level(each.levels[place]),
                "against": shown_level(each.levels[effects.against]),
                "effect": {
                    "n": int(counts[place]),
                    "value": None if found is None else tidy(found.value),
                    "interval": _interval(found, unit),
                    "reason": _NO_EFFECT if found is None else None,
                },
                "p": None if found is None or found.p is None else tidy(found.p),
                "pHolm": None,
            }
        )
    return listed


def _interval(found: Coefficient | None, unit: str) -> Interval:
    if found is None:
        return interval_of(None, None, 0, unit=unit)
    return interval_of(found.value, found.spread, found.clusters, unit=unit, believed=0.0, why=found.why)


def _trend(each: Factor, effects: Effects | None, unit: str) -> Trend | None:
    if effects is None or effects.slope is None:
        return None
    slope = effects.slope
    return {
        "slope": {
            "n": int(np.sum(each.counts())),
            "value": tidy(slope.value),
            "interval": _interval(slope, unit),
            "reason": None,
        },
        "p": None if slope.p is None else tidy(slope.p),
        "pHolm": None,
    }


def _interaction(each: Factor, additive: Additive, table: Table) -> Interaction:
    if len(table.models) < 2:
        return {"n": 0, "share": None, "p": None, "pHolm": None, "how": None, "reason": "there is one model alone"}
    found = interaction_test(additive.rest, each, table.families)
    return {
        "n": found.n,
        "share": None if found.share is None else tidy(found.share),
        "p": None if found.test is None else tidy(found.test.p),
        "pHolm": None,
        "how": None if found.test is None else found.test.how,
        "reason": found.reason,
    }


def _model(each: Factor, table: Table, model: _Model, unit: str) -> ModelDimension:
    own = each.at(np.flatnonzero(model.known))
    result: LevelTest = levels_test(table.means[model.row, model.known], own, table.families[model.known])
    effects = model.effects.get(each.name)
    return {
        "modelId": table.models[model.row],
        "n": result.n,
        "levelsTested": result.levels,
        "h": None if result.h is None else tidy(result.h),
        "degreesOfFreedom": result.degrees,
        "p": None if result.test is None else tidy(result.test.p),
        "pHolm": None,
        "how": None if result.test is None else result.test.how,
        "etaSquared": None if result.eta_squared is None else tidy(result.eta_squared),
        "effects": _effects(own, effects, unit),
        "trend": _trend(own, effects, unit),
        "reason": result.reason,
    }


def _adjust(described: list[Dimension]) -> None:
    """Holm's adjustment, for each kind of test over all of its kind."""
    models = [model for each in described for model in each["models"]]
    tested: list[Sequence[_Tested]] = [
        described,
        models,
        [each["interaction"] for each in described],
        [trend for each in described if (trend := each["trend"]) is not None],
        [trend for model in models if (trend := model["trend"]) is not None],
        [effect for each in described for effect in each["effects"]],
        [effect for model in models for effect in model["effects"]],
    ]
    for kind in tested:
        known = [entry for entry in kind if entry["p"] is not None]
        for entry, adjusted in zip(known, holm([entry["p"] or 0.0 for entry in known]), strict=True):
            entry["pHolm"] = tidy(adjusted)
