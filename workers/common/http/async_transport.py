"""The transport for many conversations at once: one client for each in flight, handed on when its job is done.

httpx's asynchronous pool costs time in proportion to its connections, so one shared client is slow by the thousand. A
client of one connection is not, and the next job to the same provider finds the connection open.
"""

from __future__ import annotations

import asyncio
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import httpx

from common.http.exchange import Call, Reply, TransportFault
from common.http.heads import AsyncNetwork
from common.http.proxies import proxy_for
from common.http.transport import (
    POOL_LIMITS,
    REQUEST_HEADERS,
    BodyReader,
    fault_of,
    tls_context,
    trusting_nobody,
    unusable_proxy,
)

if TYPE_CHECKING:
    import ssl

    from common.providers.endpoints import Endpoint

# httpcore looks for this optional package at every call, and Python remembers no failed import: four searches of the
# whole path per turn, a fifth of its processor time. A None in sys.modules is Python's own way to say "not here".
if find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type] # as the import system documents it

# Idle clients kept for the next job; beyond this they are closed.
MAX_IDLE: Final = 2_000


class AsyncTransport:
    """Calls over one kept connection, for one job at a time."""

    def __init__(self, base_url: str, context: ssl.SSLContext, connect_timeout: float) -> None:
        """Open a client for calls to an address.

        Raises:
            ConfigError: the environment names a proxy that cannot be used.
        """
        self._connect_timeout = connect_timeout
        try:
            transport = httpx.AsyncHTTPTransport(verify=context, limits=POOL_LIMITS, proxy=proxy_for(base_url).url)
            transport._pool._network_backend = AsyncNetwork()  # noqa: SLF001 - as in the blocking transport
            self._client = httpx.AsyncClient(
                transport=transport, headers=REQUEST_HEADERS, follow_redirects=False, trust_env=False
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise unusable_proxy() from None

    async def send(self, call: Call) -> Reply | TransportFault:
        """Make one call; every httpx exception becomes a fault by its type, and the deadline ends it anywhere."""
        remaining = max(call.deadline.remaining(), 0.001)
        timeout = httpx.Timeout(None, connect=min(self._connect_timeout, remaining))
        body: BodyReader | None = None
        try:
            async with (
                asyncio.timeout(remaining),
                self._client.stream(
                    call.method, call.url, content=call.body, headers=call.headers, timeout=timeout
                ) as response,
            ):
                body = BodyReader(response.status_code, response.headers)
                async for chunk in response.aiter_raw():
                    fault = body.feed(chunk)
                    if fault is not None:
                        return body.reply(fault)
                return body.reply()
        except TimeoutError:
            fault = TransportFault("timeout", "no whole answer within the deadline")
        except httpx.HTTPError as error:
            fault = fault_of(error)
        except (httpx.InvalidURL, UnicodeError) as error:
            return TransportFault("request", type(error).__name__)
        return fault if body is None else body.reply(fault)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()


class TransportPool:
    """The idle clients, by provider and base URL."""

    def __init__(self, connect_timeout: float) -> None:
        self._connect_timeout = connect_timeout
        self._idle: dict[str, list[AsyncTransport]] = {}
        self._tls: ssl.SSLContext | None = None
        # httpx builds a context for each client, also where no call is https; one that is shared costs nothing.
        self._plain = trusting_nobody()

    def take(self, endpoint: Endpoint) -> AsyncTransport:
        """An idle client for this address, or a new one.

        Raises:
            ConfigError: certificates or proxy settings cannot be used.
        """
        idle = self._idle.get(endpoint.base_url)
        if idle:
            return idle.pop()
        context = self._plain
        if endpoint.secure:
            self._tls = context = self._tls or tls_context()
        return AsyncTransport(endpoint.base_url, context, self._connect_timeout)

    async def give_back(self, endpoint: Endpoint, transport: AsyncTransport) -> None:
        """Keep a client for the next job."""
        idle = self._idle.setdefault(endpoint.base_url, [])
        if len(idle) < MAX_IDLE:
            idle.append(transport)
        else:
            await transport.close()
