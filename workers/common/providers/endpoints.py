"""Where a provider is reached and with which key, read from the environment at each call, never from a job.

Base URLs have the form that each vendor's own SDK takes, so one setting serves both: with `/v1` for OpenAI and xAI,
without it for the others.
"""

from __future__ import annotations

import json
import os
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from common.config import flag
from common.errors import ConfigError, ErrorCode
from common.http.proxies import is_loopback, proxy_for
from common.providers.records import PROVIDERS
from common.redaction import redactor
from common.secrets.strength import edits_transcripts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.providers.records import Provider

ALLOW_INSECURE: Final = "ALLOW_INSECURE_BASE_URL"
_KEY_VARIABLES: Final = frozenset(name for provider in PROVIDERS.values() for name in provider.key_variables)
_HEADER_VARIABLES: Final = frozenset(f"PROBE_{name.upper()}_HEADERS" for name in PROVIDERS)
_URL_VARIABLES_WITH_PASSWORDS: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "DATABASE_URL")


_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
# RFC 9110, 5.6.2; and what no header of a user's may change: how the request is framed and where it goes.
_HEADER_NAME_MARKS: Final = "!#$%&'*+.^_`|~-"
MAX_HEADER_NAME_CHARS: Final = 100
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
# A run of letters and digits of this length is nobody's name.
MIN_TOKEN_CHARS: Final = 16
_QUOTES: Final = ('"', "'")
# Addresses that a server listens on and nobody can call: they mean this machine.
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - read, not bound
# Some paste the address of the call where that of the API belongs.
_CALL_PATHS: Final = ("/chat/completions", "/v1/messages", "/completions")


class Endpoint(NamedTuple):
    """A provider's address and key.

    Attributes:
        provider: the provider's facts.
        base_url: without a trailing slash.
        host: for messages; never holds credentials.
        key: None where a local server needs none.
        secure: whether the URL is https.
        warnings: what the user should know about the choice.
        headers: of the user's own, for a gateway that needs them; their values are secrets.
    """

    provider: Provider
    base_url: str
    host: str
    key: str | None
    secure: bool
    warnings: tuple[str, ...] = ()
    headers: Mapping[str, str] = _NO_HEADERS

    def __repr__(self) -> str:
        """Without the key: a repr ends in logs."""
        return f"Endpoint({self.provider.name}, {self.base_url})"

    def url_of(self, path: str) -> str:
        """The address of a path below the base URL. A version that stands in both is written once, as in the base."""
        base_version = self.base_url.rpartition("/")[2]
        if _is_version(base_version):
            first, _, rest = path.removeprefix("/").partition("/")
            path = f"/{rest}" if _is_version(first) else path
        return self.base_url + path


def resolve_endpoint(name: str) -> Endpoint:
    """The address and key of a provider, from the environment as it is now.

    Raises:
        ConfigError: MISSING_API_KEY when no key is set, CONFIG_ERROR when the key or the base URL cannot be used; the
            message names the variable and never shows its value.
    """
    try:
        return _endpoint(PROVIDERS[name])
    except ConfigError as error:
        raise error.but(stops_provider=True) from None


def _endpoint(provider: Provider) -> Endpoint:
    base_url, host, loopback = resolve_base_url(provider)
    key, warnings = resolve_key(provider)
    headers = resolve_headers(provider)
    if key is None and not (provider.keyless_on_loopback and loopback) and not headers:
        raise ConfigError(
            f"no API key for {provider.title}: set {' or '.join(provider.key_variables)}",
            ErrorCode.MISSING_API_KEY,
            provider=provider.name,
        )
    warnings = (*warnings, *proxy_for(base_url).warnings)
    return Endpoint(provider, base_url, host, key, base_url.startswith("https:"), warnings, headers)


def resolve_key(provider: Provider) -> tuple[str | None, tuple[str, ...]]:
    """The key of a provider, trimmed, or None; with a warning where two variables disagree or quotes were taken off.

    Raises:
        ConfigError: the key holds a character that no header may carry.
    """
    found: list[tuple[str, str]] = []
    warnings: list[str] = []
    for variable in provider.key_variables:
        text = os.environ.get(variable, "").strip()
        value = _bare_key(text)
        if value != text:
            warnings.append(f"{variable}: the quotes or the word Bearer around the key were taken off; unset them")
        if value:
            found.append((variable, value))
    if not found:
        return None, ()
    for _, value in found:
        redactor.add(value)
    variable, key = found[0]
    if not key.isascii() or not key.isprintable():
        raise ConfigError(
            f"{variable} holds a character that cannot stand in an HTTP header; copy the key again, as one line,"
            " without quotes",
            provider=provider.name,
        )
    warnings += [f"{variable} and {other} differ; {variable} is used" for other, value in found[1:] if value != key]
    return key, tuple(warnings)


def headers_variable(provider: Provider) -> str:
    """The variable of the user's own headers for a provider."""
    return f"PROBE_{provider.name.upper()}_HEADERS"


def resolve_headers(provider: Provider) -> dict[str, str]:
    """The user's own headers for a provider: PROBE_<PROVIDER>_HEADERS, a JSON object of names and values.

    Raises:
        ConfigError: it is no such object, or names a header that is not the user's to set; no value is shown.
    """
    variable = headers_variable(provider)
    text = os.environ.get(variable, "").strip()
    if not text:
        return {}
    try:
        headers = json.loads(text)
    except (ValueError, RecursionError):
        headers = None
    if not isinstance(headers, dict):
        raise ConfigError(
            f'{variable} must be a JSON object of header names and values, like {{"x-team": "a"}}',
            provider=provider.name,
        )
    for name, value in headers.items():
        shown = "".join(char if char.isprintable() else "?" for char in name)[:40]
        if not _is_header_name(name) or name.lower() in _OWN_HEADERS:
            raise ConfigError(
                f"{variable}: {shown} is not a header that can be set; take it out", provider=provider.name
            )
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise ConfigError(
                f"{variable}: the value of {shown} must be a text of printable ASCII characters", provider=provider.name
            )
        redactor.add(value)
    return {name.lower(): value for name, value in headers.items()}


def _is_version(part: str) -> bool:
    """Whether a part of a path names a version of an API: `v1`, `v1beta`."""
    return part[:1] == "v" and part[1:2].isdigit() and part.isalnum()


def _is_header_name(name: str) -> bool:
    plain = all(char.isalnum() or char in _HEADER_NAME_MARKS for char in name)
    return plain and name.isascii() and 0 < len(name) <= MAX_HEADER_NAME_CHARS


def _bare_key(text: str) -> str:
    """A key without the quotes that `docker --env-file` keeps, and without the scheme that belongs to the header."""
    if text[:1] in _QUOTES and text[-1:] == text[:1] and len(text) > 1:
        text = text[1:-1].strip()
    return text[len("Bearer ") :].strip() if text[: len("Bearer ")].lower() == "bearer " else text


def resolve_base_url(provider: Provider) -> tuple[str, str, bool]:
    """The base URL without a trailing slash, its host, and whether that host is this machine.

    Raises:
        ConfigError: not an absolute http(s) URL, with credentials, query or fragment, or plain http to elsewhere.
    """
    for variable in provider.base_url_variables:
        text = os.environ.get(variable, "").strip()
        if text[:1] in _QUOTES and text[-1:] == text[:1]:
            text = text[1:-1].strip()
        if text:
            return _checked_base_url(provider, variable, text)
    return provider.base_url, urlsplit(provider.base_url).hostname or "", False


def register_environment_secrets() -> None:
    """Make every key and password of the environment known to the redactor, before anything is printed."""
    for provider in PROVIDERS.values():
        redactor.spare(provider.name)
        redactor.spare(provider.title)
    for name, value in os.environ.items():
        if name in _KEY_VARIABLES:
            redactor.add(_bare_key(value.strip()))
        elif name in _HEADER_VARIABLES:
            _add_values(value)
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
    elif "?" in text or "#" in text:
        problem = "holds a query or a fragment; take it out, the key goes into a header"
    if problem or host is None:
        raise ConfigError(f"{variable} {problem}", provider=provider.name)
    loopback = is_loopback(host) or host in _ANY_ADDRESS
    if parts.scheme == "http" and not loopback and not flag(ALLOW_INSECURE):
        raise ConfigError(
            f"{variable} is plain http to another machine, which would show the key to the network;"
            f" use https, or set {ALLOW_INSECURE}=1",
            provider=provider.name,
        )
    # The scheme decides whether certificates are checked; written as HTTPS it is the same scheme.
    url = parts.scheme + text[len(parts.scheme) :].rstrip("/")
    if host in _ANY_ADDRESS:
        url = url.replace(f"[{host}]" if ":" in host else host, _ANY_ADDRESS[host], 1)
        host = _ANY_ADDRESS[host].strip("[]")
    for path in _CALL_PATHS:
        url = url.removesuffix(path)
    return url, host, loopback


def _add_values(text: str) -> None:
    """Register the values of a JSON object of headers, before anything is known to be right with it."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        redactor.add(text)
        return
    for value in values.values() if isinstance(values, dict) else []:
        if isinstance(value, str):
            redactor.add(value)


def _add_password(url: str) -> None:
    """Register what of a URL is a secret: its password, a token in the place of its user, or in its path."""
    url = url.strip()
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        return
    if parts.password:
        redactor.add(parts.password)
    if parts.username and (not parts.password or is_token(parts.username)):
        redactor.add(parts.username)
    for segment in parts.path.split("/"):
        if is_token(segment):
            redactor.add(segment)


def is_token(segment: str) -> bool:
    """Whether a part of a URL is a token, and no word, version or model's name."""
    longest = max((len(part) for part in "".join(c if c.isalnum() else " " for c in segment).split()), default=0)
    return longest >= MIN_TOKEN_CHARS and edits_transcripts(segment)
