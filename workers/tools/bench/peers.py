"""Others doing the same work: the OpenAI SDK and litellm, in a virtual environment of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.running import WORKERS

FOLDER: Final = WORKERS.parent / ".venv-peers"
PACKAGES: Final = ("openai==3.54.0", "litellm==1.109.1")
SCRIPTS: Final = Path(__file__).parent


def commands() -> list[tuple[str, tuple[str, ...]]]:
    """Name and command of each peer; the environment is made at the first call."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)  # noqa: S603 - our own interpreter
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)  # noqa: S603
    return [
        ("the OpenAI SDK", (str(python), str(SCRIPTS / "peer_openai.py"))),
        ("litellm", (str(python), str(SCRIPTS / "peer_litellm.py"))),
    ]
