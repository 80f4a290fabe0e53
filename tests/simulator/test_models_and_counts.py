"""What a vendor says of its models, and what it counts without answering."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from simulator.providers import PROVIDERS
from simulator.tokens import count_tokens

if TYPE_CHECKING:
    from simulator import Simulator

Ask = Callable[..., httpx.Response]
Get = Callable[..., httpx.Response]

LISTS: Final = {
    "openai": "/v1/models",
    "anthropic": "/v1/models",
    "google": "/v1/models",
    "xai": "/v1/models",
    "deepseek": "/models",
    "mistral": "/v1/models",
}


@pytest.fixture
def get(simulator: Simulator, client: httpx.Client, key: Callable[[str, str], dict[str, str]]) -> Get:
    """Get a path of a vendor's."""

    def get(provider: str, path: str) -> httpx.Response:
        return client.get(f"{simulator.url}/{provider}{path}", headers=key(provider, "a-key"))

    return get


@pytest.mark.parametrize("provider", LISTS)
def test_a_model_s_card_is_that_of_the_list(get: Get, provider: str) -> None:
    """Every model of the list has one, and it says the same."""
    listed = get(provider, LISTS[provider]).json()
    cards = listed["models" if provider == "google" else "data"]
    assert len(cards) == len(PROVIDERS[provider].models)
    for card in cards:
        name = card["name"].removeprefix("models/") if provider == "google" else card["id"]
        assert get(provider, f"{LISTS[provider]}/{name}").json() == card


@pytest.mark.parametrize(
    ("provider", "status"),
    [("openai", 404), ("anthropic", 404), ("google", 404), ("xai", 404), ("deepseek", 400), ("mistral", 400)],
)
def test_no_such_model_has_no_card(get: Get, ask: Ask, provider: str, status: int) -> None:
    """The error is that of a chat with it; another vendor's model has none either, nor has a path below it."""
    path = LISTS[provider]
    response = get(provider, f"{path}/no-such-model")
    assert response.status_code == status == ask(provider, "Hi", "no-such-model").status_code
    other = "gpt-4o" if provider != "openai" else "grok-4.3"
    assert get(provider, f"{path}/{other}").status_code == status
    assert get(provider, f"{path}/a/b").status_code == 404
    assert get(provider, f"{path}/").status_code == 404


def test_directives_reach_cards_too(get: Get) -> None:
    """In the model's name, or in the URL."""
    assert get("openai", "/v1/models/gpt-4o~status=503").status_code == 503
    assert get("openai~error=rate_limit", "/v1/models/gpt-4o").status_code == 429
    assert get("openai~body=html", "/v1/models/gpt-4o").headers["content-type"].startswith("text/html")


def test_anthropic_s_list_has_pages(get: Get) -> None:
    """`limit`, and the model after or before which a page begins or ends."""
    models = list(PROVIDERS["anthropic"].models)
    page = get("anthropic", "/v1/models?limit=2").json()
    assert ([card["id"] for card in page["data"]], page["has_more"]) == (models[:2], True)
    assert (page["first_id"], page["last_id"]) == (models[0], models[1])
    page = get("anthropic", f"/v1/models?limit=2&after_id={models[1]}").json()
    assert ([card["id"] for card in page["data"]], page["has_more"]) == (models[2:], False)
    page = get("anthropic", f"/v1/models?limit=1&before_id={models[2]}").json()
    assert ([card["id"] for card in page["data"]], page["has_more"]) == (models[1:2], True)
    last = get("anthropic", f"/v1/models?after_id={models[-1]}").json()
    assert (last["data"], last["first_id"], last["has_more"]) == ([], None, False)
    for query in ("limit=0", "limit=1001", "limit=many", "after_id=nobody"):
        assert get("anthropic", f"/v1/models?{query}").json()["error"]["type"] == "invalid_request_error"


def test_google_s_list_has_pages_on_both_versions(get: Get) -> None:
    """With a token for the next one, which the last page does not have."""
    for version in ("v1", "v1beta"):
        names: list[str] = []
        token = ""
        while token is not None:
            page = get("google", f"/{version}/models?pageSize=1" + (f"&pageToken={token}" if token else "")).json()
            names += [model["name"] for model in page["models"]]
            token = page.get("nextPageToken")
        assert names == [f"models/{model}" for model in PROVIDERS["google"].models]
        for query in ("pageSize=x", "pageToken=x", "pageToken=01"):
            assert get("google", f"/{version}/models?{query}").status_code == 400


def test_google_answers_on_both_versions(simulator: Simulator, client: httpx.Client, payload: Any) -> None:
    """But for the aliases, which are on one of them; no other version exists."""
    body, headers = payload("google", "Hi", ""), {"x-goog-api-key": "k"}

    def status(version: str, model: str) -> int:
        url = f"{simulator.url}/google/{version}/models/{model}:generateContent"
        return client.post(url, headers=headers, json=body).status_code

    assert [status(version, "gemini-2.5-flash") for version in ("v1", "v1beta", "v2")] == [200, 200, 404]
    assert [status(version, "gemini-flash-latest") for version in ("v1", "v1beta")] == [404, 200]
    url = f"{simulator.url}/google/v1/models/gemini-flash-latest:generateContent"
    assert "for API version v1," in client.post(url, headers=headers, json=body).json()["error"]["message"]
    assert status("v1", "no-such-model") == 404
    other = client.post(url.replace("generateContent", "embedContent"), headers=headers, json=body)
    assert (other.status_code, other.json()["error"]["message"]) == (
        404,
        "The requested URL was not found on this server.",
    )


def test_anthropic_counts(simulator: Simulator, client: httpx.Client, key: Any) -> None:
    """What a message would bill, for nothing; its limit does not belong there."""
    url = f"{simulator.url}/anthropic/v1/messages/count_tokens"
    body = {"model": "claude-sonnet-5", "system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]}
    headers = key("anthropic", "k")
    response = client.post(url, headers=headers, json=body)
    assert response.json() == {"input_tokens": count_tokens("Be brief.") + 3 + count_tokens("Hi") + 3}
    assert (simulator.journal[0]["inputTokens"], simulator.ledger["calls"]) == (0, 0)
    assert client.post(url, headers=headers, json={**body, "max_tokens": 5}).status_code == 400
    assert client.post(url, headers=headers, json={**body, "messages": []}).status_code == 400
    assert client.post(url, headers=headers, json={**body, "model": "no-such-model"}).status_code == 404
    assert client.get(url, headers=headers).status_code == 405


def test_google_counts(simulator: Simulator, client: httpx.Client) -> None:
    """Contents alone, or a whole request with its instructions."""
    url = f"{simulator.url}/google/v1beta/models/gemini-2.5-flash:countTokens"
    contents = [{"role": "user", "parts": [{"text": "Hi"}]}]
    headers = {"x-goog-api-key": "k"}
    counted = client.post(url, headers=headers, json={"contents": contents}).json()
    assert counted["totalTokens"] == count_tokens("Hi") + 3
    request = {"model": "models/x", "contents": contents, "systemInstruction": {"parts": [{"text": "Be brief."}]}}
    whole = client.post(url, headers=headers, json={"generateContentRequest": request}).json()
    assert whole["totalTokens"] == counted["totalTokens"] + count_tokens("Be brief.") + 3
    for body in ({}, {"contents": contents, "other": 1}, {"generateContentRequest": {"other": 1}}):
        assert client.post(url, headers=headers, json=body).json()["error"]["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("provider", ["openai", "xai", "mistral"])
def test_several_choices(ask: Ask, provider: str) -> None:
    """As many as are asked for, numbered, and all of them billed."""
    one, two = ask(provider, "Hi").json(), ask(provider, "Hi", n=2).json()
    assert [choice["index"] for choice in two["choices"]] == [0, 1]
    assert two["usage"]["completion_tokens"] == 2 * one["usage"]["completion_tokens"]
    assert ask(provider, "Hi", n=0).status_code in {400, 422}
    chunks = ask(provider, "Hi", n=2, stream=True).text
    assert '"index":1' in chunks


def test_several_candidates(ask: Ask) -> None:
    """Google calls them so; their thinking is billed as often."""
    config = {"generationConfig": {"candidateCount": 3}}
    body = ask("google", "Hi", "gemini-2.5-flash", **config).json()
    assert [candidate["index"] for candidate in body["candidates"]] == [0, 1, 2]
    assert body["usageMetadata"]["thoughtsTokenCount"] == 3 * 64
    assert ask("google", "Hi", generationConfig={"candidateCount": 9}).status_code == 400


@pytest.mark.parametrize("provider", LISTS)
def test_every_answer_has_a_date(ask: Ask, get: Get, provider: str) -> None:
    """Answers, errors and lists, once each; a directive may replace it."""
    stream = {} if provider == "google" else {"stream": True}
    for response in (ask(provider, **stream), ask(provider, "[[sim status=500]]"), get(provider, LISTS[provider])):
        (date,) = response.headers.get_list("date")
        assert date.endswith(" GMT")
        assert len(date) == len("Thu, 26 Nov 2026 13:00:00 GMT")
    assert ask(provider, '[[sim header.date="Thu, 01 Jan 1970 00:00:00 GMT"]]').headers.get_list("date") == [
        "Thu, 01 Jan 1970 00:00:00 GMT"
    ]
    assert get(provider, "/nowhere").headers["date"]


@pytest.mark.parametrize("thinking", [None, {"type": "enabled"}])
def test_deepseek_wants_its_thinking_back(ask: Ask, thinking: Any) -> None:
    """While thinking is on, every earlier answer has to bring it along, in plain chats too."""
    more = {"thinking": thinking} if thinking else {}
    answer: dict[str, Any] = {"role": "assistant", "content": "Yes."}
    user = {"role": "user", "content": "Hi"}
    for model in ("deepseek-v4-pro", "deepseek-v4-flash", "deepseek-reasoner"):
        response = ask("deepseek", "", model, messages=[user, answer, user], **more)
        assert response.status_code == 400
        assert response.json()["error"]["message"].endswith("must be passed back to the API.")
        whole = {**answer, "reasoning_content": "I thought so."}
        assert ask("deepseek", "", model, messages=[user, whole, user], **more).status_code == 200
        half = [user, whole, user, answer, user]
        assert ask("deepseek", "", model, messages=half, **more).status_code == 400


def test_deepseek_wants_nothing_back_while_it_does_not_think(ask: Ask) -> None:
    """By its name, or because thinking is off; and Mistral, which serves such a model too, never does."""
    turns = ["Hi", "Yes.", "Hi"]
    assert ask("deepseek", turns, "deepseek-chat").status_code == 200
    assert ask("deepseek", turns, "deepseek-v4-pro", thinking={"type": "disabled"}).status_code == 200
    assert ask("mistral", turns, "deepseek-v4-1-flash-1017").status_code == 200


def test_anthropic_s_refusal_has_a_category_that_clients_know(ask: Ask) -> None:
    """One of five words."""
    details = ask("anthropic", "[[sim answer=refusal]]").json()["stop_details"]
    known = {"cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"}
    assert details["category"] in known
