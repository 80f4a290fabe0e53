"""The scenarios on which models differ most, and the transcripts behind them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.figures import standard_deviation, tidy
from common.analysis.numerical import np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.analysis.collection import Collection
    from common.analysis.comparison_documents import Differing
    from common.analysis.table import Table

MOST_DIFFERING: Final = 20
MOST_TRANSCRIPTS: Final = 20


class _Place(NamedTuple):
    """A scenario, in the order in which they are listed: by range, by deviation, by ID."""

    negative_range: float
    negative_deviation: float
    scenario: str
    column: int


def describe_differing(found: Collection, table: Table) -> list[Differing]:
    """By the distance of the highest from the lowest mean, then by the standard deviation, then by ID."""
    several = np.flatnonzero(table.known.sum(axis=0) > 1)
    if not len(several):
        return []
    means = table.means[:, several]
    ranges = table.settled(np.nanmax(means, axis=0) - np.nanmin(means, axis=0))
    # Beyond the listed ones and those that tie with the last of them, no deviation is needed.
    least = np.sort(ranges)[-min(MOST_DIFFERING, len(ranges))]
    ranked = sorted(
        _Place(-float(ranges[place]), -_deviation(table, int(column)), table.scenarios[column], int(column))
        for place, column in enumerate(several)
        if ranges[place] >= least and ranges[place] > 0
    )[:MOST_DIFFERING]
    transcripts = transcripts_of(found, {place.scenario for place in ranked})
    return [_document(found, table, place, transcripts) for place in ranked]


def _deviation(table: Table, column: int) -> float:
    values = table.means[table.known[:, column], column]
    return tidy(standard_deviation(sorted(float(value) for value in values)) or 0.0)


def transcripts_of(found: Collection, scenarios: set[str]) -> Mapping[tuple[str, str], list[str]]:
    """By model and scenario the first transcripts with a decision, by ID."""
    listed: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for record in found.conversations:
        if record.scenario in scenarios and record.id is not None and record.score is not None and record.model:
            listed[record.model, record.scenario].append(record.id)
    return {key: sorted(names)[:MOST_TRANSCRIPTS] for key, names in listed.items()}


def _document(
    found: Collection, table: Table, place: _Place, transcripts: Mapping[tuple[str, str], list[str]]
) -> Differing:
    answers = [
        (float(table.means[row, place.column]), model)
        for row, model in enumerate(table.models)
        if table.known[row, place.column]
    ]
    low, high = min(answers)[0], max(answers)[0]
    return {
        "scenarioId": place.scenario,
        "name": found.scenarios[place.scenario].name,
        "models": len(answers),
        "range": tidy(-place.negative_range),
        "standardDeviation": tidy(-place.negative_deviation),
        "lowest": {"mean": tidy(low), "modelIds": [model for value, model in answers if value == low]},
        "highest": {"mean": tidy(high), "modelIds": [model for value, model in answers if value == high]},
        "answers": [
            {
                "modelId": model,
                "mean": tidy(value),
                "transcriptIds": transcripts.get((model, place.scenario), []),
            }
            for value, model in answers
        ],
    }
