"""The simulator as an object: start, stop, environment, options."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from simulator import Simulator
from simulator.application import Application
from simulator.keys import made_up_key
from simulator.records import RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def chat(client: httpx.Client, simulator: Simulator, body: dict[str, Any], key: str | None = "k") -> httpx.Response:
    """Ask OpenAI's simulation."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return client.post(f"{simulator.url}/openai/v1/chat/completions", headers=headers, json=body)


def test_the_environment_leads_to_every_vendor(simulator: Simulator) -> None:
    """A base URL and a made-up key for each of them, in the form that each vendor's clients expect."""
    root = simulator.url
    assert root == f"http://127.0.0.1:{simulator.port}"
    environment = simulator.env()
    assert environment == {
        **{record.base_url_variable: f"{root}/{name}{record.base_path}" for name, record in RECORDS.items()},
        **{record.key_variable: made_up_key(name) for name, record in RECORDS.items()},
    }
    assert environment["OPENAI_BASE_URL"] == f"{root}/openai/v1"
    assert environment["GOOGLE_GEMINI_BASE_URL"] == f"{root}/google"


def test_it_stops_with_connections_open_and_leaves_nothing(payload: Callable[..., dict[str, Any]]) -> None:
    """Idle and hanging connections are closed, the thread ends, the port is free, and it can start again."""
    threads = set(threading.enumerate())
    simulator = Simulator()
    with simulator, pytest.raises(RuntimeError):
        simulator.start()
    simulator.start()
    port = simulator.port
    idle = socket.create_connection(("127.0.0.1", port))
    with httpx.Client(trust_env=False, timeout=120) as client:
        failures: list[httpx.TransportError] = []

        def hang() -> None:
            try:
                chat(client, simulator, payload("openai", "[[sim hang=1]]", "gpt-4o"))
            except httpx.TransportError as error:
                failures.append(error)

        thread = threading.Thread(target=hang)
        thread.start()
        while not simulator.journal:
            time.sleep(0.002)
        simulator.stop()
        simulator.stop()
        thread.join(5)
    idle.close()
    assert failures
    assert simulator.journal[0]["outcome"] == "aborted"
    assert set(threading.enumerate()) == threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_port_that_is_taken(simulator: Simulator) -> None:
    """Where the address is in use, start raises and nothing is left running."""
    with pytest.raises(OSError, match="in use"):
        Simulator(port=simulator.port).start()


def test_latency_holds_every_answer_back(client: httpx.Client, payload: Callable[..., dict[str, Any]]) -> None:
    """Each answer takes the latency, and many take it at the same time."""
    with Simulator(latency=0.03) as simulator:
        started = time.monotonic()
        assert chat(client, simulator, payload("openai", "Hi", "gpt-4o")).status_code == 200
        assert time.monotonic() - started >= 0.03


def test_a_local_server_needs_no_key(client: httpx.Client, payload: Callable[..., dict[str, Any]]) -> None:
    """Keyless, a request without a key is taken, and so is any model; a wrong key is still wrong."""
    with Simulator(keyless=True) as simulator:
        assert chat(client, simulator, payload("openai", "Hi", "gemma-3"), None).status_code == 200
        assert chat(client, simulator, payload("openai", "Hi", "gpt-4o"), "bad-key").status_code == 401
        body = payload("xai", "Hi", "grok-4.3")
        assert client.post(f"{simulator.url}/xai/v1/chat/completions", json=body).status_code == 401


def test_a_fault_of_its_own_is_told(
    simulator: Simulator,
    client: httpx.Client,
    payload: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """An exception inside the simulator is a 500 that says so, with the traceback on stderr."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Application, "_reply", fail)
    response = chat(client, simulator, payload("openai", "Hi", "gpt-4o"))
    assert response.status_code == 500
    assert "the simulator itself failed" in response.text
    assert "ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command to make a certificate")
def test_https(tmp_path: Path, payload: Callable[..., dict[str, Any]]) -> None:
    """With a certificate it speaks TLS, resets included."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    name = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run(
        ["openssl", "req", "-x509", *curve, "-nodes", "-keyout", key, "-out", cert, "-days", "2", *name],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(cafile=cert)
    with (
        Simulator(tls=(cert, key)) as simulator,
        httpx.Client(trust_env=False, timeout=120, verify=context) as client,
    ):
        assert simulator.url.startswith("https://")
        body = payload("openai", "漢" * 50_000, "gpt-4o")
        assert chat(client, simulator, body).status_code == 200
        # The ssl module shows a reset as an end.
        with pytest.raises(httpx.TransportError):
            chat(client, simulator, payload("openai", "[[sim reset=body]]", "gpt-4o"))
