"""What the image, the compose file, the unit and the example of the environment say is what the code has."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from typing import Final

from common.providers.records import PROVIDERS
from support.pages import page_text, rows_of_settings
from support.workers import ROOT

DOCKERFILE: Final = page_text("Dockerfile")
COMPOSE: Final = page_text("compose.yaml")
UNIT: Final = page_text("deploy/probe-queue.service")

# The queue replaces these for its workers or does not hand them down, or they are for people who debug and test.
NOT_FOR_A_HANDLER: Final = {
    "PROBE_STDIN_TIMEOUT_SECONDS",
    "PROBE_<PROVIDER>_MAX_IN_FLIGHT",
    "PROBE_<PROVIDER>_REQUESTS_PER_MINUTE",
    "SSLKEYLOGFILE",
    "DATA_GYM_CACHE_DIR",
    "LIVE_<PROVIDER>_MODEL",
}
NO_DEFAULT: Final = re.compile(r"none|.* .*|`~.*")
# From the end of the grace time to that of the process: the interruption, and the last turns on their way to the disk.
AFTER_GRACE_SECONDS: Final = 20


def known_settings() -> dict[str, str]:
    """Each variable that a handler reads, and its default, '' where it has none."""
    rows = {name: value for name, value in rows_of_settings().items() if name not in NOT_FOR_A_HANDLER}
    of_providers = {name: rows.pop(name) for name in list(rows) if "<PROVIDER>" in name}
    for provider in PROVIDERS.values():
        names = (*provider.key_variables, *provider.base_url_variables)
        rows |= dict.fromkeys(
            (*names, *(name.replace("<PROVIDER>", provider.name.upper()) for name in of_providers)), ""
        )
    return {name: "" if NO_DEFAULT.fullmatch(value) else value.strip("`") for name, value in rows.items()}


def test_the_example_of_the_environment_has_every_setting_of_a_handler_with_its_default() -> None:
    """And nothing else; each is commented out, so that a copy changes nothing."""
    lines = page_text("deploy/env.example").splitlines()
    assert all(line == "" or line.startswith("#") for line in lines)
    found = dict(re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", "\n".join(lines), flags=re.MULTILINE))
    known = known_settings()
    assert len(known) > 50
    assert found == known


def test_whatever_is_set_for_a_handler_is_a_setting() -> None:
    """In the image, in the compose file and in the unit."""
    image = re.findall(r"^(?:ENV|   ) ([A-Z_]+)=", DOCKERFILE, flags=re.MULTILINE)
    handler = COMPOSE.partition("\n  handler:\n")[2].partition("\nnetworks:")[0]
    composed = re.findall(r"^      ([A-Z_]+): ", handler, flags=re.MULTILINE)
    unit = re.findall(r"^Environment=([A-Z_]+)=", UNIT, flags=re.MULTILINE)
    assert min(len(image), len(composed), len(unit)) >= 3
    assert {*image, *composed, *unit} <= known_settings().keys()


def test_a_handler_is_given_longer_to_stop_than_its_conversations_have() -> None:
    """Else the machine kills it while it still stores what was paid for."""
    grace = int(known_settings()["QUEUE_GRACE_SECONDS"])
    bounds = [
        *re.findall(r"^TimeoutStopSec=(\d+)s$", UNIT, flags=re.MULTILINE),
        *re.findall(r"^    stop_grace_period: (\d+)s$", COMPOSE.partition("\n  handler:\n")[2], flags=re.MULTILINE),
    ]
    assert len(bounds) == 2
    assert all(int(bound) >= grace + AFTER_GRACE_SECONDS for bound in bounds)
    assert f'QUEUE_GRACE_SECONDS: "{grace}"' in COMPOSE


def test_every_image_is_named_with_its_whole_version() -> None:
    """The one that is built here has none."""
    names = [
        *re.findall(r"^ARG \w+_IMAGE=(.*)$", DOCKERFILE, flags=re.MULTILINE),
        *re.findall(r"^    image: (.*)$", COMPOSE, flags=re.MULTILINE),
    ]
    assert len(names) == 4
    unpinned = [name for name in names if not re.search(r":\d+\.\d+[\w.-]*-\w*", name)]
    assert unpinned == ["probe-queue"]
    assert all(
        re.fullmatch(r"\$\{\w+_IMAGE\}(?: AS \w+)?", name)
        for name in re.findall(r"^FROM (.*)$", DOCKERFILE, flags=re.MULTILINE)
    )


def test_the_image_runs_as_nobody_in_particular_with_what_it_needs_and_no_more() -> None:
    """No root, no package of the tests, no files of this machine."""
    built, *_, final = DOCKERFILE.split("\nFROM ")[1:]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, flags=re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "tini" in re.findall(r"^ENTRYPOINT (.*)$", final, flags=re.MULTILINE)[0]
    assert built.index("npm run") < built.index("npm ci --omit=dev")
    assert set(re.findall(r"requirements[\w-]*\.txt", DOCKERFILE)) == {"requirements.txt", "requirements-pip.txt"}
    assert len(re.findall("pip install", DOCKERFILE)) == len(re.findall("pip install.*--require-hashes", DOCKERFILE))


def test_what_the_image_copies_is_there_and_is_let_into_the_build() -> None:
    """The list of what is ignored begins with everything, so a file that is not named is missing."""
    everything, *allowed = re.findall(r"^([^#\n].*)$", page_text(".dockerignore"), flags=re.MULTILINE)
    assert everything == "*"
    let_in = [name.removeprefix("!") for name in allowed if name.startswith("!")]
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, flags=re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert len(copied) > 10
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, name) for name in let_in), source
    assert set(let_in) == copied
    # The tests are compiled with the rest, and are no part of an image.
    compiled = set(json.loads(page_text("queue-handler/tsconfig.json"))["include"]) - {"test"}
    assert {f"queue-handler/{folder}" for folder in compiled} <= copied
