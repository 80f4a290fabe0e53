"""Environments for workers under test."""

from __future__ import annotations

import os
from typing import Final

# With it coverage measures a subprocess, without it not: https://coverage.readthedocs.io/en/latest/subprocess.html
MEASURING: Final = "COVERAGE_PROCESS_CONFIG"


def LEAKY(name: str) -> bool:  # noqa: N802 - reads as a constant where it is used
    """Whether a variable of the developer would change what a worker does."""
    upper = name.upper()
    return (
        upper.endswith(("_API_KEY", "_BASE_URL", "_PROXY"))
        or upper.startswith(("PROBE_", "TIKTOKEN_"))
        or upper in {"LOG_LEVEL", "ALLOW_INSECURE_BASE_URL", "SSL_CERT_FILE", "SSL_CERT_DIR", "DATABASE_URL"}
    )


def scrubbed_environment() -> dict[str, str]:
    """The developer's environment without anything that would change what a worker does."""
    return {name: value for name, value in os.environ.items() if not LEAKY(name)}
