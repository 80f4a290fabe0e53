"""How often an interval of 95 % holds the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from common.analysis.alpha import alpha_document, ordinal_alpha
from common.analysis.clusters import clustered, interval, interval_of
from common.analysis.dimension_levels import Factor
from common.analysis.effects import Cells, estimate
from common.analysis.proportions import clustered_share
from tools.simulations.worlds import SCORES, SHAPES, World, draw, families_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from common.analysis.figure_documents import Interval
    from common.analysis.numerical import Array, Indexes

SIZES: Final = (5, 7, 10, 15, 20, 30, 60, 100, 300)


def _holds(found: Interval, truth: float) -> bool | None:
    low, high = found["low"], found["high"]
    return None if low is None or high is None else low - 1e-9 <= truth <= high + 1e-9


def _rate(held: list[bool | None]) -> str:
    known = [value for value in held if value is not None]
    none = len(held) - len(known)
    return f"{100 * sum(known) / max(len(known), 1):.1f}" + (f" ({100 * none / len(held):.0f} % none)" if none else "")


def _of_mean(values: Array, families: Indexes) -> Interval:
    groups = clustered(families)
    return interval(float(np.mean(values)), groups.means_left_out(values), groups.sizes, least=-9.0, most=9.0)


def means(rounds: int) -> Iterator[list[str]]:
    """The mean of a model over independent scenarios, by the shape of its scores."""
    yield ["scenarios", *SHAPES, "normal"]
    random = np.random.default_rng(1)
    for size in SIZES:
        row = [str(size)]
        for shares in SHAPES.values():
            truth = float(SCORES @ np.array(shares))
            drawn = random.choice(SCORES, size=(rounds, size), p=shares)
            row.append(_rate([_holds(_of_mean(values, np.arange(size)), truth) for values in drawn]))
        drawn = random.normal(3, 1, (rounds, size))
        row.append(_rate([_holds(_of_mean(values, np.arange(size)), 3.0) for values in drawn]))
        yield row


def differences(rounds: int) -> Iterator[list[str]]:
    """The mean difference of two models."""
    yield ["scenarios", "one sample", "1 to 4 samples", "families of 4", "a fifth missing"]
    random = np.random.default_rng(2)
    for size in SIZES:
        row = [str(size)]
        for world in (World(2, size), World(2, size, 0), World(2, size, 2, 4), World(2, size, 1, 1, 0.2)):
            if size // world.family < 5:
                row.append("-")
                continue
            held: list[bool | None] = []
            for _ in range(rounds):
                table = draw(world, random)
                both = table.known.all(axis=0)
                values = table.means[0, both] - table.means[1, both]
                held.append(_holds(_of_mean(values, table.families[both]), 0.0) if len(values) else None)
            row.append(_rate(held))
        yield row


def shares(rounds: int) -> Iterator[list[str]]:
    """The share of refused transcripts, by how alike the samples of a scenario are (intraclass correlation)."""
    correlations = (0.02, 0.3, 0.8, 0.98)
    yield ["scenarios", "samples", "share", *(f"correlation {value}" for value in correlations)]
    random = np.random.default_rng(3)
    for size, samples in ((10, 3), (10, 10), (20, 10), (50, 3), (50, 10), (50, 0), (300, 0)):
        for truth in (0.05, 0.2, 0.5):
            row = [str(size), str(samples) if samples else "1 to 10", str(truth)]
            for correlation in correlations:
                spread = (1 - correlation) / correlation
                held: list[bool | None] = []
                for _ in range(rounds):
                    of = random.integers(1, 11, size) if samples == 0 else np.full(size, samples)
                    hits = random.binomial(of, random.beta(truth * spread, (1 - truth) * spread, size))
                    found = clustered_share({str(i): (int(hits[i]), int(of[i])) for i in range(size)})
                    held.append(
                        found["low"] is not None
                        and found["high"] is not None
                        and found["low"] <= truth <= found["high"]
                    )
                row.append(_rate(held))
            yield row


def effects(rounds: int) -> Iterator[list[str]]:
    """The effect of one level of three (the truth is half a point), beside a second dimension."""
    yield [
        "scenarios",
        "one model",
        "four models",
        "four models, families of 3",
        "four models, a fifth missing",
        "one model, six scenarios at the level",
    ]
    random = np.random.default_rng(4)
    for size in (30, 60, 120, 300):
        worlds = (World(1, size), World(4, size), World(4, size, 1, 3), World(4, size, 1, 1, 0.2))
        yield [
            str(size),
            *(_rate([_effect(world, random) for _ in range(rounds)]) for world in worlds),
            _rate([_effect(World(1, size), random, few=6) for _ in range(rounds)]),
        ]


def _effect(world: World, random: np.random.Generator, few: int = 0) -> bool | None:
    table = draw(world, random)
    stakes, kind = (np.arange(world.scenarios) % 3, random.integers(0, 2, world.scenarios))
    if few:
        stakes = (np.arange(world.scenarios) < few).astype(np.intp)
    rows, columns = np.nonzero(table.known)
    values = table.means[rows, columns] + 0.5 * (stakes[columns] == 1) + 0.3 * kind[columns]
    cells = Cells(values, rows, columns, families_of(world)[columns], world.models)
    factors = [Factor("stakes", ["a", "b", "c"], stakes, None), Factor("kind", ["x", "y"], kind, None)]
    found = estimate(cells, factors)["stakes"].levels.get(1)
    if found is None:
        return None
    return _holds(interval_of(found.value, found.spread, found.clusters, believed=0.0), 0.5)


def alphas(rounds: int) -> Iterator[list[str]]:
    """Krippendorff's ordinal alpha; the truth is that of 40,000 scenarios."""
    yield ["scenarios", "two models", "five models"]
    random = np.random.default_rng(5)
    truths = {}
    for models in (2, 5):
        large = draw(World(models, 40_000), random)
        truths[models] = ordinal_alpha(large.means, large.families).value or 0.0
    for size in (10, 20, 30, 60, 100, 300):
        row = [str(size)]
        for models in (2, 5):
            held = []
            for _ in range(rounds):
                table = draw(World(models, size), random)
                alpha = ordinal_alpha(table.means, table.families)
                held.append(_holds(alpha_document(alpha)["interval"], truths[models]))
            row.append(_rate(held))
        yield row


TABLES: Final[dict[str, Callable[[int], Iterator[list[str]]]]] = {
    "Coverage of a model's mean, %": means,
    "Coverage of the difference of two models, %": differences,
    "Coverage of a share with repeats, %": shares,
    "Coverage of the effect of a level, %": effects,
    "Coverage of Krippendorff's alpha, %": alphas,
}
