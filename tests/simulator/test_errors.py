"""Errors on demand, in each vendor's envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from simulator.directive_keys import ERROR_NAMES
from simulator.keys import made_up_key
from simulator.providers import PROVIDERS
from simulator.records import RECORDS

# Many examples of what the tests beside it take line by line.
pytestmark = pytest.mark.untraced

Ask = Callable[..., httpx.Response]

NAMES: Final = tuple(PROVIDERS)
# Of the others: one that is named `error`.
KEYS_OF_ERRORS: Final = {"anthropic": {"type", "error", "request_id"}, "xai": {"code", "error"}}


def check_envelope(provider: str, response: httpx.Response) -> None:
    """An error has the keys that this vendor's errors have."""
    body = response.json()
    if provider == "mistral":
        shapes = ({"object", "message", "type", "param", "code"}, {"detail"}, {"message", "request_id"})
        assert set(body) in shapes
    else:
        assert set(body) == KEYS_OF_ERRORS.get(provider, {"error"})
    if provider == "google":
        assert body["error"]["code"] == response.status_code
    if provider == "xai":
        assert isinstance(body["error"], str)


@pytest.mark.parametrize("name", ERROR_NAMES)
@pytest.mark.parametrize("provider", NAMES)
def test_every_vendor_has_every_named_error(ask: Ask, provider: str, name: str) -> None:
    """Each name gives an error status and the vendor's envelope, without a blank left open."""
    response = ask(provider, f"[[sim error={name}]]")
    assert response.status_code >= 400
    assert "{" not in response.text.replace('{"', "").replace("{}", "")
    check_envelope(provider, response)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 520, 529])
@pytest.mark.parametrize("provider", NAMES)
def test_every_status_has_an_envelope(ask: Ask, provider: str, status: int) -> None:
    """A bare status comes with the envelope that the vendor would put around it."""
    response = ask(provider, f"[[sim status={status}]]")
    assert response.status_code == status
    check_envelope(provider, response)


@pytest.mark.parametrize(
    ("provider", "name", "status", "words"),
    [
        ("openai", "quota", 429, '"code":"insufficient_quota"'),
        ("openai", "too_large", 429, "Request too large for gpt-4o"),
        ("openai", "context", 400, "context_length_exceeded"),
        ("openai", "overloaded", 503, "overloaded"),
        ("anthropic", "quota", 400, "Your credit balance is too low"),
        ("anthropic", "overloaded", 529, "overloaded_error"),
        ("anthropic", "context", 400, "prompt is too long: 200123 tokens > 200000 maximum"),
        ("anthropic", "content_policy", 400, "Output blocked by content filtering policy"),
        ("google", "quota", 429, "limit: 0"),
        ("google", "quota_day", 429, "PerDay"),
        ("google", "rate_limit", 429, "PerMinute"),
        ("google", "capacity", 429, "Resource exhausted"),
        ("google", "bad_key", 400, "API_KEY_INVALID"),
        ("google", "context", 400, "exceeds the maximum number of tokens allowed"),
        ("google", "overloaded", 503, "UNAVAILABLE"),
        ("xai", "quota", 403, "doesn't have any credits"),
        ("xai", "content_policy", 403, "SAFETY_CHECK_TYPE_"),
        ("xai", "capacity", 503, "at capacity"),
        ("xai", "context", 400, "maximum prompt length is 131072 but the request contains 140123"),
        ("deepseek", "quota", 402, "Insufficient Balance"),
        ("deepseek", "context", 400, "maximum context length is"),
        ("deepseek", "content_policy", 400, "Content Exists Risk"),
        ("mistral", "quota", 402, "Payment required"),
        ("mistral", "rate_limit", 429, '"code":"1300"'),
        ("mistral", "capacity", 429, '"code":"3505"'),
        ("mistral", "server", 500, '"code":"1000"'),
    ],
)
def test_the_named_errors_say_what_clients_match_on(
    ask: Ask, provider: str, name: str, status: int, words: str
) -> None:
    """Status and words are those by which the error is told from others."""
    response = ask(provider, f"[[sim error={name}]]")
    assert response.status_code == status
    assert words in response.text


@pytest.mark.parametrize(
    ("provider", "status", "words"),
    [
        ("openai", 404, "model_not_found"),
        ("anthropic", 404, "model: no-such-model"),
        ("google", 404, "models/no-such-model is not found for API version v1beta"),
        ("xai", 404, "no-such-model does not exist"),
        ("deepseek", 400, "Model Not Exist"),
        ("mistral", 400, '"code":"1500"'),
    ],
)
def test_a_model_that_does_not_exist(ask: Ask, provider: str, status: int, words: str) -> None:
    """An ID that begins with no-such is not found, and neither is a model of another vendor."""
    response = ask(provider, "Hi", "no-such-model")
    assert response.status_code == status
    assert words in response.text
    other = "claude-sonnet-5" if provider != "anthropic" else "gpt-4o"
    assert ask(provider, "Hi", other).status_code == status


@pytest.mark.parametrize(
    ("provider", "wrong", "missing"),
    [
        ("openai", (401, "invalid_api_key"), (401, "You didn't provide an API key")),
        ("anthropic", (401, "invalid x-api-key"), (401, "x-api-key header is required")),
        ("google", (400, "API_KEY_INVALID"), (403, "PERMISSION_DENIED")),
        ("xai", (400, "Incorrect API key provided: ba***ey"), (401, "No API key provided")),
        ("deepseek", (401, "****-key is invalid"), (401, "Authentication Fails")),
        ("mistral", (401, '{"detail":"Invalid API Key"}'), (401, '"message":"Unauthorized"')),
    ],
)
def test_wrong_and_missing_keys(ask: Ask, provider: str, wrong: tuple[int, str], missing: tuple[int, str]) -> None:
    """A key that begins with bad- is wrong, none at all is missing, and each is told in the vendor's way."""
    for api_key, (status, words) in (("bad-api-key", wrong), ("", missing)):
        response = ask(provider, "Hi", api_key=api_key)
        assert response.status_code == status
        assert words in response.text
        assert "bad-api-key" not in response.text


def test_keys_of_other_vendors_are_wrong(ask: Ask) -> None:
    """The made-up key of one vendor does not open another's door."""
    assert ask("openai", api_key=made_up_key("openai")).status_code == 200
    assert ask("openai", api_key=made_up_key("xai")).status_code == 401


@pytest.mark.parametrize("provider", NAMES)
def test_a_key_in_the_query_is_refused(
    simulator: Any, client: httpx.Client, provider: str, payload: Callable[..., dict[str, Any]]
) -> None:
    """A key that would end in logs is never taken, whatever the headers say."""
    url = f"{simulator.url}/{provider}{RECORDS[provider].chat_path}?alt=json&key=a-key"
    headers = {"authorization": "Bearer k", "x-goog-api-key": "k", "anthropic-version": "2023-06-01"}
    assert client.post(url, headers=headers, json=payload(provider, "Hi", "x")).status_code in {400, 401}


@pytest.mark.parametrize("provider", NAMES)
def test_an_error_can_repeat_the_key(ask: Ask, provider: str) -> None:
    """With echo-key the error's text holds the caller's key, in full or partly."""
    secret = "sk-canary-0123456789-canary"
    assert secret in ask(provider, "[[sim error=server echo-key=1]]", api_key=secret).text
    masked = ask(provider, "[[sim status=401 echo-key=masked]]", api_key=secret).text
    assert secret not in masked
    assert "*" in masked
    assert secret not in ask(provider, "[[sim error=bad_key]]", api_key=secret).text


def test_google_asks_to_wait_in_the_body(ask: Ask) -> None:
    """RetryInfo carries the delay: 2 s unless told otherwise, also beside `limit: 0`; a bare 429 has none."""
    for directive, delay in (
        ("", "2s"),
        (" retry-after=7", "7s"),
        (" retry-after-ms=500", "0.5s"),
        (" retry-after=soon", "2s"),
    ):
        response = ask("google", f"[[sim error=rate_limit{directive}]]")
        error = response.json()["error"]
        assert error["details"][-1]["retryDelay"] == delay
        assert f"Please retry in {delay}." in error["message"]
        assert "retry-after" not in response.headers
    assert "RetryInfo" in ask("google", "[[sim error=quota]]").text
    assert "details" not in ask("google", "[[sim status=429]]").json()["error"]
    assert "RetryInfo" in ask("google", "[[sim status=429 retry-after=1]]").text
    assert ask("google", "[[sim status=503 retry-after=1]]").headers["retry-after"] == "1"


def test_others_ask_to_wait_in_a_header(ask: Ask) -> None:
    """Retry-After and its kin are headers, and Anthropic's stands on some 200s as well."""
    response = ask("openai", "[[sim status=429 retry-after=2 retry-after-ms=1500 should-retry=false]]")
    names = ("retry-after", "retry-after-ms", "x-should-retry")
    assert [response.headers[name] for name in names] == ["2", "1500", "false"]
    assert "retry-after" not in ask("anthropic", "[[sim status=429]]").headers
    good = ask("anthropic", "[[sim retry-after=18]]")
    assert (good.status_code, good.headers["retry-after"]) == (200, "18")


def test_anthropic_says_whether_another_try_helps(ask: Ask) -> None:
    """x-should-retry is false where the request alone is above the limit, and a directive overrules it."""
    assert ask("anthropic", "[[sim error=rate_limit]]").headers["x-should-retry"] == "true"
    assert ask("anthropic", "[[sim error=too_large]]").headers["x-should-retry"] == "false"
    overruled = ask("anthropic", "[[sim error=too_large should-retry=true]]").headers
    assert overruled.get_list("x-should-retry") == ["true"]


def test_proxies_in_between(ask: Ask) -> None:
    """A page of HTML, Cloudflare's JSON with its delay in the body, and a redirect."""
    page = ask("openai", "[[sim html=502]]")
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=UTF-8")
    assert len(page.text) > 4000
    problem = ask("anthropic", "[[sim cloudflare=522 retry-after=120]]")
    assert problem.status_code == 522
    assert problem.json()["cloudflare_error"] is True
    assert problem.json()["retry_after"] == 120
    assert "retry-after" not in problem.headers
    assert ask("xai", "[[sim cloudflare=524]]").json()["retry_after"] == 30
    moved = ask("openai", "[[sim redirect=http://127.0.0.1:9/elsewhere]]")
    assert (moved.status_code, moved.headers["location"]) == (307, "http://127.0.0.1:9/elsewhere")


@pytest.mark.parametrize("provider", NAMES)
def test_what_is_not_json(
    simulator: Any, client: httpx.Client, key: Callable[..., dict[str, str]], provider: str
) -> None:
    """Broken JSON, a list, NaN, or another content type is refused with a 4xx in the vendor's envelope."""
    headers = {**key(provider, "k"), "content-type": "application/json; charset=utf-8"}
    url = f"{simulator.url}/{provider}{RECORDS[provider].chat_path}"
    for content in (b'{"model": ', b"[]", b'{"temperature": NaN}', b"\xff", b"[" * 100_000):
        assert client.post(url, headers=headers, content=content).status_code == 400
    assert client.post(url, headers={**headers, "content-type": "text/plain"}, content=b"{}").status_code == 415
    assert client.get(url, headers=headers).status_code == 405
    assert client.post(f"{simulator.url}/{provider}/v1/elsewhere", headers=headers).status_code == 404
