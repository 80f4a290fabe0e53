"""The rank tests: each a formula of the literature on plain arrays, with a reason where it has no answer."""

from __future__ import annotations

import itertools
import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.figures import average_ranks, tie_sum
from common.analysis.numerical import np, special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.numerical import Array, Indexes

# Fewer pairs can hardly fail to look related: of four, one order in twenty-four agrees completely.
FEWEST_PAIRS: Final = 5
# Up to here every order is tried (8! = 40,320); beyond, Student's t is close enough (Zar 1972).
MOST_EXACT: Final = 8
# Up to here the chi-square approximation of W is too rough (Siegel and Castellan 1988).
FEWEST_FOR_CHI_SQUARE: Final = 8
_EQUAL: Final = 1e-12


class Rho(NamedTuple):
    """Spearman's rank correlation of two models."""

    n: int
    rho: float | None
    p: float | None
    reason: str | None


class Concordance(NamedTuple):
    """Kendall's coefficient of concordance of several models."""

    w: float
    chi_square: float
    p: float | None


class KruskalWallis(NamedTuple):
    """Whether groups differ: H, its degrees of freedom and p, and the size of the effect."""

    h: float
    degrees: int
    p: float
    eta_squared: float


def spearman(a: Array, b: Array) -> Rho:
    """Spearman's rho of two sets of ranks: Pearson's r of the ranks, so ties count as they should (Spearman 1904).

    p is two-sided: over all orders where there are few pairs, by Student's t with n - 2 degrees of freedom beyond.
    """
    n = len(a)
    if n < FEWEST_PAIRS:
        return Rho(
            n, None, None, f"rho needs at least {FEWEST_PAIRS} scenarios in which both have a decision; here: {n}"
        )
    x, y = a - (n + 1) / 2, b - (n + 1) / 2
    scale = math.sqrt(float(np.sum(x * x)) * float(np.sum(y * y)))
    if scale == 0:
        return Rho(n, None, None, "one of them has the same decision in all of these scenarios, so there is no order")
    rho = max(-1.0, min(1.0, float(np.sum(x * y)) / scale))
    if n <= MOST_EXACT:
        sums = _permuted(tuple(x)) @ y / scale
        return Rho(n, rho, float(np.mean(np.abs(sums) >= abs(rho) - _EQUAL)), None)
    if abs(rho) == 1:
        return Rho(n, rho, 0.0, None)
    t = rho * math.sqrt((n - 2) / (1 - rho * rho))
    return Rho(n, rho, float(2 * special.stdtr(n - 2, -abs(t))), None)


@lru_cache(maxsize=1)
def _permuted(values: tuple[float, ...]) -> Array:
    """All orders of the values; a model comes in many pairs, one after the other."""
    return np.array(values)[_orders(len(values))]


@cache
def _orders(n: int) -> Indexes:
    return np.array(list(itertools.permutations(range(n))))


def holm(values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number (Holm 1979): the i-th smallest times m - i + 1, at most 1, never falling."""
    adjusted = [0.0] * len(values)
    least = 0.0
    for place, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        least = max(least, min(1.0, (len(values) - place) * values[index]))
        adjusted[index] = least
    return adjusted


def kendall_w(table: Array) -> Concordance | None:
    """Kendall's W of a table of models by scenarios, corrected for ties (Kendall and Smith 1939; Kendall 1970).

    W = 12 S / (m²(n³ - n) - m ΣT) with S the squared deviations of the rank sums; χ² = m(n - 1)W with n - 1 degrees of
    freedom. None where no model has an order.
    """
    m, n = table.shape
    sums = np.sum(np.array([average_ranks(row) for row in table]), axis=0)
    squares = float(np.sum((sums - m * (n + 1) / 2) ** 2))
    room = m * m * (n**3 - n) - m * sum(tie_sum(row) for row in table)
    if room <= 0:
        return None
    w = min(1.0, 12 * squares / room)
    chi_square = m * (n - 1) * w
    return Concordance(w, chi_square, float(special.chdtrc(n - 1, chi_square)) if n >= FEWEST_FOR_CHI_SQUARE else None)


def kruskal_wallis(groups: Sequence[Array]) -> KruskalWallis | None:
    """H of two or more groups, corrected for ties (Kruskal and Wallis 1952), and η² = (H - k + 1) / (n - k).

    The effect size is that of Tomczak and Tomczak 2014, where a value below 0, which chance alone can give, counts as
    0. None where all values are equal.
    """
    values = np.concatenate(groups)
    n, k = len(values), len(groups)
    correction = 1 - tie_sum(values) / (n**3 - n)
    if correction == 0:
        return None
    ranks = average_ranks(values)
    squares, begin = 0.0, 0
    for group in groups:
        squares += float(np.sum(ranks[begin : begin + len(group)])) ** 2 / len(group)
        begin += len(group)
    h = max(0.0, (12 / (n * (n + 1)) * squares - 3 * (n + 1)) / correction)
    return KruskalWallis(h, k - 1, float(special.chdtrc(k - 1, h)), max(0.0, (h - k + 1) / (n - k)))
