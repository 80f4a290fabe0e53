"""What the environment offers: keys, base URLs, proxies, certificates, descriptors, tokenizer. No secret is shown."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from common.config import get_config
from common.errors import WorkerError
from common.probe.tokens import VOCABULARIES, cache_folder, vocabulary_cached
from common.providers.endpoints import resolve_base_url, resolve_key
from common.providers.records import PROVIDERS

if TYPE_CHECKING:
    from common.health.documents import Certificates, Tokenizer

# Each call in flight takes one; below this a warm worker at its default concurrency has little to spare.
FEW_DESCRIPTORS: Final = 256
_PROXY_SCHEMES: Final = ("http", "https", "all", "no")


def check_keys(warnings: list[str]) -> dict[str, bool]:
    """Per provider whether a usable key is set; a blank one counts as none."""
    found: dict[str, bool] = {}
    for name, provider in PROVIDERS.items():
        try:
            key, notes = resolve_key(provider)
            warnings.extend(notes)
            found[name] = key is not None
        except WorkerError as error:
            warnings.append(error.message)
            found[name] = False
    if not any(found.values()):
        variables = ", ".join(provider.key_variables[0] for provider in PROVIDERS.values())
        warnings.append(f"no API key is set; set at least one of {variables}")
    return found


def check_base_urls(warnings: list[str]) -> dict[str, str]:
    """Per provider the base URL in use."""
    found: dict[str, str] = {}
    for name, provider in PROVIDERS.items():
        try:
            found[name], _, _ = resolve_base_url(provider)
        except WorkerError as error:
            warnings.append(error.message)
    return found


def check_settings(warnings: list[str]) -> None:
    """Whether the workers' own variables can be read; a wrong one fails every job."""
    try:
        get_config()
    except WorkerError as error:
        warnings.append(error.message)


def check_proxies(warnings: list[str]) -> dict[str, str]:
    """The proxies that calls will use, without credentials: the same look-up as httpx's own, and a client opened."""
    from urllib.request import getproxies  # noqa: PLC0415 - no job needs it

    from common.http.proxies import proxy_for  # noqa: PLC0415 - only where proxies are looked at
    from common.http.transport import open_pool, trusting_nobody  # noqa: PLC0415 - needs httpx

    found: dict[str, str] = {}
    for scheme, value in sorted(getproxies().items()):
        if scheme in _PROXY_SCHEMES and value.strip():
            found[f"{scheme.upper()}_PROXY"] = value if scheme == "no" else _without_credentials(value)
    try:
        # Addresses elsewhere, so that the proxies count; nothing is sent.
        for url in ("http://192.0.2.1", "https://192.0.2.1"):
            open_pool(url, trusting_nobody()).close()
        warnings.extend(proxy_for("https://192.0.2.1").warnings)
    except WorkerError as error:
        warnings.append(error.message)
    return found


def check_certificates(warnings: list[str]) -> Certificates:
    """Where calls take their trusted certificates from, and whether they can be read."""
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        path = os.environ.get(variable)
        if path:
            break
    else:
        variable, path = "certifi", _certifi_path()
    readable = bool(path) and _loads(str(path))
    if not readable:
        warnings.append(f"the certificates of {variable} cannot be read; correct or unset it")
    return {"source": variable, "readable": readable}


def check_descriptors(warnings: list[str]) -> dict[str, int | None]:
    """How many files and connections the process may have open; None is no bound."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return {"soft": None, "hard": None}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FEW_DESCRIPTORS:
        warnings.append(f"only {soft} files may be open at once; raise it with: ulimit -n 4096")
    return {
        name: None if bound == resource.RLIM_INFINITY else bound for name, bound in (("soft", soft), ("hard", hard))
    }


def check_tokenizer() -> Tokenizer:
    """Which vocabularies are on this machine; without one, missing token counts are estimated."""
    return {
        "cacheFolder": cache_folder() or None,
        "vocabularies": {name: vocabulary_cached(name) for name in VOCABULARIES},
    }


def _without_credentials(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "not a URL"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _certifi_path() -> str | None:
    try:
        import certifi  # noqa: PLC0415 - it comes with httpx, whose absence is reported elsewhere
    except ImportError:
        return None
    return certifi.where()


def _loads(path: str) -> bool:
    if Path(path).is_dir():
        return os.access(path, os.R_OK | os.X_OK)
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError):
        return False
    return True
