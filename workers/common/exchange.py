"""What a conversation asks of its driver, and what it gets back: plain values, no I/O.

The conversation is a generator: it yields a Call or a Wait, and is sent what came of it. So one conversation serves a
blocking driver (one job per process) and an asynchronous one (many jobs in one process), and no decision exists twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Generator

    from common.deadline import Deadline

FaultKind = Literal[
    "dns",
    "connect",
    "connect-timeout",
    "certificate",
    "tls",
    "request",
    "proxy-auth",
    "proxy",
    "timeout",
    "broken",
    "too-large",
    "encoding",
]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Nothing but the transport sees the headers, which hold the key."""

    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    deadline: Deadline
    method: Literal["POST", "GET"] = "POST"


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the next call.

    Attributes:
        seconds: how long.
        named_by_server: whether the provider asked for it; then it concerns every caller of that provider.
    """

    seconds: float
    named_by_server: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP response, unpacked; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class TransportFault:
    """A call that brought no whole response.

    Attributes:
        kind: how it failed, by the type of the exception.
        details: what the library said.
    """

    kind: FaultKind
    details: str


Step = Call | Wait
Outcome = Reply | TransportFault | None

if TYPE_CHECKING:
    Steps = Generator[Step, Outcome, None]
