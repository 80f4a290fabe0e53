"""From stdin to records: a transcript is reduced to its figures as soon as it has come, and let go.

So memory is bounded by the longest transcript and by half a kilobyte for each of them, not by the gigabytes in which
they come. Nothing in a transcript ends the analysis: what cannot be used is noted, and the rest counts.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.analysis.fields import OBJECT, Fields, is_number, moment
from common.analysis.lines import Lines, is_line
from common.analysis.record import NO_SCENARIO, Asked, Record, ScenarioFigures, Score, TurnFigures
from common.json import stream as jsonstream
from common.process.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from common.analysis.notes import Notes
    from common.analysis.report.texts import Texts
    from common.process.worker import Session

# Below the 300 s after which a caller gives a worker up.
DEADLINE_SECONDS: Final = 280.0
UNKNOWN_CODE: Final = "UNKNOWN"
MOST_DIMENSIONS: Final = 50
# How the two orders of a pair are called; what is called otherwise is not guessed.
AS_WRITTEN: Final = frozenset({"normal", "original", "forward", "unflipped"})
TURNED: Final = frozenset({"flipped", "reversed", "mirrored", "swapped"})
_TIMES: Final = ("completedAt", "updatedAt", "createdAt", "scoredAt", "timestamp", "startedAt")


class Transcripts(NamedTuple):
    """All that came; its texts only where a report may show some of them."""

    records: list[Record]
    notes: Notes
    texts: Texts | None = None


def read(pieces: Iterator[bytes], session: Session) -> Any:  # noqa: ANN401 - any JSON value
    """The job, with Transcripts in the place of its list of transcripts; lines of an export make such a job.

    Its time counts from here.
    """
    session.set_deadline(Deadline(DEADLINE_SECONDS))
    texts = None
    if session.options.get("report") is not None:
        from common.analysis.report.target import check_target  # noqa: PLC0415 - for people who ask for a report

        texts = check_target(session.options["report"])
    reader = Reader(texts)
    lines = Lines(reader)
    document = jsonstream.parse(pieces, {"transcripts": reader.record}, lines=jsonstream.Lines(is_line, lines.take))
    if isinstance(document, list):
        document = {**lines.job(), "transcripts": document}
    if isinstance(document, dict) and isinstance(document.get("transcripts"), list):
        records = [record for record in document["transcripts"] if record is not None]
        document["transcripts"] = Transcripts(records, reader.notes, texts)
    return document


class Reader(Fields):
    """Reduces transcripts to records; names that come again and again are kept once."""

    def __init__(self, texts: Texts | None = None) -> None:
        super().__init__()
        self._texts = texts
        self._names: dict[Any, Any] = {}

    def record(self, _: int, item: Any) -> Record | None:  # noqa: ANN401 - any JSON value
        """What is kept of an item; None where it is no object, so that it says nothing at all."""
        if not isinstance(item, dict):
            self.notes.field("", "must be an object, and does not count where it is not", None)
            return None
        name = self.text(item, "id", None)
        model = self._once(self.text(item, "modelId", name, needed="without it an item counts for the run alone"))
        scenario = self._once(
            self.text(item, "scenarioId", name, needed="without it an item counts for its model alone")
        )
        sample = self.whole(item, "sampleIndex", "sampleIndex", name)
        if item.get("error") is not None:
            return self._failure(item, name, model, scenario, sample)
        return self._conversation(item, name, model, scenario, sample)

    def _failure(
        self, item: dict[str, object], name: str | None, model: str | None, scenario: str | None, sample: int | None
    ) -> Record:
        """A failed probe, and what it paid for: its turns, and calls of the turn that failed."""
        places = (item, self.object(item, "partialTranscript", name), item["error"])
        costs = [
            self._dollars(place, name)
            for place in places
            if isinstance(place, dict) and place.get("costSnapshot") is not None
        ]
        known = [cost for cost in costs if cost is not None]
        return Record(
            name,
            model,
            scenario,
            sample,
            self._code(item["error"], name),
            cost=math.fsum(known) if known and len(known) == len(costs) else None,
            time=self._time(places[:2], []),
            about=self._scenario(item, name),
            asked=self._asked(item, [], []),
        )

    def _conversation(
        self, item: dict[str, object], name: str | None, model: str | None, scenario: str | None, sample: int | None
    ) -> Record:
        content = self.object(item, "content", name) or self.object(item, "transcript", name)
        turns = [turn for turn in self._turns(item, content, name) if isinstance(turn, dict)]
        metadata = [self.object(turn, "providerMetadata", name, "turns[].providerMetadata") for turn in turns]
        summary = self.object(item, "summary", name)
        duration = self.amount(item, "durationMs", "durationMs", name)
        if duration is None:
            duration = self.amount(content, "durationMs", "content.durationMs", name)
        refused = _of_class(summary.get("class"), _any_turn(metadata, _was_refused))
        asked = self._asked(item, turns, metadata)
        if self._texts is not None and name is not None:
            self._texts.keep(name, asked.run, turns)
        return Record(
            name,
            model,
            scenario,
            sample,
            None,
            tuple([self._figures(turn, facts, name) for turn, facts in zip(turns, metadata, strict=True)]),
            _any_turn(metadata, _was_truncated),
            refused,
            _any_turn(metadata, _was_retried),
            self._versions(item, content, metadata, name),
            duration,
            self._cost(item, content, turns, metadata, name),
            self._score(summary, "summary.score", name),
            "score" in summary and summary["score"] is None,
            # What score.py prints says the raw score, too, and has turned the other one back.
            summary.get("turnedBack") is True or "rawScore" in summary,
            self._turn_scores(turns, name),
            self._time((item, content, summary), metadata),
            self._scenario(item, name),
            asked,
            bool(item.get("reused")),
        )

    def _turns(self, item: dict[str, object], content: dict[str, object], name: str | None) -> list[Any]:
        turns = content.get("turns", item.get("turns"))
        if isinstance(turns, list):
            if not all(isinstance(turn, dict) for turn in turns):
                self.notes.field("turns[]", OBJECT, name)
            return turns
        self.notes.field("turns", "must be a list, in content or beside it; without it a transcript has no turns", name)
        return []

    def _figures(self, turn: dict[str, object], metadata: dict[str, object], name: str | None) -> TurnFigures:
        answer = turn.get("targetResponse")
        if not isinstance(answer, str) and answer is not None:
            self.notes.field("turns[].targetResponse", "must be a string, and has no length where it is not", name)
        return TurnFigures(
            self.whole(turn, "inputTokens", "turns[].inputTokens", name),
            self.whole(turn, "outputTokens", "turns[].outputTokens", name),
            self.whole(metadata, "reasoningTokens", "turns[].providerMetadata.reasoningTokens", name),
            self.whole(metadata, "cachedInputTokens", "turns[].providerMetadata.cachedInputTokens", name),
            len(answer.split()) if isinstance(answer, str) else None,
        )

    def _versions(
        self, item: dict[str, object], content: dict[str, object], metadata: list[dict[str, object]], name: str | None
    ) -> tuple[str, ...]:
        found = {version for facts in metadata if (version := self.text(facts, "modelVersion", name))}
        if not found:
            found = {version for place in (item, content) if (version := self.text(place, "modelVersion", name))}
        versions: tuple[str, ...] = self._once(tuple(sorted(found)))
        return versions

    def _cost(
        self,
        item: dict[str, object],
        content: dict[str, object],
        turns: list[dict[str, object]],
        metadata: list[dict[str, object]],
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

    def _dollars(self, place: dict[str, object], name: str | None) -> float | None:
        snapshot = self.object(place, "costSnapshot", name)
        if snapshot.get("currency", "USD") != "USD":
            self.notes.field("costSnapshot.currency", "must be USD, and the cost is not known where it is not", name)
            return None
        return self.amount(snapshot, "totalCost", "costSnapshot.totalCost", name)

    def _score(self, place: dict[str, object], path: str, name: str | None) -> Score | None:
        score = place.get("score")
        if score is None:
            # Of a scale without numbers score.py has a label alone.
            score = place.get("label")
        if score is None:
            return None
        if is_number(score):
            return float(score)
        if isinstance(score, str) and score.strip():
            return str(self._once(score))
        self.notes.field(path, "must be a number, the name of an option, or null; others are left out", name)
        return None

    def _turn_scores(self, turns: list[dict[str, object]], name: str | None) -> tuple[Score | None, ...]:
        """The decision of each turn; nothing where no turn has one."""
        if not any("score" in turn for turn in turns):
            return ()
        found: tuple[Score | None, ...] = self._once(
            tuple([self._score(turn, "turns[].score", name) for turn in turns])
        )
        return found

    def _time(self, places: Iterable[dict[str, object]], metadata: list[dict[str, object]]) -> float | None:
        for place in places:
            for key in _TIMES:
                found = moment(place.get(key))
                if found is not None:
                    return found
        return moment(metadata[-1].get("startedAt")) if metadata else None

    def _asked(
        self, item: dict[str, object], turns: list[dict[str, object]], metadata: list[dict[str, object]]
    ) -> Asked:
        prompts = [turn.get("probePrompt") for turn in turns]
        scenario = item.get("scenario")
        preamble = scenario.get("preamble") if isinstance(scenario, dict) else None
        requested = metadata[0].get("requested") if metadata else None
        temperature = requested.get("temperature") if isinstance(requested, dict) else None
        run = item.get("runId")
        found: Asked = self._once(
            Asked(
                run if isinstance(run, str) else None,
                _digest(tuple(prompts)) if prompts and all(isinstance(prompt, str) for prompt in prompts) else None,
                _digest(preamble) if isinstance(preamble, str) else None,
                float(temperature) if temperature is not None and is_number(temperature) else None,
            )
        )
        return found

    def _scenario(self, item: dict[str, object], name: str | None) -> ScenarioFigures:
        scenario = self.object(item, "scenario", name)
        if not scenario:
            return NO_SCENARIO
        dimensions = self.object(scenario, "dimensions", name, "scenario.dimensions")
        usable = sorted((key, value) for key, value in dimensions.items() if isinstance(value, str) or is_number(value))
        if len(usable) < len(dimensions):
            self.notes.field("scenario.dimensions", "must hold numbers and strings; others are left out", name)
        if len(usable) > MOST_DIMENSIONS:
            self.notes.field("scenario.dimensions", f"only the first {MOST_DIMENSIONS} in order are used", name)
        levels = tuple((key, value if isinstance(value, str) else float(value)) for key, value in usable)
        found: ScenarioFigures = self._once(
            ScenarioFigures(
                self.text(scenario, "name", name, path="scenario.name"),
                levels[:MOST_DIMENSIONS],
                self.text(scenario, "family", name, path="scenario.family"),
                self.text(scenario, "pair", name, path="scenario.pair"),
                self._orientation(scenario, name),
                self.text(scenario, "template", name, path="scenario.template")
                if isinstance(scenario.get("template"), str)
                else None,
            )
        )
        return found

    def _orientation(self, scenario: dict[str, object], name: str | None) -> bool | None:
        value = scenario.get("orientation")
        if value is None:
            return None
        if isinstance(value, str) and value.lower() in AS_WRITTEN | TURNED:
            return value.lower() in TURNED
        self.notes.field("scenario.orientation", 'must be "normal" or "flipped", and is not used otherwise', name)
        return None

    def _code(self, error: Any, name: str | None) -> str:  # noqa: ANN401 - any JSON value
        code = error.get("code") if isinstance(error, dict) else None
        if isinstance(code, str) and code.strip():
            return str(self._once(code))
        self.notes.field("error.code", f"is missing; the failure counts as {UNKNOWN_CODE}", name)
        return UNKNOWN_CODE

    def _once(self, value: Any) -> Any:  # noqa: ANN401 - a string or a tuple, or None
        return self._names.setdefault(value, value)


def _digest(texts: str | tuple[object, ...]) -> int:
    """The same number in every process, unlike a hash: of two doubles that differ in nothing else it may decide."""
    return int.from_bytes(blake2b(repr(texts).encode(), digest_size=8).digest(), "big")


def _any_turn(metadata: list[dict[str, object]], was: Any) -> bool | None:  # noqa: ANN401 - one of the three below
    """True where one turn says so, False where every turn says no, None where that is not known."""
    said = [was(facts) for facts in metadata]
    if True in said:
        return True
    return None if not said or None in said else False


def _was_truncated(metadata: dict[str, object]) -> bool | None:
    reason, flag = metadata.get("finishReason"), metadata.get("truncated")
    if reason == "length" or flag is True:
        return True
    return False if isinstance(reason, str) or flag is False else None


def _was_refused(metadata: dict[str, object]) -> bool | None:
    reason = metadata.get("finishReason")
    return reason == "refusal" if isinstance(reason, str) else None


def _of_class(name: object, refused: bool | None) -> bool | None:  # noqa: FBT001 - a fact, not a switch
    """Whether it was refused, by the class of the summary; another class says no where no turn says anything."""
    if name == "refusal":
        return True
    return False if refused is None and isinstance(name, str) else refused


def _was_retried(metadata: dict[str, object]) -> bool | None:
    attempts = metadata.get("attempts")
    return attempts > 1 if isinstance(attempts, int) and not isinstance(attempts, bool) else None
