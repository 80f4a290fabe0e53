"""One simulator for all tests of it, and ways to ask its vendors."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import pytest

from simulator import Simulator
from simulator.records import RECORDS

Ask = Callable[..., httpx.Response]
MODELS: Final = {
    **{name: record.cheapest_model for name, record in RECORDS.items()},
    "openai": "gpt-4o",
    "anthropic": "claude-haiku-4-5",
    "google": "gemini-2.0-flash",
    "xai": "grok-4.20-non-reasoning",
    "deepseek": "deepseek-chat",
    "mistral": "mistral-small-latest",
}
CHAT_PATHS: Final = {name: f"/{name}{record.chat_path}" for name, record in RECORDS.items() if name != "google"}


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    """A simulator that lives as long as the tests."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """A client that looks at no proxy of the developer's."""
    with httpx.Client(trust_env=False, timeout=120) as client:
        yield client


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    """The simulator, with an empty journal."""
    shared_simulator.reset()
    return shared_simulator


@pytest.fixture
def key() -> Callable[[str, str], dict[str, str]]:
    """The headers that carry a key to a vendor."""
    return key_headers


@pytest.fixture
def payload() -> Callable[..., dict[str, Any]]:
    """The body with which a vendor is asked."""
    return body_of


@pytest.fixture
def ask(simulator: Simulator, client: httpx.Client) -> Ask:
    """Ask a vendor: a prompt or a list of alternating prompts and answers, a model, and more keys for the body."""

    def ask(
        provider: str,
        text: str | list[str] = "Hello",
        model: str | None = None,
        *,
        api_key: str = "a-key",
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> httpx.Response:
        model = model or MODELS[provider]
        path = CHAT_PATHS.get(provider, f"/google/v1beta/models/{model}:generateContent")
        all_headers = {**key_headers(provider, api_key), **(headers or {})}
        return client.post(simulator.url + path, headers=all_headers, json=body_of(provider, text, model, **extra))

    return ask


@pytest.fixture
def raw_exchange(simulator: Simulator) -> Callable[..., bytes]:
    """Send bytes, and read what comes until the connection ends or stays silent."""

    def exchange(data: bytes, *, silence: float = 0.3) -> bytes:
        received = b""
        with socket.create_connection(("127.0.0.1", simulator.port)) as connection:
            connection.settimeout(silence)
            connection.sendall(data)
            while True:
                try:
                    part = connection.recv(65536)
                except TimeoutError:
                    return received
                if not part:
                    return received
                received += part

    return exchange


def key_headers(provider: str, api_key: str) -> dict[str, str]:
    """The headers that carry a key."""
    name = {"anthropic": "x-api-key", "google": "x-goog-api-key"}.get(provider, "authorization")
    headers = {name: f"Bearer {api_key}" if name == "authorization" else api_key} if api_key else {}
    return {**headers, "anthropic-version": "2023-06-01"} if provider == "anthropic" else headers


def body_of(provider: str, text: str | list[str], model: str, **extra: Any) -> dict[str, Any]:
    """The body of a conversation."""
    texts = [text] if isinstance(text, str) else text
    if provider == "google":
        contents = [
            {"role": "model" if place % 2 else "user", "parts": [{"text": item}]} for place, item in enumerate(texts)
        ]
        return {"contents": contents, **extra}
    messages = [{"role": "assistant" if place % 2 else "user", "content": item} for place, item in enumerate(texts)]
    body = {"model": model, "messages": messages, **extra}
    if provider == "anthropic":
        body.setdefault("max_tokens", 1000)
    return body
