"""`make audit`: what is known is said, and so is what could not be asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tools import audit

if TYPE_CHECKING:
    from pathlib import Path


def program(folder: Path, name: str, output: Any, status: int = 0, error: str = "") -> str:
    """A program that prints a report."""
    path = folder / name
    text = output if isinstance(output, str) else json.dumps(output)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\necho '{error}' >&2\nexit {status}\n")
    path.chmod(0o755)
    return str(path)


SOUND = {"dependencies": [{"name": "httpx", "version": "1", "vulns": []}]}
WEAK = {
    "dependencies": [
        {"name": "httpx", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]},
        {"name": "numpy", "version": "1", "vulns": []},
        {"name": "other", "skip_reason": "not found"},
    ]
}


def test_what_is_sound_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the number of packages that were asked for."""
    npm = program(tmp_path, "npm", {"vulnerabilities": {}})
    assert audit.main([program(tmp_path, "pip-audit", SOUND), npm]) == 0
    said = capsys.readouterr().out
    assert "sound    requirements.txt: 1 packages, no known weakness" in said
    assert "sound    requirements-dev.txt" in said
    assert "sound    package-lock.json" in said


def test_a_weakness_is_named_and_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both tools leave with a status of their own, and print their report all the same."""
    weak = {"vulnerabilities": {"pg": {"severity": "high", "via": [{"title": "SQL injection"}]}, "x": {"via": ["pg"]}}}
    npm = program(tmp_path, "npm", weak, 1)
    assert audit.main([program(tmp_path, "pip-audit", WEAK, 1), npm]) == 1
    said = capsys.readouterr().out
    assert "WEAK     requirements.txt: httpx 1: PYSEC-1, mended in 2" in said
    assert "NOT RUN  requirements.txt: the list does not know 1 packages: other" in said
    assert "WEAK     package-lock.json: pg: high: SQL injection" in said
    assert "WEAK     package-lock.json: x: None: through a package that it needs" in said


@pytest.mark.parametrize(
    "output", ["", "no report", "[]", '{"message": "405 Method Not Allowed"}', '{"dependencies": []}']
)
def test_a_list_that_cannot_be_reached_is_no_all_clear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    """And no finding: another day it can be."""
    pip = program(tmp_path, "pip-audit", output, 1, "no connection")
    assert audit.main([pip, program(tmp_path, "npm", output, 1, "no connection")]) == 0
    said = capsys.readouterr().out
    assert "sound" not in said
    assert said.count("NOT RUN") == len(said.splitlines()) == len(list(audit.ROOT.glob("requirements*.txt"))) + 1


def test_a_tool_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As npm is not on every machine."""
    assert audit.main([str(tmp_path / "pip-audit"), str(tmp_path / "npm")]) == 0
    assert f"NOT RUN  package-lock.json: {tmp_path}/npm is not installed" in capsys.readouterr().out
