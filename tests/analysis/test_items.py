"""Single items that are odd: doubles, failures that cost, numbers that are none, names that look alike."""

from __future__ import annotations

from typing import Any

import pytest

from common.analysis.reading import Reader
from support.transcripts import analysis, computed, failure, scored, transcript, without_clock
from support.workers import run_worker


def said(found: dict[str, Any], words: str) -> bool:
    """Whether a warning says so."""
    return any(words in text for text in found["warnings"])


def both_ways(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The analysis of the items, which is the same in the opposite order."""
    found = computed(items)
    assert without_clock(computed(items[::-1])) == without_clock(found)
    return found


def test_a_failure_never_displaces_the_answer_under_its_id() -> None:
    """Whichever came later."""
    late = {**failure("m", "s1"), "id": "x", "completedAt": "2026-02-01T00:00:00Z"}
    found = both_ways([transcript("m", "s1", score=4, id="x", completedAt="2026-01-01T00:00:00Z"), late])
    assert (found["transcriptCount"], found["run"]["failedProbes"]) == (1, 0)
    assert found["decisions"]["models"][0]["mean"] == 4.0
    assert said(found, "1 IDs came with an answer and with a failure; the answer counts")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"completedAt": "2026-01-01T10:00:00+02:00"}, {"completedAt": "2026-01-01T09:00:00Z"}),
        ({}, {"content": {"turns": [], "completedAt": "2026-01-01T09:00:00Z"}}),
        ({"createdAt": "2026-01-01"}, {"completedAt": "2026-01-02"}),
    ],
)
def test_of_two_scores_under_one_id_the_newest_counts(first: dict[str, Any], second: dict[str, Any]) -> None:
    """By the time that the item names, in whatever zone; and the reader is told."""
    found = both_ways([transcript(score=2, id="x", **first), transcript(score=5, id="x", **second)])
    assert found["decisions"]["models"][0]["mean"] == 5.0
    assert said(found, "1 IDs came with different scores; the newest by its time counts")


def test_a_copy_that_says_nothing_of_a_score_displaces_none() -> None:
    """A later null is another decision and is warned of; a later copy without a summary is a copy."""
    early = transcript(score=2, id="x", completedAt="2026-01-01")
    copied = both_ways([early, transcript(id="x", completedAt="2026-01-02")])
    assert copied["decisions"]["models"][0]["mean"] == 2.0
    assert not said(copied, "different scores")
    taken_back = both_ways([early, transcript(id="x", summary={"score": None}, completedAt="2026-01-02")])
    assert taken_back["decisions"]["models"][0]["nullScores"] == 1
    assert said(taken_back, "1 IDs came with different scores")
    assert said(taken_back, "no transcript has a score; 1 have null")


def test_what_failed_probes_cost_counts() -> None:
    """The turns that were paid, and the calls of the one that failed; what is not known is null, not 0."""
    paid = {"totalCost": 0.25, "currency": "USD"}
    items = [
        transcript("m", "s1", costSnapshot={"totalCost": 1.0}),
        {**failure("m", "s2"), "partialTranscript": {"turns": [], "costSnapshot": paid}},
        {"modelId": "m", "scenarioId": "s3", "error": {"code": "TIMEOUT", "costSnapshot": paid}, "costSnapshot": paid},
        failure("m", "s4"),
    ]
    (model,) = computed(items)["models"]
    failed = model["perFailedProbe"]["costUsd"]
    assert (failed["sum"], failed["n"], failed["of"]) == (0.75, 2, 3)
    assert (model["perTranscript"]["costUsd"]["sum"], model["costUsd"]) == (1.0, 1.75)
    assert computed([failure("m", "s1")])["models"][0]["costUsd"] is None


ODD = b'{"id": "odd", "modelId": "m", "scenarioId": "s1", "summary": {"score": %b}, "turns": []}'


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999", b"1" * 5_000, b"1" * 400, b"true", b"[1]"])
def test_a_number_that_is_none_costs_its_item_and_not_the_job(number: bytes) -> None:
    """The other score counts; the warning names the one that does not."""
    good = b'{"modelId": "m", "scenarioId": "s2", "summary": {"score": 4}, "turns": []}'
    job = b'{"runId": "r", "transcripts": [' + ODD % number + b", null, 7, " + good + b"]}"
    found = run_worker("analyze_basic.py", job).document["analysis"]
    assert found["decisions"]["models"][0]["scores"] == 1
    assert any(text.startswith("transcripts[].summary.score: ") and "one in odd" in text for text in found["warnings"])
    assert said(found, "transcripts[]: must be an object, and does not count where it is not; 2 times")


def test_numbers_of_the_job_itself_are_still_strict() -> None:
    """There is no other item that could count."""
    job = b'{"runId": "r", "transcripts": [], "precision": NaN}'
    assert "precision: is not a finite number" in run_worker("analyze_basic.py", job).error["message"]


@pytest.mark.parametrize(
    ("fields", "said_of_it"),
    [
        ({"scale": {"min": 5, "max": 1}}, "scale"),
        ({"scale": {"min": 1}}, "scale"),
        ({"scale": {"min": 1, "max": 5, "neutral": 9}}, "scale"),
        ({"scale": {"options": ["a"]}}, "scale.options"),
        ({"scale": {"options": ["a", "a"]}}, "scale"),
        ({"scale": {"options": ["a", "b"], "min": 1}}, "scale"),
        ({"scale": {"min": 1, "max": 5, "middle": 3}}, "scale.middle"),
        ({"equivalenceBound": 0}, "equivalenceBound"),
        ({"precision": "fine"}, "precision"),
        ({"levels": {"stakes": ["low"]}}, "levels.stakes"),
        (
            {"runs": [{"runId": "may"}, {"runId": "june", "scale": {"min": 1, "max": 7}}], "pool": True},
            "pool: the runs have different scales",
        ),
    ],
)
def test_settings_of_the_job_that_cannot_be_are_named(fields: dict[str, Any], said_of_it: str) -> None:
    """VALIDATION_ERROR with the path."""
    error = run_worker("analyze_basic.py", {"runId": "r", "transcripts": [], **fields}).error
    assert error["code"] == "VALIDATION_ERROR"
    assert error["message"].startswith(said_of_it)


@pytest.mark.parametrize(
    "names", [["GPT-4", "gpt-4"], ["gpt-4", "gpt-4 "], ["gpt\u20114", "gpt\u200b\u20114"], ["\uff47pt", "gpt"]]
)
def test_names_that_look_alike_are_warned_of(names: list[str]) -> None:
    """Case, blanks, invisible and wide characters."""
    found = computed(scored({name: [1, 2] for name in names}))
    assert said(found, "1 groups of model IDs look alike and count as different ones")
    same = computed([transcript("m", name, score=1) for name in names])
    assert said(same, "1 groups of scenario IDs look alike")
    assert not said(computed(scored({"gpt-4": [1], "gpt-5": [1]})), "look alike")


def test_the_settings_reach_the_figures() -> None:
    """Through the worker, with every part of its document there."""
    items = scored({"a": [10, 20, 30, 60, 90, 55], "b": [20, 20, 40, 60, 80, 50]})
    found = analysis(items, scale={"min": 0, "max": 100}, equivalenceBound=50.0, precision=5.0)
    assert found["decisions"]["neutral"] == 50.0
    assert found["comparisons"]["pairs"][0]["equivalence"]["bound"] == 50.0
    assert found["reliability"]["plan"]["precision"] == 5.0
    names = {method["id"] for method in found["methodsUsed"]}
    assert names >= {"sign-flip", "detectable", "equivalence", "krippendorff", "variance-components", "holm"}


def test_answers_that_were_taken_over_from_earlier_runs_are_counted() -> None:
    """And the reader is told; without any, the document says nothing of it."""
    items = [transcript("m", "s1", score=4, reused=True), transcript("m", "s2", score=4)]
    found = both_ways(items)
    assert found["run"]["coverage"]["reused"] == 1
    assert said(found, "1 of 2 answers were taken over from earlier runs")
    assert "reused" not in both_ways(items[1:])["run"]["coverage"]


def test_of_two_doubles_the_same_counts_in_every_process() -> None:
    """What is kept of the prompts is no hash of this process alone: of two that are as new, their text decides."""
    item = transcript("m", "s1", score=4, scenario={"preamble": "Be brief. \ud800"})
    record = Reader().record(0, item)
    assert record is not None
    assert (record.asked.prompts, record.asked.preamble) == (47912658948823011, 10721857861908258235)
