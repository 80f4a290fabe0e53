"""Permutation tests, vectorised: seeded, so that the same run gives the same p.

A p-value from B random permutations is (b + 1) / (B + 1), b being those at least as far out as what was seen: never 0
(Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9(1)).
"""

from __future__ import annotations

import itertools
import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from common.analysis.figures import above_zero
from common.analysis.numerical import np

if TYPE_CHECKING:
    from common.analysis.numerical import Array, Indexes, Orders, SingleArray

SEED: Final = 20_240_501
PERMUTATIONS: Final = 9_999
# Up to here all 2^n signs are tried.
MOST_SIGNS: Final = 13
# Up to here all n! orders are tried (8! = 40,320).
MOST_ORDERS: Final = 8
# Fewer hits than this among random permutations say too little of how rare they are.
FEWEST_HITS: Final = 10
# Floats that are held at a time: 32 MiB.
_ROOM: Final = 4_000_000
_MOST_SHUFFLED: Final = 20_000_000
FEWEST_PERMUTATIONS: Final = 999
# Of labels over scenarios, where each order costs more.
ORDERS: Final = 1_999
FEWEST_ORDERS: Final = 199
EQUAL: Final = 1e-9
# The same in single precision.
_SINGLE: Final = 2.0**-20
# So many standard deviations out nothing is left in a double.
_FAR: Final = 37.0
# Steps of a sum that are finer than this share of its largest part are none.
_FINEST: Final = 1e-4
# Additions for the p of one pair, and for those of all: a fiftieth of a second, and two.
_MOST_COUNTED: Final = 2_000_000
_MOST_OF_ALL: Final = 200_000_000
# Steps of the grid on which sums are counted that have none of their own.
_PARTS: Final = 2_000

How = Literal["exact", "permutations", "saddlepoint", "student-t", "chi-square"]


class PValue(NamedTuple):
    """A p-value, and how it was found."""

    p: float
    how: How


def sign_flips(sums: Array) -> list[PValue | None]:
    """Whether paired differences have the mean 0, for several pairs at once.

    Under no difference each cluster's difference could as well have the other sign (Fisher 1935, The Design of
    Experiments, section 21).

    Args:
        sums: clusters by pairs; the sum of a cluster's differences, 0 where the pair has none in it.

    Returns:
        For each pair; None where every difference is 0. Where so few random signs are as far out that they say little
        of how rare that is, all of them are counted where differences are multiples of one number, as those of whole
        scores are; otherwise the tail of the same distribution is that of its saddlepoint approximation.
    """
    found: list[PValue | None] = [None] * sums.shape[1]
    many = []
    for pair in range(sums.shape[1]):
        column = sums[sums[:, pair] != 0, pair]
        if 0 < len(column) <= MOST_SIGNS:
            flipped = np.abs(_signs(len(column)) @ column)
            found[pair] = PValue(float(np.mean(flipped >= _reach(column))), "exact")
        elif len(column):
            many.append(pair)
    room = min(_MOST_COUNTED, _MOST_OF_ALL // max(1, len(many)))
    for pair, hits in zip(many, _flipped_hits(sums[:, many]) if many else (), strict=True):
        p = (hits + 1) / (PERMUTATIONS + 1)
        column = sums[sums[:, pair] != 0, pair]
        if np.all(column > 0) or np.all(column < 0):
            # No other signs give as much but the opposite ones.
            found[pair] = PValue(above_zero(2.0 ** (1 - len(column))), "exact")
        else:
            rare = _tail(column, room) if hits < FEWEST_HITS else None
            found[pair] = rare or PValue(p, "permutations")
    return found


def _tail(values: Array, room: int) -> PValue | None:
    """How rare a sum as far out is, where random signs are too few to say; so many additions may be made."""
    sizes, goal = np.abs(values), abs(float(values.sum()))
    if goal <= 0:
        return None
    measure = _common_measure(sizes)
    # A sum is as far out where the sizes with the other sign add up to no more than half of what is missing.
    missing = (float(sizes.sum()) - goal) / 2
    if measure and len(sizes) * (missing / measure + 2) <= room:
        return PValue(_counted(np.round(sizes / measure), round(missing / measure)), "exact")
    near = saddlepoint(values)
    if near is None:
        return None
    # The formula smooths sums, and where they come singly, or nearly in steps, it may be half of what a grid counts.
    parts = min(_PARTS, room // len(sizes))
    others = min(int(np.sum(values > 0)), int(np.sum(values < 0)))
    if parts >= _PARTS // 10:
        near = max(near, _counted(np.round(sizes * (parts / missing)), parts + (others + 1) // 2))
    return PValue(near, "saddlepoint")


def vector_flips(sums: Array) -> PValue | None:
    """The same for differences that are vectors (clusters by options): how far their sum is from 0, by Euclid.

    Where a difference is one in shares of options, to change its sign is to change two models' answers.
    """
    sums = sums[np.any(sums != 0, axis=1)]
    if not len(sums):
        return None
    reach = float(np.sum(sums.sum(axis=0) ** 2)) * (1 - EQUAL)
    if len(sums) <= MOST_SIGNS:
        return PValue(float(np.mean(np.sum((_signs(len(sums)) @ sums) ** 2, axis=1) >= reach)), "exact")
    random = np.random.default_rng(SEED)
    step, hits = max(1, _ROOM // len(sums)), 0
    for begin in range(0, PERMUTATIONS, step):
        signs = random.integers(0, 2, (min(step, PERMUTATIONS - begin), len(sums))) * 2.0 - 1.0
        hits += int(np.sum(np.sum((signs @ sums) ** 2, axis=1) >= reach))
    return PValue((hits + 1) / (PERMUTATIONS + 1), "permutations")


def _reach(column: Array) -> float:
    return abs(float(column.sum())) - EQUAL * float(np.abs(column).sum())


def _flipped_hits(sums: Array) -> list[int]:
    random = np.random.default_rng(SEED)
    reach = np.array([_reach(column) - _SINGLE * float(np.abs(column).sum()) for column in sums.T])
    hits = np.zeros(sums.shape[1], dtype=np.int64)
    clusters = len(sums)
    step = max(1, _ROOM // clusters)
    single = sums.astype(np.float32)
    # The same signs for all pairs, so that each of them is tested by the same resamples.
    for begin in range(0, PERMUTATIONS, step):
        count = min(step, PERMUTATIONS - begin)
        bits = np.unpackbits(np.frombuffer(random.bytes((count * clusters + 7) // 8), dtype=np.uint8))
        signs = bits[: count * clusters].reshape(count, clusters).astype(np.float32) * 2 - 1
        hits += np.sum(np.abs(signs @ single) >= reach, axis=0)
    return [int(count) for count in hits]


@cache
def _signs(count: int) -> Array:
    return np.array(list(itertools.product((-1.0, 1.0), repeat=count)))


def saddlepoint(values: Array) -> float | None:
    """How likely random signs give a sum as far from 0: Lugannani and Rice's formula (Robinson 1982, JRSS B 44(1)).

    None where the formula has no answer, as where all values have one sign.
    """
    sizes = np.abs(values)
    goal = abs(float(values.sum()))
    if goal >= float(sizes.sum()) * (1 - EQUAL):
        return None
    angle = goal / float(np.sum(sizes**2))
    for _ in range(60):
        bent = np.tanh(angle * sizes)
        gap = float(np.sum(sizes * bent)) - goal
        slope = float(np.sum(sizes**2 * (1 - bent**2)))
        if slope <= 0:
            return None
        angle -= gap / slope
        if abs(gap) <= EQUAL * goal:
            break
    curve = float(np.sum(np.logaddexp(angle * sizes, -angle * sizes) - math.log(2)))
    room = 2 * (angle * goal - curve)
    if not math.isfinite(room) or room <= 0 or slope <= 0:
        return None
    # Sums of whole numbers come in steps, and their tail holds the step at which it begins (Daniels 1987, International
    # Statistical Review 55(1)): without that p would be half of what it is, or less.
    step = 2 * _common_measure(sizes)
    moved = -math.expm1(-angle * step) / step if step else angle
    w, v = math.sqrt(room), moved * math.sqrt(slope)
    tail = math.erfc(w / math.sqrt(2)) / 2 + math.exp(-w * w / 2) / math.sqrt(2 * math.pi) * (1 / v - 1 / w)
    return above_zero(min(1.0, 2 * tail)) if tail > 0 or w > _FAR else None


def _common_measure(sizes: Array) -> float:
    """The largest number of which all sizes are multiples (Euclid); 0 where steps of it are too fine to matter."""
    found, *others = (float(size) for size in np.unique(sizes)[::-1])
    finest = found * _FINEST
    dust = finest * _FINEST
    for size in others:
        rest = size
        while rest > dust:
            found, rest = rest, abs(math.remainder(found, rest))
        if found < finest:
            return 0.0
    return found


def _counted(multiples: Array, most: int) -> float:
    """Twice how likely whole numbers, each there or not by chance, add up to no more than so much."""
    likely = np.zeros(most + 1)
    likely[0] = 1.0
    for size in multiples.astype(np.intp):
        other = likely / 2
        likely = other.copy()
        likely[size:] += other[: most + 1 - size] if size <= most else 0.0
    return above_zero(min(1.0, 2 * float(np.sum(likely))))


def order_p(a: Array, b: Array) -> PValue:
    """Whether two sets of centred ranks are related: how many orders of one give a sum of products as far from 0."""
    scale = math.sqrt(float(np.sum(a * a)) * float(np.sum(b * b)))
    seen = abs(float(np.sum(a * b)))
    if len(a) <= MOST_ORDERS:
        return PValue(float(np.mean(np.abs(_ordered(tuple(a)) @ b) >= seen - EQUAL * scale)), "exact")
    reach, ranks = seen - _SINGLE * scale, b.astype(np.float32)
    parts = _shuffled(tuple(a))
    hits = sum(int(np.sum(np.abs(part @ ranks) >= reach)) for part in parts)
    return PValue((hits + 1) / (sum(map(len, parts)) + 1), "permutations")


@lru_cache(maxsize=1)
def _ordered(values: tuple[float, ...]) -> Array:
    """All orders of the values; a model comes in many pairs, one after the other."""
    return np.array(values)[_orders(len(values))]


@cache
def _orders(count: int) -> Indexes:
    return np.array(list(itertools.permutations(range(count))))


@lru_cache(maxsize=1)
def _shuffled(values: tuple[float, ...]) -> tuple[SingleArray, ...]:
    """Random orders of the values, a part at a time where they would not fit; fewer of many values."""
    random = np.random.default_rng(SEED)
    count = max(FEWEST_PERMUTATIONS, min(PERMUTATIONS, _MOST_SHUFFLED // len(values)))
    step = max(1, _ROOM // len(values))
    row = np.array(values, dtype=np.float32)
    return tuple(
        random.permuted(np.broadcast_to(row, (min(step, count - begin), len(row))), axis=1)
        for begin in range(0, count, step)
    )


@lru_cache(maxsize=2)
def orders_within(groups: tuple[int, ...]) -> Orders:
    """Random orders of places (orders by places), each place staying within its group; fewer of many places."""
    random = np.random.default_rng(SEED)
    count = max(FEWEST_ORDERS, min(ORDERS, _MOST_SHUFFLED // len(groups)))
    numbers = np.array(groups, dtype=np.float64)
    order = np.argsort(numbers, kind="stable")
    found = np.empty((count, len(groups)), dtype=np.int32)
    if len(set(groups)) == 1:
        return random.permuted(np.broadcast_to(np.arange(len(groups), dtype=np.int32), found.shape), axis=1)
    for row in found:
        # By group, and by chance within each.
        row[order] = np.argsort(numbers + random.random(len(groups)), kind="stable")
    return found


def orders_p(seen: float, statistics: Array) -> PValue:
    """How often a statistic of shuffled labels is as large as that of the labels as they are."""
    hits = int(np.sum(statistics >= seen * (1 - EQUAL)))
    return PValue((hits + 1) / (len(statistics) + 1), "permutations")
