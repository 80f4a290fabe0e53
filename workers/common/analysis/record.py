"""What is kept of a transcript: figures and names, no text of a question or an answer."""

from __future__ import annotations

from typing import NamedTuple

Score = float | str


class TurnFigures(NamedTuple):
    """One question and its answer; None is a figure that is not known."""

    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cached_input_tokens: int | None
    answer_words: int | None


class ScenarioFigures(NamedTuple):
    """What a transcript says of its scenario.

    Attributes:
        name: for people.
        dimensions: what the scenario varies, sorted by name.
        family: what it shares with its variants: one dilemma, its paraphrases, the two orders.
        pair: what it shares with the same scenario in the opposite order.
        turned: whether its scale or options stand in the opposite order; None where that is not said.
        template: the template that it was built from.
    """

    name: str | None = None
    dimensions: tuple[tuple[str, float | str], ...] = ()
    family: str | None = None
    pair: str | None = None
    turned: bool | None = None
    template: str | None = None


NO_SCENARIO = ScenarioFigures()


class Asked(NamedTuple):
    """What was asked and how, as far as two runs must have it in common to be compared.

    Attributes:
        run: the run that the transcript says it is of.
        prompts: a digest of the prompts of its turns; None where a turn does not say.
        preamble: a digest of the preamble; None where it is not said.
        temperature: that the job wanted; None where it left that to the provider, or it is not said.
    """

    run: str | None = None
    prompts: int | None = None
    preamble: int | None = None
    temperature: float | None = None


NOT_SAID = Asked()


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
        cost: of the conversation, or of what a failed probe paid, in US dollars.
        score: the decision as it came: a number, or the name of an option; its bounds are those of the job's scale.
        unscored: whether a summary came and says that there is no score.
        as_asked: whether the score was turned back to the scale's own order before it came here.
        turn_scores: the decision in each turn, where turns have one; None for a turn without.
        time: of the last thing known of it, in seconds since 1970; decides between two under one ID.
        about: what it says of its scenario.
        asked: what two runs must have in common.
        reused: whether it was taken over from an earlier run.
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
    score: Score | None = None
    unscored: bool = False
    as_asked: bool = False
    turn_scores: tuple[Score | None, ...] = ()
    time: float | None = None
    about: ScenarioFigures = NO_SCENARIO
    asked: Asked = NOT_SAID
    reused: bool = False
