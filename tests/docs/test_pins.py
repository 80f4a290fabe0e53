"""Code that arrives is the code that was meant: everything that is installed is pinned by its hash."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import metadata

import pytest

from support.pins import FILES, entries, pins
from support.workers import ROOT

HERE = ("requirements.txt", "requirements-dev.txt", "requirements-pip.txt")
# Its script fetches the program that the lockfile has already, as a package for each kind of machine. It is not run.
SCRIPTS_NOT_RUN = {"node_modules/esbuild"}
LOCK = json.loads((ROOT / "queue-handler" / "package-lock.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES)
def test_every_python_package_is_pinned_by_version_and_hash_and_comes_from_wherever_pip_is_told(file: str) -> None:
    """No file names an index, a link or an option.

    Attack (packages): a package is replaced in the index, or by one of the same name in another.
    """
    assert entries(file)
    for entry in entries(file):
        assert re.fullmatch(r"[a-z0-9-]+==[^ ;]+( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+", entry.rstrip()), entry[
            :80
        ]
    assert "//" not in (ROOT / file).read_text(encoding="utf-8")


def test_what_the_workers_need_stands_apart_from_what_the_tests_need() -> None:
    """Who only runs workers installs no test tool; what both name they name alike."""
    runtime, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    tools = {re.split("[><=]", name)[0] for name in groups["dev"]}
    assert tools <= dev.keys()
    assert not tools & runtime.keys()
    assert {name: dev[name] for name in runtime.keys() & dev.keys()} == {
        name: runtime[name] for name in runtime.keys() & dev.keys()
    }


def test_what_is_installed_here_is_what_is_pinned() -> None:
    """Every package of the environment that the tests run in, also those that others need."""
    pinned = {name: version for file in HERE for name, version in pins(file).items()}
    for dist in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", dist.metadata["Name"]).lower()
        assert dist.version == pinned.get(name), f"{name} {dist.version}: make clean, then make test"


def test_every_pip_that_the_makefile_runs_demands_hashes_and_every_npm_runs_no_scripts_of_packages() -> None:
    """What arrives is read before it can run.

    Attack (packages): a package runs code of its own while it is installed.
    """
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--require-hashes" in re.findall(r"^PINNED := (.*)$", makefile, flags=re.MULTILINE)[0]
    pip = re.findall(r"pip install.*", makefile)
    npm = re.findall(r"npm (?:ci|install).*", makefile)
    assert pip
    assert npm
    assert all("$(PINNED) -r requirements" in line for line in pip), pip
    assert all(line.startswith("npm ci --ignore-scripts ") for line in npm), npm


def test_every_node_package_has_a_hash_in_the_lockfile_and_none_needs_a_script_that_runs_at_installation() -> None:
    """The binaries of Node.js stand in it too, one for each kind of machine.

    Attack (packages): a script of a package fetches a Node.js that no lockfile covers.
    """
    packages = {name: package for name, package in LOCK["packages"].items() if name}
    assert len(packages) > 50
    for name, package in packages.items():
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]+=*", package.get("integrity", "")), name
        assert "hasInstallScript" not in package or name in SCRIPTS_NOT_RUN, name
        assert "resolved" not in package, name
    for machine in ("linux-x64", "linux-arm64", "darwin-x64"):
        assert packages[f"node_modules/node-{machine}"]["bin"] == {"node": "bin/node"}
        assert packages[f"node_modules/node-{machine}"]["optional"]


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_a_workflow_runs_actions_of_one_hash_each_and_may_only_read(path: object) -> None:
    """A tag can be moved; a hash cannot.

    Attack (packages): the tag of an action is moved to other code, which has the rights of the workflow.
    """
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined] # a path, by its parameters
    uses = re.findall(r"uses: (\S+)", text)
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use) for use in uses), uses
    assert re.search(r"^permissions:\n  contents: read\n(?! )", text, flags=re.MULTILINE)
    assert text.count("permissions:") == 1
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
