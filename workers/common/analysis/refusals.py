"""Refusals as an outcome: who refuses, what is refused, and what that hides of the means."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.collection import is_refused, usable
from common.analysis.dimension_levels import levels_of, shown_level
from common.analysis.figures import mean, tidy
from common.analysis.numerical import np
from common.analysis.permutation import sign_flips
from common.analysis.proportions import clustered_share
from common.analysis.ranks import holm

if TYPE_CHECKING:
    from common.analysis.collection import Collection
    from common.analysis.numerical import Array
    from common.analysis.reliability_documents import Refusals, RefusedLevel, RefusedModel, RefusedPair
    from common.analysis.table import Table

_DIGITS: Final = 12


class Asked(NamedTuple):
    """Per model and scenario how many transcripts were refused, how many it is known of, and how many hide a score."""

    refused: dict[str, defaultdict[str, int]]
    known: dict[str, defaultdict[str, int]]
    hidden: dict[str, defaultdict[str, int]]


class Bounds(NamedTuple):
    """The mean of a model over so many scenarios, and between what it would be had nothing been refused."""

    scenarios: int
    mean: float | None
    lowest: float | None
    highest: float | None
    reason: str | None


def describe_refusals(found: Collection, table: Table | None) -> Refusals | None:
    """Refusals by model, by level, and pair by pair; None where nothing was refused."""
    asked = _asked(found)
    if not any(count for mine in asked.refused.values() for count in mine.values()):
        return None
    return {
        "models": [_model(model, found, asked, table) for model in found.described],
        "levels": _levels(found, asked),
        "pairs": _pairs(found, asked),
    }


def _asked(found: Collection) -> Asked:
    refused, known, hidden = ({model: defaultdict[str, int](int) for model in found.described} for _ in range(3))
    scale = found.settings.scale
    for record in found.conversations:
        was = is_refused(record, scale)
        if record.model in known and record.scenario is not None and was is not None:
            refused[record.model][record.scenario] += was
            known[record.model][record.scenario] += 1
            # A refusal that was given a score is one of the answers.
            hidden[record.model][record.scenario] += was and usable(record.score, scale) is None
    return Asked(refused, known, hidden)


def _clusters(found: Collection, counts: list[tuple[str, int, int]]) -> dict[str, tuple[int, int]]:
    clusters: dict[str, tuple[int, int]] = {}
    for scenario, hits, of in counts:
        family = found.scenarios[scenario].family
        before = clusters.get(family, (0, 0))
        clusters[family] = before[0] + hits, before[1] + of
    return clusters


def _model(model: str, found: Collection, asked: Asked, table: Table | None) -> RefusedModel:
    counts = [(scenario, asked.refused[model][scenario], of) for scenario, of in asked.known[model].items()]
    bounds = _bounds(model, found, asked, table)
    return {
        "modelId": model,
        "refused": clustered_share(_clusters(found, counts)),
        "scenarios": bounds.scenarios,
        "mean": bounds.mean,
        "lowest": bounds.lowest,
        "highest": bounds.highest,
        "reason": bounds.reason,
    }


def _bounds(model: str, found: Collection, asked: Asked, table: Table | None) -> Bounds:
    """The mean over the scenarios that every model answered or refused, and its bounds (Manski 2003, chapter 1)."""
    if table is None:
        nominal = found.settings.scale.nominal
        return Bounds(0, None, None, None, "options have no mean" if nominal else "no model has a decision")
    scale = found.settings.scale
    mine = found.scores.get(model, {})
    every = [found.scores.get(other, {}).keys() | _refused(asked, other) for other in {*table.models, model}]
    common = [scenario for scenario in found.scenarios if all(scenario in reached for reached in every)]
    if not common:
        return Bounds(0, None, None, None, "there is no scenario that every model answered or refused")
    columns = {name: column for column, name in enumerate(table.scenarios)}
    answered, lowest, highest = [], [], []
    for scenario in common:
        scores = len(mine.get(scenario, ()))
        missing = asked.hidden[model].get(scenario, 0)
        value = float(table.means[table.models.index(model), columns[scenario]]) if scores else 0.0
        if scores:
            answered.append(value)
        whole = scores + missing
        lowest.append((value * scores + scale.low * missing) / whole)
        highest.append((value * scores + scale.high * missing) / whole)
    return Bounds(
        len(common),
        tidy(mean(answered)) if answered else None,
        tidy(mean(lowest)),
        tidy(mean(highest)),
        None if answered else "the model refused all of these scenarios",
    )


def _refused(asked: Asked, model: str) -> set[str]:
    return {scenario for scenario, count in asked.refused[model].items() if count}


def _levels(found: Collection, asked: Asked) -> list[RefusedLevel]:
    names = sorted({name for scenario in found.scenarios.values() for name, _ in scenario.dimensions})
    listed: list[RefusedLevel] = []
    for name in names:
        of_scenario = levels_of(found, name)
        by_level: defaultdict[float | str, list[tuple[str, int, int]]] = defaultdict(list)
        for model in found.described:
            for scenario, of in asked.known[model].items():
                if scenario in of_scenario:
                    by_level[of_scenario[scenario]].append((scenario, asked.refused[model][scenario], of))
        listed += [
            {
                "dimension": name,
                "level": shown_level(level),
                "refused": clustered_share(_clusters(found, by_level[level])),
            }
            for level in found.settings.ordered(name, by_level)
        ]
    return listed


def _pairs(found: Collection, asked: Asked) -> list[RefusedPair]:
    """Two models by the share of refused samples in each scenario."""
    scenarios = sorted({scenario for mine in asked.known.values() for scenario in mine})
    families: dict[str, int] = {}
    places = np.array([families.setdefault(found.scenarios[name].family, len(families)) for name in scenarios])
    rates = np.array([_rates(asked, model, scenarios) for model in found.described])
    couples = list(itertools.combinations(range(len(rates)), 2))
    differences = [np.round(rates[first] - rates[second], _DIGITS) for first, second in couples]
    sums = [
        np.bincount(places, weights=np.nan_to_num(difference), minlength=len(families)) for difference in differences
    ]
    tests = sign_flips(np.round(np.array(sums).T, _DIGITS - 2)) if couples else []
    adjusted = iter(holm([test.p for test in tests if test is not None]))
    pairs: list[RefusedPair] = []
    for (first, second), difference, test in zip(couples, differences, tests, strict=True):
        known = [float(value) for value in difference if not np.isnan(value)]
        if known:
            pairs.append(
                {
                    "models": [found.described[first], found.described[second]],
                    "n": len(known),
                    "difference": tidy(mean(known)),
                    "p": None if test is None else tidy(test.p),
                    "pHolm": None if test is None else tidy(next(adjusted)),
                }
            )
    return sorted(pairs, key=lambda pair: (-abs(pair["difference"]), pair["models"]))


def _rates(asked: Asked, model: str, scenarios: list[str]) -> Array:
    return np.array(
        [
            asked.refused[model][name] / asked.known[model][name] if asked.known[model].get(name) else np.nan
            for name in scenarios
        ]
    )
