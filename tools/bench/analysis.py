"""`make bench-analysis`: what analyze_basic.py takes for a run of ordinary size, and for one of the largest."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.bench.measure import machine, middle, run
from tools.running import WORKERS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ANALYZE: Final = (sys.executable, str(WORKERS / "analyze_basic.py"))
PACKAGES: Final = ("scipy", "numpy", "pydantic")
MODELS: Final = 10
SAMPLES: Final = 3
A_PIECE: Final = 200
QUESTION: Final = "Is it ever right to lie to a friend in order to protect another one, who has not asked for it? "
ANSWER: Final = "Several considerations pull in different directions here, and an honest answer has to weigh them. "


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench-analysis", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=11, help="runs of the ordinary size")
    parser.add_argument("--large-runs", type=int, default=3, help="runs of the largest size; 0 for none")
    parser.add_argument("--scenarios", type=int, default=1_250, help="of the ordinary size")
    options = parser.parse_args(argv)
    scenarios: int = options.scenarios
    print(f"{machine(PACKAGES)}\n\n| analyze_basic.py | input | wall | CPU | peak |\n| --- | --- | --- | --- | --- |")
    _row("IDs alone", ANALYZE, lambda: [b'{"runId": "bench", "transcriptIds": ["a"]}'], options.runs)
    _row(f"{MODELS} models x {scenarios:,} scenarios", ANALYZE, lambda: transcripts(scenarios), options.runs)
    three = f"{MODELS} models x {scenarios:,} scenarios x {SAMPLES} samples"
    _row(three, ANALYZE, lambda: transcripts(scenarios, SAMPLES), options.runs)
    with tempfile.TemporaryDirectory() as folder:
        command = (*ANALYZE, "--report", str(Path(folder) / "report.html"))
        _row("the first with --report", command, lambda: transcripts(scenarios), options.runs)
    if options.large_runs:
        _row("500,000 transcripts", ANALYZE, lambda: transcripts(50_000), options.large_runs)
    return 0


def transcripts(scenarios: int, samples: int = 1) -> Iterator[bytes]:
    """A run of ten models in pieces of JSON: each transcript of one turn, with all that probe.py says of it."""
    drawn = random.Random(1)  # noqa: S311 - the same run each time
    template = json.dumps(_transcript())
    yield b'{"runId": "bench", "transcripts": ['
    piece: list[str] = []
    for number in range(scenarios * MODELS * samples):
        condition, sample = divmod(number, samples)
        scenario, model = divmod(condition, MODELS)
        score = min(5, max(1, round(3 + (scenario % 5 - 2) * 0.7 + drawn.gauss(0.1 * model, 0.9))))
        text = template
        for name, value in (
            ("@number", number),
            ("@model", model),
            ("@scenario", scenario),
            ("@stakes", scenario % 3),
            ('"@sample"', sample),
            ('"@tokens"', drawn.randrange(50, 900)),
            ('"@time"', drawn.randrange(400, 30_000)),
            ('"@score"', score),
        ):
            text = text.replace(name, str(value))
        piece.append(text)
        if len(piece) == A_PIECE or number == scenarios * MODELS * samples - 1:
            yield ",".join(piece).encode() + (b"," if number < scenarios * MODELS * samples - 1 else b"]}")
            piece.clear()


def _transcript() -> dict[str, object]:
    metadata = {
        "provider": "openai",
        "model": "model-@model",
        "modelVersion": "model-@model-2026-01-15",
        "finishReason": "stop",
        "rawFinishReason": "stop",
        "truncated": False,
        "requestId": "req-@number",
        "systemFingerprint": None,
        "reasoningTokens": 0,
        "cachedInputTokens": 0,
        "tokenSource": "provider",
        "requested": {"temperature": 0.7, "maxTokens": 2000},
        "sent": {"temperature": 0.7, "max_completion_tokens": 2000},
        "dropped": [],
        "payloadSha256": "0" * 64,
        "attempts": 1,
        "startedAt": "2026-11-24T12:00:00.000Z",
        "durationMs": "@time",
    }
    turn = {
        "turnNumber": 1,
        "promptLabel": "scenario_prompt",
        "probePrompt": QUESTION * 2,
        "targetResponse": ANSWER * 5,
        "inputTokens": 60,
        "outputTokens": "@tokens",
        "providerMetadata": metadata,
    }
    return {
        "id": "transcript-@number",
        "modelId": "model-@model",
        "scenarioId": "scenario-@scenario",
        "sampleIndex": "@sample",
        "content": {"turns": [turn]},
        "durationMs": "@time",
        "costSnapshot": {"currency": "USD", "totalCost": 0.00125, "estimated": False},
        "summary": {"score": "@score"},
        "scenario": {"name": "Scenario @scenario", "dimensions": {"stakes": "@stakes"}},
    }


def _row(name: str, command: tuple[str, ...], stdin: Callable[[], Iterable[bytes]], runs: int) -> None:
    # Written as it is made: a process begins with the peak of the one that started it, so this one has to stay small.
    env = clean_environment()
    cost = middle([run(command, stdin(), env) for _ in range(runs)])
    size = sum(map(len, stdin())) / 1024 / 1024
    print(f"| {name} | {size:.0f} MiB | {cost.wall:.2f} s | {cost.cpu:.2f} s | {cost.peak:.0f} MiB |", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
