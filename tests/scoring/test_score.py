"""`score.py` as its caller meets it."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from common.scoring.documents import ScoreResult
from support.answers import SCALES
from support.workers import run_worker, strict_document

RESULT: Final = TypeAdapter[Any](ScoreResult)


def job(*answers: Any, scale: str = "likert", **fields: Any) -> dict[str, Any]:
    """A job of answers: texts, or transcripts."""
    items = [
        {"id": f"t{place}", "answer": item} if isinstance(item, str) else item for place, item in enumerate(answers)
    ]
    return {"scale": SCALES[scale], "transcripts": items, **fields}


def scored(document: Any, **options: Any) -> Any:
    """The document of a job that succeeds; it is of the published form."""
    found = run_worker("score.py", document, **options).document
    assert found["success"] is True, found
    RESULT.validate_python(found)
    return found


def test_each_answer_has_its_outcome_in_the_order_of_the_job() -> None:
    """With the IDs of its transcript, the hash of the answer, the span that decided, and the parser's version."""
    item = {"id": "x", "probeId": "p", "modelId": "m", "scenarioId": "s", "sampleIndex": 2, "answer": "é: **Neutral**."}
    document = scored(job("I strongly oppose this.", item, runId="r", jobId="j"))
    assert (document["runId"], document["jobId"], document["spanUnit"]) == ("r", "j", "codePoint")
    assert document["scale"] == {"kind": "labels", "min": 1, "max": 5}
    first, second = document["scores"]
    assert (first["index"], first["id"], first["class"], first["score"]) == (0, "t0", "marked", 1)
    assert {name: second[name] for name in ("id", "probeId", "modelId", "scenarioId", "sampleIndex")} == {
        name: item[name] for name in ("id", "probeId", "modelId", "scenarioId", "sampleIndex")
    }
    assert second["answerSha256"] == hashlib.sha256(str(item["answer"]).encode()).hexdigest()
    assert document["counts"]["marked"] == 1
    assert sum(document["counts"].values()) == 2


def test_the_span_is_counted_in_code_points() -> None:
    """An emoji counts one, whatever it takes in UTF-16 or UTF-8."""
    text = "👍👍 **Neutral**"
    [outcome] = scored(job(text))["scores"]
    assert text[outcome["span"]["start"] : outcome["span"]["end"]] == "Neutral"


def turns(*answers: str, **metadata: Any) -> list[dict[str, Any]]:
    """Turns as probe.py writes them."""
    labels = ["scenario_prompt", *(f"followup_{number}" for number in range(1, 10))]
    return [
        {"promptLabel": label, "targetResponse": text, "providerMetadata": metadata}
        for label, text in zip(labels, answers, strict=False)
    ]


@pytest.mark.parametrize(
    ("turn", "score"), [(None, 5), ("first", 5), ("last", 1), ("followup_1", 3), ("nowhere", None)]
)
@pytest.mark.parametrize("place", ["turns", "content", "transcript"])
def test_the_turn_is_declared(turn: str | None, score: float | None, place: str) -> None:
    """The first, the last, or one by its label; a conversation without that turn has no answer."""
    spoken = turns("Strongly support", "Neutral", "Strongly oppose")
    item = {place: spoken if place == "turns" else {"turns": spoken}}
    [outcome] = scored(job(item, **({"turn": turn} if turn else {})))["scores"]
    assert outcome["score"] == score
    if score is None:
        assert (outcome["rule"], outcome["answerSha256"]) == ("no_turn", None)


def test_a_transcript_without_turns_has_no_answer() -> None:
    """A probe that failed may stand among the others."""
    [outcome] = scored(job({"id": "x", "modelId": "m", "error": {"code": "TIMEOUT"}}))["scores"]
    assert (outcome["class"], outcome["rule"], outcome["score"]) == ("none", "no_answer", None)


def test_a_label_at_the_cut_end_of_an_answer_may_be_half_of_another() -> None:
    """What is cut off is not read to its end; what stands before is."""
    cut, early = (
        {"turns": turns(text, truncated=True)}
        for text in ("My answer is: support", "Oppose. The reasons for this are man")
    )
    first, second = scored(job(cut, early, scale="support"))["scores"]
    assert (first["class"], first["score"]) == ("ambiguous", None)
    assert second["score"] == 1


def test_the_providers_word_for_a_refusal_counts_where_there_is_no_decision() -> None:
    """And only there."""
    plain, decided = (
        {"turns": turns(text, finishReason="refusal")} for text in ("Let us talk of other things.", "Neutral")
    )
    first, second = scored(job(plain, decided))["scores"]
    assert (first["class"], second["class"]) == ("refusal", "exact")


def test_a_flipped_score_is_turned_back_and_the_raw_one_is_kept() -> None:
    """For the job, or for one transcript."""
    items = [{"answer": "Somewhat support", "orientation": "normal"}, {"answer": "Somewhat support"}]
    plain, flipped = scored(job(*items, orientation="flipped"))["scores"]
    assert (plain["score"], plain["label"], plain["rawScore"]) == (4, "Somewhat support", 4)
    assert (flipped["score"], flipped["label"]) == (2, "Somewhat oppose")
    assert (flipped["rawScore"], flipped["rawLabel"], flipped["orientation"]) == (4, "Somewhat support", "flipped")


@pytest.mark.measured
def test_options_are_turned_by_their_mirrors() -> None:
    """Two without a word; more of them as declared; else the job is refused."""
    [outcome] = scored(job("B", scale="ab", orientation="flipped"))["scores"]
    assert (outcome["label"], outcome["rawLabel"], outcome["score"]) == ("A", "B", None)
    refused = run_worker("score.py", job("Lie", scale="deeds", orientation="flipped")).error
    assert refused["code"] == "VALIDATION_ERROR"
    assert "mirror" in refused["message"]
    options = [
        {"label": "Left", "mirror": "Right"},
        {"label": "Right", "mirror": "Left"},
        {"label": "Middle", "mirror": "Middle"},
    ]
    declared = {"kind": "options", "options": options}
    items = [{"answer": text, "orientation": "flipped"} for text in ("Left", "Middle")]
    outcomes = scored({"scale": declared, "transcripts": items})["scores"]
    assert [outcome["label"] for outcome in outcomes] == ["Right", "Middle"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scale": None}, "scale"),
        ({"scale": {"kind": "numbers", "min": 5, "max": 1}}, "scale.max"),
        (
            {"scale": {"kind": "labels", "labels": [{"label": "A", "score": 1}, {"label": " a.", "score": 2}]}},
            "the same",
        ),
        (
            {
                "scale": {
                    "kind": "labels",
                    "labels": [{"label": "A", "score": 1, "colour": 1}, {"label": "B", "score": 2}],
                }
            },
            "colour",
        ),
        ({"scale": {"kind": "guess"}}, "scale"),
        ({"scale": {"kind": "options", "options": [{"label": "A"}, {"label": "B", "mirror": "C"}]}}, "mirror"),
        ({"marker": {}}, "marker"),
        ({"marker": {"behind": "x"}}, "behind"),
        ({"orientation": "sideways"}, "orientation"),
        ({"transcripts": None}, "transcripts"),
        ({"transcripts": [{"answer": 4}]}, "transcripts[0].answer"),
        ({"overrides": [{"id": "t0", "score": 9, "reason": "r", "who": "w"}]}, "overrides[0].score"),
        ({"overrides": [{"id": "t0", "score": 1, "reason": "r", "who": "w"}] * 2}, "overrides[1].id"),
        ({"judge": {"modelId": "gpt-4o"}}, "instructions"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(change: dict[str, Any], said: str) -> None:
    """Before anything is read or asked."""
    error = run_worker("score.py", {**job("Neutral"), **change}).error
    assert error["code"] == "VALIDATION_ERROR"
    assert said in error["message"]


def test_fields_may_stand_in_any_order() -> None:
    """Also behind the transcripts."""
    document = job("Final judgment: Neutral", turn="first", marker={"after": "Final judgment:"})
    turned_round = dict(reversed(document.items()))
    assert scored(turned_round)["scores"] == scored(document)["scores"]


def test_a_key_that_nobody_knows_is_warned_of() -> None:
    """Beside the job's own fields; within a scale or a marker it is refused."""
    assert scored(job("Neutral", colour="red"))["warnings"] == ["colour: unknown key, not used; check its spelling"]


def test_people_have_the_last_word_and_are_the_yardstick() -> None:
    """What they replace is kept beside it, and the parser is measured by them."""
    overrides = [
        {"id": "t0", "score": 4, "reason": "irony", "who": "Ada"},
        {"id": "p1", "score": None, "reason": "no decision", "who": "Ada"},
        {"id": "t2", "score": 5, "reason": "read again", "who": "Ada"},
        {"id": "elsewhere", "score": 1, "reason": "r", "who": "Ada"},
    ]
    document = job(
        "Strongly oppose", {"probeId": "p1", "answer": "It depends."}, "Strongly support", overrides=overrides
    )
    result = scored(document)
    first, second, third = result["scores"]
    assert (first["class"], first["score"], first["label"]) == ("manual", 4, "Somewhat support")
    assert first["override"] == {"who": "Ada", "reason": "irony"}
    assert first["replaced"] == {"class": "exact", "rule": "whole_answer", "score": 1, "label": "Strongly oppose"}
    assert (second["class"], second["score"]) == ("manual", None)
    assert third["replaced"]["score"] == third["score"] == 5
    yardstick = result["agreement"]["parser"]
    assert (yardstick["n"], yardstick["equal"], yardstick["share"]) == (3, 2, pytest.approx(2 / 3))
    assert yardstick["agreement"]["n"] == 2
    assert [text for text in result["warnings"] if "elsewhere" in text]


@pytest.mark.measured
def test_on_a_nominal_scale_people_give_labels() -> None:
    """And a score there is refused."""
    overrides = [{"id": "t0", "label": "B", "reason": "r", "who": "w"}]
    [outcome] = scored(job("A", scale="ab", overrides=overrides))["scores"]
    assert (outcome["label"], outcome["score"], outcome["replaced"]["label"]) == ("B", None, "A")
    wrong = job("A", scale="ab", overrides=[{"id": "t0", "score": 1, "reason": "r", "who": "w"}])
    assert "nominal" in run_worker("score.py", wrong).error["message"]


@pytest.mark.measured
@pytest.mark.parametrize("args", [("--check",), ("--check", "--jsonl")])
def test_a_check_looks_at_the_fields_and_leaves_the_answers_alone(args: tuple[str, ...]) -> None:
    """A judge is not asked, and needs no key; with answers or without, what is wrong is named by its path."""
    judged = job("Neither here nor there", judge={"modelId": "gpt-4o", "instructions": "Which of them is meant?"})
    for answers in (judged["transcripts"], None):
        run = run_worker("score.py", {**judged, "transcripts": answers}, args=args, checked=False)
        assert run.document["success"], run.document
        assert run.document["scores"] == []
    wrong = {**judged, "scale": {"kind": "labels", "labels": []}}
    assert "scale.labels" in run_worker("score.py", wrong, args=args, checked=False).error["message"]


@pytest.mark.measured
def test_many_jobs_in_one_process() -> None:
    """One result a line; a bad line is a failure of its own."""
    good = json.dumps(job("Neutral", jobId="a")).encode()
    bad = json.dumps({"scale": 1, "jobId": "b", "transcripts": []}).encode()
    run = run_worker("score.py", b"\n".join((good, bad, b"", good)), args=("--jsonl",), checked=False)
    assert run.status == 0
    documents = sorted(
        (strict_document(line + b"\n") for line in run.stdout.splitlines()), key=lambda item: item["line"]
    )
    assert [(item["line"], item["success"]) for item in documents] == [(1, True), (2, False), (4, True)]
    assert documents[0]["scores"][0]["score"] == 3
    for document in documents:
        RESULT.validate_python(document)


def test_each_job_of_many_is_read_by_its_own_scale() -> None:
    """Also where scales that were declared before are kept, and more come than are kept."""
    jobs = []
    for number in range(80):
        labels = [{"label": "Yes", "score": number}, {"label": "No", "score": number + 1}]
        declared = {"kind": "labels", "labels": labels}
        jobs.append({"scale": declared, "jobId": f"j{number}", "transcripts": [{"answer": "Final: no"}]})
        jobs.append({**jobs[-1], "marker": {"after": "Final:"}})
    lines = b"\n".join(json.dumps(item).encode() for item in jobs)
    run = run_worker("score.py", lines, args=("--jsonl",), checked=False)
    documents = [strict_document(line + b"\n") for line in run.stdout.splitlines()]
    assert len(documents) == 160
    for item in documents:
        [outcome] = item["scores"]
        assert outcome["score"] == int(item["jobId"][1:]) + 1
        assert outcome["rule"] == ("whole_answer" if item["line"] % 2 else "marker")
