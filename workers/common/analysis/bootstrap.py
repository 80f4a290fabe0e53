"""The interval of a mean over conditions, by resampling conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.figures import LEVEL, quantile
from common.analysis.numerical import np

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED: Final = 20_240_501
RESAMPLES: Final = 2_000
# Of fewer conditions a resample has too few different ones to show how far the mean can move.
FEWEST_CONDITIONS: Final = 5
# To draw a count takes as long as to draw so many conditions.
COST_OF_A_COUNT: Final = 16


def mean_interval(means: Sequence[float]) -> tuple[float, float]:
    """The percentile interval of the mean of condition means (Efron and Tibshirani 1993, chapter 13).

    A condition is drawn with all its repeats, for those are no independent samples. How often each value comes in a
    resample of n is multinomial, so where there are few different means their counts are drawn in place of n
    conditions: the same distribution, and 50,000 conditions with whole scores cost no more than fifty.
    """
    ordered = np.sort(np.array(means, dtype=np.float64))
    values, counts = np.unique(ordered, return_counts=True)
    n = len(means)
    random = np.random.default_rng(SEED)
    if len(values) * COST_OF_A_COUNT <= n:
        resampled = random.multinomial(n, counts / n, size=RESAMPLES) @ values / n
    else:
        resampled = np.array([ordered[random.integers(n, size=n)].mean() for _ in range(RESAMPLES)])
    resampled.sort()
    return quantile(resampled, (1 - LEVEL) / 2), quantile(resampled, (1 + LEVEL) / 2)
