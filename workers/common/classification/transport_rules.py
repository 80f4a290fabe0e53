"""Faults on the way to a provider: a row for each FaultKind (http/exchange.py).

Where the request may have reached the provider, the call may have been paid for: `billing` says so, and it is retried
once at most.
"""

from __future__ import annotations

from typing import Final

from common.classification.failure import Retry
from common.classification.rule import Rule
from common.errors import ErrorCode

_HTTPX: Final = "https://www.python-httpx.org/exceptions/"

TRANSPORT_RULES: Final = (
    Rule(
        "transport.dns",
        ErrorCode.NETWORK_ERROR,
        "the host name {host} does not resolve; check the network, the DNS, {base_url_variable} and any proxy",
        _HTTPX,
        kinds=("dns",),
    ),
    Rule(
        "transport.connect",
        ErrorCode.NETWORK_ERROR,
        "no connection to {host}; check the network, {base_url_variable} and any proxy",
        _HTTPX,
        kinds=("connect",),
    ),
    Rule(
        "transport.connect-timeout",
        ErrorCode.TIMEOUT,
        "{host} did not accept a connection in time; check the network and any firewall",
        _HTTPX,
        kinds=("connect-timeout",),
    ),
    Rule(
        "transport.certificate",
        ErrorCode.CONFIG_ERROR,
        "the certificate of {host} cannot be verified; if it comes from a private authority, set SSL_CERT_FILE to that"
        " authority's certificate",
        "https://www.python-httpx.org/advanced/ssl/",
        kinds=("certificate",),
    ),
    Rule(
        "transport.tls",
        ErrorCode.NETWORK_ERROR,
        "the TLS handshake with {host} failed; check {base_url_variable} and any proxy",
        _HTTPX,
        kinds=("tls",),
        retry=Retry.ONCE,
    ),
    Rule(
        "transport.url",
        ErrorCode.CONFIG_ERROR,
        "the request could not be built; check {base_url_variable} and {key_variable}",
        _HTTPX,
        kinds=("request",),
    ),
    Rule(
        "transport.proxy-auth",
        ErrorCode.AUTH_ERROR,
        "the proxy refused its credentials; check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
        "RFC 9110, 15.5.8",
        kinds=("proxy-auth",),
        reason="proxy",
    ),
    Rule(
        "transport.proxy",
        ErrorCode.NETWORK_ERROR,
        "the proxy did not reach {host}; check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
        _HTTPX,
        kinds=("proxy",),
        reason="proxy",
    ),
    Rule(
        "transport.timeout",
        ErrorCode.TIMEOUT,
        "{title} did not answer within the deadline; raise config.deadlineSeconds, or try again later",
        _HTTPX,
        kinds=("timeout",),
        retry=Retry.NEVER,
        billing="unknown",
    ),
    Rule(
        "transport.broken",
        ErrorCode.NETWORK_ERROR,
        "the connection to {host} broke before the answer was complete; try again",
        "https://www.python-httpx.org/exceptions/ - a POST is not idempotent, so it is asked once more only",
        kinds=("broken",),
        retry=Retry.ONCE,
        billing="unknown",
    ),
    Rule(
        "transport.head",
        ErrorCode.SERVER_ERROR,
        "the head of the answer breaks the rules of HTTP: a header is wrong; check any proxy or gateway before {host}",
        "RFC 9112, 6.1",
        kinds=("head",),
        reason="malformed_answer",
        retry=Retry.ONCE,
        billing="unknown",
    ),
    Rule(
        "transport.too-large",
        ErrorCode.INVALID_RESPONSE,
        "the answer is larger than the worker takes, so it was refused; lower maxTokens",
        "a bound of ours: a compressed answer may unpack to a thousand times its size",
        kinds=("too-large",),
        billing="unknown",
    ),
    Rule(
        "transport.encoding",
        ErrorCode.SERVER_ERROR,
        "the answer's content encoding cannot be read; check any proxy or gateway on the way to {host}",
        "RFC 9110, 8.4",
        kinds=("encoding",),
        reason="malformed_answer",
        retry=Retry.ONCE,
        billing="unknown",
    ),
)
