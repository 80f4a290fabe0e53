"""Run every check of every SDK, print the table, and fail where one fails."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

from simulator import Simulator
from tools.clients import with_anthropic, with_google, with_mistral, with_openai
from tools.clients.checks import run_all

SDKS = ("openai", "anthropic", "google-genai", "mistralai")


def main() -> int:
    """The exit status: 1 where a check fails."""
    for name in list(os.environ):
        # Neither a developer's key nor a proxy has anything to do with a server on this machine.
        if name.lower().endswith(("_api_key", "_base_url", "_proxy")):
            del os.environ[name]
    print(", ".join(f"{name} {version(name)}" for name in SDKS))
    with Simulator() as simulator:
        checks = [
            check for sdk in (with_openai, with_anthropic, with_google, with_mistral) for check in sdk.checks(simulator)
        ]
        failed = run_all(checks)
    print(f"{len(checks) - failed} of {len(checks)} checks hold.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
