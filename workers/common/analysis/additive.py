"""Scenarios and models as two effects that add up, so that models are compared with themselves alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.numerical import np

if TYPE_CHECKING:
    from common.analysis.numerical import Array
    from common.analysis.table import Table

_ROUNDS: Final = 500
_NEAR: Final = 1e-12
# What the rounds leave may differ in the digits behind these.
DIGITS: Final = 8


class Additive(NamedTuple):
    """The fit of mean[m, s] = model[m] + scenario[s] to what is there.

    Attributes:
        scenarios: the effect of each scenario, as if every model had answered it.
        rest: what is left of each mean; NaN where there is none.
    """

    scenarios: Array
    rest: Array


def fit_additive(table: Table) -> Additive:
    """The fit of a table of decisions."""
    return fit_values(table.means, table.largest)


def fit_values(means: Array, largest: float) -> Additive:
    """By least squares, in rounds (backfitting); in one round where every model answered every scenario."""
    known = ~np.isnan(means)
    of_model, of_scenario = np.maximum(known.sum(axis=1), 1), np.maximum(known.sum(axis=0), 1)
    values = np.nan_to_num(means)
    models = values.sum(axis=1) / of_model
    scenarios = np.zeros(values.shape[1])
    for _ in range(_ROUNDS):
        scenarios = (values - known * models[:, None]).sum(axis=0) / of_scenario
        moved = (values - known * scenarios[None, :]).sum(axis=1) / of_model - models
        models = models + moved
        if float(np.max(np.abs(moved))) <= _NEAR * largest:
            break
    level = float(np.mean(models))
    decimals = DIGITS - math.floor(math.log10(max(largest, 1.0)))
    rest: Array = np.where(known, means - models[:, None] - scenarios[None, :], np.nan)
    fitted: Array = (np.round(scenarios + level, decimals) + 0.0).astype(np.float64)
    return Additive(fitted, np.round(rest, decimals) + 0.0)
