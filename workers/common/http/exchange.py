"""What a conversation asks of its driver, and what it gets back: plain values, no I/O.

The conversation is a generator: it yields a Call, a Wait or a Paid, and is sent what came of it. So one conversation
serves a blocking driver (one job per process) and an asynchronous one (many jobs in one process): no decision exists
twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator

    from common.probe.documents import Turn
    from common.process.deadline import Deadline

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
    "head",
    "too-large",
    "encoding",
]


class Call(NamedTuple):
    """One request, and the model it is for. Nothing but the transport sees the headers, which hold the key."""

    url: str
    headers: dict[str, str]
    body: bytes
    deadline: Deadline
    method: Literal["POST", "GET"] = "POST"
    model: str = ""

    def __repr__(self) -> str:
        """Without headers and body: a repr ends in logs."""
        return f"Call({self.method} {self.url})"


class Wait(NamedTuple):
    """A pause before the next call.

    Attributes:
        seconds: how long.
        from_server: whether it is the provider's retry-after; then it concerns every caller of that provider.
    """

    seconds: float
    from_server: bool


class Paid(NamedTuple):
    """An answer that is paid for while further ones are still to be asked; the driver may put it in safety.

    Attributes:
        turn: as it stands in the transcript.
        started_at: when the conversation began, ISO 8601.
        duration_ms: how long it has taken so far.
    """

    turn: Turn
    started_at: str
    duration_ms: int


class Reply(NamedTuple):
    """A whole HTTP response, unpacked; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class TransportFault(NamedTuple):
    """A call that brought no whole response.

    Attributes:
        kind: how it failed, by the type of the exception.
        details: what the library said.
    """

    kind: FaultKind
    details: str


Step = Call | Wait | Paid
Outcome = Reply | TransportFault | None

if TYPE_CHECKING:
    Steps = Generator[Step, Outcome, None]
