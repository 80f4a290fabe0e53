"""The rank tests: each a formula of the literature on plain arrays, with a reason where it has no answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.figures import above_zero, average_ranks, tie_sum
from common.analysis.numerical import np, scipy
from common.analysis.permutation import EQUAL, FEWEST_ORDERS, PERMUTATIONS, SEED, PValue, order_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.analysis.numerical import Array, Mask
    from common.analysis.permutation import How

# Fewer pairs can hardly fail to look related: of four, one order in twenty-four agrees completely.
FEWEST_PAIRS: Final = 5
# Up to here Student's t agrees with the permutations (tools/simulations shows it): 180 scenarios without a tie, say.
MOST_CARRIED: Final = 0.05
# Beyond so many ranks to shuffle, χ² is as good as exact.
MOST_SHUFFLED_RANKS: Final = 50_000
MOST_DRAWN: Final = 25_000_000
ROOM: Final = 2_000_000


class Rho(NamedTuple):
    """Spearman's rank correlation of two models."""

    n: int
    rho: float | None
    p: float | None
    reason: str | None
    how: How | None


class Concordance(NamedTuple):
    """Kendall's coefficient of concordance of several models."""

    w: float
    chi_square: float | None
    p: float
    how: How


class KruskalWallis(NamedTuple):
    """Whether groups differ: H, its degrees of freedom and p, and the size of the effect."""

    h: float
    degrees: int
    p: float
    eta_squared: float


def spearman(a: Array, b: Array) -> Rho:
    """Spearman's rho of two sets of ranks: Pearson's r of the ranks, so ties count as they should (Spearman 1904).

    p is two-sided: over all orders where there are few pairs, over random ones beyond, and by Student's t with n - 2
    degrees of freedom where so many pairs carry the sum that it is normal.
    """
    n = len(a)
    if n < FEWEST_PAIRS:
        return Rho(
            n, None, None, f"rho needs at least {FEWEST_PAIRS} scenarios in which both have a decision; here: {n}", None
        )
    x, y = a - (n + 1) / 2, b - (n + 1) / 2
    of_x, of_y = float(np.sum(x * x)), float(np.sum(y * y))
    if of_x == 0 or of_y == 0:
        reason = "one of them has the same decision in all of these scenarios, so there is no order"
        return Rho(n, None, None, reason, None)
    rho = max(-1.0, min(1.0, float(np.sum(x * y)) / math.sqrt(of_x * of_y)))
    # Hoeffding 1951, Annals of Mathematical Statistics 22(4): how much of the sum a single pair can carry.
    carried = n * float(np.max(x * x)) * float(np.max(y * y)) / (of_x * of_y)
    if carried <= MOST_CARRIED and abs(rho) < 1:
        t = rho * math.sqrt((n - 2) / (1 - rho * rho))
        return Rho(n, rho, above_zero(float(2 * scipy.special.stdtr(n - 2, -abs(t)))), None, "student-t")
    test = order_p(x, y)
    return Rho(n, rho, test.p, None, test.how)


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

    With r the ranks of a model's scenarios less their mean, W = Σ(Σ r)² / Σ k Σ r², the outer sums over scenarios, the
    inner over the k models that answered one. Where every model answered every scenario this is 12 S / (m²(n³ - n) -
    m ΣT); where some did not, a scenario says nothing of those (NaN), and W still goes from 0 to 1. A model that
    answered fewer has its ranks stretched to the length of the others', as in Skillings and Mack 1981 (Technometrics
    23(2)). p is from random orders of each model's ranks; by χ² = m(n - 1)W with n - 1 degrees of freedom where that
    would take too long. None where no model has an order.
    """
    known = ~np.isnan(table)
    m, n = table.shape
    ranks = np.zeros(table.shape)
    for row, mask, values in zip(ranks, known, table, strict=True):
        answered = int(mask.sum())
        if answered:
            row[mask] = (average_ranks(values[mask]) - (answered + 1) / 2) * ((n + 1) / (answered + 1))
    room = float(np.sum(known.sum(axis=0) * np.sum(ranks**2, axis=0)))
    if room <= 0:
        return None
    squares = float(np.sum(np.sum(ranks, axis=0) ** 2))
    w = min(1.0, squares / room)
    whole = bool(known.all())
    chi_square = m * (n - 1) * w if whole else None
    if chi_square is not None and ranks.size > MOST_SHUFFLED_RANKS:
        p = above_zero(float(scipy.special.chdtrc(n - 1, chi_square)))
        return Concordance(w, chi_square, p, "chi-square")
    test = _concordance_p(ranks, known, room, w)
    return Concordance(w, chi_square, test.p, test.how)


def _concordance_p(ranks: Array, known: Mask, room: float, w: float) -> PValue:
    """How often W is as high where each model's ranks stand in random order over the scenarios that it answered."""
    random = np.random.default_rng(SEED)
    count = max(FEWEST_ORDERS, min(PERMUTATIONS, MOST_DRAWN // ranks.size))
    weights = known.sum(axis=0)
    whole = bool(known.all())
    hits = 0
    step = max(1, ROOM // ranks.size)
    for begin in range(0, count, step):
        size = min(step, count - begin)
        sums, scaled = np.zeros((size, ranks.shape[1])), np.zeros(size)
        for row, mask in zip(ranks, known, strict=True):
            drawn = random.permuted(np.broadcast_to(row[mask], (size, int(mask.sum()))), axis=1)
            sums[:, mask] += drawn
            if not whole:
                scaled += drawn**2 @ weights[mask]
        hits += int(np.sum(np.sum(sums**2, axis=1) / (room if whole else scaled) >= w * (1 - EQUAL)))
    return PValue((hits + 1) / (count + 1), "permutations")


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
    p = above_zero(float(scipy.special.chdtrc(k - 1, h)))
    return KruskalWallis(h, k - 1, p, max(0.0, (h - k + 1) / (n - k)))
