"""The transcripts of a job as they come: few are kept until the job is known, many are scored at once and let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.config import get_config
from common.errors import ValidationError
from common.json import stream as jsonstream
from common.process.deadline import Deadline
from common.scoring.job import parse_fields, parse_transcript
from common.scoring.scorer import Scored, Scorer, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from common.process.worker import Session
    from common.scoring.job import ScoreFields
    from common.scoring.scorer import Source

#: Up to so many characters of answers wait for the end of the job, so that its fields may stand in any order.
WAITING_CHARS: Final = 16 * 1024 * 1024
#: Fields that decide how an answer is read, or whether it is needed again.
_DECIDING: Final = ("scale", "turn", "marker", "orientation", "judge")


def read(pieces: Iterator[bytes], session: Session) -> object:
    """The job, with an Intake in the place of its list of transcripts. Its time counts from here."""
    session.set_deadline(Deadline(get_config().deadline_seconds))
    intake = Intake()
    document = jsonstream.parse(pieces, {"transcripts": intake.take}, intake.begin)
    if isinstance(document, dict) and isinstance(document.get("transcripts"), list):
        document["transcripts"] = intake
    return document


def intake_of(document: dict[str, object]) -> Intake:
    """The transcripts of a job that was read as a whole.

    Raises:
        ValidationError: one of them is wrong, or there is no list of them.
    """
    items = document.get("transcripts")
    if not isinstance(items, list):
        raise no_list()
    intake = Intake()
    for index, item in enumerate(items):
        intake.take(index, item)
    return intake


def no_list() -> ValidationError:
    """A job without answers."""
    return ValidationError("transcripts: is required; add a list, of which each item has an answer or turns")


class Intake:
    """Takes transcripts in one by one."""

    def __init__(self) -> None:
        self._before: dict[str, object] = {}
        self._waiting: list[Source] = []
        self._size = 0
        self._scorer: Scorer | None = None
        self._scored: list[Scored] = []
        self._keeps_all = False

    def begin(self, found: Mapping[str, object]) -> None:
        """Note the fields that stand before the transcripts."""
        self._before = dict(found)

    def take(self, index: int, item: object) -> None:
        """Take one transcript in.

        Raises:
            ValidationError: a field of it, or of the job before it, is wrong.
        """
        source = source_of(parse_transcript(index, item))
        if self._scorer is not None:
            self._add(self._scorer.score(len(self._scored), source))
            return
        self._waiting.append(source)
        self._size += sum(len(answer.text) for answer in source.answers)
        if self._size > WAITING_CHARS and "scale" in self._before:
            fields, _ = parse_fields(self._before)
            self._keeps_all = any(judge.scope == "all" for judge in fields.judges)
            self._scorer = Scorer(fields)
            self._drain(self._scorer)

    def finish(self, document: Mapping[str, object], fields: ScoreFields) -> tuple[Scorer, list[Scored]]:
        """Every outcome, in order.

        Raises:
            ValidationError: the job is large, and a field that decides how it is read stands behind its transcripts.
        """
        if self._scorer is not None:
            late = [name for name in _DECIDING if document.get(name) != self._before.get(name)]
            if late:
                raise ValidationError(f"{late[0]}: stands behind many transcripts; put it before them")
            return self._scorer, self._scored
        scorer = Scorer(fields)
        self._keeps_all = True
        self._drain(scorer)
        return scorer, self._scored

    def _drain(self, scorer: Scorer) -> None:
        waiting, self._waiting = self._waiting, []
        for source in waiting:
            self._add(scorer.score(len(self._scored), source))

    def _add(self, scored: Scored) -> None:
        settled = scored.outcome["class"] not in {"ambiguous", "none"}
        keep = self._keeps_all or not settled
        source = scored.source._replace(answers=())
        self._scored.append(Scored(scored.outcome, scored.answer if keep else None, source))
