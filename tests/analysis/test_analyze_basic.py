"""analyze_basic.py: what the existing handler sends, and what it gets."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from common import __version__
from common.analysis.documents import AnalysisResult
from support.documents import check_document
from support.environment import scrubbed_environment
from support.live_process import collect, start
from support.transcripts import analysis, failure, run_analysis, scored, transcript, without_clock
from support.workers import WORKERS, check_log, run_worker, strict_document

if TYPE_CHECKING:
    from pathlib import Path


def test_ids_alone_give_the_placeholder() -> None:
    """The message says what statistics need."""
    run = run_worker("analyze_basic.py", {"runId": "r", "transcriptIds": ["a", "b", "c"]})
    check_document(AnalysisResult, run.document)
    found = run.document["analysis"]
    assert found.keys() == {"status", "message", "transcriptCount", "completedAt"}
    assert (found["status"], found["transcriptCount"]) == ("STUB", 3)
    assert "transcripts" in found["message"]
    assert found["completedAt"].endswith("Z")


def test_transcripts_give_statistics() -> None:
    """With the clock, the version, the methods, and failed probes from the same list."""
    found = analysis([transcript("b"), transcript("a", "s2"), failure("a", "s3")])
    assert (found["status"], found["transcriptCount"]) == ("COMPLETE", 2)
    assert found["computedAt"] == found["completedAt"]
    assert found["computedAt"].endswith("Z")
    assert found["durationMs"] >= 0
    assert found["codeVersion"] == __version__
    assert found["run"]["models"] == ["a", "b"]
    assert found["run"]["failures"] == {"TIMEOUT": 1}
    assert [method["id"] for method in found["methodsUsed"]] == ["quantile", "wilson"]
    assert all(method["formula"] and method["source"] for method in found["methodsUsed"])


def test_the_methods_are_those_that_were_used() -> None:
    """Each once, with its source."""
    scenario = {"scenario": {"dimensions": {"stakes": "high"}}}
    found = analysis(scored({"a": [1, 2, 3, 4, 5], "b": [2, 1, 3, 5, 4]}, **scenario))
    names = [method["id"] for method in found["methodsUsed"]]
    assert set(names) >= {"condition-mean", "cluster-jackknife-t", "spearman", "kendall-w", "kruskal-wallis", "holm"}
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ([], "must be a JSON object"),
        ({}, "runId: is required"),
        ({"runId": " ", "transcriptIds": []}, "runId: "),
        ({"runId": " ", "transcripts": []}, "runId: "),
        ({"runId": "r"}, "transcripts: is required"),
        ({"runId": "r", "transcriptIds": [1]}, "transcriptIds[0]: must be a string"),
        ({"runId": "r", "transcripts": {"a": 1}}, "transcripts: must be a list"),
        ({"runId": "r", "transcripts": None}, "transcripts: must not be null"),
        (b"12", "must be a JSON object"),
    ],
)
def test_a_wrong_job_is_named(job: Any, said: str) -> None:
    """VALIDATION_ERROR with the path."""
    run = run_worker("analyze_basic.py", job)
    assert run.error["code"] == "VALIDATION_ERROR"
    assert said in run.error["message"]


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (b"", "held no job"),
        (b'{"runId": "r", "transcripts": [{"modelId": "CANARY', "at line 1 column"),
        (b'{"runId": "r", "transcripts": []} {}', "more than one JSON document"),
        (b'{"runId": "r", "transcripts": [{"modelId": "\xff"}]}', "byte 0xff at offset 44"),
        (b'{"runId": "r", "transcripts": [' + b"[" * 100_000, "nested deeper"),
        (b'{"runId": "r", "transcripts": [{"modelId": "\\ud800"}]}', "transcripts[0].modelId: holds half"),
        (b'{"runId": "r", "transcripts": [{}, {"id": "\\u0000"}]}', "transcripts[1].id: holds U+0000"),
        (b'{"runId": "r", "transcripts": [{"id": "a", "id": "b"}]}', 'the key "id" stands twice'),
    ],
)
def test_stdin_that_is_no_job_is_a_validation_error(stdin: bytes, said: str) -> None:
    """With the place of the fault, never the content."""
    run = run_worker("analyze_basic.py", stdin)
    assert run.error["code"] == "VALIDATION_ERROR"
    assert said in run.error["message"]
    assert b"CANARY" not in run.stdout + run.stderr


def test_a_fault_near_the_beginning_does_not_cut_the_sender_off() -> None:
    """Twenty megabytes follow it; all of them are taken in."""
    stdin = b'{"runId": "r", "transcripts": [{]' + b"," * 20_000_000
    process = start("analyze_basic.py", scrubbed_environment())
    stdout, stderr = process.communicate(stdin, timeout=300)
    assert process.returncode == 0
    assert "not JSON" in strict_document(stdout)["error"]["message"]
    check_log(stderr)


@pytest.mark.measured
def test_a_stdin_that_falls_silent_is_given_up() -> None:
    """In the middle of the list."""
    process = start("analyze_basic.py", {**scrubbed_environment(), "PROBE_STDIN_TIMEOUT_SECONDS": "0.2"})
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"runId": "r", "transcripts": [{}, ')
    process.stdin.flush()
    error = strict_document(process.stdout.readline())["error"]
    assert "PROBE_STDIN_TIMEOUT_SECONDS" in error["message"]
    collect(process)


def test_the_order_of_keys_and_of_transcripts_changes_nothing() -> None:
    """To the byte, but for the clock; a BOM and blanks change nothing either."""
    items = [*scored({"a": [1, 2, 3, 4, 5, 5], "b": [2, 1, 3, 5, 4, 1]}), failure("a", "s99"), {"junk": 1}, {}]
    first = analysis(items)
    second = analysis(list(reversed(items)))
    raw = json.dumps({"transcripts": items, "runId": "r"}, indent=2).encode()
    third = run_worker("analyze_basic.py", b"\xef\xbb\xbf" + raw).document["analysis"]
    assert without_clock(first) == without_clock(second) == without_clock(third)


def test_unknown_keys_of_the_job_are_warned_of() -> None:
    """A misspelt one would be ignored in silence; the job's ID is known."""
    warnings = analysis([transcript()], transcriptz=[], jobId="j")["warnings"]
    assert "transcriptz: unknown key, not used; check its spelling" in warnings
    assert not any("jobId" in text for text in warnings)


def test_log_lines_carry_the_runs_id() -> None:
    """As those of the other workers do."""
    run = run_worker("analyze_basic.py", {"transcripts": [], "jobId": "j-1", "runId": 7})
    assert [line["jobId"] for line in run.log] == ["j-1"]


def without_scipy(folder: Path) -> dict[str, str]:
    """An environment in which SciPy cannot be imported."""
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['scipy'] = None\n")
    return {**scrubbed_environment(), "PYTHONPATH": str(folder)}


@pytest.mark.measured
def test_without_scipy_the_placeholder_is_given_and_statistics_are_a_config_error(tmp_path: Path) -> None:
    """With the command that mends it."""
    env = without_scipy(tmp_path)
    run = run_worker("analyze_basic.py", {"runId": "r", "transcriptIds": []}, env)
    assert run.document["analysis"]["status"] == "STUB"
    run = run_worker("analyze_basic.py", {"runId": "r", "transcripts": []}, env)
    assert run.error["code"] == "CONFIG_ERROR"
    assert "the Python package scipy cannot be imported; run: pip install" in run.error["message"]


def test_a_large_run_is_held_in_little_memory() -> None:
    """A quarter of a gigabyte of transcripts in an address space that could not hold it parsed."""
    text = json.dumps(transcript(turns=[{"targetResponse": "word " * 20_000, "inputTokens": 1, "outputTokens": 2}]))
    limited = ["sh", "-c", 'ulimit -v 600000; exec "$0" "$1"', sys.executable, str(WORKERS / "analyze_basic.py")]
    process = subprocess.Popen(
        limited,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=scrubbed_environment(),
    )
    assert process.stdin is not None
    process.stdin.write(b'{"runId": "r", "transcripts": [')
    for number in range(2_500):
        process.stdin.write(text.replace("m1/s1/0", f"t{number}").encode() + b",")
    process.stdin.write(b"{}]}")
    stdout, _ = process.communicate(timeout=300)
    found = strict_document(stdout)
    assert found["success"], found
    assert found["analysis"]["transcriptCount"] == 2_501
    assert found["analysis"]["models"][0]["perTurn"]["answerWords"]["sum"] == 2_500 * 20_000


def test_an_empty_run_is_analysed() -> None:
    """There is nothing in it."""
    found = analysis([])
    assert found["transcriptCount"] == 0
    assert (found["models"], found["decisions"], found["agreement"], found["dimensions"]) == ([], None, None, [])
    assert (found["comparisons"], found["refusals"], found["reliability"], found["orderEffects"]) == (
        None,
        None,
        None,
        [],
    )
    assert found["run"]["coverage"]["cells"] == 0


def test_what_comes_out_of_probe_jsonl_can_be_analysed_as_it_is() -> None:
    """The turns stand in `transcript` there, and a failure has no model."""
    item = transcript()
    turns = item.pop("turns")
    content = {"turns": turns, "modelVersion": "v1", "durationMs": 5, "costSnapshot": {"totalCost": 0.25}}
    del item["durationMs"]
    failed = {"success": False, "line": 2, "error": {"code": "TIMEOUT", "message": "x", "retryable": True}}
    found = run_analysis([{**item, "success": True, "transcript": content}, failed]).document["analysis"]
    model = found["models"][0]["perTranscript"]
    assert (model["durationMs"]["sum"], model["costUsd"]["sum"]) == (5, 0.25)
    assert found["run"]["failures"] == {"TIMEOUT": 1}
    assert any("modelId" in text for text in found["warnings"])
