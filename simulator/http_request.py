"""Reading HTTP/1.1 requests: the head, and bodies of known length or in chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_HEAD_BYTES: Final = 64 * 1024
# As much as the most generous vendor takes, and far more than a job can hold.
MAX_BODY_BYTES: Final = 32 * 1024 * 1024
MAX_REMEMBERED_HEADS: Final = 512
MAX_REMEMBERED_HEAD_BYTES: Final = 4096
# The line before a chunk, and the trailers after the last one.
MAX_CHUNK_LINE_BYTES: Final = 4096
MAX_TRAILERS: Final = 64
MAX_LENGTH_DIGITS: Final = 18


class BadRequestError(Exception):
    """Something that is not HTTP, or more of it than is taken.

    Attributes:
        status: the answer to it.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """The request line and headers.

    Attributes:
        method: as it came.
        path: without the query, still percent-encoded.
        query: without the question mark.
        headers: lower-case names; the values of a repeated header are joined by commas.
        host: whom the request is meant for, with the port; empty where it does not say.
        content_length: 0 where there is no body.
        chunked: whether the body comes in chunks.
        keep_alive: whether the connection stays open afterwards.
        expects_continue: whether the client waits for `100 Continue` before it sends the body.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    host: str
    content_length: int
    chunked: bool
    keep_alive: bool
    expects_continue: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request and the number of the connection it came on."""

    head: Head
    body: bytes
    connection: int


_remembered: dict[bytes, Head] = {}


def parse_head(raw: bytes) -> Head:
    """The head of a request, without its blank line.

    Raises:
        BadRequestError: it is not HTTP/1.
    """
    # A client with keep-alive sends the same bytes again and again.
    head = _remembered.get(raw)
    if head is None:
        head = _parse(raw)
        if len(raw) > MAX_REMEMBERED_HEAD_BYTES:
            return head
        if len(_remembered) >= MAX_REMEMBERED_HEADS:
            _remembered.clear()
        _remembered[raw] = head
    return head


def _parse(raw: bytes) -> Head:
    lines = raw.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] not in {"HTTP/1.1", "HTTP/1.0"}:
        raise BadRequestError(400, "not an HTTP/1.1 request line")
    method, target, version = words
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequestError(400, "not a header line")
        name = name.lower()
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    host = headers.get("host", "")
    if target.startswith("http://"):
        # The absolute form, as for a proxy; it counts for more than the header.
        host, _, rest = target.removeprefix("http://").partition("/")
        target = f"/{rest}"
    path, _, query = target.partition("?")
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    wishes = headers.get("connection", "").lower()
    return Head(
        method,
        path,
        query,
        headers,
        host,
        0 if chunked else _content_length(headers),
        chunked,
        "keep-alive" in wishes if version == "HTTP/1.0" else "close" not in wishes,
        headers.get("expect", "").lower() == "100-continue",
    )


def _content_length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise BadRequestError(400, "Content-Length is not a number")
    if len(text) > MAX_LENGTH_DIGITS or int(text) > MAX_BODY_BYTES:
        raise BadRequestError(413, "the body is too large")
    return int(text)


class ChunkedBody:
    """Puts a body together from its chunks, as they come in."""

    __slots__ = ("_body", "_missing", "_trailers", "_trailing")

    def __init__(self) -> None:
        self._body = bytearray()
        self._missing = 0
        self._trailers = 0
        self._trailing = False

    def __len__(self) -> int:
        """The bytes that are here."""
        return len(self._body)

    def feed(self, buffer: bytearray) -> bytes | None:
        """Take what can be used out of the buffer; the body once it is whole.

        Raises:
            BadRequestError: a chunk's size is no number, or there is too much of anything.
        """
        while True:
            if self._missing:
                taken = buffer[: self._missing]
                del buffer[: len(taken)]
                self._body += taken
                self._missing -= len(taken)
                if self._missing:
                    return None
            end = buffer.find(b"\r\n", 0, MAX_CHUNK_LINE_BYTES + 2)
            if end < 0:
                if len(buffer) > MAX_CHUNK_LINE_BYTES + 1:
                    raise BadRequestError(400, "the line before a chunk is too long")
                return None
            line = bytes(buffer[:end])
            del buffer[: end + 2]
            if self._trailing:
                if not line:
                    return bytes(self._body)
                self._trailers += 1
                if self._trailers > MAX_TRAILERS:
                    raise BadRequestError(400, "there are too many trailers")
            elif line or not self._body:
                self._start_chunk(line)

    def _start_chunk(self, line: bytes) -> None:
        try:
            self._missing = int(line.partition(b";")[0], 16)
        except ValueError:
            raise BadRequestError(400, "the size of a chunk is not a number") from None
        if self._missing < 0 or self._missing + len(self._body) > MAX_BODY_BYTES:
            raise BadRequestError(413, "the body is too large")
        self._trailing = self._missing == 0
