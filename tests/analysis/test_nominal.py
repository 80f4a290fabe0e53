"""A scale of options without an order."""

from __future__ import annotations

from typing import Any

import pytest

from support.transcripts import analysis, computed, transcript

SCALE = {"options": ["spare", "swerve", "stop"]}


def choosing(choices: dict[str, list[str]], **scenario: Any) -> list[dict[str, Any]]:
    """For each model a choice in each scenario."""
    return [
        transcript(model, f"s{place:02}", score=name, scenario=scenario)  # type: ignore[arg-type] # a name
        for model, names in choices.items()
        for place, name in enumerate(names)
    ]


def test_options_have_shares() -> None:
    """Names that are none of the options, and numbers, are left out and named."""
    found = computed(
        [*choosing({"m": ["spare", "stop", "spare", "spare", "run"]}), transcript("m", "s9", score=3)], scale=SCALE
    )
    nominal = found["nominal"]
    (model,) = nominal["models"]
    assert (model["conditions"], model["scores"]) == (4, 4)
    assert [(entry["option"], entry["share"]["count"]) for entry in model["options"]] == [
        ("spare", 3),
        ("swerve", 0),
        ("stop", 1),
    ]
    assert model["entropyBits"] == pytest.approx(0.8112781245)
    assert (found["decisions"], found["agreement"], found["comparisons"]) == (None, None, None)
    assert any("one of the scale's options or null; others are left out; 2 times" in text for text in found["warnings"])


def test_a_choice_that_is_missing_makes_no_scale_of_numbers() -> None:
    """One answer of three chose nothing, or all of them: there is no lowest score and no mean."""
    items = [*choosing({"m": ["spare", "stop"]}), transcript("m", "s9", summary={"score": None, "label": None})]
    assert computed(items, scale=SCALE)["decisions"] is None
    assert computed(items[2:], scale=SCALE)["decisions"] is None


def test_what_the_scorer_says_of_an_option_is_taken_as_it_is() -> None:
    """A label, and no score."""
    items = [transcript("m", f"s{place}", summary={"score": None, "label": "stop"}) for place in range(3)]
    items.append(transcript("m", "s9", summary={"score": None, "label": None}))
    (model,) = computed(items, scale=SCALE)["nominal"]["models"]
    assert (model["scores"], model["nullScores"], model["options"][2]["share"]["count"]) == (3, 1, 3)
    # On a scale of numbers the same says that there is no score.
    numbers = computed([*items, transcript("m", "s5", score=4)])["decisions"]["models"][0]
    assert (numbers["scores"], numbers["nullScores"]) == (1, 4)


def test_two_models_are_compared_by_what_they_chose_in_each_scenario() -> None:
    """Six of eight differ, all in one direction: two of 2^6 changes of places are as far apart."""
    choices = {"a": ["spare"] * 6 + ["stop"] * 2, "b": ["swerve"] * 6 + ["stop"] * 2}
    found = computed(choosing(choices), scale=SCALE)["nominal"]
    (pair,) = found["pairs"]
    assert (pair["n"], pair["distance"], pair["p"], pair["how"]) == (8, 0.75, 2 / 64, "exact")
    assert (pair["sameOption"]["count"], pair["verdict"]) == (2, "different")
    assert pair["alphaNominal"]["value"] == found["alphaNominal"]["value"]


def test_models_that_choose_the_same_shares_in_other_scenarios_do_not_differ() -> None:
    """But they do not agree."""
    (pair,) = computed(choosing({"a": ["spare", "stop"] * 5, "b": ["stop", "spare"] * 5}), scale=SCALE)["nominal"][
        "pairs"
    ]
    assert (pair["distance"], pair["p"], pair["verdict"]) == (0.0, 1.0, "not shown")
    assert pair["alphaNominal"]["value"] < -0.8
    (same,) = computed(choosing({"a": ["spare"] * 5, "b": ["spare"] * 5}), scale=SCALE)["nominal"]["pairs"]
    assert (same["p"], same["reason"]) == (None, "both chose the same in all of these scenarios")


def test_the_scenarios_on_which_choices_differ_most_come_first() -> None:
    """All apart is 1; one of three apart is two pairs of three; with one of its two samples half of that."""
    items = choosing({"a": ["spare", "stop", "spare", "stop"], "b": ["swerve", "stop", "spare", "stop"]})
    items += choosing({"c": ["stop", "spare", "spare"]})
    items += [
        transcript("c", "s02", 1, score="stop"),  # type: ignore[arg-type] # a name
        transcript("d", "s09", score="stop"),  # type: ignore[arg-type] # a name
    ]
    differing = computed(items, scale=SCALE)["nominal"]["differing"]
    assert [(entry["scenarioId"], entry["distance"]) for entry in differing] == [
        ("s00", 1.0),
        ("s01", pytest.approx(2 / 3)),
        ("s02", pytest.approx(1 / 3)),
    ]
    assert differing[2]["answers"] == [
        {"modelId": "a", "option": "spare", "share": 1.0, "transcriptIds": ["a/s02/0"]},
        {"modelId": "b", "option": "spare", "share": 1.0, "transcriptIds": ["b/s02/0"]},
        {"modelId": "c", "option": "spare", "share": 0.5, "transcriptIds": ["c/s02/0", "c/s02/1"]},
    ]
    assert (differing[0]["models"], differing[0]["name"]) == (3, None)


def test_a_dimension_moves_choices() -> None:
    """Every choice at the high level is another one than at the low."""
    items = [
        transcript(
            model,
            f"s{place:02}",
            score="stop" if place % 2 else "spare",  # type: ignore[arg-type] # a name
            scenario={"dimensions": {"stakes": ["low", "high"][place % 2], "odd": place // 2 % 2}},
        )
        for model in "ab"
        for place in range(20)
    ]
    odd, stakes = computed(items, scale=SCALE)["nominal"]["dimensions"]
    assert (stakes["name"], stakes["explained"], stakes["n"]) == ("stakes", 1.0, 20)
    assert stakes["p"] < 0.005
    assert odd["p"] > 0.5
    high = stakes["levels"][0]
    assert (high["level"], [entry["share"]["share"] for entry in high["options"]]) == ("high", [0.0, 0.0, 1.0])


def test_the_worker_takes_the_scale_wherever_it_stands_in_the_job() -> None:
    """Behind the transcripts, too."""
    assert analysis(choosing({"m": ["spare"]}), scale=SCALE)["nominal"]["models"][0]["scores"] == 1


def test_options_of_scenarios_that_nothing_links_are_not_compared() -> None:
    """A lone model that chooses otherwise at one level alone is no effect of the level."""
    chosen = [
        transcript(model, f"s{place:02}", summary={"score": "help"}, scenario={"dimensions": {"stakes": "low"}})
        for model in "ab"
        for place in range(6)
    ]
    lone = [
        transcript("lone", f"x{place}", summary={"score": "leave"}, scenario={"dimensions": {"stakes": "high"}})
        for place in range(5)
    ]
    found = computed([*chosen, *lone], scale={"options": ["help", "leave"]})
    (dimension,) = found["nominal"]["dimensions"]
    assert (dimension["n"], dimension["p"]) == (6, None)
    assert any("5 scenarios share no model with the others" in text for text in found["warnings"])
