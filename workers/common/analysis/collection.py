"""The records of a run, put in order: duplicates taken out, models and scenarios found, scores gathered."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.analysis.notes import Notes
    from common.analysis.record import Record

# What is said of each model grows with their number, and what is said of each two of them with its square.
MOST_MODELS: Final = 100

Dimensions = tuple[tuple[str, float | str], ...]
# Per model and scenario the scores of the repeats.
Scores = dict[str, dict[str, list[float]]]


class Scenario(NamedTuple):
    """What is known of a scenario."""

    name: str | None
    dimensions: Dimensions


class Collection(NamedTuple):
    """What the analysis works on.

    Attributes:
        conversations: the records with turns.
        failures: the probes that failed.
        models: all of them, sorted.
        described: those of which there is room to speak, sorted.
        scenarios: all of them, by ID.
    """

    conversations: list[Record]
    failures: list[Record]
    models: list[str]
    described: list[str]
    scenarios: dict[str, Scenario]

    def scores(self) -> Scores:
        """The decisions of each model."""
        found: Scores = {model: {} for model in self.described}
        for record in self.conversations:
            if record.score is not None and record.scenario is not None and record.model in found:
                found[record.model].setdefault(record.scenario, []).append(record.score)
        return {model: scenarios for model, scenarios in found.items() if scenarios}


def collect(records: Iterable[Record], notes: Notes) -> Collection:
    """Put the records in order; what was wrong with them is noted."""
    kept = _without_duplicates(records, notes)
    conversations = [record for record in kept if record.error_code is None]
    failures = [record for record in kept if record.error_code is not None]
    counts = Counter(record.model for record in kept if record.model is not None)
    models = sorted(counts)
    described = models
    if len(models) > MOST_MODELS:
        described = sorted(sorted(models, key=lambda model: (-counts[model], model))[:MOST_MODELS])
        notes.say(
            f"there are {len(models)} models; the {MOST_MODELS} with the most transcripts are described, the others"
            " count in the figures of the run alone"
        )
    _note_repeated_cells(conversations, notes)
    return Collection(conversations, failures, models, described, _scenarios(kept, notes))


def _without_duplicates(records: Iterable[Record], notes: Notes) -> list[Record]:
    """Each ID once. Where two that share one differ, which of them counts does not depend on their order."""
    kept: list[Record] = []
    places: dict[str, int] = {}
    doubles = 0
    for record in records:
        if record.id is None:
            kept.append(record)
            continue
        place = places.setdefault(record.id, len(kept))
        if place == len(kept):
            kept.append(record)
        else:
            doubles += 1
            kept[place] = min(kept[place], record, key=repr)
    if doubles:
        notes.say(f"{doubles} transcripts came a second time with the same id; each counts once")
    return kept


def _note_repeated_cells(conversations: list[Record], notes: Notes) -> None:
    cells = Counter(
        (record.model, record.scenario, record.sample)
        for record in conversations
        if None not in {record.model, record.scenario, record.sample}
    )
    repeated = sum(count > 1 for count in cells.values())
    if repeated:
        notes.say(
            f"{repeated} samples (model, scenario and sampleIndex) have several transcripts; all of them count, as"
            " repeats"
        )


def _scenarios(records: list[Record], notes: Notes) -> dict[str, Scenario]:
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    dimensions: defaultdict[str, Counter[Dimensions]] = defaultdict(Counter)
    for record in records:
        if record.scenario is None:
            continue
        names[record.scenario].update([record.scenario_name] if record.scenario_name else [])
        dimensions[record.scenario].update([record.dimensions] if record.dimensions else [])
    differing = sum(len(found) > 1 for found in dimensions.values())
    if differing:
        notes.say(f"{differing} scenarios come with differing dimensions; the most frequent ones are used")
    return {key: Scenario(_commonest(names[key]), _commonest(dimensions[key]) or ()) for key in sorted(names)}


def _commonest(found: Counter[Any]) -> Any:  # noqa: ANN401 - what is counted
    return min(found, key=lambda value: (-found[value], repr(value))) if found else None
