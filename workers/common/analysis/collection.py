"""The records of a run, put in order: duplicates taken out, models and scenarios found, scores gathered."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.analysis.doubles import without_doubles
from common.analysis.lookalikes import note_families, note_lookalikes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.analysis.notes import Notes
    from common.analysis.record import Record, ScenarioFigures, Score
    from common.analysis.settings import Scale, Settings

# What is said of each model grows with their number, and what is said of each two of them with its square.
MOST_MODELS: Final = 100

Dimensions = tuple[tuple[str, float | str], ...]
# Per model and scenario the scores of the repeats, turned back where the scale was asked in the opposite order.
Scores = dict[str, dict[str, list[float]]]
# The same for options without an order.
Choices = dict[str, dict[str, list[str]]]


class Scenario(NamedTuple):
    """What is known of a scenario.

    Attributes:
        name: for people.
        dimensions: what it varies.
        family: the key of the scenarios that are no independent samples beside it; its own where it has none.
        pair: what it shares with the same scenario in the opposite order.
        turned: whether it is the one in the opposite order, as most of its transcripts say; None where none does.
        template: that it was built from.
    """

    name: str | None
    dimensions: Dimensions
    family: str
    pair: str | None
    turned: bool | None
    template: str | None


class Collection(NamedTuple):
    """What the analysis works on.

    Attributes:
        conversations: the records with turns.
        failures: the probes that failed.
        models: all of them, sorted.
        described: those of which there is room to speak, sorted.
        scenarios: all of them, by ID.
        settings: what the job says of its scores.
        scores: of the described models that have some.
        choices: the same for a nominal scale.
    """

    conversations: list[Record]
    failures: list[Record]
    models: list[str]
    described: list[str]
    scenarios: dict[str, Scenario]
    settings: Settings
    scores: Scores
    choices: Choices

    def family(self, record: Record) -> str:
        """What a record shares with those that are no independent samples beside it."""
        if record.scenario is None:
            return f"none:{id(record)}"
        return self.scenarios[record.scenario].family


def collect(records: Iterable[Record], notes: Notes, settings: Settings) -> Collection:
    """Put the records in order; what was wrong with them is noted."""
    kept = without_doubles(records, notes, by_run=bool(settings.runs))
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
    scenarios = _scenarios(kept, notes)
    note_lookalikes(models, list(scenarios), notes)
    note_families(scenarios, notes)
    scores, choices = _scores(conversations, scenarios, described, settings.scale, notes)
    return Collection(conversations, failures, models, described, scenarios, settings, scores, choices)


def _scores(
    conversations: list[Record], scenarios: dict[str, Scenario], described: list[str], scale: Scale, notes: Notes
) -> tuple[Scores, Choices]:
    """What each model decided, on the scale in its own order."""
    scores: Scores = {model: {} for model in described}
    choices: Choices = {model: {} for model in described}
    for record in conversations:
        if record.score is None:
            continue
        value = usable(record.score, scale)
        if value is None and record.unscored:
            continue
        if value is None:
            notes.field("summary.score", f"must be {_wanted(scale)} or null; others are left out", record.id)
        elif record.scenario is None or record.model not in scores:
            continue
        elif isinstance(value, str):
            choices[record.model].setdefault(record.scenario, []).append(value)
        else:
            if to_turn(record, scenarios[record.scenario]):
                value = scale.turned(value)
            scores[record.model].setdefault(record.scenario, []).append(value)
    return (
        {model: found for model, found in scores.items() if found},
        {model: found for model, found in choices.items() if found},
    )


def to_turn(record: Record, scenario: Scenario | None) -> bool:
    """Whether its scores stand in the opposite order still: what a transcript says of its own counts first."""
    turned = record.about.turned
    if turned is None and scenario is not None:
        turned = scenario.turned
    return bool(turned) and not record.as_asked


def is_null(record: Record, scale: Scale) -> bool:
    """Whether its summary says that there is no score, nor an option in the place of one."""
    return record.unscored and usable(record.score, scale) is None


def is_refused(record: Record, scale: Scale) -> bool | None:
    """Whether the model refused; not where it decided and nothing says how its turns ended. None: not known."""
    return False if record.refused is None and usable(record.score, scale) is not None else record.refused


def usable(score: Score | None, scale: Scale) -> Score | None:
    """The score where it is one of the scale's; None where it is none."""
    if scale.nominal:
        return score if score in scale.options else None
    return score if isinstance(score, float) and scale.low <= score <= scale.high else None


def _wanted(scale: Scale) -> str:
    return "one of the scale's options" if scale.nominal else f"a number from {scale.low:g} to {scale.high:g}"


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
    said: defaultdict[str, Counter[ScenarioFigures]] = defaultdict(Counter)
    for record in records:
        if record.scenario is not None:
            said[record.scenario][record.about] += 1
    differing = sum(len({about.dimensions for about in found if about.dimensions}) > 1 for found in said.values())
    if differing:
        notes.say(f"{differing} scenarios come with differing dimensions; the most frequent ones are used")
    both = sum(len({about.turned for about in found} - {None}) > 1 for found in said.values())
    if both:
        notes.say(
            f"{both} scenarios come in both orders; each score is read in its own, and for the order effect a scenario"
            " is in the most frequent one; give each order an ID of its own"
        )
    return {key: _scenario(key, said[key]) for key in sorted(said)}


def _scenario(key: str, said: Counter[ScenarioFigures]) -> Scenario:
    commonest = {
        name: _commonest(said, name) for name in ("name", "dimensions", "family", "pair", "turned", "template")
    }
    family, pair = commonest["family"], commonest["pair"]
    shared = f"family:{family}" if family else f"pair:{pair}" if pair else f"scenario:{key}"
    return Scenario(**{**commonest, "dimensions": commonest["dimensions"] or (), "family": shared})


def _commonest(said: Counter[ScenarioFigures], field: str) -> Any:  # noqa: ANN401 - what is counted
    found: Counter[Any] = Counter()
    for about, count in said.items():
        value = getattr(about, field)
        if value not in {None, ()}:
            found[value] += count
    return min(found, key=lambda value: (-found[value], repr(value))) if found else None
