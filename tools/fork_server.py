"""Starts workers by fork from a process that has their modules loaded: to load them is most of what a short job costs.

Each job has a process of its own, with its own pipes, environment and folder, in which the script runs from its first
line to its exit status. What is about starting itself (variables and options of the interpreter, missing packages,
limits, signals while modules are loaded) must start a worker as people do.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time
import traceback
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final, NoReturn

from tools.running import ROOT, WORKERS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader
    from pathlib import Path

# Variables that an interpreter, its allocator or the linker read once, when a process starts.
READ_AT_START: Final = ("PYTHON", "LD_", "MALLOC", "GLIBC")
# Packages that the workers import where they are needed, and what measures a worker where it is told to.
LATER: Final = ("asyncio", "scipy.special", "tenacity", "coverage")
# What few workers need is left to those, which then are measured from its first line.
SELDOM: Final = ("common.fingerprinting", "common.health", "common.resolving")
PIECE: Final = 64 * 1024


class ForkServer:
    """The process; it goes with this one. Threads may use it side by side."""

    def __init__(self) -> None:
        env = {name: value for name, value in clean_environment().items() if not name.startswith("COVERAGE")}
        self._read_at_start = _read_at_start(env)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command, env=env | {"PYTHONPATH": str(ROOT)}, pass_fds=(theirs.fileno(),)
            )

    def close(self) -> None:
        """End it; a worker that runs goes on."""
        self._control.send(b"")
        self._control.close()
        self._process.wait()

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
        ours, theirs = socket.socketpair()
        from_stdin, to_stdin = os.pipe()
        from_stdout, to_stdout = os.pipe()
        from_stderr, to_stderr = os.pipe()
        command = [str(WORKERS / script), *args]
        request = {"command": command, "env": dict(env), "cwd": str(cwd or os.getcwd())}  # noqa: PTH109 - as a worker has it
        with ExitStack() as connected:
            connected.enter_context(ours)
            with theirs:
                given = (from_stdin, to_stdout, to_stderr, theirs.fileno())
                socket.send_fds(self._control, [b"start"], given)
                for descriptor in given[:3]:
                    os.close(descriptor)
            # Bytes that are no UTF-8 stand in an environment as halves of surrogate pairs.
            ours.sendall(json.dumps(request).encode() + b"\n")
            answers = connected.enter_context(ours.makefile("rb"))
            pid = _number(answers)
            try:
                stdout, stderr = _communicate(to_stdin, stdin, from_stdout, from_stderr, timeout)
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(command, timeout) from None
            return subprocess.CompletedProcess(command, _number(answers), stdout, stderr)


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


def _number(answers: BufferedReader) -> int:
    text = answers.readline()
    if not text:
        raise ConnectionError("the process that starts workers is gone")
    return int(text)


def serve(control: socket.socket) -> None:
    """Start a worker for each request, and tell its process ID and its exit status."""
    _load()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == woken:
                    os.read(woken, PIECE)
                    _tell(waiting)
                    continue
                word, descriptors, _, _ = socket.recv_fds(control, PIECE, 4)
                if not word:
                    return
                pid = os.fork()
                if pid == 0:
                    _become_worker(descriptors)
                for descriptor in descriptors[:3]:
                    os.close(descriptor)
                waiting[pid] = socket.socket(fileno=descriptors[3])
                with suppress(OSError):  # who asked is gone
                    waiting[pid].sendall(b"%d\n" % pid)


def _tell(waiting: dict[int, socket.socket]) -> None:
    while waiting:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with waiting.pop(pid) as connection, suppress(OSError):
            connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


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


def _become_worker(descriptors: list[int]) -> NoReturn:
    """What `exec` would settle, and then the script."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        request = json.loads(socket.socket(fileno=descriptors[3]).makefile("rb").readline())
        for standard, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, standard)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        sys.argv = request["command"]
        gc.enable()
        # As at the start of an interpreter: it measures this process where a variable says so.
        importlib.import_module("coverage").process_startup()
        runpy.run_path(sys.argv[0], run_name="__main__")
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as a server
        traceback.print_exc()
    finally:
        os._exit(1)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
