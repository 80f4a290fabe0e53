"""The scenarios on which models choose most differently, and the transcripts behind them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from common.analysis.differing import MOST_DIFFERING, transcripts_of
from common.analysis.figures import tidy
from common.analysis.numerical import np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.analysis.collection import Collection
    from common.analysis.nominal import Choices
    from common.analysis.nominal_documents import NominalDiffering
    from common.analysis.numerical import Array

_DIGITS = 10


class _Place(NamedTuple):
    """A scenario, in the order in which they are listed: by distance, by ID."""

    negative_distance: float
    scenario: str
    column: int


def describe_choices_that_differ(found: Collection, chosen: Choices, options: Sequence[str]) -> list[NominalDiffering]:
    """By how far two of the models are apart on average, then by ID."""
    distances = _distances(chosen)
    ranked = sorted(
        _Place(-float(distances[column]), chosen.scenarios[column], int(column))
        for column in np.flatnonzero(distances > 0)
    )[:MOST_DIFFERING]
    transcripts = transcripts_of(found, {place.scenario for place in ranked})
    return [_document(found, chosen, options, place, transcripts) for place in ranked]


def _distances(chosen: Choices) -> Array:
    """Of each scenario the mean over all pairs that both answered; 0 where there is none."""
    total = np.zeros(len(chosen.scenarios))
    pairs = np.zeros(len(chosen.scenarios))
    for first, second in itertools.combinations(chosen.shares, 2):
        apart = np.abs(first - second).sum(axis=0) / 2
        both = ~np.isnan(apart)
        total[both] += apart[both]
        pairs += both
    means: Array = np.round(total / np.maximum(pairs, 1), _DIGITS)
    return means


def _document(
    found: Collection,
    chosen: Choices,
    options: Sequence[str],
    place: _Place,
    transcripts: Mapping[tuple[str, str], list[str]],
) -> NominalDiffering:
    answered = [
        (row, model, int(chosen.modes[row, place.column]))
        for row, model in enumerate(chosen.models)
        if not np.isnan(chosen.modes[row, place.column])
    ]
    return {
        "scenarioId": place.scenario,
        "name": found.scenarios[place.scenario].name,
        "models": len(answered),
        "distance": tidy(-place.negative_distance),
        "answers": [
            {
                "modelId": model,
                "option": options[mode],
                "share": tidy(float(chosen.shares[row, mode, place.column])),
                "transcriptIds": transcripts.get((model, place.scenario), []),
            }
            for row, model, mode in answered
        ],
    }
