"""What people say of answers: it wins, what it replaced is kept, and the scorers are measured by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from common.errors import ValidationError
from common.scoring.agreement import describe_alpha

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from common.scoring.documents import Outcome, ScoreAgreement, Yardstick
    from common.scoring.job import Override
    from common.scoring.scale import Scale

Value = float | str | None


class Measured(NamedTuple):
    """What the people and the scorers say of one answer.

    Attributes:
        person: the score, or on a nominal scale the label; None for no decision.
        parser: the same of the parser.
        judge: the same of the judge.
        judged: whether a judge was asked at all.
    """

    person: Value
    parser: Value
    judge: Value
    judged: bool


def check(overrides: Sequence[Override], scale: Scale) -> None:
    """Refuse what cannot be a score.

    Raises:
        ValidationError: naming the override by its place.
    """
    labels = {choice.label for choice in scale.choices}
    seen: set[str] = set()
    for index, override in enumerate(overrides):
        where = f"overrides[{index}]"
        if override.id in seen:
            raise ValidationError(f"{where}.id: stands twice; keep one override for each answer")
        seen.add(override.id)
        if override.label is not None and override.label not in labels:
            raise ValidationError(f"{where}.label: is no label of the scale")
        if scale.nominal and override.score is not None:
            raise ValidationError(f"{where}.score: a nominal scale has no scores; give label instead")
        if override.label is not None and override.score is not None:
            expected = next(choice.score for choice in scale.choices if choice.label == override.label)
            if expected != override.score:
                raise ValidationError(f"{where}.score: is not the score of its label; keep one of the two")
        if override.score is not None and not scale.low <= override.score <= scale.high:
            raise ValidationError(f"{where}.score: lies outside the scale")


def apply(
    outcomes: Iterable[Outcome], overrides: Sequence[Override], scale: Scale
) -> tuple[list[tuple[int, Outcome]], list[str]]:
    """Let the overrides win.

    Returns:
        The outcomes that they changed, with their index, and a warning for each override that no answer has.
    """
    by_id = {override.id: override for override in overrides}
    touched: list[tuple[int, Outcome]] = []
    used: set[str] = set()
    for outcome in outcomes:
        override = by_id.get(outcome.get("id", "")) or by_id.get(outcome.get("probeId", ""))
        if override is not None:
            used.add(override.id)
            _replace(outcome, override, scale)
            touched.append((outcome["index"], outcome))
    unused = [override.id for override in overrides if override.id not in used]
    return touched, [f"overrides: no transcript has the id {name[:80]}; it is not used" for name in unused[:20]]


def _replace(outcome: Outcome, override: Override, scale: Scale) -> None:
    outcome["replaced"] = {
        "class": outcome["class"],
        "rule": outcome["rule"],
        "score": outcome["score"],
        "label": outcome["label"],
    }
    outcome["override"] = {"who": override.who, "reason": override.reason}
    outcome["class"] = "manual"
    outcome["rule"] = "override"
    if override.label is not None:
        choice = next(choice for choice in scale.choices if choice.label == override.label)
        outcome["score"], outcome["label"] = choice.score, choice.label
        return
    outcome["score"] = override.score
    named = None if override.score is None else scale.of_score(override.score)
    outcome["label"] = None if named is None else named.label


def measure(measured: Sequence[Measured], scale: Scale, *, judged: bool) -> ScoreAgreement:
    """How the parser, and a judge where one was asked, agree with the people."""
    agreement: ScoreAgreement = {
        "overrides": len(measured),
        "parser": _yardstick([(item.person, item.parser) for item in measured], scale),
    }
    if judged:
        agreement["judge"] = _yardstick([(item.person, item.judge) for item in measured if item.judged], scale)
    return agreement


def _yardstick(pairs: Sequence[tuple[Value, Value]], scale: Scale) -> Yardstick:
    equal = sum(person == scorer for person, scorer in pairs)
    both = [(person, scorer) for person, scorer in pairs if person is not None and scorer is not None]
    return {
        "n": len(pairs),
        "equal": equal,
        "share": equal / len(pairs) if pairs else None,
        "agreement": describe_alpha(both, "nominal" if scale.nominal else "ordinal"),
    }


def value_of(outcome: Mapping[str, object], scale: Scale) -> Value:
    """What an outcome says, as far as two scorers can agree on it."""
    value = outcome["label"] if scale.nominal else outcome["score"]
    return value if isinstance(value, float | int | str) else None
