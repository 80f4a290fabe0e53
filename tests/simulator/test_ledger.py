"""What the calls are billed, call by call and together."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from simulator import Simulator, ledger
from simulator.keys import made_up_key
from simulator.ledger import Ledger
from simulator.prices import UNITS_PER_DOLLAR, BadPriceError, Bill, Price, Prices
from simulator.providers import PROVIDERS
from simulator.providers.compatible import CompatibleProvider

if TYPE_CHECKING:
    from collections.abc import Mapping

Ask = Callable[..., httpx.Response]

SCRIPT: Final = Path(__file__).parents[2] / "simulator"
LONG: Final = "Nothing in this sentence matters. " * 600


def test_each_call_has_its_price(simulator: Simulator, ask: Ask) -> None:
    """In the journal, and added up in the ledger, over HTTP too."""
    usage = ask("openai", "Hi").json()["usage"]
    ask("openai", api_key="bad-key")
    ask("openai", "[[sim status=503]]")
    dollars = (usage["prompt_tokens"] * 2.5 + usage["completion_tokens"] * 10) / 1_000_000
    assert [entry["billedDollars"] for entry in simulator.journal] == [dollars, 0, 0]
    statement = simulator.ledger
    assert (statement["dollars"], statement["calls"], statement["unpriced"]) == (dollars, 1, 0)
    assert statement["models"] == {
        "openai/gpt-4o-2024-08-06": {
            "calls": 1,
            "inputTokens": usage["prompt_tokens"],
            "cachedInputTokens": 0,
            "cacheWriteInputTokens": 0,
            "outputTokens": usage["completion_tokens"],
            "dollars": dollars,
        }
    }
    assert httpx.get(f"{simulator.url}/_sim/ledger", trust_env=False).json() == statement
    simulator.reset()
    assert simulator.ledger == {"dollars": 0, "calls": 0, "unpriced": 0, "models": {}}


def test_thinking_is_billed_wherever_it_is_shown(simulator: Simulator, ask: Ask) -> None:
    """Whatever the counts of the answer say, the bill is the same."""
    for directive in ("usage=none", "usage=zero", "usage=total-only", "usage=beside", "delay=0"):
        ask("openai", f"[[sim {directive}]] Hi", "gpt-5")
    billed = {(entry["billedDollars"] or 0) * 1e6 - entry["inputTokens"] * 1.25 for entry in simulator.journal}
    (output,) = {entry["outputTokens"] for entry in simulator.journal}
    assert output > 64
    assert [pytest.approx(output * 10)] * len(billed) == sorted(billed)


def test_total_only_leaves_thinking_to_the_total(ask: Ask) -> None:
    """As gateways do; Anthropic has no total in which it could stand."""
    usage = ask("openai", "[[sim usage=total-only]]", "gpt-5").json()["usage"]
    assert usage["total_tokens"] - usage["prompt_tokens"] - usage["completion_tokens"] == 64
    assert "completion_tokens_details" not in usage
    usage = ask("mistral", "[[sim usage=beside]]", "magistral-small-latest").json()["usage"]
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 64}
    assert usage["total_tokens"] - usage["prompt_tokens"] - usage["completion_tokens"] == 64
    counts = ask("google", "[[sim usage=total-only]]", "gemini-3.5-flash").json()["usageMetadata"]
    assert counts["totalTokenCount"] - counts["promptTokenCount"] - counts["candidatesTokenCount"] == 64
    assert "thoughtsTokenCount" not in counts
    assert ask("google", "[[sim usage=beside]]", "gemini-3.5-flash").json()["usageMetadata"]["thoughtsTokenCount"] == 64
    refused = ask("anthropic", "[[sim usage=total-only]]")
    assert (refused.status_code, refused.json()["error"]["directive"]) == (418, "usage=total-only")
    assert set(ask("xai", "[[sim usage=zero]]", "grok-4.3").json()["usage"].values()) == {0}


def test_the_cache_and_the_tier_have_prices_of_their_own(simulator: Simulator, ask: Ask) -> None:
    """Writes cost more and reads less than the input; flex costs half, and priority twice."""
    for tier in ({}, {}, {"service_tier": "flex"}, {"service_tier": "fast"}):
        ask("openai", LONG, "gpt-6-sol", **tier)
    wrote, read, flex, priority = simulator.journal
    fresh, output = wrote["inputTokens"] - wrote["cacheWriteInputTokens"], wrote["outputTokens"] * 16
    written = wrote["cacheWriteInputTokens"]
    assert wrote["billedDollars"] == pytest.approx((fresh * 2 + written * 2 * 1.25 + output) / 1e6, abs=0, rel=1e-12)
    assert (read["cachedInputTokens"], read["cacheWriteInputTokens"]) == (written, 0)
    assert read["billedDollars"] == pytest.approx((fresh * 2 + written * 2 * 0.1 + output) / 1e6, abs=0, rel=1e-12)
    assert flex["serviceTier"] == "flex"
    assert flex["billedDollars"] == pytest.approx((read["billedDollars"] or 0) / 2)
    assert priority["serviceTier"] == "priority"
    assert priority["billedDollars"] == pytest.approx((read["billedDollars"] or 0) * 2)


def test_an_hour_in_anthropic_s_cache_costs_twice_the_input(simulator: Simulator, ask: Ask) -> None:
    """Five minutes cost a quarter more."""
    for life in ("5m", "1h"):
        simulator.reset()
        ask("anthropic", LONG, cache_control={"type": "ephemeral", "ttl": life})
        (entry,) = simulator.journal
        fresh, written = entry["inputTokens"] - entry["cacheWriteInputTokens"], entry["cacheWriteInputTokens"]
        factor = {"5m": 1.25, "1h": 2}[life]
        assert entry["billedDollars"] == pytest.approx((fresh + written * factor + entry["outputTokens"] * 5) / 1e6)


@pytest.mark.parametrize(
    ("provider", "sent", "where", "tiers"),
    [
        ("openai", "service_tier", "", {None: "default", "auto": "default", "flex": "flex", "fast": "priority"}),
        ("google", "serviceTier", "usageMetadata", {None: "standard", "FLEX": "flex", "unspecified": "standard"}),
        ("anthropic", "service_tier", "usage", {None: "standard", "standard_only": "standard"}),
        ("mistral", "service_tier", "usage", {None: "standard"}),
        ("xai", "service_tier", "", {None: "default"}),
    ],
)
def test_the_answer_names_the_tier_that_served_it(
    ask: Ask, provider: str, sent: str, where: str, tiers: Mapping[str | None, str]
) -> None:
    """Which may be another than was asked for, if a directive says so; one that does not exist is refused."""
    name = "serviceTier" if provider == "google" else "service_tier"

    def served(text: str = "Hi", **more: Any) -> Any:
        body = ask(provider, text, **more).json()
        return (body[where] if where else body)[name]

    for tier, wanted in tiers.items():
        assert served(**({sent: tier} if tier else {})) == wanted
    if provider != "mistral":
        assert served("[[sim tier=batch]]") == "batch"
    if provider in {"openai", "google", "anthropic"}:
        assert ask(provider, "Hi", **{sent: "cheap"}).status_code == 400


@pytest.mark.parametrize(
    ("provider", "status"), [("openai", 429), ("google", 429), ("mistral", 429), ("anthropic", 529)]
)
def test_no_room_for_flex(simulator: Simulator, ask: Ask, provider: str, status: int) -> None:
    """A directive, and it is not billed."""
    response = ask(provider, "[[sim error=resource_unavailable]]")
    assert response.status_code == status
    if provider == "openai":
        assert response.json()["error"]["code"] == "resource_unavailable"
    assert (simulator.ledger["calls"], simulator.journal[0]["billedDollars"]) == (0, 0)


def test_answers_that_never_arrive_are_billed_and_hanging_is_not(simulator: Simulator, ask: Ask) -> None:
    """The vendor has done its work, or has not."""
    for directive in ("reset=before", "close=body"):
        with pytest.raises(httpx.TransportError):
            ask("openai", f"[[sim {directive}]]")
    assert simulator.ledger["calls"] == 2
    assert simulator.ledger["dollars"] > 0


def test_a_model_without_a_price_is_counted(simulator: Simulator, ask: Ask) -> None:
    """Its calls are there, and no sum pretends to know them."""
    ask("openai", "Hi", "house-7b")
    ask("openai", "Hi")
    statement = simulator.ledger
    assert (statement["calls"], statement["unpriced"]) == (2, 1)
    assert statement["models"]["openai/house-7b-2026-01-15"]["dollars"] is None
    assert statement["dollars"] == simulator.journal[1]["billedDollars"]


def test_every_listed_model_has_a_price() -> None:
    """And so has every model that the demonstration asks. Of a vendor known by its record alone no price is known."""
    listed = [
        model
        for provider in PROVIDERS.values()
        if not isinstance(provider, CompatibleProvider)
        for model in provider.models
    ]
    for model in (*listed, "claude-sonnet-5", "grok-4.3", "deepseek-reasoner", "magistral-small-latest"):
        assert Prices().units(model, Bill(fresh=1)), model


def test_the_longest_name_counts() -> None:
    """gpt-4o-mini is not gpt-4o; a row of the user's own goes before the simulator's."""
    bill = Bill(fresh=1_000_000)
    assert (Prices().units("gpt-4o-mini-2024-07-18", bill) or 0) / UNITS_PER_DOLLAR == 0.15
    own_prices = Prices({"gpt-4o": {"input": 7, "output": 1}})
    assert own_prices.units("gpt-4o-2024-08-06", bill) == 7 * UNITS_PER_DOLLAR
    own = Price.read({"input": 1, "output": 2, "cacheWrite": 3})
    whole = Bill(fresh=1_000_000, cached=1_000_000, written=1_000_000, written_for_an_hour=1_000_000, output=1_000_000)
    assert own.of(whole) == (1 + 1 + 3 + 3 + 2) * UNITS_PER_DOLLAR


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[]", "an object of objects"),
        ('{"m": 5}', "an object of objects"),
        ('{"m": {"input": 1}}', "m: output is missing"),
        ('{"m": {"input": 1, "output": -1}}', "m: output has to be a number of dollars"),
        ('{"m": {"input": true, "output": 1}}', "m: input has to be a number of dollars"),
        ('{"m": {"input": 1, "output": 1, "cachedinput": 1}}', "m: cachedinput is not known; known are input"),
    ],
)
def test_a_price_list_that_is_wrong_says_where(tmp_path: Path, text: str, words: str) -> None:
    """Before anything is served."""
    path = tmp_path / "prices.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadPriceError, match=words):
        Prices.from_file(path)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--prices", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert words in done.stderr


@pytest.mark.measured
def test_the_script_writes_the_ledger_at_its_end(tmp_path: Path) -> None:
    """With prices of the user's own, in lean mode too."""
    prices, bill = tmp_path / "prices.json", tmp_path / "ledger.json"
    prices.write_text('{"gpt-4o": {"input": 1000000, "output": 0}}', encoding="utf-8")
    program = (
        "import json, os, urllib.request as r\n"
        "body = json.dumps({'model': 'gpt-4o', 'messages': [{'role': 'user', 'content': 'Hi'}]}).encode()\n"
        "head = {'authorization': 'Bearer ' + os.environ['OPENAI_API_KEY'], 'content-type': 'application/json'}\n"
        "r.urlopen(r.Request(os.environ['OPENAI_BASE_URL'] + '/chat/completions', body, head)).read()\n"
    )
    options = ["--lean", "--prices", str(prices), "--ledger", str(bill)]
    command = [sys.executable, str(SCRIPT), *options, "--", sys.executable, "-c", program]
    assert subprocess.run(command, check=False).returncode == 0
    statement = json.loads(bill.read_text(encoding="utf-8"))
    # One token of text and three of the message.
    assert (statement["dollars"], statement["calls"]) == (4.0, 1)


def test_the_ledger_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many models are named, and no call is lost from it."""
    monkeypatch.setattr(ledger, "MAX_MODELS", 2)
    book = Ledger()
    for number in range(5):
        book.add(f"m{number}", Bill(fresh=1), UNITS_PER_DOLLAR)
    statement = book.statement()
    assert list(statement["models"]) == ["m0", "m1", "others"]
    assert (statement["calls"], statement["dollars"]) == (5, 5)


def test_made_up_keys_are_no_words() -> None:
    """They share no eight characters with the name of a vendor or of a model, so that no filter edits those out."""
    names = " ".join((*PROVIDERS, *(model for provider in PROVIDERS.values() for model in provider.models))).lower()
    names += " simulated simulator gpt-4o-2024-08-06 deepseek-v4-flash magistral-small-latest"
    keys = [made_up_key(provider) for provider in PROVIDERS]
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert key.startswith("sim-")
        assert len(key) >= 40
        assert any(char.isdigit() for char in key)
        assert not [key[at : at + 8] for at in range(len(key) - 7) if key[at : at + 8] in names]
