"""Goes on where an earlier try ended: its turns are checked against the plan and not asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from common.errors import ValidationError
from common.redaction import redactor

if TYPE_CHECKING:
    from common.probe.documents import Turn
    from common.probe.job import EarlierTranscript, EarlierTurn
    from common.probe.plan import Plan, PlannedTurn


class Resumed(NamedTuple):
    """What an earlier try left.

    Attributes:
        turns: as they are to stand in the transcript.
        dropped: the settings that the last of them was asked without.
        started_at: when the conversation began, ISO 8601; None where the caller does not say.
        duration_ms: how long the earlier tries took.
    """

    turns: tuple[Turn, ...] = ()
    dropped: tuple[str, ...] = ()
    started_at: str | None = None
    duration_ms: int = 0


NOTHING = Resumed()


def resume(earlier: EarlierTranscript, plan: Plan, model: str) -> Resumed:
    """The turns of `resumeFrom`.

    Raises:
        ValidationError: they are not the first turns of this job, or another model answered them.
    """
    if len(earlier.turns) > len(plan.turns):
        raise ValidationError(f"resumeFrom.turns: has more turns than this job ({len(plan.turns)})")
    pairs = zip(earlier.turns, plan.turns, strict=False)
    turns = tuple(_resumed(turn, planned, model, index) for index, (turn, planned) in enumerate(pairs))
    metadata = earlier.turns[-1].providerMetadata if earlier.turns else None
    dropped = tuple(metadata.dropped or ()) if metadata is not None else ()
    return Resumed(turns, dropped, earlier.startedAt, earlier.durationMs or 0)


def _resumed(turn: EarlierTurn, planned: PlannedTurn, model: str, index: int) -> Turn:
    where = f"resumeFrom.turns[{index}]"
    # A prompt that quotes a key comes back without it.
    if turn.turnNumber != planned.number or turn.probePrompt not in {planned.prompt, redactor.answer(planned.prompt)}:
        raise ValidationError(f"{where}: is not turn {planned.number} of this job; resume the job it came from")
    metadata = turn.providerMetadata
    if metadata is not None and metadata.model not in {None, model}:
        raise ValidationError(f"{where}: was answered by another model; resume the job it came from")
    document = turn.model_dump(exclude_unset=True)
    for name, value in (("promptLabel", planned.label), ("inputTokens", None), ("outputTokens", None)):
        document.setdefault(name, value)
    # The caller's copy of a document of ours: what is read of it was checked, the rest is carried along.
    return cast("Turn", document)
