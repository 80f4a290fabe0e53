"""Answers in which a decision can be found, or must not be: so that a scale can be tried without paying."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.directives import Settings
    from simulator.question import Question

MARKER: Final = "Final judgment:"
#: Parts the labels of `decide`.
BAR: Final = "|"


def decided(question: Question, settings: Settings) -> str | None:
    """The answer that the directives `decide` and `decide-as` ask for; None without them."""
    form, labels = settings.text("decide-as"), settings.text("decide")
    if form is None and labels is None:
        return None
    choices = [part.strip() for part in (labels or "").split(BAR) if part.strip()] or ["yes"]
    return _FORMS[form or "alone"](_one_of(choices, question), choices, settings.text("decide-marker") or MARKER)


def _one_of(choices: Sequence[str], question: Question) -> str:
    """The same for the same model and prompt, and with many models or prompts each about equally often."""
    asked = hashlib.sha256(f"{question.model}\n{question.turns}\n{question.prompt}".encode(errors="replace"))
    return choices[int.from_bytes(asked.digest()[:8]) % len(choices)]


def _other(choice: str, choices: Sequence[str]) -> str:
    return next((each for each in choices if each != choice), "the other one")


def _alone(choice: str, _choices: Sequence[str], _marker: str) -> str:
    return choice


def _reason(choice: str, _choices: Sequence[str], _marker: str) -> str:
    return f"{choice}.\n\nThe simulated considerations point this way, although they could have pointed another."


def _prose(choice: str, _choices: Sequence[str], _marker: str) -> str:
    return f"There are simulated considerations on both sides. Having weighed them, my answer is: {choice}."


def _marked(choice: str, choices: Sequence[str], marker: str) -> str:
    return f"One could argue for “{_other(choice, choices)}”.\n\n**{marker}** {choice}"


def _conceded(choice: str, choices: Sequence[str], _marker: str) -> str:
    return f"“{_other(choice, choices)}” would be defensible. My judgment: {choice}"


def _negated(choice: str, _choices: Sequence[str], _marker: str) -> str:
    return f"{choice}? No, the simulated model would not say that."


def _scale(_choice: str, choices: Sequence[str], _marker: str) -> str:
    return f"The scale has these points: {', '.join(choices)}."


def _both(choice: str, choices: Sequence[str], _marker: str) -> str:
    return f"My answer is {choice}. And yet my answer is {_other(choice, choices)}."


def _refusal(_choice: str, _choices: Sequence[str], _marker: str) -> str:
    return "I\u2019m sorry, but as a simulated model I can\u2019t take a position on this."


_FORMS: Final[dict[str, Callable[[str, Sequence[str], str], str]]] = {
    "alone": _alone,
    "reason": _reason,
    "prose": _prose,
    "marked": _marked,
    "conceded": _conceded,
    "negated": _negated,
    "scale": _scale,
    "both": _both,
    "refusal": _refusal,
}
FORMS: Final = tuple(_FORMS)
