"""Starts workers by fork from a process that has their modules loaded: to load them is most of what a short job costs.

Each job has a process of its own, with its own pipes, environment and folder, in which the script runs from its first
line to its exit status. What is about starting itself (variables and options of the interpreter, missing packages,
limits, signals while modules are loaded) must start a worker as people do.
"""

from __future__ import annotations

import gc
import importlib
import marshal
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from tools.forked_worker import LENGTH_BYTES, ask, ended
from tools.running import ROOT, SIMULATOR, WORKERS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

# Variables that an interpreter, its allocator or the linker read once, when a process starts.
READ_AT_START: Final = ("PYTHON", "LD_", "MALLOC", "GLIBC")
# Packages that the workers import where they are needed, and what measures a worker where it is told to.
LATER: Final = ("asyncio", "scipy.special", "tenacity", "coverage")
# What few workers need is left to those, which then are measured from its first line.
SELDOM: Final = ("common.fingerprinting", "common.health", "common.resolving")
PIECE: Final = 64 * 1024
MOST_DESCRIPTORS: Final = 4


class ForkServer:
    """The process; it goes with this one. Threads may use it side by side."""

    def __init__(self) -> None:
        env = {name: value for name, value in clean_environment().items() if not name.startswith("COVERAGE")}
        self._read_at_start = _read_at_start(env)
        self._folder = tempfile.TemporaryDirectory()
        self.path = str(Path(self._folder.name, "socket"))
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", __name__, self.path],
            env=env | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for as a pipe
        with self._process.stdout as said:
            if not said.readline():
                raise ConnectionError("the process that starts workers has not started")

    def close(self) -> None:
        """End it, and every worker that runs."""
        self._process.communicate()
        self._folder.cleanup()

    def can_start(self, env: Mapping[str, str]) -> bool:
        """Whether this environment asks for nothing that is settled when a process starts."""
        return _read_at_start(env) == self._read_at_start

    def run(
        self,
        script: str,
        stdin: bytes,
        *,
        env: Mapping[str, str],
        args: tuple[str, ...] = (),
        cwd: Path | None = None,
        timeout: float = 300,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a script of the workers as `subprocess.run` does, with its output captured.

        Raises:
            TimeoutExpired: it took longer, and was killed.
        """
        command = [str(WORKERS / script), *args]
        from_stdin, to_stdin = os.pipe()
        from_stdout, to_stdout = os.pipe()
        from_stderr, to_stderr = os.pipe()
        given = [from_stdin, to_stdout, to_stderr]
        encoded = {os.fsencode(name): os.fsencode(value) for name, value in env.items()}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.path)
            ask(connection, given, command, encoded, str(cwd or Path.cwd()))
            for descriptor in given:
                os.close(descriptor)
            try:
                stdout, stderr = _communicate(to_stdin, stdin, from_stdout, from_stderr, timeout)
            except TimeoutError:
                # The worker goes with the connection.
                raise subprocess.TimeoutExpired(command, timeout) from None
            return subprocess.CompletedProcess(command, ended(connection), stdout, stderr)


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(READ_AT_START)}


def _communicate(to: int, stdin: bytes, out: int, err: int, timeout: float) -> tuple[bytes, bytes]:
    """Write and read whatever can be, until both outputs have ended."""
    read: dict[int, bytearray] = {out: bytearray(), err: bytearray()}
    left = memoryview(stdin)
    deadline = time.monotonic() + timeout
    os.set_blocking(to, False)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(to, selectors.EVENT_WRITE)
            for descriptor in read:
                selector.register(descriptor, selectors.EVENT_READ)
            while selector.get_map():
                if time.monotonic() > deadline:
                    raise TimeoutError
                for key, _ in selector.select(deadline - time.monotonic()):
                    if key.fd == to:
                        with suppress(BrokenPipeError):
                            left = left[os.write(to, left[:PIECE]) :] if left else left
                            if left:
                                continue
                        selector.unregister(to)
                        os.close(to)
                        to = -1
                    elif piece := os.read(key.fd, PIECE):
                        read[key.fd] += piece
                    else:
                        selector.unregister(key.fd)
    finally:
        for descriptor in (to, out, err):
            if descriptor >= 0:
                os.close(descriptor)
    return bytes(read[out]), bytes(read[err])


def serve(path: str) -> None:
    """Start a worker for each connection, until stdin ends; a line on stdout says when they can come."""
    _load()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as selector:
        listening.bind(path)
        listening.listen(128)
        os.write(1, b"listening\n")
        workers = _Workers(selector)
        for source in (0, woken, listening):
            selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == 0:
                    workers.kill()
                    return
                if key.fd == woken:
                    os.read(woken, PIECE)
                    workers.reap()
                elif key.fd == listening.fileno():
                    selector.register(listening.accept()[0], selectors.EVENT_READ)
                elif isinstance(key.fileobj, socket.socket) and key.fileobj.fileno() >= 0:
                    # Not where its worker was reaped a moment ago, in this same round.
                    workers.hear(key.fileobj)


class _Workers:
    """Those that run, each with the connection that it was asked for by."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._connections: dict[int, socket.socket] = {}

    def hear(self, connection: socket.socket) -> None:
        """Start a worker, send one a signal, or end it where who asked for it has gone."""
        pid = next((pid for pid, known in self._connections.items() if known is connection), None)
        if pid is None:
            self._start(connection)
            return
        signals = connection.recv(PIECE)
        for number in signals or (signal.SIGKILL,):
            os.kill(pid, number)
        if not signals:
            self._selector.unregister(connection)

    def reap(self) -> None:
        """Tell how those ended that have."""
        while self._connections:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._connections.pop(pid) as connection:
                with suppress(KeyError):
                    self._selector.unregister(connection)
                with suppress(OSError):
                    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))

    def kill(self) -> None:
        """End all of them."""
        for pid in self._connections:
            os.kill(pid, signal.SIGKILL)

    def _start(self, connection: socket.socket) -> None:
        asked, descriptors, _, _ = socket.recv_fds(connection, PIECE, MOST_DESCRIPTORS)
        while len(asked) < LENGTH_BYTES or len(asked) < LENGTH_BYTES + int.from_bytes(asked[:LENGTH_BYTES]):
            piece = connection.recv(PIECE)
            if not piece:
                self._selector.unregister(connection)
                connection.close()
                break
            asked += piece
        else:
            if os.fsencode(SIMULATOR) in asked:
                _load_simulator()
            pid = os.fork()
            if pid == 0:
                _become_worker(descriptors, asked[LENGTH_BYTES:])
            self._connections[pid] = connection
        for descriptor in descriptors:
            os.close(descriptor)


def _load() -> None:
    gc.disable()
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    sys.path[:] = [str(WORKERS), *(path for path in sys.path if path != str(ROOT))]
    import common  # noqa: PLC0415 - in the path from here on

    for module in pkgutil.walk_packages(common.__path__, "common."):
        if not module.name.startswith(SELDOM):
            importlib.import_module(module.name)
    for name in LATER:
        importlib.import_module(name)
    gc.freeze()


def _load_simulator() -> None:
    """As `python simulator` finds it; once, and only where somebody asks for one."""
    if "simulator.cli" not in sys.modules:
        sys.path.insert(0, str(ROOT))
        importlib.import_module("simulator.cli")
        sys.path.remove(str(ROOT))
        gc.freeze()


def _become_worker(descriptors: list[int], request: bytes) -> NoReturn:
    """What `exec` would settle, and then the script."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for standard, descriptor in enumerate(descriptors):
            os.dup2(descriptor, standard)
        os.closerange(len(descriptors), os.sysconf("SC_OPEN_MAX"))
        command, env, folder = marshal.loads(request)  # noqa: S302 - the near end wrote it
        os.environb.clear()
        os.environb.update(env)
        os.chdir(folder)
        sys.argv = command
        gc.enable()
        # As at the start of an interpreter: it measures this process where a variable says so.
        importlib.import_module("coverage").process_startup()
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as left:
        # Workers leave with os._exit; a simulator has nothing to flush either, and says its status as a number.
        if isinstance(left.code, int):
            os._exit(left.code)
        traceback.print_exc()
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as a server
        traceback.print_exc()
    finally:
        os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1])
