"""Through which proxy a call goes: HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, and what NO_PROXY lets pass them by.

A call to this machine never goes through one: key and question would stand in clear on another machine. An entry of
NO_PROXY is a host (`api.example.org`, `.example.org`, `*.example.org`), an address, a range (`10.0.0.0/8`, `fd00::/8`),
each with a port behind it or not, or `*`.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
MAX_SHOWN_CHARS: Final = 40


class ProxyChoice(NamedTuple):
    """The proxy of a call.

    Attributes:
        url: of the proxy, with its credentials; None where the call goes straight.
        warnings: entries of NO_PROXY that cannot be read.
    """

    url: str | None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the credentials: a repr ends in logs."""
        return f"ProxyChoice({'a proxy' if self.url else 'none'})"


class _Entry(NamedTuple):
    """One entry of NO_PROXY."""

    host: str
    port: int | None
    network: IPv4Network | IPv6Network | None


def proxy_for(url: str) -> ProxyChoice:
    """The proxy for a URL, by the environment as it is now."""
    from urllib.request import getproxies  # noqa: PLC0415 - httpx has loaded it; a test that has not, pays for it here

    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if is_loopback(host):
        return ProxyChoice(None)
    proxies = getproxies()
    proxy = (proxies.get(parts.scheme) or proxies.get("all") or "").strip()
    if not proxy:
        return ProxyChoice(None)
    entries, warnings = _entries(proxies.get("no") or "")
    port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    if any(_passes(entry, host, port) for entry in entries):
        return ProxyChoice(None, warnings)
    return ProxyChoice(proxy if "://" in proxy else f"http://{proxy}", warnings)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = as_address(host)
    if address is None:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def as_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is written as, or None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _entries(text: str) -> tuple[list[_Entry], tuple[str, ...]]:
    found: list[_Entry] = []
    warnings: list[str] = []
    for part in text.replace(",", " ").replace(";", " ").split():
        try:
            found.append(_entry(part))
        except ValueError:
            shown = "".join(char if char.isprintable() else "?" for char in part.rpartition("@")[2])[:MAX_SHOWN_CHARS]
            warnings.append(f"NO_PROXY: the entry {shown} is neither a host nor an address nor a range; it is not used")
    return found, tuple(warnings)


def _entry(text: str) -> _Entry:
    """An entry as its parts.

    Raises:
        ValueError: it cannot be read.
    """
    if "://" in text:
        parts = urlsplit(text)
        return _entry(f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "")
    if "/" in text:
        network = ip_network(text.replace("[", "").replace("]", ""), strict=False)
        return _Entry("", None, network)
    host, port = text, None
    if text.startswith("[") or text.count(":") == 1:
        head, _, tail = text.rpartition(":") if not text.endswith("]") else (text, "", "")
        host, port = head, int(tail) if tail else None
    if port is not None and not 0 < port < 65_536:
        raise ValueError("no port")
    bare = host.strip("[]") if host.startswith("[") and host.endswith("]") else host
    address = as_address(bare)
    if address is not None:
        return _Entry("", port, ip_network(address))
    bare = bare.rstrip(".").lower()
    name = bare.removeprefix("*").removeprefix(".")
    if bare != "*" and (not name or any(char in name for char in "[]:*@\\")):
        raise ValueError("no host")
    return _Entry("*" if bare == "*" else name, port, None)


def _passes(entry: _Entry, host: str, port: int | None) -> bool:
    if entry.port is not None and entry.port != port:
        return False
    if entry.network is not None:
        address = as_address(host)
        mapped = getattr(address, "ipv4_mapped", None)
        return any(item is not None and item in entry.network for item in (address, mapped))
    return entry.host in {"*", host} or host.endswith(f".{entry.host}")
