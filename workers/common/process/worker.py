"""What a worker is: what its script says of it, and what its function knows of the process that it runs in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.errors import WorkerError, failure_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from common.process.deadline import Deadline
    from common.process.lifeline import Lifeline

JOB_LIMIT_BYTES: Final = 8 * 1024 * 1024


class Option(NamedTuple):
    """An option of one worker's command line: a switch, or a value where `value` says what kind.

    Attributes:
        name: without the dashes.
        help: one line.
        value: what stands for the value in `--help`; None for a switch.
    """

    name: str
    help: str
    value: str | None = None

    @property
    def key(self) -> str:
        """Its name in Session.options."""
        return self.name.replace("-", "_")


class Worker(NamedTuple):
    """What a script hands to the runner. Functions and models are named, so that a missing package is a document.

    Attributes:
        name: of the script.
        about: one sentence for `--help`.
        job: the job's model, as "module:name".
        result: the model of the documents it prints, as "module:name".
        run: the function from a parsed job and a Session to a document, as "module:name".
        limit: the most bytes of a job.
        read: for a worker whose job may be too large to be held whole: the function from the pieces of stdin, as they
            come, and the Session to the job, as "module:name". Without it the job is read whole and parsed.
        needs_stdin: whether a job must come on stdin.
        options: options beside the common ones; their values reach the function in Session.options.
        stream: for a worker with the option `jsonl`: the function from the output and the options to an exit status.
        pretty: for a worker with the option `pretty`: the function from a document to text for a person.
    """

    name: str
    about: str
    job: str
    result: str
    run: str
    limit: int = JOB_LIMIT_BYTES
    read: str = ""
    needs_stdin: bool = True
    options: tuple[Option, ...] = ()
    stream: str = ""
    pretty: str = ""


class Session:
    """What a worker's function knows of the process it runs in.

    Attributes:
        options: the values of the worker's own options.
        fail: makes the document of a job that ends with an error; a worker with something to save replaces it.
        deadline: the one that was set last.
    """

    def __init__(self, options: Mapping[str, Any], lifeline: Lifeline | None = None) -> None:
        self.options = options
        self.fail: Callable[[WorkerError], Mapping[str, object]] = failure_document
        self.deadline: Deadline | None = None
        self._lifeline = lifeline

    def set_deadline(self, deadline: Deadline) -> None:
        """End the process in order when this deadline passes, whatever it is doing then."""
        self.deadline = deadline
        if self._lifeline is not None:
            self._lifeline.set_deadline(deadline)


def resolve(name: str) -> Any:  # noqa: ANN401 - whatever the script names
    """The object that "module:name" names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
