"""HTTP at the edge: every httpx exception is a fault by its type, and no response grows without a bound."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx

from common.errors import ConfigError
from common.http import unpacking
from common.http.async_transport import AsyncTransport, TransportPool
from common.http.exchange import Call, Reply, TransportFault
from common.http.transport import BodyReader, SyncTransport, fault_of, tls_context
from common.process.deadline import Deadline
from common.providers.endpoints import resolve_endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

URL = "https://api.example.org/v1/chat/completions"


def call(seconds: float = 5.0, url: str = URL) -> Call:
    """A call with a deadline."""
    return Call(url, {"authorization": "Bearer made-up"}, b"{}", Deadline(seconds))


def send_sync(request: Call) -> Reply | TransportFault:
    """Through the blocking transport."""
    client = SyncTransport("http://api.example.org", connect_timeout=1)
    try:
        return client.send(request)
    finally:
        client.close()


def send_async(request: Call) -> Reply | TransportFault:
    """Through the asynchronous transport."""

    async def run() -> Reply | TransportFault:
        client = AsyncTransport(URL, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), connect_timeout=1)
        try:
            return await client.send(request)
        finally:
            await client.close()

    return asyncio.run(run())


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body as it comes over the wire, still packed, with the exception that ends it."""

    def __init__(self, *pieces: bytes | httpx.HTTPError) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        """For the blocking transport."""
        for piece in self._pieces:
            if isinstance(piece, httpx.HTTPError):
                raise piece
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """For the asynchronous one."""
        for piece in self:
            yield piece


both = pytest.mark.parametrize("send", [send_sync, send_async])


@both
@respx.mock
def test_a_response_comes_back_whole(send: Callable[[Call], Any]) -> None:
    """Status, headers in lower case, body; the request carries its headers and asks for gzip."""
    route = respx.post(URL).respond(201, content=b'{"a": 1}', headers={"X-Request-ID": "r1"})
    reply = send(call())
    assert (reply.status, reply.headers["x-request-id"], reply.body) == (201, "r1", b'{"a": 1}')
    sent = route.calls[0].request
    assert sent.headers["authorization"] == "Bearer made-up"
    assert sent.headers["accept-encoding"] == "gzip"
    assert sent.headers["user-agent"].startswith("probe-workers/")


@both
@respx.mock
def test_a_redirect_is_not_followed(send: Callable[[Call], Any]) -> None:
    """It would take the key along.

    Attack (provider): a redirect to another host, which would be sent the key.
    """
    respx.post(URL).respond(307, headers={"location": "https://elsewhere.example.org/"})
    assert send(call()).status == 307


@both
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
@respx.mock
def test_a_compressed_body_is_unpacked(encoding: str, send: Callable[[Call], Any]) -> None:
    """Also where it was not asked for."""
    pack: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}
    respx.post(URL).respond(200, content=pack[encoding](b"x" * 5_000), headers={"content-encoding": encoding})
    assert send(call()).body == b"x" * 5_000


@both
@respx.mock
def test_a_body_beyond_the_cap_is_refused(send: Callable[[Call], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is unpacked."""
    monkeypatch.setattr(unpacking, "MAX_BODY_BYTES", 10_000)
    respx.post(URL).respond(200, content=gzip.compress(b"x" * 1_000_000), headers={"content-encoding": "gzip"})
    assert send(call()).kind == "too-large"


@both
@pytest.mark.parametrize("unit", [b"[],", b'{"a":1},', b"1,", b'"aaa",'])
@respx.mock
def test_a_large_body_of_little_but_structure_is_refused(unit: bytes, send: Callable[[Call], Any]) -> None:
    """To parse it would hold every conversation of the process up; the same of text is taken."""
    body = b"[" + unit * (2 * 1024 * 1024 // len(unit)) + b"0]"
    respx.post(URL).respond(200, content=body)
    assert send(call()).kind == "too-large"
    respx.post(URL).respond(500, content=body)
    assert len(send(call()).body) <= 1024 * 1024
    text = b'{"a": "' + b"a long text, and another: " * 80_000 + b'"}'
    respx.post(URL).respond(200, content=text)
    assert send(call()).body == text


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"x"), ("gzip", b"no gzip"), ("gzip", gzip.compress(b"x" * 500)[:-20])]
)
def test_an_encoding_that_cannot_be_read_is_a_fault(encoding: str, body: bytes) -> None:
    """Unknown, broken, or cut off."""
    reader = BodyReader(200, {"content-encoding": encoding})
    fault = reader.reply(reader.feed(body))
    assert isinstance(fault, TransportFault)
    assert fault.kind == "encoding"


@both
@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "utf-8"])
@respx.mock
def test_a_plain_answer_is_taken_whatever_encoding_is_claimed_for_it(
    encoding: str, send: Callable[[Call], Any]
) -> None:
    """A gateway unpacked it and left the header; the answer is paid for."""
    body = Pieces(b' \n{"a": 1}')
    respx.post(URL).mock(return_value=httpx.Response(200, headers={"content-encoding": encoding}, stream=body))
    assert send(call()).body == b' \n{"a": 1}'


@both
@pytest.mark.parametrize("body", [gzip.compress(b"{}" * 500)[:-20], b"no gzip", gzip.compress(b"x" * 1_000_000)])
@respx.mock
def test_an_error_status_says_enough_without_a_whole_body(
    body: bytes, send: Callable[[Call], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong key stays one, and the delay that a header names is kept."""
    monkeypatch.setattr(unpacking, "MAX_BODY_BYTES", 10_000)
    headers = {"content-encoding": "gzip", "retry-after": "9"}
    respx.post(URL).mock(return_value=httpx.Response(429, headers=headers, stream=Pieces(body)))
    reply = send(call())
    assert (reply.status, reply.headers["retry-after"]) == (429, "9")


@both
@respx.mock
def test_an_error_whose_body_breaks_off_is_still_that_error(send: Callable[[Call], Any]) -> None:
    """Its status came whole."""
    respx.post(URL).mock(return_value=httpx.Response(401, stream=Pieces(b"{", httpx.ReadError("x"))))
    assert send(call()) == Reply(401, {}, b"{")


@respx.mock
def test_an_error_whose_body_outlasts_the_deadline_is_still_that_error() -> None:
    """The asynchronous transport is cut off in the middle of it."""

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

    respx.post(URL).mock(return_value=httpx.Response(429, headers={"retry-after": "99"}, stream=Endless()))
    assert send_async(call(0.05)) == Reply(429, {"retry-after": "99"}, b"{")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectTimeout("x"), "connect-timeout"),
        (httpx.ReadTimeout("x"), "timeout"),
        (httpx.WriteTimeout("x"), "timeout"),
        (httpx.PoolTimeout("x"), "timeout"),
        (httpx.ConnectError("x"), "connect"),
        (httpx.ReadError("x"), "broken"),
        (httpx.WriteError("x"), "broken"),
        (httpx.CloseError("x"), "broken"),
        (httpx.RemoteProtocolError("x"), "broken"),
        (httpx.LocalProtocolError("Illegal header value b'Bearer CANARY'"), "request"),
        (httpx.UnsupportedProtocol("x"), "request"),
        (httpx.ProxyError("407 Proxy Authentication Required"), "proxy-auth"),
        (httpx.ProxyError("502 Bad Gateway"), "proxy"),
        (httpx.DecodingError("x"), "broken"),
        (httpx.TooManyRedirects("x"), "broken"),
    ],
)
def test_an_exception_is_a_fault_by_its_type(error: httpx.HTTPError, kind: str) -> None:
    """And what might quote a header is not quoted."""
    fault = fault_of(error)
    assert fault.kind == kind
    assert "CANARY" not in fault.details


def test_the_cause_of_a_failed_connection_decides() -> None:
    """A certificate, a handshake, a name."""
    for cause, kind in (
        (ssl.SSLCertVerificationError("x"), "certificate"),
        (ssl.SSLError("x"), "tls"),
        (OSError("x"), "connect"),
    ):
        error = httpx.ConnectError("x")
        middle = RuntimeError()
        middle.__cause__ = cause
        error.__cause__ = middle
        assert fault_of(error).kind == kind


@both
def test_a_url_that_is_none_is_a_fault(send: Callable[[Call], Any]) -> None:
    """Not an exception."""
    assert send(call(url="nothing")).kind == "request"
    assert send(call(url="http://host:notaport/")).kind == "request"


@both
@respx.mock
def test_exceptions_of_a_call_come_back_as_faults(send: Callable[[Call], Any]) -> None:
    """Whatever the transport raises."""
    respx.post(URL).mock(side_effect=httpx.ReadError("x"))
    assert send(call()).kind == "broken"


@respx.mock
def test_the_deadline_ends_a_call_that_waits() -> None:
    """In the asynchronous transport it is one timer over everything."""

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    respx.post(URL).mock(side_effect=hang)
    assert send_async(call(0.05)) == TransportFault("timeout", "no whole answer within the deadline")


def test_a_client_for_plain_calls_trusts_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a call over TLS ever come its way, the handshake fails and no key is sent."""
    opened: list[dict[str, Any]] = []
    pool = httpx.HTTPTransport

    def open_pool(**options: Any) -> httpx.HTTPTransport:
        opened.append(options)
        return pool(**options)

    monkeypatch.setattr(httpx, "HTTPTransport", open_pool)
    SyncTransport("http://api.example.org", connect_timeout=1)
    context = opened[0]["verify"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs() == []


def test_certificates_that_cannot_be_read_are_a_config_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """The variables are named."""
    (tmp_path / "none.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        tls_context()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense://x"])
def test_a_proxy_that_cannot_be_used_is_a_config_error(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For both transports."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        SyncTransport("http://api.example.org", connect_timeout=1)
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        AsyncTransport(URL, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), connect_timeout=1)


def test_idle_clients_are_handed_on_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One TLS context serves all of them."""
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
    monkeypatch.setattr("common.http.async_transport.MAX_IDLE", 1)
    endpoint = resolve_endpoint("openai")

    async def run() -> None:
        pool = TransportPool(1)
        first, second = pool.take(endpoint), pool.take(endpoint)
        assert first is not second
        await pool.give_back(endpoint, first)
        await pool.give_back(endpoint, second)
        assert pool.take(endpoint) is first
        assert second._client.is_closed

    asyncio.run(run())
