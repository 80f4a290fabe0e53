"""Unpacks a response body piece by piece under a cap, so that a bomb never unfolds.

A gateway may write `gzip, gzip` where it packed twice or once, leave the header on a body that it unpacked, or send a
body as several gzip members (RFC 1952, 2.2): what can be read is read.
"""

from __future__ import annotations

import zlib
from typing import Final

# Whole answers are below this: the longest that any model gives has a million tokens, some four million characters.
MAX_BODY_BYTES: Final = 16 * 1024 * 1024
# Text packs to a tenth, at the very most to a hundredth; small bodies of equal characters pack better than that.
FREE_BYTES: Final = 2 * 1024 * 1024
MAX_RATIO: Final = 100
MAX_LAYERS: Final = 3
# Padding behind the last member that is no further member; more than this is no padding.
MAX_TRAILER_BYTES: Final = 64 * 1024

_JSON_BLANKS: Final = b" \t\r\n"
_STARTS_OF_JSON: Final = (b"", b"{", b"[")
_GZIP_MAGIC: Final = b"\x1f\x8b"
_READABLE: Final = frozenset({"gzip", "x-gzip", "deflate"})


class EncodingFaultError(Exception):
    """The body cannot be unpacked; the text says why."""


class TooLargeError(Exception):
    """The body is larger, or unpacks to more, than any answer."""


class Unpacker:
    """The layers of one body's content encoding."""

    def __init__(self, content_encoding: str) -> None:
        names = [name for part in content_encoding.lower().split(",") if (name := part.strip()) not in {"", "identity"}]
        self._layers = [_Layer(name) for name in reversed(names[:MAX_LAYERS])]
        self._unknown = next((name for name in names if name not in _READABLE), "layers" if len(names) > 3 else None)
        self._packed = 0
        self._is_packed = False
        self._size = 0

    def feed(self, chunk: bytes) -> bytes:
        """What the next piece of the body unpacks to.

        Raises:
            EncodingFaultError: it is packed in a way that nobody asked for, or damaged.
            TooLargeError: the body grows beyond its bounds.
        """
        self._packed += len(chunk)
        if self._layers and not self._is_packed:
            # A gateway unpacked the answer and left the header: what is plain to see is not thrown away.
            first = chunk.lstrip(_JSON_BLANKS)[:1]
            if first in _STARTS_OF_JSON:
                self._layers, self._unknown = [], None
            self._is_packed = bool(first)
        if self._unknown is not None:
            raise EncodingFaultError(f"content-encoding {self._unknown[:40]} was not asked for")
        for layer in self._layers:
            chunk = layer.feed(chunk, MAX_BODY_BYTES + 1 - self._size)
        self._size += len(chunk)
        if self._size > MAX_BODY_BYTES or self._size > max(FREE_BYTES, MAX_RATIO * self._packed):
            raise TooLargeError(f"more than {MAX_BODY_BYTES} bytes, or packed more than {MAX_RATIO} times smaller")
        return chunk

    @property
    def whole(self) -> bool:
        """Whether no layer waits for more."""
        return all(layer.whole for layer in self._layers)


class _Layer:
    """One content coding."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unpacker = _new_unpacker()
        self._held = b""  # what is too short to say what it is
        self._plain = False
        self._seen = False
        self._begun = False
        self._behind = 0

    @property
    def whole(self) -> bool:
        return self._plain or (self._unpacker.eof if self._begun else not self._held)

    def feed(self, chunk: bytes, room: int) -> bytes:
        """Unpack a piece, at most `room` bytes of it."""
        if not chunk or self._plain:
            return chunk
        if not self._seen:
            self._seen = True
            if chunk.lstrip(_JSON_BLANKS)[:1] in _STARTS_OF_JSON:
                self._plain = True  # the header says once more what was done once
                return chunk
        out = b""
        while chunk and len(out) < room:
            if self._unpacker.eof or not self._begun:
                chunk, self._held = self._held + chunk, b""
                if len(chunk) < len(_GZIP_MAGIC):
                    self._held = chunk
                    break
            if self._unpacker.eof:
                if not chunk.startswith(_GZIP_MAGIC):
                    self._count_behind(len(chunk))
                    break
                self._unpacker = _new_unpacker()  # the next member
            out += self._unpack(chunk, room - len(out))
            chunk = self._unpacker.unused_data or self._unpacker.unconsumed_tail
        return out

    def _count_behind(self, size: int) -> None:
        self._behind += size
        if self._behind > MAX_TRAILER_BYTES:
            raise TooLargeError("bytes behind the end of the compressed body")

    def _unpack(self, chunk: bytes, room: int) -> bytes:
        try:
            out = self._unpacker.decompress(chunk, room)
        except zlib.error as error:
            if self._begun or self._name != "deflate":
                raise EncodingFaultError(str(error)) from None
            # Some servers send deflate without zlib's head (RFC 9110, 8.4.1.2).
            self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                out = self._unpacker.decompress(chunk, room)
            except zlib.error:
                raise EncodingFaultError(str(error)) from None
        self._begun = True
        return out


def _new_unpacker() -> zlib._Decompress:
    # 32 + MAX_WBITS reads gzip or zlib, by the head (https://docs.python.org/3/library/zlib.html).
    return zlib.decompressobj(32 + zlib.MAX_WBITS)
