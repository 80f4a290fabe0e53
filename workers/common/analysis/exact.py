"""Values without floating-point dust: what is equal on paper is equal here, so it ties where it is ranked.

Means of three samples are thirds, and two roads to the same third differ in the last binary digit. A rank test, a sort
or a comparison would take that digit for a difference.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from common.analysis.numerical import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.numerical import Array

# Scores with more decimals than the last of these are no judgements but measurements; they get DIGITS digits.
_DECIMALS: Final = (0, 1, 2, 3, 6, 9)
DIGITS: Final = 12


def exact_mean(scores: Sequence[float]) -> float:
    """The double nearest to the true mean of decimal scores: the same for equal fractions, whatever their terms."""
    for decimals in _DECIMALS:
        factor = 10**decimals
        whole = [round(score * factor) for score in scores]
        if all(value / factor == score for value, score in zip(whole, scores, strict=True)):
            # Division of whole numbers is rounded once.
            return sum(whole) / (len(whole) * factor)
    return float(f"{math.fsum(scores) / len(scores):.{DIGITS - 1}e}")


def settle(values: Array, largest: float) -> Array:
    """Sums, differences and means of exact values, rounded to twelve digits of the largest value that can be."""
    decimals = DIGITS - 1 - math.floor(math.log10(max(abs(largest), 1.0)))
    return np.round(values, decimals) + 0.0
