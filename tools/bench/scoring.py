"""`make bench-scoring`: what score.py takes for 100,000 answers; the bounds are 30 s and 300 MiB."""

from __future__ import annotations

import argparse
import json
import random
import sys
from typing import TYPE_CHECKING, Final

from tools.bench.measure import machine, middle, run
from tools.running import ROOT, WORKERS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SCORE: Final = (sys.executable, str(WORKERS / "score.py"))
CORPUS: Final = ROOT / "tests" / "scoring" / "corpus"
SCALE: Final = "likert"
A_PIECE: Final = 200
PROSE: Final = (
    "Several considerations pull in different directions here, and an honest answer has to weigh them. ",
    "Those who support the policy point to fairness; those who oppose it point to what it costs. ",
    "It is a question on which reasonable people differ, and 60 % of them have changed their minds before. ",
    "“What would a good neighbour do?” is not a bad way to put it, although it settles little. ",
)


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench-scoring", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--answers", type=int, default=100_000)
    options = parser.parse_args(argv)
    print(f"{machine(('pydantic',))}\n\n| score.py | input | wall | CPU | peak |\n| --- | --- | --- | --- | --- |")
    _row("one answer", SCORE, lambda: document(1), 11)
    _row(f"{options.answers:,} answers", SCORE, lambda: document(options.answers), options.runs)
    _row(f"{options.answers:,} jobs, --jsonl", (*SCORE, "--jsonl"), lambda: lines(options.answers), options.runs)
    return 0


def document(number: int) -> Iterator[bytes]:
    """One job with so many answers, in pieces."""
    yield json.dumps({"runId": "bench", "scale": _scale()}).encode()[:-1] + b', "transcripts": ['
    piece: list[str] = []
    for index, item in enumerate(transcripts(number)):
        piece.append(json.dumps(item))
        if len(piece) == A_PIECE or index == number - 1:
            yield ",".join(piece).encode() + (b"," if index < number - 1 else b"]}")
            piece.clear()


def lines(number: int) -> Iterator[bytes]:
    """A job for each answer."""
    scale = _scale()
    for item in transcripts(number):
        yield json.dumps({"runId": "bench", "scale": scale, "transcripts": [item]}).encode() + b"\n"


def transcripts(number: int) -> Iterator[dict[str, object]]:
    """Answers of the corpus, every third with some hundred words of prose before it."""
    drawn = random.Random(1)  # noqa: S311 - the same answers each time
    answers = [
        item["answer"]
        for path in sorted(CORPUS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if (item := json.loads(line))["scale"] == SCALE
    ]
    for index in range(number):
        text = drawn.choice(answers)
        if index % 3 == 0:
            text = "".join(drawn.choices(PROSE, k=10)) + "\n\n" + text
        yield {"id": f"transcript-{index}", "modelId": "model", "scenarioId": f"scenario-{index % 500}", "answer": text}


def _scale() -> object:
    declared = json.loads((CORPUS / "scales.json").read_text(encoding="utf-8"))
    return declared["scales"][SCALE]


def _row(name: str, command: tuple[str, ...], stdin: Callable[[], Iterable[bytes]], runs: int) -> None:
    # Written as it is made: a process begins with the peak of the one that started it, so this one has to stay small.
    env = clean_environment()
    cost = middle([run(command, stdin(), env) for _ in range(runs)])
    size = sum(map(len, stdin())) / 1024 / 1024
    print(f"| {name} | {size:.0f} MiB | {cost.wall:.2f} s | {cost.cpu:.2f} s | {cost.peak:.0f} MiB |", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
