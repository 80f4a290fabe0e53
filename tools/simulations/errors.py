"""How often a test finds at .05 what is not there, and how often what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from common.analysis.additive import fit_additive
from common.analysis.comparison import compare_models
from common.analysis.dimension_levels import Factor
from common.analysis.dimension_tests import interaction_test, levels_test
from common.analysis.effects import Cells, estimate
from common.analysis.figures import average_ranks
from common.analysis.ranks import kendall_w, spearman
from common.analysis.settings import DEFAULT_SCALE
from tools.simulations.worlds import World, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from common.analysis.table import Table

LEVEL: Final = 0.05
SIZES: Final = (7, 10, 20, 60)


def _rate(found: list[float | None]) -> str:
    """In how many of a hundred runs p is at most .05; a test without an answer finds nothing."""
    return f"{100 * sum(value is not None and value <= LEVEL for value in found) / len(found):.1f}"


def pairs(rounds: int) -> Iterator[list[str]]:
    """The paired permutation test of two equal models; of three, any pair by Holm's adjustment."""
    yield ["scenarios", "one sample", "1 to 4 samples", "families of 3", "a fifth missing", "any of 3 pairs (Holm)"]
    random = np.random.default_rng(11)
    for size in (10, 20, 60, 120):
        worlds = (World(2, size), World(2, size, 0), World(2, size, 2, 3), World(2, size, 1, 1, 0.2), World(3, size))
        yield [str(size), *(_rate([_pair_p(draw(world, random)) for _ in range(rounds)]) for world in worlds)]


def _pair_p(table: Table) -> float | None:
    found = compare_models(table, DEFAULT_SCALE, None)
    known = [] if found is None else [p for pair in found["pairs"] if (p := pair["pHolm"]) is not None]
    return min(known, default=None)


def power(rounds: int) -> Iterator[list[str]]:
    """How often a difference is found."""
    yield ["scenarios", "difference", "found"]
    random = np.random.default_rng(12)
    for size, shift in ((20, 0.5), (100, 0.2), (100, 0.3), (300, 0.2)):
        world = World(2, size, 3, shift=shift)
        yield [str(size), str(shift), _rate([_pair_p(draw(world, random)) for _ in range(rounds)])]


def correlations(rounds: int) -> Iterator[list[str]]:
    """Spearman's rho and Kendall's W of models that have nothing to do with each other."""
    yield ["scenarios", "rho, five scores", "rho, nine in ten the same", "W, five scores", "W, a third missing"]
    random = np.random.default_rng(13)
    for size in SIZES:
        rho, lopsided, w, gaps = [], [], [], []
        for _ in range(rounds):
            rho.append(spearman(*(average_ranks(row) for row in random.integers(1, 6, (2, size)).astype(float))).p)
            rare = np.where(random.random((2, size)) < 0.1, random.integers(1, 6, (2, size)), 3).astype(float)
            lopsided.append(spearman(*(average_ranks(row) for row in rare)).p)
        for _ in range(rounds // 4):
            drawn = random.integers(1, 6, (4, size)).astype(float)
            found = kendall_w(drawn)
            w.append(None if found is None else found.p)
            drawn[random.random(drawn.shape) < 1 / 3] = np.nan
            found = kendall_w(drawn)
            gaps.append(None if found is None else found.p)
        yield [str(size), _rate(rho), _rate(lopsided), _rate(w), _rate(gaps)]


def dimensions(rounds: int) -> Iterator[list[str]]:
    """A dimension of three levels that moves nothing: levels, their largest effect (Holm), interaction."""
    yield ["scenarios", "world", "levels", "any effect (Holm)", "interaction"]
    random = np.random.default_rng(14)
    for size in (30, 60, 120):
        worlds = {
            "four models": World(4, size),
            "a fifth missing": World(4, size, 1, 1, 0.2),
            "one model gone from one level": World(4, size),
            "families of 3, one level each": World(4, size, 1, 3),
            "families of 3, all levels in each": World(4, size, 1, 3),
        }
        for name, world in worlds.items():
            found = [_dimension(world, name, random) for _ in range(rounds // 2)]
            yield [str(size), name, *(_rate([values[place] for values in found]) for place in range(3))]


def _dimension(world: World, name: str, random: np.random.Generator) -> tuple[float | None, float | None, float | None]:
    table = draw(world, random)
    block = world.family if "one level" in name else 1
    codes = np.arange(world.scenarios) // block % 3
    if "gone" in name:
        # A strict model that answers at no scenario of a level.
        table.means[0] = np.maximum(1.0, table.means[0] - 1.5)
        table.means[0, codes == 1] = np.nan
    each = Factor("stakes", ["a", "b", "c"], codes, None)
    additive = fit_additive(table)
    levels = levels_test(additive.scenarios, each, table.families).test
    rows, columns = np.nonzero(table.known)
    cells = Cells(table.means[rows, columns], rows, columns, table.families[columns], world.models)
    effects = [found.p for found in estimate(cells, [each])["stakes"].levels.values() if found.p is not None]
    interaction = interaction_test(additive.rest, each, table.families).test
    return (
        None if levels is None else levels.p,
        min(1.0, 2 * min(effects)) if effects else None,
        None if interaction is None else interaction.p,
    )


TABLES: Final[dict[str, Callable[[int], Iterator[list[str]]]]] = {
    "False positives of the comparison of two models, %": pairs,
    "Power of the comparison of two models, %": power,
    "False positives of correlations, %": correlations,
    "False positives of dimensions, %": dimensions,
}
