"""A response before it is put on the wire, and how it gets there piece by piece."""

from __future__ import annotations

import functools
import gzip
import json
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from simulator.gzip_bomb import gzip_bomb
from simulator.journal import ABORTED, ANSWERED, ERROR
from simulator.prices import NOTHING, Bill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.directives import Settings
    from simulator.journal import Record

JSON_TYPE: Final = "application/json"
DEFAULT_BLANK_SECONDS: Final = 0.05
CHUNK_PIECES: Final = 3
# What comes after so many bytes comes at once, or the plan of a large answer would fill the memory.
MAX_DRIPS: Final = 1024 * 1024
CHUNKED: Final = "transfer-encoding: chunked"
LAST_CHUNK: Final = b"0\r\n\r\n"

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
_encoder: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Reply:
    """Status, headers and body.

    Attributes:
        headers: beside content-type, date and what the body's transfer needs.
        events: the body in the pieces in which a stream sends it; empty where it is no stream.
        date: what to say instead of the present moment.
        bill: what a vendor would bill for it.
    """

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Headers = field(default_factory=list)
    events: Sequence[bytes] = ()
    date: str = ""
    bill: Bill = NOTHING


class Ending(Enum):
    """What happens to the connection after the last piece."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()


@dataclass(slots=True)
class Plan:
    """A response as it goes out.

    Attributes:
        wait: seconds before the first piece.
        pieces: each with the seconds to wait before it; the first one's are beside `wait`.
        status: what the client is told, or None where it is told nothing.
        outcome: what the journal says once the last piece is out.
    """

    record: Record | None
    wait: float
    pieces: list[tuple[float, bytes]]
    ending: Ending
    status: int | None = None
    outcome: str = ABORTED


def encode(value: object) -> bytes:
    """JSON as the vendors write it: UTF-8, but escaped where half a surrogate pair has no UTF-8 form."""
    try:
        return _encoder.encode(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


@functools.lru_cache(maxsize=2)
def http_date(seconds: int) -> str:
    """A moment in the words of HTTP; they are English, whatever the locale."""
    now = time.gmtime(seconds)
    day, month = _DAYS[now.tm_wday], _MONTHS[now.tm_mon - 1]
    return f"{day}, {now.tm_mday:02} {month} {now.tm_year} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} GMT"


def render_head(reply: Reply, framing: str, *, keep_alive: bool) -> bytes:
    """The status line and headers; `framing` is the header that says where the body ends."""
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Unknown')}\r\ncontent-type: {reply.content_type}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    lines.append(f"date: {reply.date or http_date(int(time.time()))}")
    lines.append(framing if keep_alive else f"{framing}\r\nconnection: close")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def plain_plan(record: Record | None, reply: Reply, wait: float, *, keep_alive: bool) -> Plan:
    """A well-behaved response: in one piece, or a stream event by event."""
    ending = Ending.KEEP if keep_alive else Ending.CLOSE
    if reply.events:
        head = render_head(reply, CHUNKED, keep_alive=keep_alive)
        pieces = [(0.0, head), *((0.0, _chunk(event)) for event in reply.events), (0.0, LAST_CHUNK)]
        return Plan(record, wait, pieces, ending, reply.status, _whole_outcome(reply))
    head = render_head(reply, f"content-length: {len(reply.body)}", keep_alive=keep_alive)
    return Plan(record, wait, [(0.0, head + reply.body)], ending, reply.status, _whole_outcome(reply))


def _whole_outcome(reply: Reply) -> str:
    return ANSWERED if reply.status < 400 else ERROR


def bent_plan(record: Record, reply: Reply, wait: float, settings: Settings, *, keep_alive: bool) -> Plan:
    """A response that misbehaves on the wire as the settings say."""
    wait += settings.seconds("delay")
    if settings.flag("hang"):
        return Plan(record, wait, [], Ending.HANG)
    reset, close = settings.text("reset"), settings.text("close")
    where = reset or close
    ending = Ending.RESET if reset else Ending.CLOSE
    if where == "before":
        return Plan(record, wait, [], ending)
    chunked = bool(reply.events) or any(settings.flag(name) for name in ("chunked", "chunk-cut"))
    chunked = chunked or "blank" in settings
    events = reply.events if "gzip" not in settings and where != "body" else ()
    body = _compressed(reply, settings.text("gzip"))
    framing = CHUNKED if chunked else f"content-length: {len(body)}"
    head = render_head(reply, framing, keep_alive=keep_alive)
    if where == "head":
        return Plan(record, wait, [(0.0, head)], ending, reply.status)
    cut = where == "body" or settings.flag("chunk-cut")
    half = body[: len(body) // 2] if where == "body" else body
    pieces = _body_pieces(half, events, settings, chunked=chunked)
    if chunked and not cut:
        pieces.append((0.0, LAST_CHUNK))
    if cut:
        return Plan(record, wait, [(0.0, head), *pieces], ending, reply.status)
    if close is None and keep_alive:
        ending = Ending.KEEP
    return Plan(record, wait, [(0.0, head), *pieces], ending, reply.status, _whole_outcome(reply))


def _compressed(reply: Reply, how: str | None) -> bytes:
    if how is None:
        return reply.body
    reply.headers.append(("content-encoding", "gzip"))
    return gzip_bomb(reply.body) if how == "bomb" else gzip.compress(reply.body, mtime=0)


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _body_pieces(
    body: bytes, events: Sequence[bytes], settings: Settings, *, chunked: bool
) -> list[tuple[float, bytes]]:
    pieces: list[tuple[float, bytes]] = []
    blank_every = settings.seconds("blank-every", DEFAULT_BLANK_SECONDS)
    pieces += [(blank_every, b"\n")] * settings.whole("blank")
    if "drip" in settings:
        pause = settings.seconds("drip")
        pieces += [(pause, body[place : place + 1]) for place in range(min(len(body), MAX_DRIPS))]
        pieces += [(pause, body[MAX_DRIPS:])] if len(body) > MAX_DRIPS else []
    elif events:
        pieces += [(settings.seconds("event-every"), event) for event in events]
    elif body:
        step = -(-len(body) // CHUNK_PIECES) if chunked else len(body)
        pieces += [(0.0, body[place : place + step]) for place in range(0, len(body), step)]
    if chunked:
        pieces = [(pause, _chunk(piece)) for pause, piece in pieces]
    if pieces and "body-delay" in settings:
        pieces[0] = (pieces[0][0] + settings.seconds("body-delay"), pieces[0][1])
    return pieces
