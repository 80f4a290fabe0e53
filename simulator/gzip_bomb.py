"""A small body that becomes a large one when it is decompressed."""

from __future__ import annotations

import functools
import struct
import zlib
from typing import Final

EXPANDED_BYTES: Final = 200 * 1024 * 1024
_BLOCK: Final = b" " * (1024 * 1024)
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def gzip_bomb(body: bytes) -> bytes:
    """A body with 200 MB of blanks before it, in about 200 kB.

    The body is a real answer, so that a client which swallows it all has a success to show for it.
    """
    blanks, checksum = _blanks()
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    tail = compressor.compress(body) + compressor.flush()
    length = EXPANDED_BYTES + len(body)
    return _GZIP_HEADER + blanks + tail + struct.pack("<II", zlib.crc32(body, checksum), length)


@functools.cache
def _blanks() -> tuple[bytes, int]:
    """The compressed blanks and their checksum.

    After a full flush the compressor starts afresh on a byte boundary, so one block's output can be repeated: that
    takes no time, where compressing it all would stop the server for a second.
    """
    number = EXPANDED_BYTES // len(_BLOCK)
    compressor = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = compressor.compress(_BLOCK) + compressor.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(number):
        checksum = zlib.crc32(_BLOCK, checksum)
    return block * number, checksum
