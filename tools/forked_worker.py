"""The near end of a forked worker: who starts this in place of Python has its descriptors, its signals and its status.

`python -IS forked_worker.py SOCKET [OPTION…] SCRIPT [ARGUMENT…]`. It imports only what is built in, so it costs a tenth
of a worker's own start. Where the far end (tools/fork_server.py) is not there, or the script is neither one of this
checkout's workers nor its simulator, Python itself takes its place. The worker ends with this process.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` costs as much as all the rest: it loads `enum`
import _socket
import marshal
import posix
import sys

# Options that say where modules come from and go to: a forked worker has them already.
OPTIONS = ("-I", "-B")
STREAM = "--turns-fd"
FORWARDED = (_signal.SIGTERM, _signal.SIGINT)
LENGTH_BYTES = 4
# The scripts of this checkout; those of another one have modules of their own.
CHECKOUT = __file__.removesuffix("tools/forked_worker.py")
SCRIPTS = (CHECKOUT + "workers/", CHECKOUT + "simulator")


def ask(
    connection: _socket.socket, descriptors: list[int], command: list[str], env: dict[bytes, bytes], folder: str
) -> None:
    """Have a worker started.

    Args:
        connection: to the far end; the worker goes with it.
        descriptors: what it gets as 0, 1, 2 and, if there is one, 3.
        command: the script and its arguments.
        env: all of its environment.
        folder: where it runs.
    """
    request = marshal.dumps((command, env, folder))
    request = len(request).to_bytes(LENGTH_BYTES) + request
    rights = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in descriptors)
    sent = connection.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    # To send nothing fails, too, where the worker has ended already.
    if sent < len(request):
        connection.sendall(request[sent:])


def ended(connection: _socket.socket) -> int:
    """Wait for the worker. Returns: its exit status, negative for a signal.

    Raises:
        ConnectionError: the far end is gone.
    """
    said = b""
    while not said.endswith(b"\n"):
        piece = connection.recv(64)
        if not piece:
            raise ConnectionError("the process that starts workers is gone")
        said += piece
    return int(said)


def main() -> None:
    """Be a worker to whoever started this."""
    path, *command = sys.argv[1:]
    first = next((place for place, word in enumerate(command) if word not in OPTIONS), len(command))
    script = command[first:]
    # Before there is one of its own.
    descriptors = [0, 1, 2, *_fourth(script)]
    connection = _socket.socket(_socket.AF_UNIX)
    try:
        if not script or not script[0].startswith(SCRIPTS):
            raise ConnectionError
        connection.connect(path)
    except OSError:
        posix.execv(sys.executable, [sys.executable, *command])
    # What comes meanwhile waits, and then reaches the worker.
    _signal.pthread_sigmask(_signal.SIG_BLOCK, FORWARDED)
    ask(connection, descriptors, script, posix.environ, posix.getcwd())
    for number in FORWARDED:
        _signal.signal(number, lambda number, _: _forward(connection, number))
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, FORWARDED)
    status = ended(connection)
    if status < 0:
        if -status in FORWARDED:
            _signal.signal(-status, _signal.SIG_DFL)
        posix.kill(posix.getpid(), -status)
    posix._exit(status)  # noqa: SLF001 - its public name, too


def _forward(connection: _socket.socket, number: int) -> None:
    try:
        connection.sendall(bytes((number,)))
    except OSError:
        # It has ended, as is about to be told.
        return


def _fourth(script: list[str]) -> list[int]:
    """The one beyond the standard three that a worker has: 3, or the one that its arguments name, as 3 from here on."""
    number = 3
    if STREAM in script[:-1]:
        place = script.index(STREAM) + 1
        if script[place].isdigit():
            number, script[place] = int(script[place]), "3"
    try:
        posix.fstat(number)
    except OSError:
        return []
    return [number]


if __name__ == "__main__":
    main()
