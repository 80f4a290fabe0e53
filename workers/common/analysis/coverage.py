"""How much of the run there is: which model answered which scenario, how often, and what failed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from common.analysis.collection import Collection
    from common.analysis.documents import Coverage, FailedCell, FailedCells, Matrix, MissingCell, MissingCells
    from common.analysis.notes import Notes

# 200 KB of JSON for each of the two tables; ten models with their 1,250 scenarios are an eighth of it.
MOST_CELLS: Final = 100_000
MOST_LISTED: Final = 1_000
MOST_CODES: Final = 40
OTHER_CODES: Final = "OTHER"


class Cell(NamedTuple):
    """What became of one scenario with one model."""

    answered: int
    failed: int


class Grid:
    """All cells in which something happened, and how many samples each of them should have.

    Attributes:
        models: sorted.
        scenarios: sorted.
        cells: by model and scenario.
        samples: how many samples a complete cell has: as many as there are different sample indexes in the run. Where
            some have none, at least the most frequent number of tries.
    """

    def __init__(self, found: Collection) -> None:
        self.models = found.models
        self.scenarios = list(found.scenarios)
        answered = Counter((record.model, record.scenario) for record in found.conversations)
        failed = Counter((record.model, record.scenario) for record in found.failures)
        self.cells: dict[tuple[str, str], Cell] = {
            (model, scenario): Cell(answered[model, scenario], failed[model, scenario])
            for model, scenario in answered.keys() | failed.keys()
            if model is not None and scenario is not None
        }
        indexes = {record.sample for part in (found.conversations, found.failures) for record in part}
        tries = Counter(cell.answered + cell.failed for cell in self.cells.values())
        frequent = max(tries, key=lambda number: (tries[number], number)) if tries else 0
        self.samples = max(len(indexes) - 1, frequent) if None in indexes else len(indexes)

    def cell(self, model: str, scenario: str) -> Cell:
        """What became of a scenario with a model."""
        return self.cells.get((model, scenario), Cell(0, 0))

    def document(self, found: Collection, notes: Notes) -> Coverage:
        """The coverage of the run."""
        total = len(self.models) * len(self.scenarios)
        answered = sum(cell.answered > 0 for cell in self.cells.values())
        complete = sum(cell.answered >= self.samples and not cell.failed for cell in self.cells.values())
        missing, failed = total - len(self.cells), len(self.cells) - answered
        if missing or failed:
            notes.say(
                f"of {total} cells (model and scenario) {missing} are missing and {failed} have failures alone; what"
                " compares models uses the scenarios that both answered"
            )
        whole = total <= MOST_CELLS
        if not whole:
            notes.say(f"the coverage matrix has {total} cells and is left out above {MOST_CELLS}; the counts are whole")
        document: Coverage = {
            "cells": total,
            "samplesPerCell": self.samples,
            "complete": complete,
            "partial": answered - complete,
            "failed": failed,
            "missing": missing,
            "matrix": self._matrix() if whole else None,
            "missingCells": self._missing(missing),
            "failedCells": self._failed(found),
        }
        reused = sum(record.reused for record in found.conversations)
        if reused:
            notes.say(
                f"{reused} of {len(found.conversations)} answers were taken over from earlier runs, in which the"
                " same was asked; they were not asked for again"
            )
            document["reused"] = reused
        return document

    def _matrix(self) -> Matrix:
        rows = [[self.cell(model, scenario) for scenario in self.scenarios] for model in self.models]
        return {
            "models": self.models,
            "scenarios": self.scenarios,
            "answered": [[cell.answered for cell in row] for row in rows],
            "failed": [[cell.failed for cell in row] for row in rows],
        }

    def _missing(self, count: int) -> MissingCells:
        listed: list[MissingCell] = []
        names = ((model, scenario) for model in self.models for scenario in self.scenarios)
        for model, scenario in names if count else ():
            if (model, scenario) not in self.cells:
                listed.append({"modelId": model, "scenarioId": scenario})
                if len(listed) == min(count, MOST_LISTED):
                    break
        return {"count": count, "listed": listed, "truncated": count > len(listed)}

    def _failed(self, found: Collection) -> FailedCells:
        codes: dict[tuple[str | None, str | None], Counter[str]] = {}
        for record in found.failures:
            codes.setdefault((record.model, record.scenario), Counter())[str(record.error_code)] += 1
        failed = sorted(place for place, cell in self.cells.items() if cell.failed)
        listed: list[FailedCell] = [
            {
                "modelId": model,
                "scenarioId": scenario,
                "answered": self.cells[model, scenario].answered,
                "failed": self.cells[model, scenario].failed,
                "codes": dict(sorted(codes[model, scenario].items())),
            }
            for model, scenario in failed[:MOST_LISTED]
        ]
        return {"count": len(failed), "listed": listed, "truncated": len(failed) > len(listed)}


def failures_by_code(found: Collection) -> dict[str, int]:
    """How often each code came; where there are too many to be codes, the rarest are counted together."""
    counts = Counter(str(record.error_code) for record in found.failures)
    ordered = sorted(counts, key=lambda code: (-counts[code], code))
    codes = {code: counts[code] for code in sorted(ordered[:MOST_CODES])}
    rest = sum(counts[code] for code in ordered[MOST_CODES:])
    if rest:
        codes[OTHER_CODES] = codes.get(OTHER_CODES, 0) + rest
    return codes
