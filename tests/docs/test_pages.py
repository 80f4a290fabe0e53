"""Nothing on a page leads nowhere: links, paths, examples; and the README stays short."""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from support.pages import PAGES, page_text
from support.workers import ROOT, run_probe
from tools import docs

NOT_OURS = {"node_modules", "dist", "__pycache__"}


@functools.cache
def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    """Links to the world outside are not followed: no test reaches the network."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), target


@functools.cache
def tree() -> frozenset[str]:
    """Every file and folder of the checkout, from its root, each with a slash before it and folders with one behind."""
    found: set[str] = set()
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.startswith(".")]
        here = "" if Path(folder) == ROOT else "/" + Path(folder).relative_to(ROOT).as_posix()
        found |= {f"{here}/{name}" for name in (*files, *(f"{name}/" for name in folders))}
    return frozenset(found)


def exists(path: str) -> bool:
    """Whether a file or folder of the checkout has this path or ends in it; `*` stands for any name."""
    pattern = re.compile(".*/" + re.escape(path.removeprefix("./")).replace(r"\*", "[^/]+") + "/?")
    return any(pattern.fullmatch(known) for known in tree())


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "queue-handler/README.md"])
def test_every_path_that_a_page_names_exists(name: str) -> None:
    """Whole, or as the end of a path whose beginning stands before it."""
    quoted = re.findall(r"`([\w./*-]+)`", page_text(name))
    paths = {text for text in quoted if "/" in text.strip("./") or re.search(r"\w\.(py|ts|json|md|ya?ml)$", text)}
    paths -= {"job.json", "tests/providers/test_NAME.py", "dist/test/NAME.test.js"}  # what the reader is to make
    paths = {path for path in paths if not re.match(r"~|\.venv/|[A-Z_]{2,}/", path)}
    assert paths
    assert sorted(path for path in paths if not exists(path)) == []


def test_the_readme_is_short_and_says_early_where_things_are() -> None:
    """What is longer has a page of its own in docs/."""
    lines = page_text("README.md").splitlines()
    assert len(lines) < 170
    commands = [number for number, line in enumerate(lines) if line.startswith(("make demo ", "make test "))]
    assert lines.index("## Two commands") < commands[0] < commands[1] < 25
    last_of_where = max(number for number, line in enumerate(lines) if line.startswith("| `"))
    assert lines.index("## Where things are") < last_of_where < len(lines) / 2


def test_no_line_of_code_in_the_readme_is_cut_off_where_it_is_shown() -> None:
    """A browser shows about so many characters, and the rest only to those who scroll."""
    for block in re.findall(r"```\w+\n(.*?)```", page_text("README.md"), flags=re.DOTALL):
        assert max(map(len, block.splitlines())) <= 96


def test_every_page_of_the_docs_can_be_reached_from_the_readme() -> None:
    """A page that nothing leads to is not found."""
    readme = page_text("README.md")
    for page in [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]:
        path = page.relative_to(ROOT).as_posix()
        assert path == "README.md" or f"({path})" in readme, path


def test_the_example_of_the_readme_is_a_job_and_what_comes_of_it(simulated: dict[str, str]) -> None:
    """Who copies it gets the answer that stands there, and more fields."""
    examples = [
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", page_text("README.md"), flags=re.DOTALL)
    ]
    job, result = examples
    run = run_probe(job, simulated)
    assert_is_part(result, run.document)


def assert_is_part(part: Any, whole: Any) -> None:
    """Every field that is shown is there and has the value that is shown."""
    if isinstance(part, dict):
        for name, value in part.items():
            assert name in whole, name
            assert_is_part(value, whole[name])
    elif isinstance(part, list):
        assert len(part) == len(whole)
        for one, other in zip(part, whole, strict=True):
            assert_is_part(one, other)
    else:
        assert part == whole


def test_every_generated_block_has_a_source() -> None:
    """A marker with a misspelt name would stay as it is for ever."""
    for page in PAGES:
        for begun, ended in re.findall(r"<!-- (?:begin (\S+)|end (\S+)) -->", page.read_text(encoding="utf-8")):
            assert (begun or ended) in docs.BLOCKS, page
            assert page.relative_to(ROOT).as_posix() in docs.PAGES
