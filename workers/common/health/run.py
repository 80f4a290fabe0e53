"""The health check: from its options to its document. It must run where the packages it reports on are missing."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

from common import __version__
from common.errors import ConfigError, ErrorCode, ValidationError, WorkerError
from common.health import environment
from common.health.packages import FLOORS, MEND, check_packages
from common.json.strict import printable_path
from common.probe.tokens import VOCABULARIES
from common.process.deadline import Deadline
from common.providers.records import PROVIDERS
from common.terminal_text import terminal_text

if TYPE_CHECKING:
    from common.health.documents import Failure, Health, HealthSuccess
    from common.process.worker import Session

WARMING_SECONDS: Final = 120.0
TOTAL_SECONDS: Final = 9.5


def run(document: object, session: Session) -> HealthSuccess:
    """Look at everything that can be looked at without paying.

    Raises:
        WorkerError: the job is wrong, a package is missing or too old, or a vocabulary could not be fetched.
    """
    warnings: list[str] = []
    live, providers = _options(document, warnings)
    warming = bool(session.options.get("warm_tokenizer"))
    session.set_deadline(Deadline(WARMING_SECONDS if warming else TOTAL_SECONDS))
    packages = check_packages()
    if packages.problems:
        raise ConfigError(f"{'; '.join(packages.problems)}. Run: {MEND}", details=f"Python {platform.python_version()}")
    if warming:
        _warm_tokenizer()
    health: Health = {
        "pythonVersion": platform.python_version(),
        "platform": platform.platform(),
        "packages": packages.versions,
        "apiKeys": environment.check_keys(warnings),
        "baseUrls": environment.check_base_urls(warnings),
        "proxies": environment.check_proxies(warnings),
        "certificates": environment.check_certificates(warnings),
        "descriptors": environment.check_descriptors(warnings),
        "tokenizer": environment.check_tokenizer(),
        "workersVersion": __version__,
        "warnings": warnings,
    }
    environment.check_settings(warnings)
    if live:
        from common.health.live import check_live  # noqa: PLC0415 - needs httpx, and only `live` does

        configured = [name for name in providers or PROVIDERS if health["apiKeys"][name] or providers]
        health["providers"] = check_live(configured)
    return {"success": True, "health": health}


def pretty(document: HealthSuccess | Failure) -> str:
    """The document as a table for a person."""
    if not document["success"]:
        return f"NOT FIT: {terminal_text(document['error']['message'])}\n"
    health = document["health"]
    rows: list[tuple[str, str]] = [
        ("Python", f"{health['pythonVersion']} on {health['platform']}"),
        ("workers", health["workersVersion"]),
        *((name, f"{version} (at least {FLOORS[name]})") for name, version in health["packages"].items()),
    ]
    for name, has_key in health["apiKeys"].items():
        live = health.get("providers", {}).get(name)
        state = "key" if has_key else "no key"
        if live is not None:
            state += f", answers in {live['latencyMs']} ms" if "error" not in live else f", {live['error']['code']}"
        rows.append((name, f"{state}, {health['baseUrls'].get(name, 'base URL unusable')}"))
    rows += [(name, url) for name, url in health["proxies"].items()]
    cached = [name for name, here in health["tokenizer"]["vocabularies"].items() if here]
    rows.append(("tokenizer", ", ".join(cached) or "no vocabulary (estimates where a provider sends no counts)"))
    certificates = health["certificates"]
    rows.append(
        ("certificates", f"{certificates['source']}, {'readable' if certificates['readable'] else 'UNREADABLE'}")
    )
    rows.append(("open files", str(health["descriptors"]["soft"] or "no bound")))
    rows += [("warning", text) for text in health["warnings"]]
    rows += [(name, live["error"]["message"]) for name, live in health.get("providers", {}).items() if "error" in live]
    width = max(len(name) for name, _ in rows)
    table = "".join(f"{name:<{width}}  {terminal_text(text)}\n" for name, text in rows)
    return f"{table}{verdict(health)}\n"


def verdict(health: Health) -> str:
    """What the table comes to, in one line."""
    keys = [name for name, has_key in health["apiKeys"].items() if has_key]
    failing = [
        f"{name} ({live['error']['code']})" for name, live in health.get("providers", {}).items() if "error" in live
    ]
    count = len(health["warnings"])
    heed = f"; heed the {'warning' if count == 1 else f'{count} warnings'} above" if count else ""
    if failing:
        return f"FIT, but not every provider answers: {', '.join(failing)}{heed}"
    if not keys:
        return f"FIT, but no provider can be asked without a key{heed}"
    return f"FIT: the packages are there, and {len(keys)} of {len(health['apiKeys'])} providers have a key{heed}"


def _options(document: object, warnings: list[str]) -> tuple[bool, list[str]]:
    """`live` and `providers`, checked without pydantic, which may be what is missing."""
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object, or nothing at all")
    live = document.get("live", False)
    if not isinstance(live, bool):
        raise ValidationError("live: must be true or false")
    providers = document.get("providers", [])
    if not isinstance(providers, list) or any(name not in PROVIDERS for name in providers if isinstance(name, str)):
        raise ValidationError(f"providers: must be a list of {', '.join(PROVIDERS)}")
    if any(not isinstance(name, str) for name in providers):
        raise ValidationError(f"providers: must be a list of {', '.join(PROVIDERS)}")
    warnings += [
        f"{printable_path(name)}: unknown key, not used; check its spelling"
        for name in document
        if name not in {"live", "providers"}
    ]
    return live, list(dict.fromkeys(providers))


def _warm_tokenizer() -> None:
    """Fetch the vocabularies into tiktoken's cache, once; jobs never do."""
    import tiktoken  # noqa: PLC0415 - only here is it wanted

    for name in VOCABULARIES:
        try:
            tiktoken.get_encoding(name)
        except Exception as error:  # noqa: BLE001 - tiktoken passes on whatever requests raises
            raise WorkerError(
                f"the vocabulary {name} could not be fetched; check the network, or set TIKTOKEN_CACHE_DIR to a folder"
                " that has it",
                ErrorCode.NETWORK_ERROR,
                details=f"{type(error).__name__}: {error}",
            ) from None
