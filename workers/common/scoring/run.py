"""From a job of answers to the document of their scores."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from common.config import get_config
from common.errors import ValidationError
from common.json.rows import Rows
from common.logging import get_logger
from common.process.deadline import Deadline
from common.scoring import overrides as people
from common.scoring.intake import Intake, no_list
from common.scoring.job import parse_fields
from common.scoring.parser import PARSER_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.process.worker import Session
    from common.scoring.documents import Class, ScaleNote, ScoreSuccess
    from common.scoring.job import ScoreFields
    from common.scoring.judging import Answered
    from common.scoring.overrides import Value
    from common.scoring.scorer import Scored, Scorer

SCHEMA_VERSION: Final = 1
CLASSES: Final[tuple[Class, ...]] = ("exact", "marked", "judged", "manual", "ambiguous", "refusal", "none")

logger = get_logger("score")


class Prepared(NamedTuple):
    """A job after the parser."""

    fields: ScoreFields
    warnings: list[str]
    scorer: Scorer
    scored: list[Scored]


def run(document: object, session: Session) -> ScoreSuccess:
    """Score the answers of one job.

    Raises:
        WorkerError: the job is wrong, or a judge gave no verdict; `session.fail` has the verdicts that were paid for.
    """
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    # Without answers there is nothing to score, and nothing that a judge could be asked about.
    intake = Intake() if session.options.get("check") else document.get("transcripts")
    if not isinstance(intake, Intake):
        raise no_list()
    prepared = prepare(document, intake)
    answered: Sequence[Answered] = ()
    if prepared.fields.judges:
        answered = _judged(prepared, session)
    result = result_of(prepared, answered)
    logger.info("scored", answers=len(result["scores"]))
    # As long as it is, it is neither copied nor written as a whole.
    return cast("ScoreSuccess", {**result, "scores": Rows(result["scores"])})


def prepare(document: dict[str, object], intake: Intake) -> Prepared:
    """Everything but the judges: the fields are checked, and the parser has read every answer.

    Raises:
        ValidationError: a field is wrong.
    """
    fields, warnings = parse_fields(document)
    scorer, scored = intake.finish(document, fields)
    people.check(fields.overrides or (), scorer.scale)
    flipped = next((item for item in scored if item.outcome["orientation"] == "flipped"), None)
    if flipped is not None and not scorer.scale.can_be_turned:
        raise ValidationError("scale.options: more than two options need a mirror each where a scenario is flipped")
    return Prepared(fields, warnings, scorer, scored)


def deadline_of(fields: ScoreFields) -> Deadline:
    """The bound on a job, from now on."""
    settings = fields.config
    own = None if settings is None else settings.deadlineSeconds
    return Deadline(own or get_config().deadline_seconds)


def _judged(prepared: Prepared, session: Session) -> Sequence[Answered]:
    from common.probe.turn_stream import turn_stream_of  # noqa: PLC0415 - for jobs with a judge
    from common.scoring.judging import Court, hold_court  # noqa: PLC0415 - the same

    turns = turn_stream_of(session.options)
    deadline = deadline_of(prepared.fields)
    court = Court(prepared.fields, prepared.scorer.scale, prepared.scored, deadline)
    session.fail = court.failure
    session.set_deadline(deadline)
    return hold_court(court, turns)


def result_of(prepared: Prepared, answered: Sequence[Answered]) -> ScoreSuccess:
    """The document: the judges settle what the parser could not, and people have the last word."""
    fields, warnings, scorer, scored = prepared
    outcomes = [item.outcome for item in scored]
    parsed = (
        {outcome["index"]: people.value_of(outcome, scorer.scale) for outcome in outcomes} if fields.overrides else {}
    )
    result: ScoreSuccess = {
        "success": True,
        "schemaVersion": SCHEMA_VERSION,
        "parserVersion": PARSER_VERSION,
        "spanUnit": "codePoint",
        "scale": _scale_note(fields, scorer),
        "counts": {},
        "warnings": warnings,
        "scores": outcomes,
    }
    if fields.jobId is not None:
        result["jobId"] = fields.jobId
    if fields.runId is not None:
        result["runId"] = fields.runId
    judged: dict[int, Value] = {}
    if fields.judges:
        from common.scoring.verdicts import settle  # noqa: PLC0415 - for jobs with a judge

        result["judge"], judged = settle(fields, scorer, outcomes, answered)
        unused = len(fields.verdicts or ()) - result["judge"]["resumed"]
        if unused:
            warnings.append(f"verdicts: {unused} of them answer no question of this job and are not used")
    elif fields.verdicts:
        warnings.append("verdicts: not used, because the job names no judge")
    if fields.overrides:
        _let_people_win(prepared, result, parsed, judged)
    counts = Counter(outcome["class"] for outcome in outcomes)
    result["counts"] = {name: counts[name] for name in CLASSES}
    return result


def _let_people_win(
    prepared: Prepared, result: ScoreSuccess, parsed: dict[int, Value], judged: dict[int, Value]
) -> None:
    fields, warnings, scorer, _ = prepared
    touched, unused = people.apply(result["scores"], fields.overrides or (), scorer.scale)
    warnings.extend(unused)
    measured = [
        people.Measured(
            people.value_of(outcome, scorer.scale), parsed[index], judged.get(index), judged=index in judged
        )
        for index, outcome in touched
    ]
    result["agreement"] = people.measure(measured, scorer.scale, judged=bool(fields.judges))


def _scale_note(fields: ScoreFields, scorer: Scorer) -> ScaleNote:
    scale = scorer.scale
    bounds = (None, None) if scale.nominal else (scale.low, scale.high)
    return {"kind": fields.scale.kind, "min": bounds[0], "max": bounds[1]}
