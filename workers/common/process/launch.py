"""The first code that runs. It must itself start on any Python 3 and without any package: their absence is reported."""

from __future__ import annotations

import functools
import gc
import json
import os
import signal
import sys
import types
import typing

FLOOR = (3, 11)


def launch(*, options: tuple[dict[str, str], ...] = (), **worker: object) -> None:
    """Run one worker and leave the process.

    Args:
        options: the fields of a worker.Option each; plain values, because that module needs the floor.
        worker: the fields of worker.Worker, but for its options.
    """
    if sys.version_info < FLOOR:
        message = "Python {}.{} is too old for the workers; install Python {}.{} or newer and set PYTHON to it"
        error = {
            "message": message.format(*sys.version_info[:2], *FLOOR),
            "code": "CONFIG_ERROR",
            "retryable": False,
            "details": None,
        }
        sys.stdout.write(json.dumps({"success": False, "error": error}) + "\n")
        sys.exit(0)
    # What is loaded stays; looking through it for garbage, again and again while it grows, frees nothing.
    gc.disable()
    _leave_no_core_file()
    _take_no_plugins()
    # The packages have a thousand annotations as text, most of them alike, and each is compiled when its class is made.
    typing.compile = functools.cache(compile)  # type: ignore[attr-defined] # stands before the builtin of that name
    # A signal that comes while modules are loaded waits until there is somebody to answer it with a document.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    from common.process.runner import run  # noqa: PLC0415 - needs the floor
    from common.process.worker import Option, Worker  # noqa: PLC0415 - the same

    # Leaving without the interpreter's own shutdown saves a twentieth of a small job; nothing is left to be flushed.
    own = tuple(Option(**option) for option in options)
    os._exit(run(Worker(**worker, options=own), sys.argv[1:]))  # type: ignore[arg-type] # the scripts name the fields


def _take_no_plugins() -> None:
    """Plug-ins of other packages have no business in the validation of jobs.

    Pydantic's module that looks for them is not loaded at all: it brings the reader of installed packages and that of
    mail, a tenth of what loads for a job of score.py.
    """
    loader = types.ModuleType("pydantic.plugin._loader")
    loader.get_plugins = tuple  # type: ignore[attr-defined] # called without arguments: an empty one
    sys.modules[loader.__name__] = loader


def _leave_no_core_file() -> None:
    """What the kernel writes of a process that crashes holds its keys, and others may read that folder."""
    try:
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass
