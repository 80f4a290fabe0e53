"""Others doing the same work: the OpenAI SDK and litellm, each in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from tools.running import ROOT

FOLDER: Final = ROOT / ".venv-peers"
SCRIPTS: Final = Path(__file__).parent


class Peer(NamedTuple):
    """What to install, and the script that holds the same conversation with it."""

    name: str
    # litellm asks for an OpenAI SDK of another major version than today's: hence an environment for each.
    package: str
    script: str

    @property
    def python(self) -> Path:
        """The interpreter that has it."""
        return FOLDER / self.package / "bin" / "python"


PEERS: Final = (
    Peer("the OpenAI SDK 3.54.0", "openai==3.54.0", "peer_openai.py"),
    # The newest release whose own requirements can be met: 1.109 asks for a certifi that is not published.
    Peer("litellm 1.105.0", "litellm==1.105.0", "peer_litellm.py"),
)


def commands() -> list[tuple[str, tuple[str, ...]]]:
    """Name and command of each peer that installs; its environment is made at the first call."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for peer in PEERS:
        problem = None if peer.python.exists() else _install(peer)
        if problem is None:
            found.append((peer.name, (str(peer.python), str(SCRIPTS / peer.script))))
        else:
            print(f"left out: {peer.package} does not install: {problem}", file=sys.stderr)
    return found


def _install(peer: Peer) -> str | None:
    folder = FOLDER / peer.package
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)  # noqa: S603 - our own interpreter
    pip = [str(peer.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer.package]
    done = subprocess.run(pip, check=False, capture_output=True, text=True)  # noqa: S603 - the package named above
    if done.returncode == 0:
        # What the package installed is compiled before it is measured, as ours is.
        subprocess.run([str(peer.python), "-m", "compileall", "-q", str(folder / "lib")], check=False)  # noqa: S603
        return None
    peer.python.unlink()
    return done.stderr.strip().rpartition("\n")[2]
