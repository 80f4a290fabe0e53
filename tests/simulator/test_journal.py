"""The journal: what was asked, how it ended, and what it would have cost."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from simulator import Simulator

Ask = Callable[..., httpx.Response]


def test_an_entry_says_it_all(simulator: Simulator, ask: Ask) -> None:
    """Every fact about a request is there, and keys are not."""
    before = time.monotonic()
    response = ask("anthropic", ["a", "b", "c"], api_key="sk-secret", headers={"authorization": "Bearer sk-secret"})
    (entry,) = simulator.journal
    usage = response.json()["usage"]
    sent = response.request.content
    assert "sk-secret" not in json.dumps(entry)
    assert (entry["headers"]["x-api-key"], entry["headers"]["authorization"]) == ("***", "***")
    assert entry["headers"]["anthropic-version"] == "2023-06-01"
    assert before <= entry["time"] <= time.monotonic()
    expected = {
        "number": 1,
        "provider": "anthropic",
        "method": "POST",
        "path": "/anthropic/v1/messages",
        "model": "claude-haiku-4-5",
        "attempt": 1,
        "status": 200,
        "body": json.loads(sent),
        "bodySha256": hashlib.sha256(sent).hexdigest(),
        "bodyBytes": len(sent),
        "outcome": "answered",
        "inputTokens": usage["input_tokens"] + usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"],
        "cachedInputTokens": 0,
        "cacheWriteInputTokens": 0,
        "outputTokens": usage["output_tokens"],
        "serviceTier": "standard",
        "billedDollars": (usage["input_tokens"] * 1 + usage["output_tokens"] * 5) / 1_000_000,
    }
    assert {name: value for name, value in entry.items() if name in expected} == expected
    assert set(entry) == {*expected, "time", "headers", "connection"}


def test_output_that_is_billed_has_thinking_in_it(simulator: Simulator, ask: Ask) -> None:
    """Whichever way the vendor counts, the journal counts thinking once."""
    google = ask("google", "Hi", "gemini-3.5-flash").json()["usageMetadata"]
    xai = ask("xai", "Hi", "grok-4.3").json()["usage"]
    openai = ask("openai", "Hi", "gpt-5").json()["usage"]
    assert [entry["outputTokens"] for entry in simulator.journal] == [
        google["candidatesTokenCount"] + google["thoughtsTokenCount"],
        xai["completion_tokens"] + xai["completion_tokens_details"]["reasoning_tokens"],
        openai["completion_tokens"],
    ]


def test_errors_cost_nothing(simulator: Simulator, ask: Ask) -> None:
    """A refused request is an error, its body is kept all the same, and nothing is billed."""
    ask("openai", api_key="bad-key")
    ask("openai", "[[sim status=503]]")
    ask("openai", "[[sim usage=none body=half]]")
    assert [(entry["outcome"], entry["status"], entry["outputTokens"] > 0) for entry in simulator.journal] == [
        ("error", 401, False),
        ("error", 503, False),
        ("answered", 200, True),
    ]
    assert simulator.journal[0]["body"]["model"] == "gpt-4o"


def test_the_journal_over_http(simulator: Simulator, ask: Ask, client: httpx.Client) -> None:
    """It can be read and cleared from outside, together with the counts of attempts."""
    prompt = "[[sim status=500 times=1]]"
    assert [ask("openai", prompt).status_code for _ in range(2)] == [500, 200]
    url = f"{simulator.url}/_sim"
    assert client.get(f"{url}/journal").json() == json.loads(json.dumps(simulator.journal))
    assert client.get(f"{url}/counters").json()["statuses"] == {"500": 1, "200": 1}
    assert client.delete(f"{url}/journal").json() == {"ok": True}
    assert client.get(f"{url}/journal").json() == []
    assert ask("openai", prompt).status_code == 500
    assert client.get(f"{url}/health").json() == {"ok": True}
    assert client.get(f"{url}/elsewhere").status_code == 404


def test_connections_are_told_apart(simulator: Simulator, ask: Ask) -> None:
    """Requests on a kept connection share its number; on another one they do not."""
    ask("openai")
    ask("openai", headers={"connection": "close"})
    ask("openai")
    numbers = [entry["connection"] for entry in simulator.journal]
    assert numbers[0] == numbers[1] < numbers[2]


def test_what_is_no_json_has_no_body(simulator: Simulator, client: httpx.Client) -> None:
    """A body that cannot be read is null in the journal."""
    client.post(f"{simulator.url}/openai/v1/chat/completions", content=b"{", headers={"authorization": "Bearer k"})
    assert (simulator.journal[0]["body"], simulator.journal[0]["bodyBytes"]) == (None, 1)


def test_a_lean_journal_counts_and_keeps_nothing(client: httpx.Client, payload: Callable[..., dict[str, Any]]) -> None:
    """Without bodies there are totals only, and attempts still count where a directive asks for it."""
    with Simulator(keep_bodies=False) as simulator:
        url = f"{simulator.url}/openai/v1/chat/completions"
        headers = {"authorization": "Bearer k"}
        for text, status in (("Hi", 200), ("[[sim status=500 times=1]]", 500), ("[[sim status=500 times=1]]", 200)):
            assert client.post(url, headers=headers, json=payload("openai", text, "gpt-4o")).status_code == status
        assert simulator.journal == []
        counters = simulator.counters
    assert counters["requests"] == 3
    assert counters["outcomes"] == {"answered": 2, "error": 1}
    assert counters["statuses"] == {"200": 2, "500": 1}
    assert (counters["inFlight"], counters["peakInFlight"], counters["connections"]) == (0, 1, 1)
    assert counters["inputTokens"] > 0


def test_a_journal_in_a_file(client: httpx.Client, payload: Callable[..., dict[str, Any]]) -> None:
    """Each finished request is a line of JSON, and a stop settles what is still open."""
    file = io.StringIO()
    with Simulator(journal_file=file) as simulator:
        headers = {"authorization": "Bearer k"}
        for text in ("漢", "[[sim reset=before]]"):
            with contextlib.suppress(httpx.ReadError):
                client.post(
                    f"{simulator.url}/openai/v1/chat/completions",
                    headers=headers,
                    json=payload("openai", text, "gpt-4o"),
                )
        expected = simulator.journal
    assert [json.loads(line) for line in file.getvalue().splitlines()] == expected
    assert [entry["outcome"] for entry in expected] == ["answered", "aborted"]
