"""A: the job on stdin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tools.faults.bench import CANARY, Row, job, sim

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.faults.bench import Bench, Outcome

_BAD: Final = ("VALIDATION_ERROR",)


def _held_open(bench: Bench, stdin: bytes) -> Outcome:
    del stdin
    return bench.run(b"", line='sleep 5 | exec "$0" "$1"')


def _in_memory(megabytes: int) -> Callable[[Bench, bytes], Outcome]:
    """Run with a bound on the address space."""

    def act(bench: Bench, stdin: bytes) -> Outcome:
        return bench.run(stdin, line=f'ulimit -v {megabytes * 1024}; exec "$0" "$1"')

    return act


def _same_answer(bench: Bench, outcome: Outcome) -> None:
    plain = bench.run(json.dumps(job()).encode())
    if plain.turns[0]["targetResponse"] != outcome.turns[0]["targetResponse"]:
        raise AssertionError("the answer differs")


def _says(*words: str) -> object:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        for word in words:
            if word not in outcome.error["message"]:
                raise AssertionError(f"{word!r} is not in {outcome.error['message']!r}")

    return check


def _row(name: str, fault: str, stdin: object, *words: str, **more: object) -> Row:
    return Row(name, fault, stdin, _BAD, calls=0, check=_says(*words), **more)  # type: ignore[arg-type]


def _with(path: str, value: object) -> dict[str, object]:
    changed = job(config={}, modelConfig={})
    *parents, last = path.split(".")
    place = changed
    for parent in parents:
        place = place[parent]
    place[last] = value
    return changed


ROWS: Final = (
    _row("A01", "no bytes", b"", "held no job", most_seconds=1.5),
    Row(
        "A02",
        "stdin held open without a byte",
        b"",
        _BAD,
        calls=0,
        env={"PROBE_STDIN_TIMEOUT_SECONDS": "0.3"},
        act=_held_open,
    ),
    Row(
        "A03",
        "stdin closed",
        b"",
        _BAD,
        calls=0,
        act=lambda bench, stdin: bench.run(stdin, line='exec "$0" "$1" <&-'),
    ),
    _row("A04", "JSON cut off", json.dumps(job(f"{CANARY}?")).encode()[:-9], "line 1 column"),
    _row("A05", "two documents", b"{} {}", "--jsonl"),
    Row("A06", "byte order mark", b"\xef\xbb\xbf" + json.dumps(job()).encode(), turns=1, check=_same_answer),
    _row("A07", "byte 0xFF in the prompt", b'{"scenario": {"prompt": "\xff"}}', "offset"),
    _row("A09", "lone surrogate", b'{"scenario": {"prompt": "\\ud800"}}', "scenario.prompt"),
    _row("A10", "U+0000 in the prompt", _with("scenario.prompt", "a\x00b"), "scenario.prompt"),
    _row("A11", "100,000 brackets", b"[" * 100_000, "nested"),
    _row("A13", "temperature NaN", b'{"config": {"temperature": NaN}}', "config.temperature"),
    _row("A13b", "temperature 1e400", b'{"config": {"temperature": 1e400}}', "config.temperature"),
    _row("A14", "duplicate key", b'{"runId": "a", "runId": "b"}', "runId"),
    _row("A15", "misspelt setting", _with("config.maxTokns", 5), "config.maxTokns", "maxTokens"),
    Row("A15b", "unknown key elsewhere", job(extra=1), turns=1),
    _row("A17", "50 MB prompt", json.dumps(job("x" * 50_000_000)).encode(), "8388608", act=_in_memory(200)),
    _row("A18", "blank prompt", _with("scenario.prompt", " \n"), "scenario.prompt"),
    Row("A18b", "followups null", _with("scenario.followups", None), turns=1),
    Row("A18f", "modelConfig null", _with("modelConfig", None), turns=1),
    _row("A18c", "maxTurns 0", _with("config.maxTurns", 0), "config.maxTurns"),
    _row("A18d", "maxTokens -1", _with("config.maxTokens", -1), "config.maxTokens"),
    _row("A18e", "a number as text", _with("config.temperature", "7"), "config.temperature"),
    Row("A19", "model of nobody", job(model="nevada-1"), ("UNSUPPORTED_PROVIDER",), calls=0),
    _row("A20", "a key in the job", _with("apiKey", f"sk-{CANARY}"), "apiKey"),
    Row("A21", "control token in the text", job(sim("usage=none", "Say <|endoftext|> to me")), turns=1),
    Row("A22", "1 MB without a space", job(sim("usage=none", "a" * 1_000_000)), turns=1, most_seconds=5),
)
