"""The command line, for people: queue handlers pass no arguments."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

from common import __version__
from common.errors import missing_package
from common.process.worker import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.process.worker import Worker


def parse_arguments(worker: Worker, argv: list[str]) -> Mapping[str, Any] | tuple[int, str]:
    """The options, or an exit status and the text to be printed with it."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            options = vars(_parser(worker).parse_args(argv))
    except SystemExit as leave:
        return int(leave.code or 0), printed.getvalue()
    if options.pop("schema"):
        try:
            return 0, json.dumps(schemas(worker), indent=2) + "\n"
        except ImportError as error:
            return 1, missing_package(error).message
    return options


def usage(worker: Worker) -> str:
    """What a person who starts a worker by hand should know."""
    return _parser(worker).format_help()


def schemas(worker: Worker) -> dict[str, object]:
    """JSON Schema 2020-12 of the job and of the documents that the worker prints."""
    schema_of = resolve("common.json.schemas:schema_of")
    return {"job": schema_of(worker.job), "result": schema_of(worker.result)}


def _parser(worker: Worker) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{worker.name}.py",
        description=f"{worker.about} One JSON document on stdin, one on stdout, log lines on stderr.",
        epilog=f"example: python workers/{worker.name}.py < job.json",
    )
    parser.add_argument("--version", action="version", version=f"{worker.name} {__version__}")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of the job and of the result")
    parser.add_argument(
        "--fail", action="store_true", help='exit with 1 on "success": false, 143 after SIGTERM, 130 after SIGINT'
    )
    for option in worker.options:
        if option.value is None:
            parser.add_argument(f"--{option.name}", action="store_true", help=option.help)
        else:
            parser.add_argument(f"--{option.name}", metavar=option.value, help=option.help)
    return parser
