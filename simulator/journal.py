"""The log of what was asked: what a test counts, and what a demonstration shows."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, Final, TypedDict

from simulator.ledger import Ledger
from simulator.prices import NOTHING, UNITS_PER_DOLLAR, Bill

if TYPE_CHECKING:
    from simulator.http_request import Request
    from simulator.ledger import Statement

# Gateways have headers of their own, so what looks like a credential is masked, whether or not anybody knows it.
SECRET_HEADER: Final = re.compile("auth|cookie|credential|key|pass|secret|session|signature|token|^x-portkey-")
MASK: Final = "***"
MAX_KEPT_BYTES: Final = 1024 * 1024 * 1024
PENDING: Final = "pending"
ANSWERED: Final = "answered"
ERROR: Final = "error"
ABORTED: Final = "aborted"
CLIENT_CLOSED: Final = "client-closed"


class Entry(TypedDict):
    """One request, as /_sim/journal and --journal show it.

    Attributes:
        number: counts from 1.
        time: monotonic seconds at which the whole request had arrived.
        path: without the query.
        model: without directives; null where the request names none.
        attempt: how often this body was asked of this provider and path, from 1.
        status: null until a response has begun, and for ever where none does.
        body: the JSON of the request, or null (also once a gigabyte of bodies is kept).
        headers: lower-case names; the values of those that look like credentials are replaced by ***.
        connection: counts TCP connections from 1.
        outcome: answered, error (a status from 400 up), aborted (by the simulator), client-closed, or pending.
        inputTokens: what a vendor would bill, whether or not the answer arrived; what was read from a cache and
            written to it is part of it.
        serviceTier: which one served it, in the vendor's word; null where the vendor has none.
        billedDollars: what that costs; null where the model has no price.
    """

    number: int
    time: float
    provider: str
    method: str
    path: str
    model: str | None
    attempt: int
    status: int | None
    body: Any
    bodySha256: str
    bodyBytes: int
    headers: dict[str, str]
    connection: int
    outcome: str
    inputTokens: int
    cachedInputTokens: int
    cacheWriteInputTokens: int
    outputTokens: int
    serviceTier: str | None
    billedDollars: float | None


class Counters(TypedDict):
    """Totals, which are kept in lean mode too."""

    requests: int
    inFlight: int
    peakInFlight: int
    connections: int
    inputTokens: int
    outputTokens: int
    outcomes: dict[str, int]
    statuses: dict[str, int]


class Record:
    """One request while it is answered."""

    __slots__ = (
        *("attempt", "bill", "connection", "headers", "method", "model", "number", "outcome", "path"),
        *("provider", "raw_body", "served_model", "sha256", "size", "status", "time", "units"),
    )

    def __init__(self, number: int, provider: str, request: Request) -> None:
        self.number = number
        self.time = time.monotonic()
        self.provider = provider
        self.method = request.head.method
        self.path = request.head.path
        self.headers = request.head.headers
        self.connection = request.connection
        self.size = len(request.body)
        self.model: str | None = None
        self.attempt = 1
        self.status: int | None = None
        self.raw_body = b""
        self.sha256 = ""
        self.outcome = PENDING
        self.served_model = ""
        self.bill: Bill = NOTHING
        self.units: int | None = 0

    def _body(self) -> object:
        # Bytes take less memory than what they say, and few entries are ever read.
        try:
            return json.loads(self.raw_body)
        except (ValueError, RecursionError):
            return None

    def entry(self) -> Entry:
        """The record for others to read."""
        return {
            "number": self.number,
            "time": self.time,
            "provider": self.provider,
            "method": self.method,
            "path": self.path,
            "model": self.model,
            "attempt": self.attempt,
            "status": self.status,
            "body": self._body(),
            "bodySha256": self.sha256,
            "bodyBytes": self.size,
            "headers": {name: MASK if SECRET_HEADER.search(name) else text for name, text in self.headers.items()},
            "connection": self.connection,
            "outcome": self.outcome,
            "inputTokens": self.bill.input,
            "cachedInputTokens": self.bill.cached,
            "cacheWriteInputTokens": self.bill.written + self.bill.written_for_an_hour,
            "outputTokens": self.bill.output,
            "serviceTier": self.bill.tier or None,
            "billedDollars": None if self.units is None else self.units / UNITS_PER_DOLLAR,
        }


class Journal:
    """Written by the server's thread; a snapshot can be taken from any.

    Without bodies ("lean") nothing is kept but totals, so that memory stays flat however many requests come.
    """

    def __init__(self, *, keep_bodies: bool, file: IO[str] | None = None) -> None:
        self._keep_bodies = keep_bodies
        self._file = file
        self._records: list[Record] = []
        self._attempts: dict[bytes, int] = {}
        self._ledger = Ledger()
        self._kept_bytes = 0
        self._in_flight = 0
        self.clear()

    def clear(self) -> None:
        """Forget every request, total and attempt."""
        self._records.clear()
        self._attempts.clear()
        self._ledger.clear()
        self._number = self._kept_bytes = 0
        self._peak = self._in_flight
        self._connections = self._input_tokens = self._output_tokens = 0
        self._outcomes: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()

    def connected(self) -> None:
        """Count a connection."""
        self._connections += 1

    def begin(self, provider: str, request: Request) -> Record:
        """Note a request that has arrived."""
        self._number += 1
        self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)
        record = Record(self._number, provider, request)
        if self._keep_bodies:
            self._kept_bytes += record.size
            record.raw_body = request.body if self._kept_bytes <= MAX_KEPT_BYTES else b""
            self._records.append(record)
        if self._keep_bodies or self._file:
            self.count_attempt(record, request)
        return record

    def count_attempt(self, record: Record, request: Request) -> None:
        """Find out how often a request has been asked; done at once unless the journal is lean."""
        if record.sha256:
            return
        digest = hashlib.sha256(request.body)
        record.sha256 = digest.hexdigest()
        digest.update(f"\n{record.provider}\n{record.path}".encode())
        key = digest.digest()
        record.attempt = self._attempts[key] = self._attempts.get(key, 0) + 1

    def end(self, record: Record, outcome: str) -> None:
        """Note how a request ended; only its first end counts."""
        if record.outcome != PENDING:
            return
        record.outcome = outcome
        self._in_flight -= 1
        self._outcomes[outcome] += 1
        if record.status is not None:
            self._statuses[str(record.status)] += 1
        self._input_tokens += record.bill.input
        self._output_tokens += record.bill.output
        if record.bill is not NOTHING:
            self._ledger.add(f"{record.provider}/{record.served_model}", record.bill, record.units)
        if self._file:
            self._file.write(json.dumps(record.entry()) + "\n")
            self._file.flush()

    def snapshot(self) -> list[Entry]:
        """Every request so far, in the order of arrival; empty in lean mode."""
        return [record.entry() for record in list(self._records)]

    def counters(self) -> Counters:
        """The totals so far."""
        return {
            "requests": self._number,
            "inFlight": self._in_flight,
            "peakInFlight": self._peak,
            "connections": self._connections,
            "inputTokens": self._input_tokens,
            "outputTokens": self._output_tokens,
            "outcomes": dict(self._outcomes),
            "statuses": dict(self._statuses),
        }

    def statement(self) -> Statement:
        """What the requests so far have cost."""
        return self._ledger.statement()
