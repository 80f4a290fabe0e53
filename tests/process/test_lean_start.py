"""A job loads what it needs and nothing else: starting is most of what a short job costs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from common.providers.records import PROVIDERS
from support.jobs import MODELS, probe_job
from support.transcripts import transcript
from support.workers import WORKERS

if TYPE_CHECKING:
    from pathlib import Path

# Most providers share this format; the others load it too, because their own builds on it.
SHARED = "common.llm_adapters.openai_shaped"
ADAPTERS = {provider.adapter.partition(":")[0] for provider in PROVIDERS.values()} - {SHARED}


WATCH = """
import os, sys
leave = os._exit
def say_and_leave(status):
    os.write(2, ("\\nMODULES " + " ".join(sys.modules)).encode())
    leave(status)
os._exit = say_and_leave
"""


def loaded(job: Any, env: dict[str, str], folder: Path, script: str = "probe.py") -> set[str]:
    """The modules that a job made the interpreter load."""
    (folder / "sitecustomize.py").write_text(WATCH)
    done = subprocess.run(
        [sys.executable, str(WORKERS / script)],
        input=json.dumps(job).encode(),
        capture_output=True,
        env={**{name: value for name, value in env.items() if "COVERAGE" not in name}, "PYTHONPATH": str(folder)},
        check=True,
    )
    assert json.loads(done.stdout)["success"]
    return set(done.stderr.decode().rpartition("MODULES ")[2].split())


@pytest.mark.parametrize("provider", list(MODELS))
def test_a_plain_job_loads_one_adapter_and_no_extras(provider: str, simulated: dict[str, str], tmp_path: Path) -> None:
    """No tokenizer, no tenacity, no argparse, no asyncio, no other vendor's format."""
    modules = loaded(probe_job(MODELS[provider]), simulated, tmp_path)
    assert modules & ADAPTERS == {PROVIDERS[provider].adapter.partition(":")[0]} - {SHARED}
    extras = {
        "tiktoken",
        "tenacity",
        "argparse",
        "asyncio",
        "common.probe.retry",
        "common.probe.tokens",
        "common.probe.batch.run",
        "common.probe.documents",
        "scipy",
    }
    assert not modules & extras
    assert {"httpx", "pydantic"} <= modules


def test_a_retry_loads_tenacity_and_a_missing_count_the_tokenizer(simulated: dict[str, str], tmp_path: Path) -> None:
    """When they are needed, not before; without a vocabulary not even then."""
    assert "tenacity" in loaded(probe_job(prompt="[[sim status=500 times=1]]"), simulated, tmp_path)
    env = {**simulated, "TIKTOKEN_CACHE_DIR": str(tmp_path)}
    modules = loaded(probe_job(prompt="[[sim usage=none]]"), env, tmp_path)
    assert "common.probe.tokens" in modules
    assert "tiktoken" not in modules


def test_statistics_are_loaded_where_there_is_something_to_compute(simulated: dict[str, str], tmp_path: Path) -> None:
    """IDs alone need neither SciPy nor NumPy; an interval needs no part of SciPy but its functions, and no report."""
    modules = loaded({"runId": "r", "transcriptIds": ["a"]}, simulated, tmp_path, "analyze_basic.py")
    assert not modules & {"scipy", "numpy", "httpx", "common.analysis.statistics", "common.analysis.documents"}
    modules = loaded({"runId": "r", "transcripts": []}, simulated, tmp_path, "analyze_basic.py")
    assert "numpy" in modules
    assert "scipy.special" not in modules
    answered = [
        transcript(id=f"t{number}", scenarioId=f"s{number}", summary={"score": 1 + number % 5}) for number in range(6)
    ]
    modules = loaded({"runId": "r", "transcripts": answered}, simulated, tmp_path, "analyze_basic.py")
    assert "scipy.special" in modules
    assert not modules & {"scipy.stats", "numpy.f2py", "common.analysis.report.page", "httpx"}


COUNT = """
import builtins, collections, os
compiled = collections.Counter()
real = compile
def counted(source, filename, mode, **options):
    compiled[source] += filename == "<string>"
    return real(source, filename, mode, **options)
builtins.compile = counted
leave = os._exit
def say_and_leave(status):
    os.write(2, f"\\nTWICE {[text for text, times in compiled.items() if times > 1]} OF {len(compiled)}".encode())
    leave(status)
os._exit = say_and_leave
"""


def test_no_annotation_of_a_package_is_compiled_twice(simulated: dict[str, str], tmp_path: Path) -> None:
    """There are a thousand, most of them alike."""
    (tmp_path / "sitecustomize.py").write_text(COUNT)
    done = subprocess.run(
        [sys.executable, str(WORKERS / "probe.py")],
        input=json.dumps(probe_job()).encode(),
        capture_output=True,
        env={**simulated, "PYTHONPATH": str(tmp_path)},
        check=True,
    )
    twice, texts = done.stderr.decode().rpartition("TWICE ")[2].split(" OF ")
    assert twice == "[]"
    assert int(texts) > 0 or sys.version_info >= (3, 14)  # from then on none is before somebody asks


def test_scoring_without_a_judge_loads_nothing_that_asks(simulated: dict[str, str], tmp_path: Path) -> None:
    """No transport, no adapter, no event loop; a judge brings them."""
    scale = {"kind": "options", "options": [{"label": "A"}, {"label": "B"}]}
    job: dict[str, Any] = {"scale": scale, "transcripts": [{"modelId": "m", "answer": "Who can say?"}]}
    asking = {"httpx", "asyncio", "common.scoring.judging", "common.llm_adapters.openai"}
    extras = {"scipy", "numpy", "argparse", "common.scoring.documents", "common.probe.documents"}
    extras |= {"email", "importlib.metadata"}  # by which pydantic would look for plug-ins
    assert not loaded(job, simulated, tmp_path, "score.py") & (asking | extras)
    job["judge"] = {"modelId": "gpt-4o", "instructions": "Read it. [[sim decide=A]]"}
    assert loaded(job, simulated, tmp_path, "score.py") >= asking
