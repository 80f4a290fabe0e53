"""Settings, keys and base URLs from the environment."""

from __future__ import annotations

import pytest

from common.config import count, flag, get_config, seconds
from common.errors import ConfigError, ErrorCode
from common.http.proxies import is_loopback
from common.providers.endpoints import resolve_endpoint
from common.redaction import redactor


def test_without_settings_the_defaults_hold() -> None:
    """280 seconds stay below the 300 at which the parent kills."""
    config = get_config()
    assert config.deadline_seconds == 280
    assert config.models_file is None


@pytest.mark.parametrize("value", ["abc", "-1", "0", "inf", "nan", "1e9"])
def test_a_duration_that_is_none_is_a_clear_error(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable."""
    monkeypatch.setenv("PROBE_DEADLINE_SECONDS", value)
    with pytest.raises(ConfigError, match="PROBE_DEADLINE_SECONDS must be"):
        get_config()


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9999"])
def test_a_count_that_is_none_is_a_clear_error(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds included."""
    monkeypatch.setenv("COUNT", value)
    with pytest.raises(ConfigError, match="COUNT must be a whole number from 0 to 9"):
        count("COUNT", 1, least=0, most=9)


def test_settings_are_read_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blank one counts as unset."""
    monkeypatch.setenv("A", " 2.5 ")
    monkeypatch.setenv("B", " ")
    monkeypatch.setenv("C", " 7\n")
    monkeypatch.setenv("D", "TRUE")
    assert (seconds("A", 1), seconds("B", 1), count("C", 1, most=9), count("B", 3, most=9)) == (2.5, 1, 7, 3)
    assert flag("D")
    assert not flag("B")


def test_a_missing_key_names_its_variable() -> None:
    """MISSING_API_KEY, not retryable."""
    with pytest.raises(ConfigError, match="GOOGLE_API_KEY or GEMINI_API_KEY") as caught:
        resolve_endpoint("google")
    assert caught.value.code is ErrorCode.MISSING_API_KEY


@pytest.mark.parametrize("key", ["", "  ", "\n"])
def test_a_blank_key_counts_as_none(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were not set."""
    monkeypatch.setenv("XAI_API_KEY", key)
    with pytest.raises(ConfigError) as caught:
        resolve_endpoint("xai")
    assert caught.value.code is ErrorCode.MISSING_API_KEY


def test_a_key_is_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newline at its end would be an illegal header value, and the error would show the key."""
    monkeypatch.setenv("XAI_API_KEY", " xai-made-up-key \r\n")
    assert resolve_endpoint("xai").key == "xai-made-up-key"


@pytest.mark.parametrize("key", ["made\nup-key-1", "made-üp-key-1", "made\x07up-key", "made\u200bup-key"])
def test_a_key_no_header_can_carry_is_an_error_that_does_not_show_it(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CONFIG_ERROR names the variable."""
    monkeypatch.setenv("XAI_API_KEY", key)
    with pytest.raises(ConfigError, match="XAI_API_KEY holds a character") as caught:
        resolve_endpoint("xai")
    assert "made" not in caught.value.message


def test_googles_first_variable_wins_and_a_difference_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """GOOGLE_API_KEY before GEMINI_API_KEY."""
    monkeypatch.setenv("GEMINI_API_KEY", "second-key-000")
    assert resolve_endpoint("google").key == "second-key-000"
    monkeypatch.setenv("GOOGLE_API_KEY", "first-key-0000")
    endpoint = resolve_endpoint("google")
    assert endpoint.key == "first-key-0000"
    assert endpoint.warnings == ("GOOGLE_API_KEY and GEMINI_API_KEY differ; GOOGLE_API_KEY is used",)
    monkeypatch.setenv("GEMINI_API_KEY", "first-key-0000")
    assert resolve_endpoint("google").warnings == ()


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        ("openai", "https://api.openai.com/v1"),
        ("anthropic", "https://api.anthropic.com"),
        ("google", "https://generativelanguage.googleapis.com"),
        ("xai", "https://api.x.ai/v1"),
        ("deepseek", "https://api.deepseek.com"),
        ("mistral", "https://api.mistral.ai"),
    ],
)
def test_the_vendors_own_addresses(provider: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the form that each vendor's SDK takes."""
    monkeypatch.setenv(f"{provider.upper()}_API_KEY", "made-up-key-0001")
    endpoint = resolve_endpoint(provider)
    assert endpoint.base_url == url
    assert endpoint.secure
    assert endpoint.host in url


@pytest.mark.parametrize("variable", ["GOOGLE_GEMINI_BASE_URL", "GOOGLE_BASE_URL"])
def test_a_base_url_is_taken_from_the_environment_and_put_right(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trailing slashes and blanks go."""
    monkeypatch.setenv("GOOGLE_API_KEY", "made-up-key-0001")
    monkeypatch.setenv(variable, " https://gateway.example/google// ")
    assert resolve_endpoint("google").base_url == "https://gateway.example/google"


def test_a_local_openai_server_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ollama, vLLM and LM Studio; the other vendors' formats have no such servers."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:11434/v1")
    assert resolve_endpoint("openai").key is None
    monkeypatch.setenv("XAI_BASE_URL", "http://localhost:11434/v1")
    with pytest.raises(ConfigError):
        resolve_endpoint("xai")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("api.openai.com", "not an absolute http or https URL"),
        ("ftp://api.openai.com", "not an absolute"),
        ("https://", "not an absolute"),
        ("https://a b", "not an absolute"),
        ("\x01https://host", "not an absolute"),
        ("https://[x", "is not a URL"),
        ("https://host:port", "is not a URL"),
        ("https://host?key=CANARY-1234", "holds a query"),
        ("https://host#f", "holds a query or a fragment"),
        ("https://host/v1?", "holds a query or a fragment"),
        ("https://user:CANARY-1234@host", "holds credentials"),
        ("http://api.openai.com/v1", "plain http to another machine"),
        ("http://169.254.169.254/", "plain http to another machine"),
        ("http://127.0.0.1.example.org/", "plain http to another machine"),
    ],
)
def test_a_base_url_that_cannot_be_used_is_a_clear_error(url: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, the value is not shown.

    Attack (network): a base URL leads to another machine in clear, or holds credentials.
    """
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL") as caught:
        resolve_endpoint("openai")
    assert said in caught.value.message
    assert "CANARY" not in caught.value.message
    if "user:" in url:
        assert "CANARY" not in redactor.message("the password was CANARY-1234")


def test_plain_http_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a gateway inside one's own network."""
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gateway.internal/v1")
    monkeypatch.setenv("ALLOW_INSECURE_BASE_URL", "1")
    assert not resolve_endpoint("openai").secure


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("a.localhost", True), ("127.8.9.1", True), ("::1", True), ("10.0.0.1", False), ("x", False)],
)
def test_this_machine_is_known_by_its_names(host: str, *, local: bool) -> None:
    """Loopback addresses and localhost."""
    assert is_loopback(host) is local


def test_the_key_is_not_in_the_endpoints_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repr ends in logs."""
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
    assert "made-up" not in repr(resolve_endpoint("openai"))


def test_https_in_capitals_is_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheme decides whether certificates are checked before the key is sent."""
    monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
    monkeypatch.setenv("OPENAI_BASE_URL", "HTTPS://gateway.example/V1")
    endpoint = resolve_endpoint("openai")
    assert endpoint.secure
    assert endpoint.base_url == "https://gateway.example/V1"
