"""probe.py --jsonl: many jobs in one process, each with every promise of a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from common.probe.batch.progress import Progress
from common.probe.documents import ProbeFailure, ProbeSuccess
from support.documents import check_document
from support.jobs import MODELS, probe_job, three_turns
from support.live_process import collect, feed, start, until
from support.workers import WORKERS, check_log, run_probe, strict_document

if TYPE_CHECKING:
    from simulator import Simulator


def batch(jobs: list[Any], env: dict[str, str], *args: str, status: int = 0) -> tuple[list[dict[str, Any]], bytes]:
    """The documents of a batch in the order in which they came, and stderr. A job may be bytes."""
    lines = b"".join((job if isinstance(job, bytes) else json.dumps(job).encode()) + b"\n" for job in jobs)
    done = run_probe(lines, env, args=("--jsonl", *args), checked=False)
    assert done.status == status, done
    check_log(done.stderr)
    documents = [strict_document(line + b"\n") for line in done.stdout.splitlines()]
    for document in documents:
        check_document(ProbeSuccess if document["success"] else ProbeFailure, document)
    return documents, done.stderr


def by_line(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order of the jobs."""
    return sorted(documents, key=lambda document: document["line"])


def test_every_job_has_its_document(simulated: dict[str, str], simulator: Simulator) -> None:
    """Every provider, three turns each, tied by jobId and line."""
    jobs = [three_turns(model, jobId=f"job-{name}") for name, model in MODELS.items()]
    documents, _ = batch(jobs, simulated)
    assert [document["jobId"] for document in by_line(documents)] == [job["jobId"] for job in jobs]
    assert all(len(document["transcript"]["turns"]) == 3 for document in documents)
    assert len(simulator.journal) == 3 * len(MODELS)


def test_a_job_comes_out_as_it_would_alone(simulated: dict[str, str]) -> None:
    """The same document but for times and the line's number."""
    job = three_turns(modelCost={"costInputPerMillion": 1, "costOutputPerMillion": 2}, config={"temperature": 0.5})
    [warm], _ = batch([job], simulated)
    alone = run_probe(job, simulated).document
    assert warm.pop("line") == 1
    assert timeless(warm) == timeless(alone)


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what differs between two runs."""
    for holder in (document["transcript"], *(turn["providerMetadata"] for turn in document["transcript"]["turns"])):
        for name in ("startedAt", "completedAt", "durationMs", "requestId"):
            holder.pop(name, None)
    return document


def test_a_line_that_is_no_job_leaves_the_rest_as_they_are(simulated: dict[str, str]) -> None:
    """Blank lines are skipped, and still counted."""
    jobs = [
        probe_job(jobId="first"),
        b"",
        b'{"runId": ',
        b"\xff",
        b"{} {}",
        b"[1]",
        b"   ",
        probe_job(jobId="wrong", config={"temperature": 9}),
        b'{"prompt": "' + b"x" * (8 * 1024 * 1024) + b'"}',
        probe_job("nevada-1", jobId="nobody"),
        probe_job(jobId="last"),
    ]
    documents, _ = batch(jobs, simulated)
    found = {document["line"]: document for document in documents}
    assert sorted(found) == [1, 3, 4, 5, 6, 8, 9, 10, 11]
    assert found[1]["success"]
    assert found[11]["success"]
    assert {found[line]["error"]["code"] for line in (3, 4, 5, 6, 8, 9)} == {"VALIDATION_ERROR"}
    assert found[8]["jobId"] == "wrong"
    assert found[10]["error"]["code"] == "UNSUPPORTED_PROVIDER"
    assert "8388608" in found[9]["error"]["message"]


def test_a_last_line_without_a_newline_is_a_job(simulated: dict[str, str]) -> None:
    """And an empty input is an empty output."""
    assert run_probe(probe_job(), simulated, args=("--jsonl",)).document["success"] is True
    assert batch([], simulated)[0] == []


def test_jobs_cannot_disturb_each_other(simulated: dict[str, str]) -> None:
    """One hangs, one floods, one is cut off, one is refused; the others are answered, and do not wait for it."""
    sour = [
        probe_job(prompt="[[sim hang=1]]", jobId="hangs"),
        probe_job("openai:x", prompt="[[sim answer=size:8000000]]", jobId="floods", modelConfig={"maxTokens": None}),
        probe_job(prompt="[[sim close=body]]", jobId="breaks"),
        probe_job(prompt="[[sim error=context]]", jobId="refused"),
        probe_job(prompt="[[sim gzip=bomb]]", jobId="bomb"),
    ]
    jobs = [*sour, *(probe_job(jobId=f"good-{n}") for n in range(20))]
    process = start("probe.py", simulated, "--jsonl")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"".join(json.dumps(job).encode() + b"\n" for job in jobs))
    process.stdin.flush()
    others = [strict_document(process.stdout.readline()) for _ in range(len(jobs) - 1)]
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate()
    codes = {document["jobId"]: document.get("error", {}).get("code", "ok") for document in others}
    assert [codes[f"good-{n}"] for n in range(20)] == ["ok"] * 20
    assert (codes["breaks"], codes["refused"]) == ("NETWORK_ERROR", "CONTEXT_LENGTH")
    assert (codes["floods"], codes["bomb"]) == ("ok", "INVALID_RESPONSE")
    hangs = strict_document(rest)
    assert (hangs["jobId"], hangs["error"]["code"]) == ("hangs", "CANCELLED")


def test_no_more_jobs_are_in_flight_than_allowed_and_none_are_read(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """Reading stops while the limit is reached: most of what is sent stays in the pipe."""
    process = start("probe.py", simulated, "--jsonl", "--concurrency", "3")
    stdin = process.stdin
    assert stdin is not None
    line = json.dumps(probe_job(prompt="[[sim hang=1]]" + "x" * 70_000)).encode() + b"\n"
    sent: list[int] = []

    def send() -> None:
        with contextlib.suppress(OSError):
            for number in range(200):
                stdin.write(line)
                stdin.flush()
                sent.append(number)

    sender = threading.Thread(target=send)
    sender.start()
    until(lambda: len(simulator.journal) >= 3)
    time.sleep(0.3)
    assert len(simulator.journal) == 3
    assert len(sent) < 20
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    documents = [strict_document(line) for line in process.stdout]
    assert {document["error"]["code"] for document in documents} == {"CANCELLED"}
    assert len(documents) >= 3
    assert process.wait(timeout=300) == 0
    sender.join()
    with contextlib.suppress(OSError):
        stdin.close()
    process.stdin = None
    collect(process)


@pytest.mark.measured
@pytest.mark.parametrize(("args", "status"), [((), 0), (("--fail",), 143)])
def test_a_signal_gives_every_job_its_cancelled_document(
    args: tuple[str, ...], status: int, simulated: dict[str, str], simulator: Simulator
) -> None:
    """With its paid turns, and whole lines that had not begun too."""
    hanging = three_turns(jobId="paid")
    hanging["scenario"]["followups"][0]["prompt"] = "[[sim hang=1]]"
    process = start("probe.py", simulated, "--jsonl", "--concurrency", "2", *args)
    jobs = [hanging, {**hanging, "jobId": "paid-too"}, probe_job(jobId="not-begun")]
    feed(process, b"".join(json.dumps(job).encode() + b"\n" for job in jobs), close=False)
    until(lambda: len(simulator.journal) >= 4)
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    run = collect(process)
    assert run.status == status
    documents = {json.loads(line)["jobId"]: json.loads(line) for line in run.stdout.splitlines()}
    assert documents.keys() == {"paid", "paid-too", "not-begun"}
    assert {document["error"]["code"] for document in documents.values()} == {"CANCELLED"}
    for name in ("paid", "paid-too"):
        assert len(documents[name]["partialTranscript"]["turns"]) == 1
        assert documents[name]["error"]["billing"] == "unknown"
    assert "partialTranscript" not in documents["not-begun"]


def test_retries_and_resume_are_those_of_a_single_job(simulated: dict[str, str], simulator: Simulator) -> None:
    """One failure is overcome; a partial transcript is gone on from."""
    first, _ = batch([three_turns()], simulated)
    simulator.reset()
    jobs = [
        probe_job(prompt="[[sim status=503 times=1]]", jobId="retried"),
        three_turns(jobId="resumed", resumeFrom={"turns": first[0]["transcript"]["turns"][:2]}),
    ]
    documents, _ = batch(jobs, simulated)
    retried, resumed = by_line(documents)
    assert retried["transcript"]["turns"][0]["providerMetadata"]["attempts"] == 2
    assert len(resumed["transcript"]["turns"]) == 3
    assert len(simulator.journal) == 3


def test_after_a_wrong_key_the_providers_other_jobs_are_not_sent(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """They fail at once with that cause; the other providers go on."""
    env = {**simulated, "OPENAI_API_KEY": "bad-key-00000001"}
    jobs = [probe_job(jobId=f"o{n}") for n in range(30)] + [probe_job(MODELS["xai"], jobId=f"x{n}") for n in range(10)]
    documents, _ = batch(jobs, env, "--concurrency", "2")
    openai = [document for document in documents if document["jobId"].startswith("o")]
    assert {document["error"]["code"] for document in openai} == {"AUTH_ERROR"}
    assert all(document["success"] for document in documents if document["jobId"].startswith("x"))
    assert sum(entry["provider"] == "openai" for entry in simulator.journal) <= 2
    assert sum("not sent" in document["error"]["message"] for document in openai) >= 28


def test_a_pause_that_a_provider_asks_for_holds_for_all_its_jobs(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """No call within it; another provider is not held up."""
    jobs = [probe_job(prompt="[[sim status=429 retry-after=0.6 times=1]]", jobId="asked")]
    jobs += [probe_job(jobId=f"o{n}") for n in range(5)]
    documents, _ = batch(jobs, simulated, "--concurrency", "1")
    assert all(document["success"] for document in documents)
    times = [entry["time"] for entry in simulator.journal]
    assert times[1] - times[0] >= 0.6


def test_a_pause_longer_than_the_deadline_fails_at_once(simulated: dict[str, str], simulator: Simulator) -> None:
    """RATE_LIMIT, retryable, with the delay; nothing more is sent."""
    jobs = [probe_job(prompt="[[sim status=429 retry-after=900]]", jobId=f"o{n}") for n in range(6)]
    documents, _ = batch(jobs, simulated, "--concurrency", "1")
    assert {document["error"]["code"] for document in documents} == {"RATE_LIMIT"}
    assert all(document["error"]["retryAfterSeconds"] > 890 for document in documents)
    assert len(simulator.journal) == 1


def test_limits_per_provider_are_kept(simulated: dict[str, str], simulator: Simulator) -> None:
    """Calls in flight, and calls a minute."""
    env = {**simulated, "PROBE_OPENAI_MAX_IN_FLIGHT": "2", "PROBE_XAI_REQUESTS_PER_MINUTE": "600"}
    jobs = [probe_job(prompt="[[sim delay=0.1]]", jobId=f"o{n}") for n in range(8)]
    jobs += [probe_job(MODELS["xai"], jobId=f"x{n}") for n in range(8)]
    documents, _ = batch(jobs, env)
    assert all(document["success"] for document in documents)
    openai = sorted(entry["time"] for entry in simulator.journal if entry["provider"] == "openai")
    assert all(later - earlier >= 0.09 for earlier, later in zip(openai, openai[2:], strict=False))
    xai = sorted(entry["time"] for entry in simulator.journal if entry["provider"] == "xai")
    # Seven times a tenth of a second, of which the way to the simulator may have eaten some of the first.
    assert xai[-1] - xai[0] >= 7 * 0.1 / 2


@pytest.mark.parametrize("value", ["0", "-1", "x", "1000000"])
def test_a_concurrency_that_is_none_is_a_clear_error(value: str, simulated: dict[str, str]) -> None:
    """Before anything is read."""
    run = run_probe(probe_job(), simulated, args=("--jsonl", "--concurrency", value))
    assert "--concurrency" in run.error["message"]


def test_a_wrong_limit_is_a_clear_error_of_that_providers_jobs(simulated: dict[str, str]) -> None:
    """The variable is named; the others go on."""
    env = {**simulated, "PROBE_OPENAI_MAX_IN_FLIGHT": "many"}
    documents, _ = batch([probe_job(jobId="a"), probe_job(MODELS["xai"], jobId="b")], env)
    first, second = by_line(documents)
    assert "PROBE_OPENAI_MAX_IN_FLIGHT" in first["error"]["message"]
    assert second["success"]


@pytest.mark.measured
def test_few_descriptors_mean_fewer_jobs_at_once_and_a_warning(simulated: dict[str, str]) -> None:
    """The batch completes."""
    lines = b"".join(json.dumps(probe_job(jobId=str(n))).encode() + b"\n" for n in range(40))
    command = [
        "sh",
        "-c",
        'ulimit -n 80; exec "$0" "$@"',
        sys.executable,
        str(WORKERS / "probe.py"),
        "--jsonl",
        "--concurrency",
        "500",
    ]
    done = subprocess.run(command, input=lines, capture_output=True, env=simulated, check=False)
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(document["success"] for document in documents) == 40
    assert b"fewer jobs run at once" in done.stderr


def test_nothing_is_begun_whose_document_nobody_would_see(simulated: dict[str, str], simulator: Simulator) -> None:
    """Not even the job that waited for its slot meanwhile."""
    process = start("probe.py", simulated, "--jsonl", "--concurrency", "1")
    assert process.stdout is not None
    process.stdout.close()
    jobs = b"".join(json.dumps(probe_job(jobId=str(n))).encode() + b"\n" for n in range(5))
    assert process.stdin is not None
    process.stdin.write(jobs)
    process.communicate(timeout=300)
    assert (process.returncode, len(simulator.journal)) == (1, 1)


@pytest.mark.measured
def test_a_reader_that_is_gone_ends_the_batch(simulated: dict[str, str], simulator: Simulator) -> None:
    """Status 1, a log line, and no more calls than were in flight."""
    process = start("probe.py", simulated, "--jsonl", "--concurrency", "2")
    assert process.stdout is not None
    process.stdout.close()
    jobs = b"".join(
        json.dumps(probe_job(prompt="[[sim delay=0.05]]", jobId=str(n))).encode() + b"\n" for n in range(200)
    )
    assert process.stdin is not None
    process.stdin.write(jobs)
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 1
    assert b"results could not be written" in stderr
    assert len(simulator.journal) < 20


@pytest.mark.measured
def test_a_person_at_a_terminal_sees_the_progress(simulated: dict[str, str]) -> None:
    """And a pipe does not: its lines are JSON alone."""
    leader, follower = pty.openpty()
    process = start("probe.py", simulated, "--jsonl", stderr=follower)
    os.close(follower)
    feed(process, json.dumps(probe_job()).encode() + b"\n")
    process.communicate(timeout=300)
    seen = b""
    with contextlib.suppress(OSError):  # a terminal whose other side is closed ends with an error
        while chunk := os.read(leader, 65536):
            seen += chunk
    os.close(leader)
    assert b"1 done, 0 failed, 0 in flight" in seen
    _, stderr = batch([probe_job()], simulated)
    assert b"in flight" not in stderr


def test_the_time_left_is_known_where_the_size_of_the_input_is() -> None:
    """From the share of the file that has been read; else only of what is in flight."""
    progress = Progress()
    progress._began -= 10
    for _ in range(20):
        progress.started(0.5)
    for number in range(10):
        progress.ended(failed=number == 0)
    assert progress.line().startswith("9 done, 1 failed, 10 in flight, 60 a minute, ETA 30 s")
    progress.started(None)
    assert progress.line().endswith("ETA 11 s for those in flight")


def test_log_lines_carry_the_ids_of_their_own_job(simulated: dict[str, str]) -> None:
    """Two jobs that fail in one process."""
    jobs = [probe_job(prompt="[[sim error=context]]", jobId=name) for name in ("a", "b")]
    _, stderr = batch(jobs, simulated)
    failed = [json.loads(line) for line in stderr.splitlines() if b"job failed" in line]
    assert {line["jobId"] for line in failed} == {"a", "b"}


def test_a_batch_is_one_run_for_its_log(simulated: dict[str, str]) -> None:
    """However many of its jobs fail, a caller that does not read stderr yet loses nothing."""
    documents, stderr = batch([probe_job(prompt="[[sim error=context]]", jobId=str(n)) for n in range(200)], simulated)
    assert len(documents) == 200
    assert stderr.count(b"further log lines of this process are left out") == 1


def test_no_secret_leaves_a_batch(simulated: dict[str, str]) -> None:
    """Each provider's own key, repeated by its error.

    Attack (reader): a key is looked for in the results of a batch.
    """
    env = simulated | {name: f"bad-CANARY-{n}-7f3a9c" for n, name in enumerate(simulated) if name.endswith("_API_KEY")}
    jobs = [probe_job(model, prompt="[[sim error=bad_key echo-key=1]]") for model in MODELS.values()]
    documents, stderr = batch(jobs, env)
    assert {document["error"]["code"] for document in documents} == {"AUTH_ERROR"}
    assert "CANARY" not in json.dumps(documents)
    assert b"CANARY" not in stderr


def test_jobs_may_come_from_a_file(simulated: dict[str, str], tmp_path: Any) -> None:
    """A regular file cannot be watched, and need not be."""
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(b"".join(json.dumps(probe_job(jobId=str(n))).encode() + b"\n" for n in range(5)))
    with path.open("rb") as file:
        done = subprocess.run(
            [sys.executable, str(WORKERS / "probe.py"), "--jsonl"],
            stdin=file,
            capture_output=True,
            env=simulated,
            check=True,
        )
    assert len(done.stdout.splitlines()) == 5


def test_connections_are_handed_from_job_to_job(simulated: dict[str, str], simulator: Simulator) -> None:
    """Ten jobs one after the other, one connection."""
    batch([probe_job(jobId=str(n)) for n in range(10)], simulated, "--concurrency", "1")
    assert len({entry["connection"] for entry in simulator.journal}) == 1
