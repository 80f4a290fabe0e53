"""What every test gets: an environment without the developer's keys, and no way to the network."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from support.environment import LEAKY, MEASURING, scrubbed_environment
from support.workers import fork_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Simulator


# Nothing of what is imported and collected becomes garbage; from then on there is a collector, which passes over it.
gc.disable()

# Under nohup workers are meant to outlive their parent; the tests are about those that are not.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# The same examples in every run: a test that fails now and then helps nobody on a noisy machine.
settings.register_profile(
    "steady", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


# No key, base URL, proxy or worker setting of the developer reaches a test.
for name in list(os.environ):
    if LEAKY(name):
        del os.environ[name]
CONNECT = socket.socket.connect


def _guarded(self: socket.socket, address: Any) -> None:
    """A connection to anything but this machine fails the test that tries it."""
    if self.family in {socket.AF_INET, socket.AF_INET6} and str(address[0]) not in {"127.0.0.1", "::1"}:
        raise AssertionError(f"a test tried to reach {address[0]}")
    CONNECT(self, address)


socket.socket.connect = _guarded  # type: ignore[assignment] # for every test


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """What a test has packed holds the time of the day: no name for a case, which is the same in all processes."""
    return argname if isinstance(val, bytes) and not val.decode("latin-1").isprintable() else None


# What has coverage measure the workers that a test starts; only those of some tests get it.
_measured: list[str] = []


def pytest_collection_finish() -> None:
    """What stands when the tests begin, stays: to look through it all costs each full collection 0.2 s."""
    gc.enable()
    gc.freeze()
    if MEASURING in os.environ:
        _measured.append(os.environ.pop(MEASURING))


def pytest_sessionfinish() -> None:
    """No process stays behind."""
    if fork_server.cache_info().currsize:
        fork_server().close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """The workers that a test starts are measured for coverage where it is marked so.

    To measure a worker costs as much processor time as to run it, and most take lines that tests within this process,
    which are measured always, or a marked one take too. (A fixture for this would cost each of six thousand tests.)
    """
    if not _measured or item.get_closest_marker("measured") is None:
        return (yield)
    os.environ[MEASURING] = _measured[0]
    try:
        return (yield)
    finally:
        del os.environ[MEASURING]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test that is marked so is not traced for coverage; threads beside it, such as the simulator, still are."""
    if item.get_closest_marker("untraced") is None:
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Simulator]:
    from simulator import Simulator  # noqa: PLC0415 - not every test run needs it

    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(_simulator: Simulator) -> Simulator:
    """The provider simulator, with an empty journal."""
    _simulator.reset()
    return _simulator


@pytest.fixture
def simulated(simulator: Simulator) -> dict[str, str]:
    """The environment of a worker that talks to the simulator, with waits that are over at once."""
    return {**scrubbed_environment(), **simulator.env(), "PROBE_BACKOFF_SECONDS": "0.002"}


@pytest.fixture
def made_up_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys for conversations that are driven within the test."""
    for name in ("OPENAI", "ANTHROPIC", "GOOGLE", "MISTRAL"):
        monkeypatch.setenv(f"{name}_API_KEY", "made-up-key-0001")
