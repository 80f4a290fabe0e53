"""`make bench` and `make bench-peers`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Final

from tools.bench import alone, peers
from tools.bench.measure import BARE, PROBE, Cost, in_turn, job, machine, middle, run, simulator
from tools.faults.servers import CERTIFICATES

TURNS: Final = 3


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each single job")
    parser.add_argument("--warm-runs", type=int, default=3, help="runs of each batch")
    parser.add_argument("--most", type=int, default=10_000, help="the largest number of jobs in flight")
    parser.add_argument("--peers", action="store_true", help="also the OpenAI SDK and litellm, doing the same work")
    options = parser.parse_args(argv)
    print(f"{machine()}\n")
    print("| one job per process | CPU | of the bare script's | wall | peak |\n| --- | --- | --- | --- | --- |")
    single(options.runs, with_peers=options.peers)
    print("\n| many jobs in one process | CPU per turn | turns per second | peak |\n| --- | --- | --- | --- |")
    warm(options.warm_runs, options.most)
    print("\n| the simulator alone | requests per second |\n| --- | --- |")
    with simulator() as env:
        for connections in (50, 1_000):
            print(
                f"| {connections} connections | {alone.requests_per_second(env['OPENAI_BASE_URL'], connections):.0f} |"
            )
    return 0


def single(runs: int, *, with_peers: bool) -> None:
    """One process per job, each in turn with the yardstick."""
    with simulator() as env:
        stdin = json.dumps(job()).encode()
        names = ["bare script", "probe.py"]
        commands: list[tuple[str, ...]] = [BARE, PROBE]
        if with_peers:
            found = peers.commands()
            names += [name for name, _ in found]
            commands += [command for _, command in found]
        costs, ratios = in_turn(commands, stdin, env, runs)
        for name, cost, ratio in zip(names, costs, ratios, strict=True):
            _row(f"three turns, {name}", cost, ratio)
        refused = json.dumps(job() | {"modelId": "nevada-1"}).encode()
        _row("start-up alone", middle([run(PROBE, refused, env) for _ in range(runs)]), None)
        for name, prompt in (("a 1 MB job", "p" * 1_000_000), ("a 100 KB answer", "[[sim answer=size:100000]]")):
            costs, ratios = in_turn([BARE, PROBE], json.dumps(job(prompt=prompt, turns=1)).encode(), env, runs)
            _row(f"{name}, bare script", costs[0], ratios[0])
            _row(f"{name}, probe.py", costs[1], ratios[1])
    with simulator(tls=CERTIFICATES / "self-signed.crt") as env:
        costs, ratios = in_turn([BARE, PROBE], json.dumps(job()).encode(), env, runs)
        _row("three turns over HTTPS, bare script", costs[0], ratios[0])
        _row("three turns over HTTPS, probe.py", costs[1], ratios[1])


def warm(runs: int, most: int) -> None:
    """probe.py --jsonl with the simulator a second away where many are in flight."""
    with simulator() as env:
        _batch("1 in flight", 100, 1, env, runs)
    with simulator(latency=1.0) as env:
        _batch("50 in flight, 1 s away", 300, 50, env, runs)
        thousand = _batch("1,000 in flight, 1 s away", 3_000, 1_000, env, runs)
        if most >= 2_000:
            double = _batch("2,000 in flight, 1 s away", 6_000, 2_000, env, 1)
            print(f"| each further one in flight | | | {(double.peak - thousand.peak) * 1024 / 1_000:.0f} KiB |")
    if most >= 10_000:
        # Far enough away that the first is not answered before the last is asked.
        with simulator(latency=12.0) as env:
            _batch("10,000 in flight, 12 s away", 10_000, 10_000, env, 1)


def _batch(name: str, jobs: int, concurrency: int, env: dict[str, str], runs: int) -> Cost:
    stdin = b"".join(json.dumps(job(number)).encode() + b"\n" for number in range(jobs))
    command = (*PROBE, "--jsonl", "--fail", "--concurrency", str(concurrency))
    cost = middle([run(command, stdin, env) for _ in range(runs)])
    turns = jobs * TURNS
    print(f"| {name} | {cost.cpu / turns * 1000:.2f} ms | {turns / cost.wall:.0f} | {cost.peak:.0f} MiB |", flush=True)
    return cost


def _row(name: str, cost: Cost, ratio: float | None) -> None:
    share = "" if ratio is None else f"{ratio:.2f}"
    print(
        f"| {name} | {cost.cpu * 1000:.0f} ms | {share} | {cost.wall * 1000:.0f} ms | {cost.peak:.1f} MiB |", flush=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
