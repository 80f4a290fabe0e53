"""All HTTP goes through here: one call in, a whole response or a named fault out. Nothing else imports httpx.

No redirect is followed (it would take the key to another origin), no response grows beyond a cap, also after unpacking,
and no call outlives the job's deadline, however slowly its body drips.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import httpx

from common import __version__
from common.errors import ConfigError
from common.http.exchange import Call, Reply, TransportFault
from common.http.heads import Network
from common.http.proxies import proxy_for
from common.http.unpacking import EncodingFaultError, TooLargeError, Unpacker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.http.exchange import FaultKind

# How long an idle connection is kept for the next call.
KEEPALIVE_SECONDS: Final = 300.0

# One call at a time needs one connection, but a bound would be a trap: httpcore counts a connection whose TLS handshake
# behind a proxy failed as in use for ever, and the next call would wait for it until the deadline.
POOL_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=1, keepalive_expiry=KEEPALIVE_SECONDS)

REQUEST_HEADERS: Final = {
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"probe-workers/{__version__}",
}
_FIRST_ERROR: Final = 300
# An answer is text: a large body of little else than brackets and commas would take the interpreter seconds to parse,
# in which no other conversation of the process gets a turn, and fifty times its size in memory.
PLAIN_BYTES: Final = 1024 * 1024
MAX_STRUCTURE_SHARE: Final = 1 / 8
_STRUCTURE: Final = (b"[", b"{", b",", b":")
# What the parser says of a head that breaks the rules of HTTP, as against a connection that broke.
_WORDS_OF_HEADS: Final = ("header", "transfer-encoding", "content-length")
_PROXY_VARIABLES: Final = "ALL_PROXY, HTTPS_PROXY, HTTP_PROXY or NO_PROXY"


class SyncTransport:
    """Blocking calls over one kept connection, for one job."""

    def __init__(self, base_url: str, *, connect_timeout: float) -> None:
        """Open a client.

        Args:
            base_url: where the calls go; only for https is a TLS context built, which costs more than a whole job.
            connect_timeout: bound on opening a connection, in seconds.

        Raises:
            ConfigError: the environment names a proxy that cannot be used.
        """
        self._connect_timeout = connect_timeout
        context = tls_context() if base_url.startswith("https:") else trusting_nobody()
        # The proxy is chosen there, and a .netrc must not put another key in the place of ours.
        self._client = httpx.Client(
            transport=open_pool(base_url, context), headers=REQUEST_HEADERS, follow_redirects=False, trust_env=False
        )

    def send(self, call: Call) -> Reply | TransportFault:
        """Make one call; every httpx exception becomes a fault by its type."""
        deadline = call.deadline
        try:
            with self._client.stream(
                call.method, call.url, content=call.body, headers=call.headers, timeout=self._timeout(call)
            ) as response:
                body = BodyReader(response.status_code, response.headers)
                try:
                    for chunk in response.iter_raw():
                        fault = body.feed(chunk)
                        if fault is None and not deadline.remaining():
                            fault = TransportFault("timeout", "the body did not end within the deadline")
                        if fault is not None:
                            return body.reply(fault)
                except httpx.HTTPError as error:
                    return body.reply(fault_of(error))
                return body.reply()
        except httpx.HTTPError as error:
            return fault_of(error)
        except (httpx.InvalidURL, UnicodeError) as error:
            return TransportFault("request", type(error).__name__)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _timeout(self, call: Call) -> httpx.Timeout:
        remaining = max(call.deadline.remaining(), 0.001)
        return httpx.Timeout(remaining, connect=min(self._connect_timeout, remaining))


def open_pool(base_url: str, context: ssl.SSLContext) -> httpx.HTTPTransport:
    """The connections for blocking calls to an address, through a proxy where the environment says so.

    Raises:
        ConfigError: the environment names a proxy that cannot be used.
    """
    try:
        pool = httpx.HTTPTransport(verify=context, limits=POOL_LIMITS, proxy=proxy_for(base_url).url)
    except (ImportError, ValueError, httpx.InvalidURL):
        raise unusable_proxy() from None
    # httpx hands no network on to its pool; without ours there is no keepalive behind a SOCKS proxy, and no look at the
    # heads of answers.
    pool._pool._network_backend = Network()  # noqa: SLF001 - see above
    return pool


class BodyReader:
    """Collects a response body under the caps."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self._status = status
        self._headers = headers
        self._pieces: list[bytes] = []
        self._unpacker = Unpacker(headers.get("content-encoding", ""))

    def feed(self, chunk: bytes) -> TransportFault | None:
        """Take a piece of the body; a fault ends the call."""
        try:
            self._pieces.append(self._unpacker.feed(chunk))
        except EncodingFaultError as error:
            return TransportFault("encoding", str(error))
        except TooLargeError as error:
            return TransportFault("too-large", str(error))
        return None

    def reply(self, fault: TransportFault | None = None) -> Reply | TransportFault:
        """The response, now that its body is whole or has a fault. What an error status says needs no whole body."""
        if fault is None and not self._unpacker.whole:
            fault = TransportFault("encoding", "the compressed body ends early")
        if fault is not None and self._status < _FIRST_ERROR:
            return fault
        body = b"".join(self._pieces)
        if len(body) > PLAIN_BYTES and sum(map(body.count, _STRUCTURE)) > len(body) * MAX_STRUCTURE_SHARE:
            if self._status < _FIRST_ERROR:
                return TransportFault("too-large", f"{len(body)} bytes of brackets and commas are no answer")
            body = body[:PLAIN_BYTES]
        return Reply(self._status, dict(self._headers), body)


def fault_of(error: httpx.HTTPError) -> TransportFault:
    """The fault that an httpx exception amounts to, by its type and the types of its causes."""
    kind: FaultKind
    if isinstance(error, httpx.ConnectTimeout):
        kind = "connect-timeout"
    elif isinstance(error, httpx.TimeoutException):
        kind = "timeout"
    elif isinstance(error, httpx.ProxyError):
        # httpcore's text is the proxy's own status line; 407 is the only one that asking again cannot mend.
        kind = "proxy-auth" if str(error).startswith("407") else "proxy"
    elif isinstance(error, httpx.ConnectError):
        kind = _connect_kind(error)
    elif isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return TransportFault("request", type(error).__name__)  # its text may quote a header
    elif isinstance(error, httpx.RemoteProtocolError) and any(word in str(error).lower() for word in _WORDS_OF_HEADS):
        kind = "head"
    else:
        kind = "broken"
    return TransportFault(kind, f"{type(error).__name__}: {error}")


def _connect_kind(error: BaseException) -> FaultKind:
    import socket  # noqa: PLC0415 - loaded by httpx already; named where it is needed

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "certificate"
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, socket.gaierror):
            return "dns"
        cause = cause.__cause__ or cause.__context__
    return "connect"


def tls_context() -> ssl.SSLContext:
    """The certificates that calls trust: SSL_CERT_FILE or SSL_CERT_DIR where they are set, else certifi's.

    Raises:
        ConfigError: the file or folder cannot be used.
    """
    try:
        return httpx.create_ssl_context()
    except (OSError, ssl.SSLError):
        raise ConfigError("SSL_CERT_FILE, SSL_CERT_DIR or SSLKEYLOGFILE cannot be used; correct or unset it") from None


def trusting_nobody() -> ssl.SSLContext:
    """For calls without TLS: quick to build, and a handshake that happens all the same fails instead of passing."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def unusable_proxy() -> ConfigError:
    """The error for a proxy setting with which no client can be opened."""
    return ConfigError(
        f"the proxy in {_PROXY_VARIABLES} cannot be used; correct or unset it (SOCKS needs the package httpx[socks])"
    )
