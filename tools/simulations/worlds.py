"""Runs whose truth is known, as the tables that the analysis computes from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from common.analysis.exact import exact_mean
from common.analysis.settings import DEFAULT_SCALE
from common.analysis.table import Table

if TYPE_CHECKING:
    from common.analysis.numerical import Array, Indexes

SCORES: Final = np.arange(1.0, 6.0)
# How the scores of a model are spread over 1 to 5.
SHAPES: Final = {
    "symmetric": (0.1, 0.2, 0.4, 0.2, 0.1),
    "flat": (0.2, 0.2, 0.2, 0.2, 0.2),
    "skewed": (0.55, 0.2, 0.1, 0.1, 0.05),
    "two camps": (0.4, 0.1, 0.0, 0.1, 0.4),
}
# Of the variance of a decision: what the scenario, its family, the model in it, and the sample make.
SCENARIO, FAMILY, OWN, SAMPLE = 0.6, 0.6, 0.5, 0.4


class World(NamedTuple):
    """What a run is drawn from.

    Attributes:
        models: how many.
        scenarios: how many.
        repeats: samples of each; 0 for one to four by chance.
        family: scenarios of each family.
        missing: the share of cells without an answer.
        shift: what is added to the first model's decisions.
    """

    models: int
    scenarios: int
    repeats: int = 1
    family: int = 1
    missing: float = 0.0
    shift: float = 0.0


def families_of(world: World) -> Indexes:
    """The number of each scenario's family."""
    return (np.arange(world.scenarios) // world.family).astype(np.intp)


def draw(world: World, random: np.random.Generator) -> Table:
    """One run: whole scores from 1 to 5, as models give them."""
    families = families_of(world)
    shape = world.models, world.scenarios
    latent = 3 + random.normal(0, SCENARIO, world.scenarios) + random.normal(0, OWN, shape)
    if world.family > 1:
        # What makes a family alike differs by model, too: it is this that a comparison must not take for a difference.
        count = int(families.max()) + 1
        latent = latent + random.normal(0, FAMILY, (world.models, count))[:, families]
    latent[0] += world.shift
    repeats = random.integers(1, 5, shape) if world.repeats == 0 else np.full(shape, world.repeats)
    most = int(repeats.max())
    scores = np.clip(np.round(latent[..., None] + random.normal(0, SAMPLE, (*shape, most))), 1, 5)
    used = np.arange(most) < repeats[..., None]
    means = np.array(
        [[exact_mean(list(s[u])) for s, u in zip(*row, strict=True)] for row in zip(scores, used, strict=True)]
    )
    squares = np.sum(np.where(used, (scores - means[..., None]) ** 2, 0.0), axis=-1)
    if world.missing:
        gone = random.random(shape) < world.missing
        means[gone], repeats[gone], squares[gone] = np.nan, 0, 0.0
    return table_of(means, families, repeats.astype(np.intp), squares)


def table_of(means: Array, families: Indexes, repeats: Indexes | None = None, squares: Array | None = None) -> Table:
    """A table of decisions."""
    models, scenarios = means.shape
    return Table(
        [f"m{row}" for row in range(models)],
        [f"s{column}" for column in range(scenarios)],
        means,
        np.ones(means.shape, dtype=np.intp) if repeats is None else repeats,
        np.zeros(means.shape) if squares is None else squares,
        families,
        len(np.unique(families)) < scenarios,
        DEFAULT_SCALE.largest,
    )
