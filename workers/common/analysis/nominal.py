"""A scale of options without an order: shares, and the tests for them."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.additive import fit_values, note_apart
from common.analysis.alpha import alpha_document, nominal_alpha
from common.analysis.collection import is_null
from common.analysis.comparison import ALPHA
from common.analysis.dimension_levels import FEWEST_IN_LEVEL, factor, shown_level
from common.analysis.dimension_tests import explained
from common.analysis.distribution import entropy
from common.analysis.figures import tidy
from common.analysis.nominal_differing import describe_choices_that_differ
from common.analysis.numerical import np
from common.analysis.permutation import vector_flips
from common.analysis.proportions import clustered_share, share_of
from common.analysis.ranks import holm
from common.analysis.table import family_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.collection import Collection
    from common.analysis.dimension_levels import Factor
    from common.analysis.nominal_documents import (
        Nominal,
        NominalDimension,
        NominalLevel,
        NominalModel,
        NominalPair,
        OptionShare,
    )
    from common.analysis.notes import Notes
    from common.analysis.numerical import Array, Indexes
    from common.analysis.permutation import PValue

_DIGITS: Final = 10


class Choices(NamedTuple):
    """What was chosen, as numbers.

    Attributes:
        models: sorted.
        scenarios: sorted.
        shares: models by options by scenarios: how often each option came among the repeats; NaN without any.
        modes: models by scenarios: the place of the most frequent option, the first of several; NaN without any.
        families: of each scenario.
    """

    models: list[str]
    scenarios: list[str]
    shares: Array
    modes: Array
    families: Indexes


def describe_nominal(found: Collection, notes: Notes) -> Nominal | None:
    """The figures of a nominal scale; None where the scale is none, or nothing was chosen."""
    options = found.settings.scale.options
    if not options or not found.choices:
        return None
    chosen = tabulate_choices(found, options)
    return {
        "options": list(options),
        "models": [_model(model, found, options) for model in found.described if _said(model, found)],
        "pairs": _pairs(chosen),
        "alphaNominal": alpha_document(nominal_alpha(chosen.modes, chosen.families)),
        "dimensions": _dimensions(found, chosen, options, notes),
        "differing": describe_choices_that_differ(found, chosen, options),
    }


def tabulate_choices(found: Collection, options: Sequence[str]) -> Choices:
    """What the models of a run chose."""
    models = sorted(found.choices)
    scenarios = sorted({scenario for mine in found.choices.values() for scenario in mine})
    places = {scenario: place for place, scenario in enumerate(scenarios)}
    shares = np.full((len(models), len(options), len(scenarios)), np.nan)
    modes = np.full((len(models), len(scenarios)), np.nan)
    for row, model in enumerate(models):
        for scenario, names in found.choices[model].items():
            counts = Counter(names)
            column = places[scenario]
            shares[row, :, column] = [counts[option] / len(names) for option in options]
            modes[row, column] = int(np.argmax(shares[row, :, column]))
    return Choices(models, scenarios, shares, modes, family_numbers(found, scenarios))


def _said(model: str, found: Collection) -> bool:
    return model in found.choices or _nulls(model, found) > 0


def _nulls(model: str, found: Collection) -> int:
    scale = found.settings.scale
    return sum(record.model == model and is_null(record, scale) for record in found.conversations)


def _options(
    found: Collection, chosen: Sequence[tuple[str, Sequence[str]]], options: Sequence[str]
) -> list[OptionShare]:
    """The share of each option among the scores of some scenarios."""
    listed: list[OptionShare] = []
    for option in options:
        clusters: dict[str, tuple[int, int]] = {}
        for scenario, names in chosen:
            family = found.scenarios[scenario].family
            hits, of = clusters.get(family, (0, 0))
            clusters[family] = hits + names.count(option), of + len(names)
        listed.append({"option": option, "share": clustered_share(clusters)})
    return listed


def _model(model: str, found: Collection, options: Sequence[str]) -> NominalModel:
    mine = found.choices.get(model, {})
    names = [name for repeats in mine.values() for name in repeats]
    repeated = [(scenario, repeats) for scenario, repeats in sorted(mine.items()) if len(repeats) > 1]
    return {
        "modelId": model,
        "conditions": len(mine),
        "scores": len(names),
        "nullScores": _nulls(model, found),
        "options": _options(found, sorted(mine.items()), options),
        "entropyBits": tidy(entropy(list(Counter(names).values()))) if names else None,
        "identical": share_of(
            np.array([float(len(set(repeats)) == 1) for _, repeats in repeated]),
            family_numbers(found, [scenario for scenario, _ in repeated]),
        ),
        "reason": None if names else "every score of this model is null",
    }


def _pairs(chosen: Choices) -> list[NominalPair]:
    pairs = compare_choices(chosen)
    return sorted(pairs, key=lambda pair: (-(pair["distance"] or 0.0), pair["n"] == 0, pair["models"]))


def compare_choices(chosen: Choices) -> list[NominalPair]:
    """Each two models, in their order."""
    places = list(itertools.combinations(range(len(chosen.models)), 2))
    tests = [_flips(chosen, first, second) for first, second in places]
    adjusted = iter(holm([test.p for test in tests if test is not None]))
    return [
        _pair(chosen, both, test, None if test is None else next(adjusted))
        for both, test in zip(places, tests, strict=True)
    ]


def _differences(chosen: Choices, first: int, second: int) -> tuple[Array, Indexes]:
    """Options by scenarios, of those that both answered, and the families of these."""
    differences = chosen.shares[first] - chosen.shares[second]
    both = ~np.isnan(differences[0])
    return np.round(differences[:, both], _DIGITS) + 0.0, chosen.families[both]


def _flips(chosen: Choices, first: int, second: int) -> PValue | None:
    differences, families = _differences(chosen, first, second)
    if not len(families):
        return None
    sums = np.array([np.bincount(families, weights=row) for row in differences])
    return vector_flips(np.round(sums.T, _DIGITS) + 0.0)


def _pair(chosen: Choices, places: tuple[int, int], test: PValue | None, adjusted: float | None) -> NominalPair:
    differences, families = _differences(chosen, *places)
    n = len(families)
    modes = chosen.modes[list(places)]
    both = ~np.isnan(modes).any(axis=0)
    reason = None
    if test is None:
        reason = (
            "there is no scenario that both answered" if n == 0 else "both chose the same in all of these scenarios"
        )
    return {
        "models": [chosen.models[place] for place in places],
        "n": n,
        "distance": tidy(min(1.0, float(np.sum(np.abs(differences.mean(axis=1)))) / 2)) if n else None,
        "p": None if test is None else tidy(test.p),
        "pHolm": None if adjusted is None else tidy(adjusted),
        "how": None if test is None else test.how,
        "sameOption": share_of((modes[0, both] == modes[1, both]).astype(np.float64), families),
        "alphaNominal": alpha_document(nominal_alpha(modes[:, both], families)),
        "verdict": "different" if adjusted is not None and adjusted < ALPHA else "not shown",
        "reason": reason,
    }


def _dimensions(found: Collection, chosen: Choices, options: Sequence[str], notes: Notes) -> list[NominalDimension]:
    names = sorted({name for scenario in chosen.scenarios for name, _ in found.scenarios[scenario].dimensions})
    # What each scenario makes of each option's share, as if every model had answered it.
    fitted = [fit_values(chosen.shares[:, place, :], 1.0) for place in range(len(options))]
    values = np.array([each.scenarios for each in fitted])
    if names:
        note_apart(fitted[0], notes)
    described = [_dimension(found, chosen, options, factor(found, chosen.scenarios, name), values) for name in names]
    tested = [entry for entry in described if entry["p"] is not None]
    for entry, adjusted in zip(tested, holm([entry["p"] or 0.0 for entry in tested]), strict=True):
        entry["pHolm"] = tidy(adjusted)
    return described


def _dimension(
    found: Collection, chosen: Choices, options: Sequence[str], each: Factor, values: Array
) -> NominalDimension:
    linked = ~np.isnan(values).any(axis=0)
    tested = each.at(np.flatnonzero(linked)).tested()
    used = np.isin(each.codes, tested) & linked
    result, reason = None, None
    if len(tested) < 2:
        reason = f"a test needs two levels with at least {FEWEST_IN_LEVEL} scenarios each; here: {len(tested)}"
    else:
        result = explained(values[:, used], each.codes[used], chosen.families[used])
        reason = "the same was chosen in all of these scenarios" if result is None else None
    return {
        "name": each.name,
        "n": int(used.sum()),
        "explained": None if result is None else tidy(result[0]),
        "p": None if result is None else tidy(result[1].p),
        "pHolm": None,
        "how": None if result is None else result[1].how,
        "levels": [_level(found, chosen, options, each, place) for place in range(len(each.levels))],
        "reason": reason,
    }


def _level(found: Collection, chosen: Choices, options: Sequence[str], each: Factor, place: int) -> NominalLevel:
    scenarios = [chosen.scenarios[column] for column in np.flatnonzero(each.codes == place)]
    names = [(name, mine[name]) for mine in found.choices.values() for name in scenarios if name in mine]
    return {
        "level": shown_level(each.levels[place]),
        "scenarios": len(scenarios),
        "options": _options(found, names, options),
    }
