"""Starts probe.py, as a queue handler would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.probe.documents import ProbeFailure, ProbeSuccess

ROOT = Path(__file__).resolve().parents[1]
WORKERS = ROOT / "workers"
SIMULATOR = ROOT / "simulator"
SCRUBBED_SUFFIXES = ("_API_KEY", "_BASE_URL", "_PROXY")


def clean_environment() -> dict[str, str]:
    """The environment without anybody's keys, base URLs, proxies and worker settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith(SCRUBBED_SUFFIXES) and not name.startswith("PROBE_")
    }


def run_probe(job: Mapping[str, object], env: dict[str, str]) -> ProbeSuccess | ProbeFailure:
    """Pipe one job through probe.py and return its document.

    Raises:
        RuntimeError: the script broke its promise of one document and status 0.
    """
    done = subprocess.run(  # noqa: S603 - our own script, with our own interpreter
        [sys.executable, str(WORKERS / "probe.py")],
        input=json.dumps(job).encode(),
        capture_output=True,
        env=env,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"probe.py left with status {done.returncode}: {done.stderr.decode(errors='replace')}")
    document: ProbeSuccess | ProbeFailure = json.loads(done.stdout)
    return document
