"""The simulator's own door, `/_sim/`: what was asked, what it cost, and a clean slate."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from simulator.reply import Reply, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.http_request import Request
    from simulator.journal import Journal
    from simulator.prefix_cache import PrefixCache
    from simulator.quota import Quotas

PREFIX: Final = "/_sim/"
KNOWN: Final = "GET health, GET counters, GET journal, GET ledger, DELETE journal and PUT clock?advance=SECONDS"


_DONE: Final = {"ok": True}


def own_error(status: int, message: str) -> Reply:
    """An error in no vendor's name."""
    return Reply(status, encode({"error": {"message": message}}))


def control(request: Request, journal: Journal, cache: PrefixCache, quotas: Quotas) -> Reply:
    """The reply to a request below `/_sim/`."""
    what = (request.head.method, request.head.path.removeprefix(PREFIX))
    shown: dict[str, Callable[[], object]] = {
        "health": lambda: _DONE,
        "counters": journal.counters,
        "journal": journal.snapshot,
        "ledger": journal.statement,
    }
    if what[0] == "GET" and what[1] in shown:
        return Reply(200, json.dumps(shown[what[1]]()).encode())
    if what == ("DELETE", "journal"):
        journal.clear()
        cache.clear()
        quotas.clear()
        return Reply(200, encode(_DONE))
    if what == ("PUT", "clock"):
        return _advance(request, cache, quotas)
    return own_error(404, f"known are {KNOWN}")


def _advance(request: Request, cache: PrefixCache, quotas: Quotas) -> Reply:
    """Let time pass for what the vendors' caches hold, and for their quotas."""
    try:
        seconds = float(parse_qs(request.head.query).get("advance", [""])[0][:32])
    except ValueError:
        seconds = -1.0
    if not (math.isfinite(seconds) and seconds >= 0):
        return own_error(400, "advance has to be a number of seconds, 0 or more: PUT /_sim/clock?advance=301")
    cache.advance(seconds)
    quotas.advance(seconds)
    return Reply(200, encode(_DONE))
