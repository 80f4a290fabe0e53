"""Where a provider is reached and with which key, read from the environment at each call, never from a job.

Base URLs have the form that each vendor's own SDK takes, so one setting serves both: with `/v1` for OpenAI and xAI,
without it for the others.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from common.config import flag
from common.errors import ConfigError, ErrorCode
from common.providers import PROVIDERS
from common.redaction import redactor

if TYPE_CHECKING:
    from common.providers import Provider

ALLOW_INSECURE: Final = "ALLOW_INSECURE_BASE_URL"
_KEY_VARIABLES: Final = frozenset(name for provider in PROVIDERS.values() for name in provider.key_variables)
_URL_VARIABLES_WITH_PASSWORDS: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "DATABASE_URL")


class Endpoint(NamedTuple):
    """A provider's address and key.

    Attributes:
        provider: the provider's facts.
        base_url: without a trailing slash.
        host: for messages; never holds credentials.
        key: None where a local server needs none.
        secure: whether the URL is https.
        warnings: what the user should know about the choice.
    """

    provider: Provider
    base_url: str
    host: str
    key: str | None
    secure: bool
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the key: a repr ends in logs."""
        return f"Endpoint({self.provider.name}, {self.base_url})"


def resolve_endpoint(name: str) -> Endpoint:
    """The address and key of a provider, from the environment as it is now.

    Raises:
        ConfigError: MISSING_API_KEY when no key is set, CONFIG_ERROR when the key or the base URL cannot be used; the
            message names the variable and never shows its value.
    """
    try:
        return _endpoint(PROVIDERS[name])
    except ConfigError as error:
        error.stops_provider = True
        raise


def _endpoint(provider: Provider) -> Endpoint:
    base_url, host, loopback = resolve_base_url(provider)
    key, warnings = resolve_key(provider)
    if key is None and not (provider.keyless_on_loopback and loopback):
        raise ConfigError(
            f"no API key for {provider.title}: set {' or '.join(provider.key_variables)}",
            ErrorCode.MISSING_API_KEY,
            provider=provider.name,
        )
    return Endpoint(provider, base_url, host, key, base_url.startswith("https:"), warnings)


def resolve_key(provider: Provider) -> tuple[str | None, tuple[str, ...]]:
    """The key of a provider, trimmed, or None; with a warning where two variables disagree.

    Raises:
        ConfigError: the key holds a character that no header may carry.
    """
    found = [
        (variable, value) for variable in provider.key_variables if (value := os.environ.get(variable, "").strip())
    ]
    if not found:
        return None, ()
    for _, value in found:
        redactor.add(value)
    variable, key = found[0]
    if not key.isascii() or not key.isprintable():
        raise ConfigError(
            f"{variable} holds a character that cannot stand in an HTTP header; copy the key again, as one line",
            provider=provider.name,
        )
    differing = [other for other, value in found[1:] if value != key]
    warnings = tuple(f"{variable} and {other} differ; {variable} is used" for other in differing)
    return key, warnings


def resolve_base_url(provider: Provider) -> tuple[str, str, bool]:
    """The base URL without a trailing slash, its host, and whether that host is this machine.

    Raises:
        ConfigError: not an absolute http(s) URL, with credentials, query or fragment, or plain http to elsewhere.
    """
    for variable in provider.base_url_variables:
        text = os.environ.get(variable, "").strip()
        if text:
            return _checked_base_url(provider, variable, text)
    return provider.base_url, urlsplit(provider.base_url).hostname or "", False


def register_environment_secrets() -> None:
    """Make every key and password of the environment known to the redactor, before anything is printed."""
    for name, value in os.environ.items():
        if name in _KEY_VARIABLES:
            redactor.add(value)
        elif name.upper() in _URL_VARIABLES_WITH_PASSWORDS or name.endswith("_BASE_URL"):
            _add_password(value)


def _checked_base_url(provider: Provider, variable: str, text: str) -> tuple[str, str, bool]:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # a port that is no number raises here
    except ValueError:
        raise ConfigError(
            f"{variable} is not a URL; write it like {provider.base_url}", provider=provider.name
        ) from None
    problem = None
    if parts.scheme not in {"http", "https"} or not host or " " in text or not text.isprintable():
        problem = f"is not an absolute http or https URL; write it like {provider.base_url}"
    elif parts.username is not None or parts.password is not None:
        _add_password(text)
        problem = f"holds credentials; take them out and set {provider.key_variables[0]} instead"
    elif parts.query or parts.fragment:
        problem = "holds a query or a fragment; take it out, the key goes into a header"
    if problem or host is None:
        raise ConfigError(f"{variable} {problem}", provider=provider.name)
    loopback = is_loopback(host)
    if parts.scheme == "http" and not loopback and not flag(ALLOW_INSECURE):
        raise ConfigError(
            f"{variable} is plain http to another machine, which would show the key to the network;"
            f" use https, or set {ALLOW_INSECURE}=1",
            provider=provider.name,
        )
    # The scheme decides whether certificates are checked; written as HTTPS it is the same scheme.
    return parts.scheme + text[len(parts.scheme) :].rstrip("/"), host, loopback


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _add_password(url: str) -> None:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return
    if parts.password:
        redactor.add(parts.password)
