"""The quickstart's commands do what the page says they do."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.environment import MEASURING, scrubbed_environment
from support.workers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MARK = "=====next====="


def blocks() -> list[tuple[str, str | None]]:
    """Every command with the output that the page shows right after it; `make` and real keys are left out.

    The commands of the queue have a test of their own beside the queue.
    """
    page = (ROOT / "quickstart.md").read_text(encoding="utf-8")
    found = re.findall(r"```sh\n(.*?)```(?:\s*```text\n(.*?)```)?", page, flags=re.DOTALL)
    return [
        (command, output or None)
        for command, output in found
        if "make " not in command and "queue-handler/" not in command
    ]


def test_no_name_in_a_folder_that_others_share_is_used() -> None:
    """Whoever made a file of that name first would have it executed, or read what is written to it."""
    page = (ROOT / "quickstart.md").read_text(encoding="utf-8")
    assert not re.findall(r"(?:/var)?/tmp\b|TMPDIR|/dev/shm", page)


@pytest.mark.measured
def test_the_quickstarts_commands_print_what_it_says(tmp_path: Path) -> None:
    """In one shell, from top to bottom, against the simulator, which alone is measured."""
    env = scrubbed_environment()
    measured = f"export {MEASURING}='{env.pop(MEASURING)}'; " if MEASURING in env else ""
    script = [f"cd {ROOT}"]
    for command, _ in blocks():
        here = command.replace(".quickstart", f"{tmp_path}/files").replace("--port 8700", "")
        if "python simulator" in here:
            here = f"{measured}{here}\nexport -n {MEASURING}"
        script += [here.replace(".venv/bin/python", sys.executable), f"echo; echo {MARK}"]
    text = "\n".join([*script, "kill %1; wait %1", ""])
    path = tmp_path / "quickstart.sh"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["bash", str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=env,
        timeout=300,
        check=False,
    )
    assert not done.stderr.strip(), done.stderr
    outputs = [part.strip() for part in done.stdout.split(MARK)]
    expected = blocks()
    assert len(outputs) == len(expected) + 1
    compared = 0
    for (command, wanted), output in zip(expected, outputs, strict=False):
        if wanted is not None:
            assert output == wanted.strip(), command
            compared += 1
    assert compared >= 5
    assert '"targetResponse": "Simulated answer 2 of openai to: Why?"' in done.stdout
