"""health_check.py: is this machine fit to work."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from common import __version__
from common.health.documents import HealthResult
from common.health.packages import FLOORS
from common.providers.records import PROVIDERS
from support.documents import check_document
from support.environment import scrubbed_environment
from support.workers import WORKERS, run_worker, strict_document

if TYPE_CHECKING:
    from pathlib import Path

    from simulator import Simulator


def health(env: dict[str, str] | None = None, job: Any = b"", *args: str) -> dict[str, Any]:
    """The health of this machine."""
    run = run_worker("health_check.py", job, env, args=args)
    check_document(HealthResult, run.document)
    found: dict[str, Any] = run.document["health"]
    return found


def test_without_keys_the_machine_is_fit_and_a_warning_says_so() -> None:
    """No key is no failure."""
    found = health()
    assert found["packages"].keys() == FLOORS.keys()
    assert found["apiKeys"] == dict.fromkeys(PROVIDERS, False)
    assert any("no API key is set" in text for text in found["warnings"])
    assert found["workersVersion"] == __version__
    assert "providers" not in found


def test_keys_are_seen_and_never_shown() -> None:
    """A blank one counts as none, a broken one as none with a warning.

    Attack (reader): a key is looked for in a health report.
    """
    env = {
        **scrubbed_environment(),
        "OPENAI_API_KEY": "sk-CANARY-000001",
        "XAI_API_KEY": "  ",
        "GEMINI_API_KEY": "CANARY-2-000001",
        "MISTRAL_API_KEY": "CANARY\n3-00001",
    }
    run = run_worker("health_check.py", b"{}", env)
    keys = run.document["health"]["apiKeys"]
    assert [name for name, found in keys.items() if found] == ["openai", "google"]
    assert any("MISTRAL_API_KEY" in text for text in run.document["health"]["warnings"])
    assert b"CANARY" not in run.stdout + run.stderr


@pytest.mark.measured
def test_the_environment_is_described() -> None:
    """Base URLs, proxies without their passwords, certificates, descriptors, tokenizer."""
    env = {
        **scrubbed_environment(),
        "OPENAI_BASE_URL": "http://localhost:11434/v1/",
        "XAI_BASE_URL": "nonsense",
        "HTTPS_PROXY": "http://user:CANARY-pw@proxy.example:3128",
        "NO_PROXY": "localhost",
        "SSL_CERT_FILE": "/nonexistent.pem",
        "PROBE_DEADLINE_SECONDS": "soon",
    }
    found = health(env)
    assert found["baseUrls"]["openai"] == "http://localhost:11434/v1"
    assert "xai" not in found["baseUrls"]
    assert found["proxies"] == {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "localhost"}
    assert found["certificates"] == {"source": "SSL_CERT_FILE", "readable": False}
    assert found["descriptors"]["soft"] > 0
    assert found["tokenizer"]["vocabularies"].keys() == {"o200k_base", "cl100k_base"}
    text = " ".join(found["warnings"])
    for word in ("XAI_BASE_URL", "SSL_CERT_FILE", "PROBE_DEADLINE_SECONDS"):
        assert word in text


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "nonsense::x"])
def test_a_proxy_that_no_call_could_use_is_warned_of(proxy: str) -> None:
    """Every job would fail for it; the check says so without `live`."""
    found = health({**scrubbed_environment(), "HTTPS_PROXY": proxy})
    assert any(
        "the proxy in ALL_PROXY, HTTPS_PROXY, HTTP_PROXY or NO_PROXY cannot be used" in text
        for text in found["warnings"]
    )


def test_a_proxy_is_looked_up_as_calls_look_it_up() -> None:
    """The lower-case name goes first, also where it is empty and turns the proxy off."""
    env = {**scrubbed_environment(), "HTTPS_PROXY": "http://one.example:1"}
    assert health({**env, "https_proxy": "http://two.example:2"})["proxies"] == {"HTTPS_PROXY": "http://two.example:2"}
    assert health({**env, "https_proxy": ""})["proxies"] == {}


def test_few_descriptors_are_warned_of() -> None:
    """With the command that mends it."""
    command = ["sh", "-c", 'ulimit -n 100; exec "$0" "$1"', sys.executable, str(WORKERS / "health_check.py")]
    done = subprocess.run(command, input=b"", capture_output=True, env=scrubbed_environment(), check=False)
    warnings = strict_document(done.stdout)["health"]["warnings"]
    assert any("ulimit -n" in text for text in warnings)


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (b"[]", "must be a JSON object"),
        ({"live": 1}, "live: must be true or false"),
        ({"providers": "openai"}, "providers: must be a list of openai"),
        ({"providers": ["azure"]}, "providers: must be a list of openai"),
        ({"providers": [1]}, "providers: must be a list of openai"),
    ],
)
def test_wrong_options_are_named(job: Any, said: str) -> None:
    """VALIDATION_ERROR with the path."""
    run = run_worker("health_check.py", job)
    assert run.error["code"] == "VALIDATION_ERROR"
    assert said in run.error["message"]


def test_unknown_options_are_warned_of() -> None:
    """Accepted, not used."""
    assert "lve: unknown key, not used; check its spelling" in health(None, {"lve": True})["warnings"]


def test_a_caller_that_leaves_stdin_open_gets_its_answer() -> None:
    """Stdin is not needed."""
    process = subprocess.Popen(
        [sys.executable, str(WORKERS / "health_check.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=scrubbed_environment(),
    )
    assert process.stdout is not None
    assert strict_document(process.stdout.readline())["success"] is True
    process.communicate(timeout=300)


def test_live_asks_each_configured_provider_for_free(simulated: dict[str, str], simulator: Simulator) -> None:
    """One GET each, side by side, and how long it took."""
    found = health(simulated, {"live": True})
    assert all(result["ok"] and result["latencyMs"] >= 0 for result in found["providers"].values())
    assert list(found["providers"]) == list(PROVIDERS)
    assert sorted(entry["provider"] for entry in simulator.journal) == sorted(found["providers"])
    assert {entry["method"] for entry in simulator.journal} == {"GET"}


def test_live_reports_a_bad_key_as_a_probe_would(simulated: dict[str, str]) -> None:
    """AUTH_ERROR, and the check itself succeeds."""
    found = health({**simulated, "XAI_API_KEY": "bad-key-00000001"}, {"live": True, "providers": ["xai", "mistral"]})
    assert found["providers"]["xai"]["error"]["code"] == "AUTH_ERROR"
    assert found["providers"]["mistral"]["ok"] is True


def test_live_survives_providers_that_cannot_be_reached() -> None:
    """No key, no connection, no answer: each its class, within the time."""
    env = {**scrubbed_environment(), "OPENAI_API_KEY": "made-up-key-1", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    found = health(env, {"live": True, "providers": ["openai", "xai"]})
    assert found["providers"]["openai"]["error"]["code"] == "NETWORK_ERROR"
    assert found["providers"]["xai"]["error"]["code"] == "MISSING_API_KEY"


def test_a_person_gets_a_table(simulated: dict[str, str]) -> None:
    """`--pretty`."""
    done = run_worker(
        "health_check.py", {"live": True, "providers": ["openai"]}, simulated, args=("--pretty",), checked=False
    )
    text = done.stdout.decode()
    assert "Python " in text
    assert f"(at least {FLOORS['pydantic']})" in text
    assert "openai" in text
    assert "answers in" in text
    assert text.splitlines()[-1].startswith("FIT: the packages are there, and 6 of 6 providers have a key")
    refused = {**simulated, "XAI_API_KEY": "bad-key-00000001"}
    done = run_worker("health_check.py", {"live": True}, refused, args=("--pretty",), checked=False)
    assert "key, AUTH_ERROR" in done.stdout.decode()
    assert "XAI_API_KEY" in done.stdout.decode()
    assert done.stdout.decode().splitlines()[-1].startswith("FIT, but not every provider answers: xai (AUTH_ERROR)")


def test_without_any_package_every_one_is_named(tmp_path: Path) -> None:
    """The check itself needs none of them."""
    names = [*FLOORS, "pydantic_core", "certifi"]
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as m, sys\n"
        "def version(name):\n    raise m.PackageNotFoundError(name)\n"
        f"m.version = version\nsys.modules.update(dict.fromkeys({names!r}))\n"
    )
    run = run_worker("health_check.py", b"", {**scrubbed_environment(), "PYTHONPATH": str(tmp_path)})
    assert all(f"{name} is not installed" in run.error["message"] for name in FLOORS)


def without(package: str, folder: Path, version: str | None = None) -> dict[str, str]:
    """An environment in which a package is missing, or of another version."""
    (folder / "sitecustomize.py").write_text(
        "import importlib.metadata as m, sys\n"
        "real = m.version\n"
        "def version(name):\n"
        f"    if name == {package!r}:\n"
        + (f"        return {version!r}\n" if version else "        raise m.PackageNotFoundError(name)\n")
        + "    return real(name)\n"
        "m.version = version\n" + ("" if version else f"sys.modules[{package!r}] = None\n")
    )
    return {**scrubbed_environment(), "PYTHONPATH": str(folder)}


@pytest.mark.parametrize("package", list(FLOORS))
def test_a_missing_package_is_a_failure_with_the_command_that_mends_it(package: str, tmp_path: Path) -> None:
    """Even where it is one that the other workers cannot start without."""
    run = run_worker("health_check.py", b"", without(package, tmp_path))
    assert run.error["code"] == "CONFIG_ERROR"
    assert f"{package} is not installed" in run.error["message"]
    assert "pip install -r requirements.txt" in run.error["message"]


def test_too_old_a_package_is_a_failure(tmp_path: Path) -> None:
    """Its version and the floor are named."""
    run = run_worker("health_check.py", b"", without("pydantic", tmp_path, "2.9.1"))
    assert "pydantic 2.9.1 is older than 2.11" in run.error["message"]


@pytest.mark.parametrize("package", ["httpx", "pydantic"])
def test_the_probe_without_a_package_is_a_config_error(package: str, tmp_path: Path, simulated: dict[str, str]) -> None:
    """A document with the command, not a traceback."""
    env = {**simulated, "PYTHONPATH": without(package, tmp_path)["PYTHONPATH"]}
    run = run_worker("probe.py", json.dumps({}).encode(), env)
    assert run.error["code"] == "CONFIG_ERROR"
    assert f"the Python package {package} cannot be imported" in run.error["message"]


@pytest.mark.measured
def test_the_vocabulary_is_fetched_on_request_only(tmp_path: Path) -> None:
    """Without a way to it, a clear error."""
    env = {**scrubbed_environment(), "TIKTOKEN_CACHE_DIR": str(tmp_path), "HTTPS_PROXY": "http://127.0.0.1:9"}
    run = run_worker("health_check.py", b"", env, args=("--warm-tokenizer",))
    assert run.error["code"] == "NETWORK_ERROR"
    assert "TIKTOKEN_CACHE_DIR" in run.error["message"]


@pytest.mark.measured
def test_an_old_python_is_a_document() -> None:
    """The code that says so starts on any Python 3."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.version_info = (3, 8, 0, 'final', 0)\n"
        "from common.process.launch import launch\nlaunch(name='probe')"
    )
    done = subprocess.run([sys.executable, "-c", script, str(WORKERS)], capture_output=True, check=False)
    assert done.returncode == 0
    error = strict_document(done.stdout)["error"]
    assert error["code"] == "CONFIG_ERROR"
    assert "Python 3.8 is too old" in error["message"]
