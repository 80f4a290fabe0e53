"""Runs a command and asks the kernel what it took."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from statistics import median
from typing import TYPE_CHECKING, Final

from tools.running import ROOT, SIMULATOR, WORKERS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PROBE: Final = (sys.executable, str(WORKERS / "probe.py"))
BARE: Final = (sys.executable, str(ROOT / "tools" / "bench" / "bare.py"))
# The unit of ru_maxrss is KiB on Linux and bytes on macOS.
RSS_UNIT: Final = 1024 if sys.platform != "darwin" else 1


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds of wall and processor time, and the peak of its memory in MiB."""

    wall: float
    cpu: float
    peak: float


def run(
    command: tuple[str, ...], stdin: bytes | Iterable[bytes], env: dict[str, str], stdout: int = subprocess.DEVNULL
) -> Cost:
    """Run a command to its end, with all of `stdin`, whole or in pieces.

    Raises:
        RuntimeError: it failed; what is measured would be another thing.
    """
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.DEVNULL, env=env
    )
    if process.stdin is not None:
        for piece in [stdin] if isinstance(stdin, bytes) else stdin:
            process.stdin.write(piece)
        process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command} left with status {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT / 1024 / 1024)


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(cost.wall for cost in costs), median(cost.cpu for cost in costs), median(cost.peak for cost in costs)
    )


def in_turn(
    commands: list[tuple[str, ...]], stdin: bytes, env: dict[str, str], runs: int
) -> tuple[list[Cost], list[float]]:
    """Run the commands in turn; their medians, and for each the median of its processor time over the first's."""
    for command in commands:
        run(command, stdin, env)  # not counted: fills caches
    costs: list[list[Cost]] = [[] for _ in commands]
    for _ in range(runs):
        for command, mine in zip(commands, costs, strict=True):
            mine.append(run(command, stdin, env))
    ratios = [median(cost.cpu / first.cpu for cost, first in zip(mine, costs[0], strict=True)) for mine in costs]
    return [middle(mine) for mine in costs], ratios


@contextmanager
def simulator(*, latency: float = 0.0, tls: Path | None = None) -> Iterator[dict[str, str]]:
    """A simulator in a process of its own, and the environment of a worker that asks it."""
    command = [sys.executable, str(SIMULATOR), "--lean", "--latency", str(latency)]
    if tls is not None:
        command += ["--tls", str(tls), str(tls.with_suffix(".key"))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - our own script
    try:
        if process.stdout is None:
            raise RuntimeError("no pipe to the simulator")
        told = json.loads(process.stdout.readline())
        env = clean_environment() | told["env"]
        if tls is not None:
            env["SSL_CERT_FILE"] = str(tls)
        yield env
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def machine(names: tuple[str, ...] = ("httpx", "httpcore", "pydantic", "tenacity")) -> str:
    """What the figures were measured on."""
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}, {packages}"
    )


def job(number: int = 0, prompt: str = "Is it ever right to lie?", turns: int = 3) -> dict[str, object]:
    """A job with a preamble, in so many turns."""
    followups = [{"prompt": "Why is that so?"} for _ in range(turns - 1)]
    return {
        "runId": "bench",
        "scenarioId": f"s{number}",
        "jobId": f"j{number}",
        "modelId": "gpt-4o",
        "scenario": {"preamble": "You are a moral philosopher.", "prompt": prompt, "followups": followups},
    }
