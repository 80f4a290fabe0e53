"""Asks the lists of known weaknesses about every pinned package, and says what could not be asked.

pip-audit and npm read their lists from the network. A list that does not answer, or does not know a package, is no
finding and no all-clear: the line says NOT RUN. Exit status 1 means that a weakness is known.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
SECONDS: Final = 300
MAX_SHOWN_CHARS: Final = 200


def python_report(pip_audit: str, requirements: Path) -> tuple[list[str], bool]:
    """What is to be said of one requirements file, and whether a weakness is known.

    The pins are complete, so nothing is resolved and nothing is installed to find out.
    """
    command = [pip_audit, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    answer, problem = _asked([*command, "--requirement", str(requirements)], ROOT)
    name = requirements.name
    if answer is None:
        return [f"NOT RUN  {name}: {problem}"], False
    packages = answer.get("dependencies", [])
    found = [
        f"WEAK     {name}: {package['name']} {package['version']}: {weakness['id']}, mended in"
        f" {', '.join(weakness.get('fix_versions', [])) or 'no version'}"
        for package in packages
        for weakness in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    asked = len(packages) - len(skipped)
    lines = found or ([f"sound    {name}: {asked} packages, no known weakness"] if asked else [])
    if skipped:
        lines.append(f"NOT RUN  {name}: the list does not know {len(skipped)} packages: {_short(', '.join(skipped))}")
    return lines or [f"NOT RUN  {name}: the report names no package"], bool(found)


def node_report(npm: str, folder: Path) -> tuple[list[str], bool]:
    """The same for package-lock.json."""
    command = [npm, "audit", "--json", "--package-lock-only", "--fetch-retries", "0"]
    answer, problem = _asked(command, folder)
    if answer is not None and "vulnerabilities" not in answer:
        problem = str(answer.get("message") or answer.get("error") or "npm audit gave no report")
        answer = None
    if answer is None:
        return [f"NOT RUN  package-lock.json: {_short(problem)}"], False
    found = [
        f"WEAK     package-lock.json: {name}: {weakness.get('severity')}: {_title(weakness)}"
        for name, weakness in answer["vulnerabilities"].items()
    ]
    return found or ["sound    package-lock.json: no known weakness"], bool(found)


def main(argv: list[str]) -> int:
    """Report on everything; `argv` is the path of pip-audit and that of npm."""
    pip_audit, npm = argv
    reports = [python_report(pip_audit, path) for path in sorted(ROOT.glob("requirements*.txt"))]
    reports.append(node_report(npm, ROOT / "queue-handler"))
    for lines, _ in reports:
        for line in lines:
            print(line)
    return 1 if any(weak for _, weak in reports) else 0


def _asked(command: list[str], folder: Path) -> tuple[dict[str, Any] | None, str]:
    """The JSON that a command prints, whatever its status; or why there is none."""
    try:
        done = subprocess.run(  # noqa: S603 - the two programs that the Makefile names
            command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        answer = json.loads(done.stdout)
    except FileNotFoundError:
        return None, f"{command[0]} is not installed"
    except subprocess.TimeoutExpired:
        return None, f"no answer within {SECONDS} s"
    except ValueError:
        return None, _short(done.stderr.strip().rpartition("\n")[2] or "no report")
    return (answer, "") if isinstance(answer, dict) else (None, "no report")


def _title(weakness: dict[str, Any]) -> str:
    titles = [via["title"] for via in weakness.get("via", []) if isinstance(via, dict) and "title" in via]
    return "; ".join(titles) or "through a package that it needs"


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}..."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
