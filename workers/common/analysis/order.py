"""What the order in which options or a scale were shown does to the scores."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from common.analysis.clusters import clustered, interval
from common.analysis.figures import mean, tidy
from common.analysis.numerical import np
from common.analysis.permutation import sign_flips
from common.analysis.proportions import share_of
from common.analysis.ranks import holm

if TYPE_CHECKING:
    from common.analysis.collection import Collection, Scenario
    from common.analysis.notes import Notes
    from common.analysis.numerical import Array, Indexes
    from common.analysis.reliability_documents import OrderEffect
    from common.analysis.table import Table


def describe_order(found: Collection, table: Table, notes: Notes) -> list[OrderEffect]:
    """The order effect of each model; nothing where no scenario has two orders."""
    pairs = find_pairs(found, table, notes)
    if not pairs:
        return []
    originals, turned = (np.array([pair[side] for pair in pairs], dtype=np.intp) for side in (0, 1))
    families = table.families[originals]
    differences = table.settled(table.means[:, originals] - table.means[:, turned])
    sums = np.array(
        [np.bincount(families, weights=np.nan_to_num(row), minlength=families.max() + 1) for row in differences]
    )
    tests = sign_flips(table.settled(sums.T))
    adjusted = iter(holm([test.p for test in tests if test is not None]))
    effects: list[OrderEffect] = []
    for row, (model, test) in enumerate(zip(table.models, tests, strict=True)):
        both = ~np.isnan(differences[row])
        effect = _effect(
            model, differences[row, both], families[both], _flips(table, row, originals[both], turned[both], found)
        )
        if test is not None:
            effect["p"], effect["pHolm"] = tidy(test.p), tidy(next(adjusted))
        effects.append(effect)
    return effects


def _flips(table: Table, row: int, originals: Indexes, turned: Indexes, found: Collection) -> Array | None:
    neutral = found.settings.scale.neutral
    if neutral is None:
        return None
    sides = np.sign(table.means[row, originals] - neutral) * np.sign(table.means[row, turned] - neutral)
    flips: Array = (sides < 0).astype(np.float64)
    return flips


def _effect(model: str, differences: Array, families: Indexes, flips: Array | None) -> OrderEffect:
    value = mean([float(difference) for difference in differences]) if len(differences) else None
    groups = clustered(families)
    reason = None if len(differences) else "the model answered no scenario in both orders"
    return {
        "modelId": model,
        "pairs": len(differences),
        "effect": {
            "n": len(differences),
            "value": None if value is None else tidy(value),
            "interval": interval(
                value,
                groups.means_left_out(differences) if len(differences) else np.array([]),
                groups.sizes,
                unit="pairs or families",
            ),
            "reason": reason,
        },
        "p": None,
        "pHolm": None,
        "flips": None if flips is None else share_of(flips, families),
        "reason": reason,
    }


def find_pairs(found: Collection, table: Table, notes: Notes) -> list[tuple[int, int]]:
    """The columns of each scenario in its original order and of its twin in the opposite one.

    Twins share `pair`; where none is named, they are those of one family with the same dimensions. Where more than two
    would share one it is not guessed which belong together.
    """
    sides: defaultdict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for column, name in enumerate(table.scenarios):
        scenario = found.scenarios[name]
        if scenario.turned is not None:
            sides[_key(scenario)][int(scenario.turned)].append(column)
    whole = [(first[0], second[0]) for first, second in sides.values() if len(first) == len(second) == 1]
    unclear = sum(len(first) > 1 or len(second) > 1 for first, second in sides.values())
    if unclear:
        notes.say(
            f"{unclear} groups of scenarios have an orientation, but more than one scenario in an order; name their"
            " scenario.pair, without which the order effect leaves them out"
        )
    elif sides and not whole:
        notes.say("scenarios have an orientation, but none has a twin in the opposite order; name their scenario.pair")
    return sorted(whole)


def _key(scenario: Scenario) -> object:
    return scenario.pair if scenario.pair is not None else (scenario.family, scenario.dimensions)
