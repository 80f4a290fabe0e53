"""The sentences with which the page opens: true, also where a run cannot say much."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from common.analysis.report.dimensions_part import dimensions_section
from common.analysis.report.pairs_part import downhill, pairs_section
from common.analysis.report.reliability_part import reliability_section
from common.analysis.report.summary_part import summary_section
from support.transcripts import computed, scored, transcript


def sentences(items: list[dict[str, Any]], **job: Any) -> list[str]:
    """Those of this run, as a reader sees them."""
    found: Any = computed(items, **job)
    return [plain(item) for item in re.findall(r"<li>(?!<i)(.*)</li>", summary_section(found))]


def plain(markup: str) -> str:
    """The words alone."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


ALIKE = [3.0, 4, 2, 5, 3, 4, 2, 4]


@pytest.mark.parametrize(
    ("items", "said", "unsaid"),
    [
        (scored({"a": ALIKE}), "a has a mean of 3.38 [", "No scenario shows"),
        (scored({"a": ALIKE}), "over 8 scenarios. No other model has scores, so nothing is compared.", "differ"),
        (scored({"a": ALIKE, "b": ALIKE}), "No scenario shows a difference between any two models.", "of 1 pairs"),
        (
            [transcript("a", "x", score=1), transcript("b", "y", score=5)],
            "No two models have scores of the same scenario, so none are compared.",
            "highest mean",
        ),
        (
            [*scored({"a": ALIKE, "b": ALIKE[::-1]}), transcript("mute", "s00"), transcript("none", "s01")],
            "Without any score, and so not compared: mute, none.",
            "all 4 models",
        ),
        (
            [*scored({"a": ALIKE}), transcript("a", "x", turns=[]), transcript("a", "y", summary={"class": "refusal"})],
            "a refused: 11.1 [",
            "of its transcripts",
        ),
        (scored({"a": []}), "No transcript has a score", "mean"),
    ],
)
def test_a_run_that_compares_little_is_said_to(items: list[dict[str, Any]], said: str, unsaid: str) -> None:
    """In place of a sentence that a reader could take for a finding."""
    found = sentences(items)
    assert any(said in sentence for sentence in found), found
    assert not any(unsaid in sentence for sentence in found), found


def test_a_pair_is_told_from_its_higher_model() -> None:
    """Whichever comes first in the alphabet; and the summary says what such a run could have missed."""
    items = scored({"a": [1.0, 2, 1, 2, 1, 2, 1, 2], "z": [4.0, 5, 4, 4, 4, 5, 4, 4]})
    found: Any = computed(items)
    [pair] = found["comparisons"]["pairs"]
    assert (pair["models"], pair["difference"]) == (["a", "z"], -2.75)
    turned = downhill(pair)
    assert (turned.higher, turned.lower, turned.difference) == ("z", "a", 2.75)
    assert (turned.interval["low"], turned.interval["high"]) == (-pair["interval"]["high"], -pair["interval"]["low"])
    assert turned.effect_size == -pair["effectSize"]
    assert "z less a" in plain(pairs_section(found["comparisons"]))
    said = sentences(items)
    assert any(sentence.startswith("The largest difference: z less a is +2.75 [") for sentence in said), said
    least = f"Any two models that differ by {pair['detectableHolm']:.2f} points or more would be told apart"
    assert f"{least} by such a run four times out of five." in said


def test_options_and_runs_have_sentences_of_their_own() -> None:
    """Who chooses differently, and whether a model has changed between the runs."""
    chosen = [
        transcript(model, f"s{place}", score="help" if model == "a" or place < 2 else "leave")  # type: ignore[arg-type] # a name
        for model in "ab"
        for place in range(20)
    ]
    said = sentences(chosen, scale={"options": ["help", "leave"]})
    assert said[:2] == [
        "1 of 1 pairs of models choose differently.",
        "Furthest apart are a and b: their shares differ by 0.90 (0: the same shares, 1: no option in common).",
    ]
    runs = [
        transcript(
            model,
            f"s{place}",
            score=2 + (place % 2) + (run == "june" and model == "a"),
            runId=run,
            id=f"{run}{model}{place}",
        )
        for run in ("may", "june")
        for model in "ab"
        for place in range(12)
    ]
    said = sentences(runs, runs=[{"runId": "may"}, {"runId": "june"}])
    assert said[0].startswith("Between the runs 1 of 2 comparisons of a model with itself show a change;"), said
    assert "the largest is a, june less may: +1.00" in said[0]


def test_an_effect_of_one_model_names_the_level_that_it_stands_against() -> None:
    """A model that answered too little at the first level is compared with the second."""
    stakes = ["high", "low", "mid"]
    items = [
        transcript(model, f"s{place:02}", score=1 + place % 3, scenario={"dimensions": {"stakes": stakes[place % 3]}})
        for model in "ab"
        for place in range(18)
        if model == "a" or place % 3 or place < 9
    ]
    found: Any = computed(items)["dimensions"]
    models = plain(dimensions_section(found)).partition("Model by model")[2]
    assert "low against high +1.00" in models
    assert "mid against low +1.00" in models


def test_the_plan_says_that_it_is_for_an_average_model() -> None:
    """One model varies between all scores, the other hardly: the first has a wider interval than is planned."""
    found: Any = computed(scored({"a": [1.0, 5] * 6, "b": [3.0, 3, 3, 4] * 3}), precision=0.5)
    page = plain(reliability_section(found["reliability"]))
    assert "scenarios, for the mean of an average model" in page
    assert "scenarios, for an average difference of two" in page
