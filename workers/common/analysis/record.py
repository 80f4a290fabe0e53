"""What is kept of a transcript: figures and names, no text of a question or an answer."""

from __future__ import annotations

from typing import NamedTuple


class TurnFigures(NamedTuple):
    """One question and its answer; None is a figure that is not known."""

    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cached_input_tokens: int | None
    answer_words: int | None


class Record(NamedTuple):
    """One item of `transcripts`: a conversation, or a probe that failed.

    Attributes:
        id: the transcript's own.
        model: the model ID that was asked for; None where it is missing, and the item counts for the run alone.
        scenario: the scenario's ID; None where it is missing, and the item counts for its model alone.
        sample: the sample index.
        error_code: the failure's code; None for a conversation.
        turns: the figures of each turn.
        truncated: whether an answer was cut off; None where that is not known.
        refused: whether the model refused an answer.
        retried: whether a turn took more than one call.
        versions: the model versions that answered.
        duration: of the conversation, in milliseconds.
        cost: of the conversation, in US dollars.
        score: the decision, from 1 to 5.
        unscored: whether a summary came and says that there is no score.
        scenario_name: for people.
        dimensions: what the scenario varies, sorted by name.
    """

    id: str | None
    model: str | None
    scenario: str | None
    sample: int | None = None
    error_code: str | None = None
    turns: tuple[TurnFigures, ...] = ()
    truncated: bool | None = None
    refused: bool | None = None
    retried: bool | None = None
    versions: tuple[str, ...] = ()
    duration: float | None = None
    cost: float | None = None
    score: float | None = None
    unscored: bool = False
    scenario_name: str | None = None
    dimensions: tuple[tuple[str, float | str], ...] = ()
