"""Simulated answers that decide, and the parser's reading of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httpx
import pytest

from simulator.decisions import FORMS
from support.answers import parser, value_of

Ask = Callable[..., httpx.Response]
LABELS: Final = "Strongly support|Somewhat support|Neutral|Somewhat oppose|Strongly oppose"
MODELS: Final = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano")


def said(ask: Ask, prompt: str, model: str = "gpt-4o") -> str:
    """The words of a simulated answer."""
    text: str = ask("openai", prompt, model).json()["choices"][0]["message"]["content"]
    return text


@pytest.mark.parametrize(
    ("form", "kind", "score"),
    [
        ("alone", "exact", 2),
        ("reason", "exact", 2),
        ("prose", "marked", 2),
        ("marked", "marked", 2),
        ("conceded", "marked", 2),
        ("negated", "none", None),
        ("refusal", "refusal", None),
    ],
)
def test_one_label_in_every_form(ask: Ask, form: str, kind: str, score: float | None) -> None:
    """The parser finds the label where the form decides on it, and nothing where it does not."""
    text = said(ask, f'What now? [[sim decide="Somewhat oppose" decide-as={form}]]')
    reading = parser("likert", "Final judgment:" if form == "marked" else None).read(text)
    assert (reading.kind, value_of(reading)) == (kind, score)


@pytest.mark.parametrize(("form", "kind"), [("scale", "none"), ("both", "ambiguous")])
def test_several_labels_without_a_decision(ask: Ask, form: str, kind: str) -> None:
    """A scale that is repeated, and a model that contradicts itself."""
    assert parser("likert").read(said(ask, f'[[sim decide="{LABELS}" decide-as={form}]]')).kind == kind


def test_every_form_has_been_tried() -> None:
    """A form that is added needs a reading here."""
    assert set(FORMS) == {"alone", "reason", "prose", "marked", "conceded", "negated", "scale", "both", "refusal"}


@pytest.mark.parametrize("form", ["alone", "prose", "conceded"])
def test_a_number(ask: Ask, form: str) -> None:
    """In words of its own or alone."""
    assert value_of(parser("five").read(said(ask, f"[[sim decide=4 decide-as={form}]]"))) == 4


def test_of_several_labels_the_model_and_the_prompt_choose_one(ask: Ask) -> None:
    """The same each time, and not the same for all models."""
    prompt = f'What now? [[sim decide="{LABELS}"]]'
    once = [said(ask, prompt, model) for model in MODELS]
    assert once == [said(ask, prompt, model) for model in MODELS]
    assert set(once) <= set(LABELS.split("|"))
    assert len(set(once)) > 1


def test_the_marker_can_be_another(ask: Ask) -> None:
    """What the prompt asked for."""
    text = said(ask, '[[sim decide=Neutral decide-as=marked decide-marker="My verdict:"]]')
    assert "**My verdict:** Neutral" in text


def test_an_unknown_form_is_refused(ask: Ask) -> None:
    """As every directive that is not understood."""
    assert ask("openai", "[[sim decide-as=loudly]]").status_code == 418
