"""Whom a request may be meant for.

A page in a browser can lead a name of its own to this machine, and so reach a server that trusts every caller on it.
Such a request bears that name as its Host; one that is meant for this machine does not.
"""

from __future__ import annotations

import ipaddress
from typing import Final

MAX_REMEMBERED: Final = 256


class Hosts:
    """The names and addresses of this machine.

    Args:
        listening: the address that the simulator listens on; where that is every address, any address is right, and
            still no foreign name.
    """

    def __init__(self, listening: str) -> None:
        self._listening = listening.lower()
        self._known: dict[str, bool] = {}

    def allow(self, host: str) -> bool:
        """Whether a Host header is one of this machine; a request without one comes from no browser."""
        allowed = self._known.get(host)
        if allowed is None:
            allowed = not host or self._is_here(_name(host))
            if len(self._known) < MAX_REMEMBERED:
                self._known[host] = allowed
        return allowed

    def _is_here(self, name: str) -> bool:
        if name in {"localhost", self._listening}:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self._listening in {"0.0.0.0", "::"}  # noqa: S104 - compared, not listened on


def _name(host: str) -> str:
    """The host without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().removesuffix(".")
