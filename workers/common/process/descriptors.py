"""Enough file descriptors for the calls in flight, or fewer calls."""

from __future__ import annotations

from typing import Final

from common.logging import get_logger

# The standard streams, the event loop, name look-ups, and room for what libraries open.
SPARE: Final = 64

logger = get_logger("worker")


def ensure_descriptors(concurrency: int) -> int:
    """Raise the soft limit as far as needed, and return how many calls it allows."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return concurrency
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = concurrency + SPARE
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return concurrency
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    except (OSError, ValueError):
        possible = soft
    allowed = max(1, possible - SPARE)
    if allowed < concurrency:
        logger.warning(
            "fewer jobs run at once than asked for, because the process may not open more files; raise: ulimit -Hn",
            asked=concurrency,
            allowed=allowed,
            limit=possible,
        )
    return min(concurrency, allowed)
