"""Scenarios and models as two effects that add up, so that models are compared with themselves alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.numerical import np

if TYPE_CHECKING:
    from common.analysis.notes import Notes
    from common.analysis.numerical import Array, Indexes, Mask
    from common.analysis.table import Table

# What two roads to the same fit leave may differ in the digits behind these.
DIGITS: Final = 8


class Additive(NamedTuple):
    """The fit of mean[m, s] = model[m] + scenario[s] to what is there.

    Attributes:
        scenarios: the effect of each scenario, as if every model had answered it; NaN outside the largest group of
            scenarios that models link with each other, for nothing says how far those of another group lie from these.
        rest: what is left of each mean; NaN where there is none.
    """

    scenarios: Array
    rest: Array


def fit_additive(table: Table) -> Additive:
    """The fit of a table of decisions."""
    return fit_values(table.means, table.largest)


def fit_values(means: Array, largest: float) -> Additive:
    """By least squares, from the normal equations of the models, of which the scenarios' effects are taken away."""
    known = ~np.isnan(means)
    of_scenario = np.maximum(known.sum(axis=0), 1)
    values = np.nan_to_num(means)
    shared = (known / of_scenario) @ known.T
    equations = np.diag(known.sum(axis=1).astype(np.float64)) - shared
    group = _groups(shared > 0)
    # Of each group the effects of the models have the sum 0, which takes the one thing that is free.
    equations += group[:, None] == group[None, :]
    models = np.linalg.solve(equations, (values - known * (values.sum(axis=0) / of_scenario)).sum(axis=1))
    scenarios = (values - known * models[:, None]).sum(axis=0) / of_scenario
    own = group[np.argmax(known, axis=0)]
    main = int(np.argmax(np.bincount(own)))
    level = float(np.mean(models[group == main]))
    decimals = DIGITS - math.floor(math.log10(max(largest, 1.0)))
    rest: Array = np.where(known, means - models[:, None] - scenarios[None, :], np.nan)
    linked = np.where(own == main, scenarios + level, np.nan)
    fitted: Array = (np.round(linked, decimals) + 0.0).astype(np.float64)
    return Additive(fitted, np.round(rest, decimals) + 0.0)


def _groups(linked: Mask) -> Indexes:
    """Of each model the number of its group: those that it reaches through scenarios in common."""
    group = np.arange(len(linked))
    while True:
        # Each takes the lowest number among those that it is linked with, itself included.
        lower: Indexes = np.min(np.where(linked, group[None, :], len(linked)), axis=1)
        if np.array_equal(lower, group):
            return group
        group = lower


def note_apart(fitted: Additive, notes: Notes) -> Indexes:
    """The places of the scenarios that can be compared with each other; how many cannot is noted."""
    linked = np.flatnonzero(~np.isnan(fitted.scenarios))
    if apart := len(fitted.scenarios) - len(linked):
        notes.say(
            f"{apart} scenarios share no model with the others, directly or through other scenarios; the tests of"
            " dimensions and the means of levels are without them"
        )
    return linked
