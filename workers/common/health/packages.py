"""Which packages are here, and whether they are new enough. Nothing here needs any of them."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Final, NamedTuple

# The floors of pyproject.toml's dependencies; a test compares the two.
# NumPy and SciPy are wanted only when a run is analysed, but that is after its answers were paid for: better to know
# before.
FLOORS: Final = {
    "httpx": "0.28.1",
    "numpy": "2.0",
    "pydantic": "2.11",
    "scipy": "1.15",
    "tenacity": "9.0",
    "tiktoken": "0.9",
}
MEND: Final = "pip install -r requirements.txt"


class Packages(NamedTuple):
    """What was found: versions by name, and what is wrong in words."""

    versions: dict[str, str]
    problems: list[str]


def check_packages() -> Packages:
    """Look up and import every required package: an installed one may still be broken."""
    versions: dict[str, str] = {}
    problems: list[str] = []
    for name, floor in FLOORS.items():
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            problems.append(f"{name} is not installed")
            continue
        if _numbers(versions[name]) < _numbers(floor):
            problems.append(f"{name} {versions[name]} is older than {floor}")
            continue
        try:
            import_module(name)
        except Exception as error:  # noqa: BLE001 - a broken package may raise anything
            problems.append(f"{name} {versions[name]} cannot be imported ({type(error).__name__})")
    return Packages(versions, problems)


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, enough to compare with a floor."""
    numbers: list[int] = []
    for part in version.split("."):
        digits = "".join(char for char in part if char.isdigit())
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)
