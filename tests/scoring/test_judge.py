"""Judges: what they are asked, what their words are worth, and that no verdict is paid for twice or lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest
from pydantic import TypeAdapter

from common.scoring.documents import ScoreResult
from common.scoring.verdicts import nothing_of, read_verdict
from support.answers import SCALES, scale
from support.live_process import until
from support.workers import WORKERS, begin_worker, run_worker, start_worker, strict_document

if TYPE_CHECKING:
    from simulator import Simulator

RESULT: Final = TypeAdapter[Any](ScoreResult)
UNSETTLED: Final = "Both support and oppose have something for them."


def judged(*answers: str, instructions: str = "Read it.", judge: Any = None, **fields: Any) -> dict[str, Any]:
    """A job with a judge, about answers of another model."""
    items = [{"id": f"t{place}", "modelId": "claude-haiku-4-5", "answer": text} for place, text in enumerate(answers)]
    one = {"modelId": "gpt-4o", "instructions": instructions, **(judge or {})}
    return {"runId": "r", "scale": SCALES["support"], "transcripts": items, "judge": one, **fields}


def scored(document: Any, env: dict[str, str], **options: Any) -> Any:
    """The document of a job that succeeds."""
    found = run_worker("score.py", document, env, **options).document
    assert found["success"] is True, found
    RESULT.validate_python(found)
    return found


def test_a_judge_is_asked_about_what_the_parser_could_not_settle(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """Not about a decision, not about a refusal, and not about silence."""
    answers = ("Support", UNSETTLED, "I won't answer that.", "Let us see.", "")
    document = scored(judged(*answers, instructions="Read it. [[sim decide=Oppose]]"), simulated)
    assert [item["class"] for item in document["scores"]] == ["exact", "judged", "refusal", "judged", "none"]
    outcome = document["scores"][1]
    assert (outcome["score"], outcome["label"], outcome["rule"], outcome["span"]) == (1, "Oppose", "judge", None)
    [verdict] = outcome["verdicts"]
    assert (verdict["kind"], verdict["label"], verdict["modelId"]) == ("label", "Oppose", "gpt-4o")
    metadata = verdict["transcript"]["turns"][0]["providerMetadata"]
    assert (metadata["provider"], metadata["attempts"], metadata["tokenSource"]) == ("openai", 1, "provider")
    assert len(simulator.journal) == document["judge"]["verdicts"] == document["judge"]["asked"] == 2


def test_the_prompt_has_the_instructions_the_labels_and_the_answer(simulated: dict[str, str]) -> None:
    """The answer between two lines that it cannot have foreseen."""
    document = scored(judged(UNSETTLED, instructions="Mind the irony."), simulated)
    prompt = document["scores"][0]["verdicts"][0]["transcript"]["turns"][0]["probePrompt"]
    assert prompt.startswith("Mind the irony.\n")
    assert all(f"- {label}" in prompt for label in ("Support", "Neutral", "Oppose"))
    head, answer, tail = prompt.split(next(line for line in prompt.splitlines() if line.startswith("=====")))
    assert answer == f"\n{UNSETTLED}\n"
    assert head
    assert "none" in tail


@pytest.mark.parametrize(
    ("said", "kind", "score"),
    [
        ("Oppose", "label", 1),
        ("**Oppose.**", "label", 1),
        ("none", "none", None),
        ("I think it opposes.", "unusable", None),
        ("Oppose or Neutral", "unusable", None),
        ("1", "unusable", None),
        ("score: 1", "unusable", None),
    ],
)
def test_a_verdict_is_one_of_the_labels_or_none(
    said: str, kind: str, score: float | None, simulated: dict[str, str]
) -> None:
    """Anything else leaves the answer unscored, and is never taken for a number."""
    document = scored(judged(UNSETTLED, instructions=f'Read it. [[sim decide="{said}"]]'), simulated)
    [outcome] = document["scores"]
    assert outcome["verdicts"][0]["kind"] == kind
    assert outcome["score"] == score
    assert outcome["class"] == ("judged" if score is not None else "ambiguous")


def test_verdicts_on_numbers_are_numbers_of_the_scale() -> None:
    """And on a scale that has a label "none", another word says that there is no decision."""
    five, none = scale(SCALES["five"]), scale({"kind": "options", "options": [{"label": "None"}, {"label": "All"}]})
    assert read_verdict("4", five)[0] == read_verdict(" 3.5 ", five)[0] == "label"
    assert read_verdict("7", five)[0] == read_verdict("4/5", five)[0] == read_verdict("about 4", five)[0] == "unusable"
    assert read_verdict("-2", scale(SCALES["balance"]))[1] == ("-2", -2)
    assert nothing_of(five) == "none"
    assert read_verdict("None", none) == ("label", ("None", None))
    assert read_verdict(nothing_of(none), none)[0] == "none"


@pytest.mark.parametrize("said", ["-2.", '"-2"', "(-2)", "-2!", "\u22122.", "[-2]", ": -2"])
def test_a_verdict_keeps_its_minus_sign(said: str) -> None:
    """Whatever stands around it; on a scale above zero it is no number of the scale."""
    assert read_verdict(said, scale(SCALES["balance"]))[1] == ("-2", -2)
    assert read_verdict(said, scale(SCALES["five"])) == ("unusable", None)


def test_a_verdict_with_a_dash_that_may_be_a_sign_is_unusable() -> None:
    """A blank parts it from its number, or it is a long one; a label with a number keeps its sign too."""
    balance, signed = scale(SCALES["balance"]), scale(SCALES["signed"])
    thirds = scale({"kind": "labels", "labels": [{"label": str(one), "score": one} for one in (-1, 0, 1)]})
    assert all(read_verdict(said, balance)[0] == "unusable" for said in ("- 2", "\u2014 2", "\u20142", "--2", "(-) 2"))
    assert read_verdict("- 2", scale(SCALES["five"]))[1] == ("2", 2)
    assert read_verdict("(-1).", thirds)[1] == ("-1", -1)
    assert read_verdict("(-2 strongly oppose).", signed)[1] == ("-2 strongly oppose", -2)
    assert (
        read_verdict("2 strongly oppose", signed) == read_verdict("-2 strongly support", signed) == ("unusable", None)
    )


def test_several_samples_decide_by_more_than_half_of_them(simulated: dict[str, str], simulator: Simulator) -> None:
    """Their agreement and every verdict are kept."""
    judge = {"samples": 3}
    document = scored(
        judged(UNSETTLED, "Who knows?", instructions="Read. [[sim decide=Neutral]]", judge=judge), simulated
    )
    assert len(simulator.journal) == 6
    assert [len(item["verdicts"]) for item in document["scores"]] == [3, 3]
    assert document["judge"]["agreement"]["n"] == 2
    assert document["judge"]["agreement"]["reason"]


def test_judges_that_disagree_settle_nothing(simulated: dict[str, str]) -> None:
    """Two of them, each with a label of its own: their agreement is that of chance at best."""
    job = judged(UNSETTLED)
    job["judge"] = [
        {"modelId": f"gpt-4o~decide={label}", "instructions": "Read it."} for label in ("Support", "Oppose")
    ]
    document = scored(job, simulated)
    [outcome] = document["scores"]
    assert (outcome["class"], outcome["score"]) == ("ambiguous", None)
    assert {verdict["label"] for verdict in outcome["verdicts"]} == {"Support", "Oppose"}
    assert document["judge"]["agreement"]["alpha"] == 0
    assert document["judge"]["agreement"]["level"] == "ordinal"


def test_a_verdict_on_a_flipped_answer_is_turned_back(simulated: dict[str, str]) -> None:
    """As the parser's own readings are."""
    [outcome] = scored(judged(UNSETTLED, instructions="[[sim decide=Oppose]] Read.", orientation="flipped"), simulated)[
        "scores"
    ]
    assert (outcome["score"], outcome["label"], outcome["rawScore"], outcome["rawLabel"]) == (3, "Support", 1, "Oppose")


def test_asked_about_all_a_judge_changes_no_decision_of_the_parser(simulated: dict[str, str]) -> None:
    """Its verdict stands beside it, and both are measured by the people."""
    overrides = [{"id": "t0", "score": 1, "reason": "r", "who": "w"}]
    job = judged(
        "Support", "Oppose", instructions="[[sim decide=Oppose]] Read.", judge={"scope": "all"}, overrides=overrides
    )
    document = scored(job, simulated)
    first, second = document["scores"]
    assert (first["class"], first["replaced"]["score"], second["class"]) == ("manual", 3, "exact")
    assert first["verdicts"][0]["label"] == second["verdicts"][0]["label"] == "Oppose"
    assert document["agreement"]["parser"]["share"] == 0
    assert document["agreement"]["judge"]["share"] == 1


def test_the_cost_of_the_verdicts_is_known_where_the_prices_are(simulated: dict[str, str]) -> None:
    """A judge is a probe, and is paid like one."""
    judge = {"modelCost": {"costInputPerMillion": 1.0, "costOutputPerMillion": 2.0}}
    report = scored(judged(UNSETTLED, judge=judge), simulated)["judge"]
    assert report["totalCost"] == pytest.approx((report["inputTokens"] + 2 * report["outputTokens"]) / 1e6)
    listed = scored(judged(UNSETTLED), simulated)["judge"]
    assert listed["totalCost"] == pytest.approx((2.5 * listed["inputTokens"] + 10 * listed["outputTokens"]) / 1e6)
    unlisted = judged(UNSETTLED, judge={"modelId": "gpt-4o~decide=Support"})
    assert scored(unlisted, simulated)["judge"]["totalCost"] is None


@pytest.mark.measured
@pytest.mark.parametrize("name", ["claude-haiku-4-5", "anthropic/claude-haiku-4-5"])
def test_the_model_under_test_is_no_judge(name: str, simulated: dict[str, str], simulator: Simulator) -> None:
    """Under whichever of its names; nothing is asked unless the job says so in plain words."""
    error = run_worker("score.py", judged(UNSETTLED, judge={"modelId": name}), simulated).error
    assert error["code"] == "VALIDATION_ERROR"
    assert "mayBeTheModelUnderTest" in error["message"]
    assert not simulator.journal
    judge = {"modelId": name, "mayBeTheModelUnderTest": True}
    assert scored(judged(UNSETTLED, judge=judge), simulated)["judge"]["asked"] == 1


def test_whose_answer_is_judged_must_be_known(simulated: dict[str, str]) -> None:
    """Otherwise nobody could tell whether the judge judges itself."""
    job = judged(UNSETTLED)
    del job["transcripts"][0]["modelId"]
    assert "transcripts[0].modelId" in run_worker("score.py", job, simulated).error["message"]


def test_a_retryable_failure_fails_the_job_with_the_verdicts_that_were_paid_for(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """Handed in again, they are not asked again; the result is that of an undisturbed job."""
    env = {**simulated, "PROBE_MAX_ATTEMPTS": "1"}
    good, bad = UNSETTLED, "Who can tell? [[sim status=500 times=1]]"
    job = judged(good, bad, instructions="Read it. [[sim decide=Neutral]]", jobId="j")
    failed = run_worker("score.py", job, env).document
    RESULT.validate_python(failed)
    assert (failed["error"]["code"], failed["error"]["retryable"]) == ("SERVER_ERROR", True)
    [paid] = failed["verdicts"]
    assert (paid["scenarioId"], paid["modelId"], paid["sampleIndex"], paid["jobId"]) == ("t0", "gpt-4o", 0, "j")
    [vain] = failed["failed"]
    assert (vain["scenarioId"], vain["error"]["code"], "billing" in vain["error"]) == ("t1", "SERVER_ERROR", False)
    document = scored({**job, "verdicts": failed["verdicts"]}, env)
    assert [item["class"] for item in document["scores"]] == ["judged", "judged"]
    assert document["judge"]["resumed"] == 1
    assert len(simulator.journal) == 3
    assert document["scores"][0]["verdicts"][0]["transcript"]["turns"] == [paid["turn"]]


@pytest.mark.measured
def test_a_failure_that_all_verdicts_would_meet_ends_the_job(simulated: dict[str, str]) -> None:
    """A key that is refused; what was handed in with the job is handed back all the same."""
    job = judged(UNSETTLED, "Who can tell?", instructions="Read it.")
    turn = scored(job, simulated)["scores"][0]["verdicts"][0]["transcript"]["turns"][0]
    again = {**job, "verdicts": [{"modelId": "gpt-4o", "sampleIndex": 0, "turn": turn}]}
    again["transcripts"][1]["answer"] = "Who can tell? [[sim error=bad_key]]"
    failed = run_worker("score.py", again, simulated).document
    assert failed["error"]["code"] == "AUTH_ERROR"
    assert [paid["turn"] for paid in failed["verdicts"]] == [turn]


def test_a_failure_about_one_answer_leaves_that_one_unscored(simulated: dict[str, str]) -> None:
    """Another try would not mend it, and the others have theirs."""
    job = judged(UNSETTLED, "Who? [[sim error=content_policy]]", instructions="Read it. [[sim decide=Neutral]]")
    document = scored(job, simulated)
    first, second = document["scores"]
    assert (first["class"], second["class"], second["score"]) == ("judged", "none", None)
    assert second["verdicts"][0]["kind"] == "failed"
    assert second["verdicts"][0]["error"]["code"] == "CONTENT_FILTER"
    assert document["judge"]["failed"] == 1


def test_verdicts_for_other_questions_are_not_used(simulated: dict[str, str], simulator: Simulator) -> None:
    """Other instructions make another question; a warning says how many were of no use."""
    job = judged(UNSETTLED, instructions="Read it. [[sim decide=Neutral]]")
    turn = scored(job, simulated)["scores"][0]["verdicts"][0]["transcript"]["turns"][0]
    job["judge"]["instructions"] = "Read it twice. [[sim decide=Oppose]]"
    document = scored({**job, "verdicts": [{"modelId": "gpt-4o", "sampleIndex": 0, "turn": turn}]}, simulated)
    assert (document["scores"][0]["score"], document["judge"]["resumed"]) == (1, 0)
    assert any("verdicts" in text for text in document["warnings"])
    assert len(simulator.journal) == 2


def start(job: Any, env: dict[str, str], *args: str, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """A worker with its job, left to itself."""
    return told(begin_worker("score.py", env, *args, pass_fds=pass_fds), job)


def told(process: subprocess.Popen[bytes], job: Any) -> subprocess.Popen[bytes]:
    """The process with its job, and no more to come."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    process.stdin = None
    return process


def test_what_was_handed_over_before_a_kill_is_not_asked_again(simulated: dict[str, str], simulator: Simulator) -> None:
    """By kill -9 while the second verdict is awaited; the line of the first is handed in as it was written."""
    job = judged(
        UNSETTLED, "Who can tell? [[sim delay=30 times=1]]", instructions="Read. [[sim decide=Neutral]]", jobId="j"
    )
    job["config"] = {"concurrency": 1}
    read, write = os.pipe()
    process = told(start_worker("score.py", simulated, "--turns-fd", str(write), pass_fds=(write,)), job)
    os.close(write)
    until(lambda: len(simulator.journal) == 2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with os.fdopen(read, "rb") as stream:
        lines = [strict_document(line) for line in stream]
    assert [(line["scenarioId"], line["jobId"], line["seq"]) for line in lines] == [("t0", "j", 1)]
    document = scored({**job, "verdicts": lines}, simulated)
    assert [item["class"] for item in document["scores"]] == ["judged", "judged"]
    assert document["judge"]["resumed"] == 1
    assert len(simulator.journal) == 3


@pytest.mark.parametrize("args", [(), ("--jsonl",)])
def test_a_worker_that_is_told_to_stop_hands_its_verdicts_back(
    args: tuple[str, ...], simulated: dict[str, str], simulator: Simulator
) -> None:
    """In the document of the cancelled job."""
    job = judged(UNSETTLED, "Who can tell? [[sim delay=30]]", instructions="Read. [[sim decide=Neutral]]", jobId="j")
    job["config"] = {"concurrency": 1}
    process = start(job, simulated, *args)
    until(lambda: len(simulator.journal) == 2)
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate()
    document = strict_document(stdout)
    assert process.returncode == 0
    assert document["error"]["code"] == "CANCELLED"
    assert [paid["scenarioId"] for paid in document["verdicts"]] == ["t0"]
    assert [(vain["scenarioId"], vain["error"]["billing"]) for vain in document["failed"]] == [("t1", "unknown")]


@pytest.mark.parametrize("args", [(), ("--jsonl",)])
def test_the_deadline_ends_a_job_with_its_verdicts(
    args: tuple[str, ...], simulated: dict[str, str], simulator: Simulator
) -> None:
    """As a failure that another try may mend."""
    job = judged(UNSETTLED, "Who can tell? [[sim delay=30]]", instructions="Read. [[sim decide=Neutral]]")
    job["config"] = {"concurrency": 1, "deadlineSeconds": 2}
    stdout, _ = start(job, simulated, *args).communicate()
    document = strict_document(stdout)
    assert (document["error"]["code"], document["error"]["retryable"]) == ("TIMEOUT", True)
    assert [paid["scenarioId"] for paid in document["verdicts"]] == ["t0"]
    assert len(simulator.journal) == 2


@pytest.mark.measured
def test_judges_of_many_jobs_share_one_process(simulated: dict[str, str], simulator: Simulator) -> None:
    """Each verdict that is handed over names its line."""
    jobs = [
        judged(UNSETTLED, instructions=f"Read {number}. [[sim decide=Oppose]]", jobId=f"j{number}") for number in (1, 2)
    ]
    read, write = os.pipe()
    process = subprocess.run(
        [sys.executable, str(WORKERS / "score.py"), "--jsonl", "--turns-fd", str(write)],
        input=b"\n".join(json.dumps(job).encode() for job in jobs),
        capture_output=True,
        pass_fds=[write],
        env=simulated,
        check=True,
    )
    os.close(write)
    documents = [strict_document(line + b"\n") for line in process.stdout.splitlines()]
    assert {item["scores"][0]["score"] for item in documents} == {1}
    with os.fdopen(read, "rb") as stream:
        lines = [strict_document(line) for line in stream]
    assert {(line["line"], line["jobId"]) for line in lines} == {(1, "j1"), (2, "j2")}
    assert len(simulator.journal) == 2


def test_the_caller_has_the_last_word_on_every_question(simulated: dict[str, str], simulator: Simulator) -> None:
    """Where it refuses a verdict it was handed, nothing more is asked, and the verdict is in the document."""
    job = judged(UNSETTLED, "Who can tell?", instructions="Read. [[sim decide=Neutral]]", jobId="j")
    job["config"] = {"concurrency": 1}
    ours, theirs = socket.socketpair()
    fd = str(theirs.fileno())
    process = start(job, simulated, "--turns-fd", fd, "--turns-ack", pass_fds=(theirs.fileno(),))
    theirs.close()
    with ours, ours.makefile("rb") as lines:
        line = json.loads(lines.readline())
        ours.sendall(f"{line['seq']} refused\n".encode())
        stdout, _ = process.communicate()
    document = strict_document(stdout)
    assert (document["error"]["code"], document["error"]["reason"]) == ("CANCELLED", "ticket_lost")
    assert document["failed"] == []
    assert [paid["turn"] for paid in document["verdicts"]] == [line["turn"]]
    assert len(simulator.journal) == 1


@pytest.mark.measured
def test_a_caller_that_says_yes_gets_every_verdict(simulated: dict[str, str]) -> None:
    """One line for each, and the document at the end."""
    job = judged(UNSETTLED, "Who can tell?", instructions="Read. [[sim decide=Neutral]]", jobId="j")
    ours, theirs = socket.socketpair()
    fd = str(theirs.fileno())
    process = start(job, simulated, "--turns-fd", fd, "--turns-ack", pass_fds=(theirs.fileno(),))
    theirs.close()
    told = []
    with ours, ours.makefile("rb") as lines:
        for raw in lines:
            told.append(json.loads(raw))
            ours.sendall(f"{told[-1]['seq']}\n".encode())
        stdout, _ = process.communicate()
    assert {line["scenarioId"] for line in told} == {"t0", "t1"}
    assert [item["class"] for item in strict_document(stdout)["scores"]] == ["judged", "judged"]


@pytest.mark.measured
def test_a_job_that_was_called_off_ends(simulated: dict[str, str], simulator: Simulator) -> None:
    """While a verdict is awaited, by its ID."""
    job = judged("Who can tell? [[sim delay=30]]", instructions="Read.", jobId="j")
    ours, theirs = socket.socketpair()
    fd = str(theirs.fileno())
    process = start(job, simulated, "--turns-fd", fd, "--turns-ack", pass_fds=(theirs.fileno(),))
    theirs.close()
    until(lambda: len(simulator.journal) == 1)
    ours.sendall(b'cancel "j"\n')
    stdout, _ = process.communicate()
    ours.close()
    assert strict_document(stdout)["error"]["reason"] == "ticket_lost"
