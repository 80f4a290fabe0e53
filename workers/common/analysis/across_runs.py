"""The same model in several runs: test-retest, drift, and what cannot be compared."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from common.analysis.agreement import describe_pair
from common.analysis.clusters import interval
from common.analysis.collection import collect
from common.analysis.comparison import ALPHA, compare_models
from common.analysis.figures import tidy
from common.analysis.nominal import Choices, compare_choices, tabulate_choices
from common.analysis.notes import Notes, shown
from common.analysis.numerical import np
from common.analysis.ranks import holm
from common.analysis.table import tabulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from common.analysis.collection import Collection
    from common.analysis.figure_documents import Estimate, Interval
    from common.analysis.record import Asked, Record
    from common.analysis.run_documents import AcrossRuns, Compared, NotCompared, RunComparison
    from common.analysis.settings import Scale, Settings
    from common.analysis.table import Table

Cells = dict[tuple[str, str], set["Asked"]]


class Run(NamedTuple):
    """One of the runs.

    Attributes:
        name: its ID.
        scale: of its scores.
        found: its records, put in order.
        table: its decisions.
        cells: how each model was asked each scenario.
    """

    name: str
    scale: Scale
    found: Collection
    table: Table
    cells: Cells

    def decided(self, model: str) -> set[str]:
        """The scenarios in which a model has a score or an option."""
        return {*self.found.scores.get(model, ()), *self.found.choices.get(model, ())}


def split(records: Iterable[Record], settings: Settings, notes: Notes) -> dict[str, list[Record]]:
    """The records of each run of the job, and a note on those of others."""
    known: dict[str, list[Record]] = {name: [] for name, _ in settings.runs}
    others: Counter[str | None] = Counter()
    for record in records:
        if record.asked.run in known:
            known[record.asked.run].append(record)
        else:
            others[record.asked.run] += 1
    if others:
        named = ", ".join(shown(name) for name in sorted(name for name in others if name is not None)[:3])
        which = f" (runId {named})" if named else ""
        notes.say(f"{others.total()} transcripts are of none of the job's runs{which} and are left out")
    return known


def pooled(runs: Mapping[str, Sequence[Record]], notes: Notes) -> list[Record]:
    """All records; a scenario that was asked otherwise in another run is one of its own, in the family of the other."""
    asked: defaultdict[str | None, set[Asked]] = defaultdict(set)
    for records in runs.values():
        for record in records:
            if record.error_code is None:
                asked[record.scenario].add(record.asked._replace(run=None))
    apart = {scenario for scenario, ways in asked.items() if scenario is not None and len(ways) > 1}
    if apart:
        notes.say(
            f"{len(apart)} scenarios were not asked alike in all runs (prompt, preamble or temperature); they are kept"
            " apart by run, and not averaged"
        )
    return [_apart(record, name) if record.scenario in apart else record for name in runs for record in runs[name]]


def _apart(record: Record, run: str) -> Record:
    about = record.about
    if not about.family and not about.pair:
        # With a pair that is its cluster, in which its twin is, too.
        about = about._replace(family=record.scenario)
    return record._replace(scenario=f"{record.scenario} @ {run}", about=about)


def describe_runs(runs: Mapping[str, Sequence[Record]], settings: Settings, notes: Notes) -> AcrossRuns:
    """Each model in each two runs in which it has decisions."""
    described = []
    for name, scale in settings.runs:
        own = Notes()
        described.append(_run(name, scale, runs[name], settings, own))
        if not settings.pool and name != settings.runs[-1][0]:
            # Those of the last, or of all, are said where they are described.
            notes.add(own, f"run {name}")
    comparisons = [
        _compare(model, first, second)
        for model in sorted({model for run in described for model in run.found.described})
        for first, second in itertools.combinations(described, 2)
        if first.decided(model) and second.decided(model)
    ]
    tested = [entry for entry in comparisons if entry["p"] is not None]
    for entry, adjusted in zip(tested, holm([entry["p"] or 0.0 for entry in tested]), strict=True):
        entry["pHolm"] = tidy(adjusted)
        entry["verdict"] = "different" if adjusted < ALPHA else "not shown"
    return {"runs": [name for name, _ in settings.runs], "pooled": settings.pool, "comparisons": comparisons}


def _run(name: str, scale: Scale, records: Sequence[Record], settings: Settings, notes: Notes) -> Run:
    found = collect(records, notes, settings._replace(scale=scale, runs=()))
    cells: Cells = defaultdict(set)
    for record in found.conversations:
        if record.model is not None and record.scenario is not None:
            cells[record.model, record.scenario].add(record.asked._replace(run=None))
    return Run(name, scale, found, tabulate(found), cells)


def _compare(model: str, first: Run, second: Run) -> RunComparison:
    common, left_out = _comparable(model, first, second)
    found = nothing_compared(second.scale)
    if common:
        numbers = not second.scale.nominal
        found = _of_numbers(model, first, second, common) if numbers else _of_options(model, first, second, common)
    return {
        "modelId": model,
        "runs": [first.name, second.name],
        "versions": [_versions(model, first), _versions(model, second)],
        "n": len(common),
        **found,
        "notCompared": left_out,
    }


def _of_numbers(model: str, first: Run, second: Run, common: Sequence[str]) -> Compared:
    table = _two(model, first, second, common)
    compared = compare_models(table, second.scale, None)
    assert compared is not None  # noqa: S101 - the table has two rows
    (pair,) = compared["pairs"]
    agreement = describe_pair(table, table.means, (0, 1), second.scale.neutral)
    return {
        "difference": None if pair["difference"] is None else -pair["difference"] + 0.0,
        "interval": _turned(pair["interval"]),
        "p": pair["p"],
        "pHolm": None,
        "how": pair["how"],
        "detectable": pair["detectable"],
        "rho": agreement["rho"],
        "alphaOrdinal": agreement["alphaOrdinal"],
        "sameSide": agreement["sameSide"],
        "meanAbsoluteDifference": agreement["meanAbsoluteDifference"],
        "distance": None,
        "sameOption": None,
        "alphaNominal": None,
        "verdict": "not shown",
        "reason": pair["reason"],
    }


def _of_options(model: str, first: Run, second: Run, common: Sequence[str]) -> Compared:
    chosen = []
    for run in (first, second):
        found = tabulate_choices(run.found, second.scale.options)
        places = {name: at for at, name in enumerate(found.scenarios)}
        columns = np.array([places[scenario] for scenario in common], dtype=np.intp)
        row = found.models.index(model)
        chosen.append((found.shares[row][:, columns], found.modes[row][columns], found.families[columns]))
    shares, modes = (np.array([part[kind] for part in chosen]) for kind in (0, 1))
    (pair,) = compare_choices(Choices([first.name, second.name], list(common), shares, modes, chosen[1][2]))
    return {
        **nothing_compared(second.scale),
        "p": pair["p"],
        "how": pair["how"],
        "distance": pair["distance"],
        "sameOption": pair["sameOption"],
        "alphaNominal": pair["alphaNominal"],
        "verdict": "not shown",
        "reason": pair["reason"],
    }


def nothing_compared(scale: Scale) -> Compared:
    """The figures of two runs without a scenario that was asked alike."""
    reason = "no scenario was asked alike in both runs"
    nothing: Estimate = {
        "n": 0,
        "value": None,
        "interval": interval(None, np.array([]), np.array([])),
        "reason": "options have no order" if scale.nominal else reason,
    }
    return {
        "difference": None,
        "interval": nothing["interval"],
        "p": None,
        "pHolm": None,
        "how": None,
        "detectable": None,
        "rho": None,
        "alphaOrdinal": nothing,
        "sameSide": None,
        "meanAbsoluteDifference": nothing,
        "distance": None,
        "sameOption": None,
        "alphaNominal": None,
        "verdict": "not compared",
        "reason": reason,
    }


def _comparable(model: str, first: Run, second: Run) -> tuple[list[str], NotCompared]:
    """The scenarios that both runs have and asked alike, and what differs in the others."""
    left_out: NotCompared = {"prompt": 0, "preamble": 0, "temperature": 0, "scale": 0}
    common = []
    for scenario in sorted(first.decided(model) & second.decided(model)):
        ways = first.cells[model, scenario], second.cells[model, scenario]
        differing = {
            "prompt": {way.prompts for way in ways[0]} != {way.prompts for way in ways[1]},
            "preamble": {way.preamble for way in ways[0]} != {way.preamble for way in ways[1]},
            "temperature": {way.temperature for way in ways[0]} != {way.temperature for way in ways[1]},
            "scale": not first.scale.like(second.scale),
        }
        left_out["prompt"] += differing["prompt"]
        left_out["preamble"] += differing["preamble"]
        left_out["temperature"] += differing["temperature"]
        left_out["scale"] += differing["scale"]
        if not any(differing.values()):
            common.append(scenario)
    return common, left_out


def _two(model: str, first: Run, second: Run, scenarios: Sequence[str]) -> Table:
    """The earlier and the later run as the two rows of a table."""
    chosen = []
    for run in (first, second):
        row, places = run.table.models.index(model), {name: at for at, name in enumerate(run.table.scenarios)}
        columns = np.array([places[scenario] for scenario in scenarios], dtype=np.intp)
        chosen.append((row, columns, run.table))
    families = chosen[1][2].families[chosen[1][1]]
    means, repeats, squares = (
        np.array([values[row, columns] for (row, columns, _), values in zip(chosen, kind, strict=True)])
        for kind in zip(*((table.means, table.repeats, table.squares) for _, _, table in chosen), strict=True)
    )
    return second.table._replace(
        models=[first.name, second.name],
        scenarios=list(scenarios),
        means=means,
        repeats=repeats,
        squares=squares,
        families=families,
        grouped=len(np.unique(families)) < len(families),
    )


def _turned(interval: Interval) -> Interval:
    """The interval of the difference with the other sign."""
    low, high = interval["low"], interval["high"]
    turned = interval.copy()
    turned["low"], turned["high"] = None if high is None else -high + 0.0, None if low is None else -low + 0.0
    return turned


def _versions(model: str, run: Run) -> list[str]:
    return sorted(
        {version for record in run.found.conversations if record.model == model for version in record.versions}
    )
