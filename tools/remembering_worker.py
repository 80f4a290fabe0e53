"""Stands before Python for the queue's tests, and asks no worker the same question twice.

Hundreds of commands ask anew whether the machine is fit, what the names of models mean, whether a scale is right. What
came of each question is what the real worker said to it, in the same environment and about the same files; only the
port of the simulator is another one. Whatever else is asked goes on to `forked_worker`, or to Python itself. It imports
only what is built in, as each start counts.
"""

from __future__ import annotations

import _blake2  # built in, where `hashlib` loads a library
import posix
import sys

from tools import forked_worker

REMEMBERED = ("workers/health_check.py", "workers/resolve_models.py", "workers/score.py --check")
FILES = (b"PROBE_MODELS_FILE", b"PROBE_PRICES_FILE")
# What a shell or this process adds.
PASSING = (b"_", b"LC_CTYPE")
BASE_URL = b"OPENAI_BASE_URL"
HOST = b"http://127.0.0.1:"
STAND_IN = b"127.0.0.1:PORT/"


def main(folder: str, socket: str | None) -> None:
    """Be the worker that the arguments name to whoever started this.

    Args:
        folder: keeps the answers.
        socket: of the process that forks workers, or None to have them started.
    """
    words = " ".join(sys.argv[1:])
    if not any(script in words for script in REMEMBERED):
        _go_on(socket)
    asked = _read(0)
    port = posix.environ.get(BASE_URL, b"").removeprefix(HOST).partition(b"/")[0]
    own = b"127.0.0.1:" + port + b"/" if port.isdigit() else STAND_IN
    path = f"{folder}/{_digest(_question(words, asked).replace(own, STAND_IN))}"
    try:
        answer = _content(path)
    except FileNotFoundError:
        answer = _asked_anew(path, asked, socket, own)
    _write(1, answer.replace(STAND_IN, own))
    posix._exit(0)  # noqa: SLF001 - its public name, too


def _go_on(socket: str | None) -> None:
    if socket is None:
        posix.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    sys.argv.insert(1, socket)
    forked_worker.main()


def _question(words: str, asked: bytes) -> bytes:
    variables = sorted(b"%b=%b" % pair for pair in posix.environ.items() if pair[0] not in PASSING)
    files = [_content_or_fault(path) for name in FILES if (path := posix.environ.get(name))]
    return b"\n".join([words.encode("utf-8", "surrogateescape"), asked, *variables, *files])


def _digest(question: bytes) -> str:
    digest: str = _blake2.blake2b(question).hexdigest()
    return digest


def _asked_anew(path: str, asked: bytes, socket: str | None, own: bytes) -> bytes:
    """What the worker says; of a failure nothing is remembered, and it is this process's own."""
    import subprocess  # noqa: PLC0415 - seldom needed

    begun = [sys.executable] if socket is None else [sys.executable, "-IS", forked_worker.__file__, socket]
    done = subprocess.run([*begun, *sys.argv[1:]], input=asked, stdout=subprocess.PIPE, check=False)  # noqa: S603
    if done.returncode != 0:
        _write(1, done.stdout)
        posix._exit(done.returncode if done.returncode > 0 else 128 - done.returncode)  # noqa: SLF001
    answer = done.stdout.replace(own, STAND_IN)
    mine = f"{path}.{posix.getpid()}"
    with open(mine, "wb") as file:  # noqa: PTH123 - pathlib takes as long as all the rest
        file.write(answer)
    posix.rename(mine, path)
    return answer


def _content_or_fault(path: bytes) -> bytes:
    try:
        return _content(path)
    except OSError as fault:
        return str(fault).encode("utf-8", "surrogateescape")


def _content(path: str | bytes) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes as long as all the rest
        return file.read()


def _read(descriptor: int) -> bytes:
    pieces = []
    while piece := posix.read(descriptor, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def _write(descriptor: int, text: bytes) -> None:
    while text:
        text = text[posix.write(descriptor, text) :]
