"""From stdin to records: a transcript is reduced to its figures as soon as it has come, and let go.

So memory is bounded by the longest transcript and by half a kilobyte for each of them, not by the gigabytes in which
they come. Nothing in a transcript ends the analysis: what cannot be used is noted, and the rest counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.analysis.notes import Notes
from common.analysis.record import Record, TurnFigures
from common.errors import ValidationError
from common.json import stream as jsonstream
from common.probe.job import MAX_SAFE_INTEGER
from common.process.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.process.worker import Session

# Below the 300 s after which a caller gives a worker up.
DEADLINE_SECONDS: Final = 280.0
UNKNOWN_CODE: Final = "UNKNOWN"
MOST_DIMENSIONS: Final = 50
LOWEST_SCORE: Final = 1
HIGHEST_SCORE: Final = 5

_WHOLE: Final = "must be a whole number of at least 0, and is not known where it is not"
_AMOUNT: Final = "must be a number of at least 0, and is not known where it is not"
_OBJECT: Final = "must be an object, and is not used where it is not"


class Transcripts(NamedTuple):
    """All that came."""

    records: list[Record]
    notes: Notes


def read(pieces: Iterator[bytes], session: Session) -> Any:  # noqa: ANN401 - any JSON value
    """The job, with Transcripts in the place of its list of transcripts. Its time counts from here."""
    session.set_deadline(Deadline(DEADLINE_SECONDS))
    if session.options.get("report") is not None:
        from common.analysis.report.target import check_target  # noqa: PLC0415 - for people who ask for a report

        check_target(session.options["report"])
    reader = Reader()
    document = jsonstream.parse(pieces, {"transcripts": reader.record})
    if isinstance(document, dict) and isinstance(document.get("transcripts"), list):
        document["transcripts"] = Transcripts(document["transcripts"], reader.notes)
    return document


class Reader:
    """Reduces transcripts to records; names that come again and again are kept once."""

    def __init__(self) -> None:
        self.notes = Notes()
        self._names: dict[Any, Any] = {}

    def record(self, index: int, item: Any) -> Record:  # noqa: ANN401 - any JSON value
        """What is kept of an item.

        Raises:
            ValidationError: it is no object, so that it says nothing at all.
        """
        if not isinstance(item, dict):
            raise ValidationError(f"transcripts[{index}]: must be an object")
        name = self._text(item, "id", None)
        model = self._text(item, "modelId", name, needed="without it an item counts for the run alone")
        scenario = self._text(item, "scenarioId", name, needed="without it an item counts for its model alone")
        sample = self._whole(item, "sampleIndex", "sampleIndex", name)
        if item.get("error") is not None:
            return Record(name, self._once(model), self._once(scenario), sample, self._code(item["error"], name))
        return self._conversation(item, name, self._once(model), self._once(scenario), sample)

    def _conversation(
        self, item: dict[str, Any], name: str | None, model: str | None, scenario: str | None, sample: int | None
    ) -> Record:
        content = self._object(item, "content", name) or self._object(item, "transcript", name)
        turns = [turn for turn in self._turns(item, content, name) if isinstance(turn, dict)]
        metadata = [self._object(turn, "providerMetadata", name, "turns[].providerMetadata") for turn in turns]
        score, unscored = self._score(item, name)
        scenario_name, dimensions = self._scenario(item, name)
        duration = self._amount(item, "durationMs", "durationMs", name)
        if duration is None:
            duration = self._amount(content, "durationMs", "content.durationMs", name)
        return Record(
            name,
            model,
            scenario,
            sample,
            None,
            tuple([self._figures(turn, facts, name) for turn, facts in zip(turns, metadata, strict=True)]),
            _any_turn(metadata, _was_truncated),
            _any_turn(metadata, _was_refused),
            _any_turn(metadata, _was_retried),
            self._versions(item, content, metadata, name),
            duration,
            self._cost(item, content, turns, metadata, name),
            score,
            unscored,
            scenario_name,
            dimensions,
        )

    def _turns(self, item: dict[str, Any], content: dict[str, Any], name: str | None) -> list[Any]:
        turns = content.get("turns", item.get("turns"))
        if isinstance(turns, list):
            if not all(isinstance(turn, dict) for turn in turns):
                self.notes.field("turns[]", _OBJECT, name)
            return turns
        self.notes.field("turns", "must be a list, in content or beside it; without it a transcript has no turns", name)
        return []

    def _figures(self, turn: dict[str, Any], metadata: dict[str, Any], name: str | None) -> TurnFigures:
        answer = turn.get("targetResponse")
        if not isinstance(answer, str) and answer is not None:
            self.notes.field("turns[].targetResponse", "must be a string, and has no length where it is not", name)
        return TurnFigures(
            self._whole(turn, "inputTokens", "turns[].inputTokens", name),
            self._whole(turn, "outputTokens", "turns[].outputTokens", name),
            self._whole(metadata, "reasoningTokens", "turns[].providerMetadata.reasoningTokens", name),
            self._whole(metadata, "cachedInputTokens", "turns[].providerMetadata.cachedInputTokens", name),
            len(answer.split()) if isinstance(answer, str) else None,
        )

    def _versions(
        self, item: dict[str, Any], content: dict[str, Any], metadata: list[dict[str, Any]], name: str | None
    ) -> tuple[str, ...]:
        found = {version for facts in metadata if (version := self._text(facts, "modelVersion", name))}
        if not found:
            found = {version for place in (item, content) if (version := self._text(place, "modelVersion", name))}
        versions: tuple[str, ...] = self._once(tuple(sorted(found)))
        return versions

    def _cost(
        self,
        item: dict[str, Any],
        content: dict[str, Any],
        turns: list[dict[str, Any]],
        metadata: list[dict[str, Any]],
        name: str | None,
    ) -> float | None:
        """The conversation's own sum where there is one; else that of its turns, where each of them has one."""
        for place in (item, content):
            if place.get("costSnapshot") is not None:
                return self._dollars(place, name)
        carriers = [
            turn if turn.get("costSnapshot") is not None else facts for turn, facts in zip(turns, metadata, strict=True)
        ]
        if not carriers or any(carrier.get("costSnapshot") is None for carrier in carriers):
            return None
        costs = [self._dollars(carrier, name) for carrier in carriers]
        known = [cost for cost in costs if cost is not None]
        return math.fsum(known) if len(known) == len(costs) else None

    def _dollars(self, place: dict[str, Any], name: str | None) -> float | None:
        snapshot = self._object(place, "costSnapshot", name)
        if snapshot.get("currency", "USD") != "USD":
            self.notes.field("costSnapshot.currency", "must be USD, and the cost is not known where it is not", name)
            return None
        return self._amount(snapshot, "totalCost", "costSnapshot.totalCost", name)

    def _score(self, item: dict[str, Any], name: str | None) -> tuple[float | None, bool]:
        summary = self._object(item, "summary", name)
        score = summary.get("score")
        if score is None:
            return None, "score" in summary
        if isinstance(score, int | float) and not isinstance(score, bool) and LOWEST_SCORE <= score <= HIGHEST_SCORE:
            return float(score), False
        self.notes.field(
            "summary.score",
            f"must be a number from {LOWEST_SCORE} to {HIGHEST_SCORE} or null; others are left out",
            name,
        )
        return None, False

    def _scenario(self, item: dict[str, Any], name: str | None) -> tuple[str | None, tuple[tuple[str, Any], ...]]:
        scenario = self._object(item, "scenario", name)
        if not scenario:
            return None, ()
        dimensions = self._object(scenario, "dimensions", name, "scenario.dimensions")
        usable = sorted((key, value) for key, value in dimensions.items() if _is_level(value))
        if len(usable) < len(dimensions):
            self.notes.field("scenario.dimensions", "must hold numbers and strings; others are left out", name)
        if len(usable) > MOST_DIMENSIONS:
            self.notes.field("scenario.dimensions", f"only the first {MOST_DIMENSIONS} in order are used", name)
        levels = tuple((key, value if isinstance(value, str) else float(value)) for key, value in usable)
        return self._once(self._text(scenario, "name", name)), self._once(levels[:MOST_DIMENSIONS])

    def _code(self, error: Any, name: str | None) -> str:  # noqa: ANN401 - any JSON value
        code = error.get("code") if isinstance(error, dict) else None
        if isinstance(code, str) and code.strip():
            return str(self._once(code))
        self.notes.field("error.code", f"is missing; the failure counts as {UNKNOWN_CODE}", name)
        return UNKNOWN_CODE

    def _once(self, value: Any) -> Any:  # noqa: ANN401 - a string or a tuple, or None
        return self._names.setdefault(value, value)

    def _object(self, place: dict[str, Any], key: str, name: str | None, path: str = "") -> dict[str, Any]:
        value = place.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self.notes.field(path or key, _OBJECT, name)
        return {}

    def _text(self, place: dict[str, Any], key: str, name: str | None, *, needed: str = "") -> str | None:
        value = place.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if needed:
            self.notes.field(key, f"must be a string that is not blank; {needed}", name)
        elif value is not None:
            self.notes.field(key, "must be a string that is not blank, and is not used where it is not", name)
        return None

    def _whole(self, place: dict[str, Any], key: str, path: str, name: str | None) -> int | None:
        value = place.get(key)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SAFE_INTEGER:
            return value
        self.notes.field(path, _WHOLE, name)
        return None

    def _amount(self, place: dict[str, Any], key: str, path: str, name: str | None) -> float | None:
        value = place.get(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_SAFE_INTEGER:
            return value
        self.notes.field(path, _AMOUNT, name)
        return None


def _is_level(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, str) or (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_SAFE_INTEGER
    )


def _any_turn(metadata: list[dict[str, Any]], was: Any) -> bool | None:  # noqa: ANN401 - one of the three below
    """True where one turn says so, False where every turn says no, None where that is not known."""
    said = [was(facts) for facts in metadata]
    if True in said:
        return True
    return None if not said or None in said else False


def _was_truncated(metadata: dict[str, Any]) -> bool | None:
    reason, flag = metadata.get("finishReason"), metadata.get("truncated")
    if reason == "length" or flag is True:
        return True
    return False if isinstance(reason, str) or flag is False else None


def _was_refused(metadata: dict[str, Any]) -> bool | None:
    reason = metadata.get("finishReason")
    return reason == "refusal" if isinstance(reason, str) else None


def _was_retried(metadata: dict[str, Any]) -> bool | None:
    attempts = metadata.get("attempts")
    return attempts > 1 if isinstance(attempts, int) and not isinstance(attempts, bool) else None
