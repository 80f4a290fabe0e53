"""The workflow runs each half once, on everything that it says it runs on."""

from __future__ import annotations

import json
import re
import tomllib

from support.workers import ROOT

WORKFLOW = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
WORKERS, QUEUE = WORKFLOW.partition("\n  workers:\n")[2].split("\n  queue:\n")


def matrix(job: str, name: str) -> list[str]:
    """The versions on which a job runs."""
    found = re.search(rf"^ +{name}: \[(.*)\]$", job, flags=re.MULTILINE)
    assert found
    return re.findall(r'"([\d.]+)"', found[1])


def test_the_workers_are_tested_on_every_python_from_the_oldest_that_is_promised() -> None:
    """One job for each, and none of them tests the queue."""
    floor = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    first = int(floor.removeprefix(">=3."))
    versions = matrix(WORKERS, "python")
    assert versions == [f"3.{minor}" for minor in range(first, first + len(versions))]
    assert len(versions) == 4
    assert re.findall(r"- run: (.*)", WORKERS) == ["make check cover PYTHON=python"]


def test_the_queue_is_tested_on_every_node_with_long_support_and_on_the_one_of_the_matrix() -> None:
    """The package brings a Node of its own, which would be tested in its place."""
    package = json.loads((ROOT / "queue-handler" / "package.json").read_text(encoding="utf-8"))
    versions = matrix(QUEUE, "node")
    assert package["engines"]["node"].startswith(f">={versions[0]}.")
    assert versions == ["22", "24"]
    *_, prepared, tested = re.findall(r"- run: (.*)", QUEUE)
    assert prepared.endswith("rm queue-handler/node_modules/.bin/node")
    assert tested == "make queue-check queue-test"


def test_what_the_workflow_runs_is_all_that_make_test_runs() -> None:
    """A check that is added to one of the two is added to the other."""
    halves = (ROOT / ".ci" / "halves").read_text(encoding="utf-8")
    local = set(re.findall(r'part \S+ (?:nice -n \d+ )?"\$MAKE" --no-print-directory (\S+)', halves))
    remote = set(re.findall(r"make ((?:[a-z-]+ ?)+)", " ".join(re.findall(r"- run: (.*)", WORKFLOW))))
    targets = {target for words in remote for target in words.split()} - {"queue"}
    # Its packages are installed by whatever needs them.
    assert local - {"python"} == targets


def test_a_newer_push_ends_the_run_of_an_older_one_and_no_job_runs_for_hours() -> None:
    """A run that hangs costs its bound and no more."""
    assert re.search(
        r"^concurrency:\n  group: .*github\.ref.*\n  cancel-in-progress: true$", WORKFLOW, flags=re.MULTILINE
    )
    assert all(re.search(r"^    timeout-minutes: \d\d$", job, flags=re.MULTILINE) for job in (WORKERS, QUEUE))


def test_what_is_downloaded_is_kept_for_the_next_run_by_the_files_that_pin_it() -> None:
    """Each set-up of a language has a cache, whose key is the hash of the pins."""
    for job in (WORKERS, QUEUE):
        assert job.count("cache: ") == job.count("cache-dependency-path: ") == job.count("actions/setup-")
