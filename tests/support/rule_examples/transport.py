"""Faults on the way."""
# ruff: noqa: FBT003 - `retryable` stands in the same column of every row

from __future__ import annotations

from support.rule_examples.example import Example

TRANSPORT = (
    Example("transport.dns", "openai", "NETWORK_ERROR", True, "BACKOFF", kind="dns"),
    Example("transport.connect", "openai", "NETWORK_ERROR", True, "BACKOFF", kind="connect"),
    Example("transport.connect-timeout", "openai", "TIMEOUT", True, "BACKOFF", kind="connect-timeout"),
    Example("transport.certificate", "openai", "CONFIG_ERROR", False, "NEVER", kind="certificate"),
    Example("transport.tls", "openai", "NETWORK_ERROR", True, "ONCE", kind="tls"),
    Example("transport.url", "openai", "CONFIG_ERROR", False, "NEVER", kind="request"),
    Example("transport.proxy-auth", "openai", "AUTH_ERROR", False, "NEVER", kind="proxy-auth", reason="proxy"),
    Example("transport.proxy", "openai", "NETWORK_ERROR", True, "BACKOFF", kind="proxy", reason="proxy"),
    Example("transport.timeout", "openai", "TIMEOUT", True, "NEVER", kind="timeout", billing="unknown"),
    Example("transport.broken", "openai", "NETWORK_ERROR", True, "ONCE", kind="broken", billing="unknown"),
    Example("transport.head", "openai", "SERVER_ERROR", True, "ONCE", kind="head", billing="unknown"),
    Example("transport.too-large", "openai", "INVALID_RESPONSE", False, "NEVER", kind="too-large", billing="unknown"),
    Example("transport.encoding", "openai", "SERVER_ERROR", True, "ONCE", kind="encoding", billing="unknown"),
)
