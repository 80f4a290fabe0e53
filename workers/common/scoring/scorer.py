"""One answer's outcome: which turn is read, what the parser makes of it, and what that means the right way round."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from common.scoring.fold import place_of
from common.scoring.job import FIRST, LAST
from common.scoring.marker import Marker
from common.scoring.parser import PARSER_VERSION, Parser
from common.scoring.reading import Reading
from common.scoring.scale import scale_of

if TYPE_CHECKING:
    from common.scoring.documents import Outcome
    from common.scoring.job import Orientation, ScoredTranscript, ScoredTurn, ScoreFields
    from common.scoring.scale import Choice, Scale


#: So many scales wait for the next job that declares them.
MOST_MADE: Final = 32
_made: dict[tuple[str, str | None, str | None], tuple[Scale, Parser]] = {}


class Answer(NamedTuple):
    """A model's words in one turn.

    Attributes:
        text: the words.
        label: of the turn, where it has one.
        truncated: whether they were cut off.
        refused: whether the provider calls them a refusal.
    """

    text: str
    label: str | None = None
    truncated: bool = False
    refused: bool = False


class Source(NamedTuple):
    """What is kept of a transcript until it is scored."""

    id: str | None
    probe_id: str | None
    model_id: str | None
    scenario_id: str | None
    sample_index: int | None
    orientation: Orientation | None
    answers: tuple[Answer, ...]


class Scored(NamedTuple):
    """An outcome, and the words that it is about; None where there are none."""

    outcome: Outcome
    answer: str | None
    source: Source


def source_of(transcript: ScoredTranscript) -> Source:
    """The answers of a transcript, and whose they are."""
    if transcript.answer is not None:
        answers: tuple[Answer, ...] = (Answer(transcript.answer),)
    else:
        content = transcript.content or transcript.transcript
        turns = content.turns if content is not None else transcript.turns or []
        answers = tuple(_answer(turn) for turn in turns)
    return Source(
        transcript.id,
        transcript.probeId,
        transcript.modelId,
        transcript.scenarioId,
        transcript.sampleIndex,
        transcript.orientation,
        answers,
    )


def _answer(turn: ScoredTurn) -> Answer:
    metadata = turn.providerMetadata
    return Answer(
        turn.targetResponse or "",
        turn.promptLabel,
        bool(metadata is not None and metadata.truncated),
        bool(metadata is not None and metadata.finishReason == "refusal"),
    )


def _ready(fields: ScoreFields) -> tuple[Scale, Parser]:
    """The scale and the parser of a job; where many jobs of a process declare the same, they are made once."""
    marker = fields.marker
    after, before = (None, None) if marker is None else (marker.after, marker.before)
    key = (fields.scale.model_dump_json(), after, before)
    found = _made.get(key)
    if found is None:
        scale = scale_of(fields.scale)
        found = scale, Parser(scale, None if marker is None else Marker(after, before))
        if len(_made) >= MOST_MADE:
            _made.clear()
        _made[key] = found
    return found


class Scorer:
    """Scores answers by the fields of one job.

    Raises:
        ValidationError: the scale cannot be read by.
    """

    def __init__(self, fields: ScoreFields) -> None:
        self.scale, self._parser = _ready(fields)
        self._turn = fields.turn or FIRST
        self._orientation: Orientation = fields.orientation or "normal"

    def score(self, index: int, source: Source) -> Scored:
        """The outcome of one transcript."""
        answer = self._chosen(source)
        if answer is None:
            missing = Reading("none", "no_turn" if source.answers else "no_answer")
            return Scored(self._outcome(index, source, missing, None), None, source)
        reading = self._parser.read(answer.text, truncated=answer.truncated, refused=answer.refused)
        return Scored(self._outcome(index, source, reading, answer.text), answer.text, source)

    def orientation_of(self, source: Source) -> Orientation:
        """Which way round the scale of a transcript stood."""
        return source.orientation or self._orientation

    def meaning(self, choice: Choice, orientation: Orientation) -> tuple[float | None, str | None]:
        """The score and the label that a choice comes down to, turned back where it has to be."""
        meant = choice if orientation == "normal" else self.scale.turned(choice)
        return (None, None) if meant is None else (meant.score, meant.label or None)

    def _chosen(self, source: Source) -> Answer | None:
        if not source.answers:
            return None
        if self._turn == LAST:
            return source.answers[-1]
        if self._turn == FIRST:
            return source.answers[0]
        return next((answer for answer in source.answers if answer.label == self._turn), None)

    def _outcome(self, index: int, source: Source, reading: Reading, text: str | None) -> Outcome:
        orientation = self.orientation_of(source)
        choice = reading.choice
        score, label = (None, None) if choice is None else self.meaning(choice, orientation)
        outcome: Outcome = {
            "index": index,
            "score": score,
            "class": reading.kind,
            "rule": reading.rule,
            "label": label,
            "rawScore": None if choice is None else choice.score,
            "rawLabel": None if choice is None else choice.label,
            "span": None,
            "orientation": orientation,
            "parserVersion": PARSER_VERSION,
            "answerSha256": None if text is None else hashlib.sha256(text.encode()).hexdigest(),
        }
        if choice is not None and text is not None:
            start, end = place_of(text, reading.start, reading.end)
            outcome["span"] = {"start": start, "end": end}
        if source.id is not None:
            outcome["id"] = source.id
        if source.probe_id is not None:
            outcome["probeId"] = source.probe_id
        if source.model_id is not None:
            outcome["modelId"] = source.model_id
        if source.scenario_id is not None:
            outcome["scenarioId"] = source.scenario_id
        if source.sample_index is not None:
            outcome["sampleIndex"] = source.sample_index
        return outcome
