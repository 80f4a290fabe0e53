"""The command line: serve until a signal comes, or for as long as a command runs."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.control import KNOWN, PREFIX
from simulator.directives import table
from simulator.own_answers_file import BadAnswersError, read_answers
from simulator.prices import BadPriceError, Prices
from simulator.server import MAX_CONNECTIONS, Simulator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

SIGNAL_STATUS: Final = 128


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulator and return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command: list[str] = []
    if "--" in given:
        place = given.index("--")
        given, command = given[:place], given[place + 1 :]
    parser = _parser()
    options = parser.parse_args(given)
    if options.run and not options.answers:
        parser.error("--run says what --answers are for; add --answers FILE")
    if options.directives:
        sys.stdout.write(table() + "\n")
        return 0
    _raise_descriptor_limit()
    try:
        prices = Prices.from_file(Path(options.prices)) if options.prices else None
        answers = None
        if options.answers:
            answers = read_answers(Path(options.answers), Path(options.run) if options.run else None)
        ledger = Path(options.ledger) if options.ledger else None
        if ledger is not None:
            # Now rather than at the end, when it would be too late to say that it cannot be written.
            ledger.touch()
        with contextlib.ExitStack() as stack:
            journal = (
                stack.enter_context(Path(options.journal).open("a", encoding="utf-8")) if options.journal else None
            )
            simulator = Simulator(
                latency=options.latency,
                host=options.host,
                port=options.port,
                keyless=options.keyless,
                keep_bodies=not options.lean,
                journal_file=journal,
                tls=tuple(options.tls) if options.tls else None,
                prices=prices,
                answers=answers,
                max_connections=options.max_connections,
            )
            try:
                return _serve(simulator, command, export=options.export)
            finally:
                if ledger is not None:
                    ledger.write_text(json.dumps(simulator.ledger, indent=2) + "\n", encoding="utf-8")
    except (OSError, BadPriceError, BadAnswersError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="simulator",
        description=(
            "Simulate the HTTP APIs of OpenAI, Anthropic, Google, xAI, DeepSeek and Mistral on one local port. Prints"
            " its URL, its process ID and the environment that leads clients to it, then serves until SIGTERM or"
            " SIGINT. With `-- COMMAND ARGS...` it runs the command in that environment instead and exits with its"
            " status."
        ),
        epilog=f"Beside the vendors it answers in its own name, below {PREFIX}: {KNOWN}.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="the port to listen on (default: any free one)")
    parser.add_argument("--latency", type=_seconds, default=0.0, metavar="SECONDS", help="the time before each answer")
    parser.add_argument("--journal", metavar="FILE", help="append each request to FILE as a line of JSON")
    parser.add_argument(
        "--ledger", metavar="FILE", help="write what the calls were billed, by model, to FILE at the end"
    )
    parser.add_argument(
        "--prices", metavar="FILE", help='prices of your own: {"gpt-4o": {"input": 2.5, "output": 10}}, per million'
    )
    parser.add_argument(
        "--answers",
        metavar="FILE",
        help='answers of your own: {"gpt-4o": {"trolley": ["Yes.", "No."], "*": "Perhaps."}}, or a list of rows',
    )
    parser.add_argument(
        "--run",
        metavar="FILE",
        help="the run that is rehearsed, as queue expand prints it, so that --answers can name its scenarios by ID",
    )
    parser.add_argument("--lean", action="store_true", help="keep totals only, so that memory stays flat")
    parser.add_argument("--keyless", action="store_true", help="let OpenAI's part be a local server without a key")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve https with these PEM files")
    parser.add_argument(
        "--max-connections",
        type=_count,
        default=MAX_CONNECTIONS,
        metavar="N",
        help="how many may be open at once (default: %(default)s)",
    )
    parser.add_argument("--export", action="store_true", help="print the environment as lines for a shell to eval")
    parser.add_argument("--directives", action="store_true", help="print what it can be told to do wrong, and exit")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**16:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return value


def _serve(simulator: Simulator, command: Sequence[str], *, export: bool) -> int:
    stopped = threading.Event()
    child: subprocess.Popen[bytes] | None = None

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        stopped.set()
        if child is not None and number == signal.SIGTERM:
            # A terminal sends SIGINT to the command as well; SIGTERM comes to this process alone.
            child.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with simulator:
        if command:
            child = subprocess.Popen(command, env={**os.environ, **simulator.env()})  # noqa: S603 - the user's own
            status = child.wait()
            return status if status >= 0 else SIGNAL_STATUS - status
        if export:
            for name, value in simulator.env().items():
                sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        else:
            sys.stdout.write(json.dumps({"url": simulator.url, "pid": os.getpid(), "env": simulator.env()}) + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _raise_descriptor_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
