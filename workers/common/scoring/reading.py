"""What reading an answer gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from common.scoring.scale import Choice

Rule = Literal[
    # where the decision stands
    "whole_answer",
    "first_line",
    "own_sentence",
    "last_line",
    "under_heading",
    "announced",
    "boxed",
    "ticked",
    "marker",
    "judge",
    "override",
    # why there is none
    "two_decisions",
    "unclear",
    "several_labels",
    "off_scale",
    "no_decision",
    "no_label",
    "marker_alone",
    "refusal",
    "empty",
    "no_answer",
    "no_turn",
    "too_many_labels",
]
Kind = Literal["exact", "marked", "ambiguous", "refusal", "none"]


class Reading(NamedTuple):
    """What an answer comes down to.

    Attributes:
        kind: its class.
        rule: which rule decided, or why nothing did.
        choice: what was decided on.
        start: where the label begins that decided, in the folded text.
        end: where it ends.
    """

    kind: Kind
    rule: Rule
    choice: Choice | None = None
    start: int = 0
    end: int = 0


class Weight(NamedTuple):
    """What one mention is worth: a decision (`exact`, `marked`), an unclear one, an open mention, or nothing."""

    kind: Literal["exact", "marked", "unclear", "open", "out"]
    rule: str
