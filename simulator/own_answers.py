"""Answers of the user's own, by model and scenario: a whole study can be rehearsed with the texts that it expects."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulator.question import Question

ANY: Final = "*"
# Of a preamble; a text of somebody else may have any number.
MOST_PARAGRAPHS: Final = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom an answer is for.

    Attributes:
        place: where it stands in the file.
        model: with `*` for any characters; the provider before it, and a colon, may be named.
        scenario: its ID, where the run's file is known, or its prompt; with `*` likewise.
        turn: counted from 1, or None for each.
        answers: the samples of a scenario get one after the other, and then from the first on.
    """

    place: str
    model: str
    scenario: str
    turn: int | None
    answers: tuple[str, ...]


class OwnAnswers:
    """The rules of a file, in its order.

    Args:
        rules: the first that fits is given.
        scenarios: prompt to ID, where the run's file is known. Other questions, such as a judge's, are then left alone.
    """

    def __init__(self, rules: list[Rule], scenarios: dict[str, str] | None = None) -> None:
        self._rules = rules
        self._scenarios = scenarios
        self._given: Counter[tuple[int, str, str, int]] = Counter()

    def answer(self, provider: str, question: Question) -> str | None:
        """What is to be answered, or None where no rule is for this question."""
        prompt = next((part.text for part in question.parts if part.role == "user"), "")
        names = [prompt]
        if self._scenarios is not None:
            known = _scenario_of(prompt, self._scenarios)
            if known is None:
                return None
            names.append(known)
        for index, rule in enumerate(self._rules):
            if (
                rule.turn in {None, question.turns}
                and _fits_model(rule.model, question.model, provider)
                and any(fits(rule.scenario, name) for name in names)
            ):
                given = (index, question.model, prompt, question.turns)
                self._given[given] += 1
                return rule.answers[(self._given[given] - 1) % len(rule.answers)]
        return None

    def forget(self) -> None:
        """Begin with the first sample of each."""
        self._given.clear()


def fits(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern says, in which `*` stands for any characters; in time that grows with both."""
    first, *rest = pattern.split(ANY)
    if not rest:
        return pattern == text
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _fits_model(pattern: str, model: str, provider: str) -> bool:
    return fits(pattern, model) or fits(pattern, f"{provider}:{model}")


def _scenario_of(prompt: str, scenarios: dict[str, str]) -> str | None:
    known = scenarios.get(prompt)
    if known is not None:
        return known
    # The preamble may stand before it, a blank line between.
    rest = prompt
    for _ in range(MOST_PARAGRAPHS):
        _, blank, rest = rest.partition("\n\n")
        if not blank or rest in scenarios:
            break
    return scenarios.get(rest)
