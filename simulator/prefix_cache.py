"""What the vendors' prompt caches hold: the beginnings of earlier requests, each for as long as it lives.

A prefix ends with a message (or a block of one). An entry belongs to one vendor, key and model, is refreshed by each
use, and is the same whatever follows it. Nothing is kept but digests and times, and only so many of them.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_ENTRIES: Final = 4096
FIVE_MINUTES: Final = 300.0
HALF_AN_HOUR: Final = 1800.0
ONE_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class CacheRule:
    """How a vendor caches for a model.

    Attributes:
        minimum: prompts with fewer tokens are never cached.
        block: what is read and written is a multiple of this.
        seconds: how long an entry lives after its last use, where the request does not say.
        tells_writes: whether what goes into the cache is counted, and billed, apart.
        automatic: whether every prompt is cached, or only what the request marks.
    """

    minimum: int
    block: int = 1
    seconds: float = FIVE_MINUTES
    tells_writes: bool = False
    automatic: bool = True


class Part(NamedTuple):
    """A message of a request, or a block of one.

    Attributes:
        tokens: with what the message costs beside its text.
        mark: for how many seconds the request wants all up to here to be cached, or 0.
    """

    role: str
    text: str
    tokens: int
    mark: float = 0.0


class CacheUse(NamedTuple):
    """The tokens that a request read from the cache, and those that it wrote for minutes and for an hour."""

    read: int = 0
    written: int = 0
    written_for_an_hour: int = 0


NO_CACHE: Final = CacheUse()


class PrefixCache:
    """All the vendors' caches. Used by the server's thread alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ahead = 0.0
        self._expiries: OrderedDict[bytes, float] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        self._expiries.clear()

    def advance(self, seconds: float) -> None:
        """Let that much time pass for the entries, so that nobody has to wait for them to expire."""
        self._ahead += seconds

    def use(self, scope: tuple[str, ...], parts: Sequence[Part], rule: CacheRule) -> CacheUse:
        """Look up the longest beginning of a request that is held, and put in what the rule and the marks say."""
        now = self._clock() + self._ahead
        total = sum(part.tokens for part in parts)
        if total < rule.minimum:
            return NO_CACHE
        prefixes = _prefixes(scope, parts)

        def whole_blocks(tokens: int) -> int:
            # The last token is always computed: the answer begins there.
            size = min(tokens, total - 1) // rule.block * rule.block
            return size if size >= rule.minimum else 0

        read = 0
        for digest, tokens in reversed(prefixes):
            if self._expiries.get(digest, 0.0) > now:
                read = whole_blocks(tokens)
                break
        minutes = hour = 0
        place = read
        for (digest, tokens), part in zip(prefixes, parts, strict=True):
            life = part.mark or (rule.seconds if rule.automatic else 0.0)
            if not life or tokens < rule.minimum:
                continue
            end = whole_blocks(tokens)
            if end > place:
                hour += (end - place) * (life >= ONE_HOUR)
                minutes += (end - place) * (life < ONE_HOUR)
                place = end
            self._keep(digest, now + life)
        return CacheUse(read, minutes, hour) if rule.tells_writes else CacheUse(read)

    def _keep(self, digest: bytes, expiry: float) -> None:
        self._expiries[digest] = expiry
        self._expiries.move_to_end(digest)
        if len(self._expiries) > MAX_ENTRIES:
            self._expiries.popitem(last=False)


def _prefixes(scope: tuple[str, ...], parts: Sequence[Part]) -> list[tuple[bytes, int]]:
    """The digest and the tokens of everything up to each part."""
    running = hashlib.blake2b(repr(scope).encode(), digest_size=16)
    prefixes = []
    tokens = 0
    for part in parts:
        raw = part.text.encode("utf-8", "surrogatepass")
        running.update(f"\n{part.role} {len(raw)}\n".encode())
        running.update(raw)
        tokens += part.tokens
        prefixes.append((running.copy().digest(), tokens))
    return prefixes
