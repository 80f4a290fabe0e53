"""Which calls go through a proxy, and which never do."""

from __future__ import annotations

import pytest

from common.http.proxies import proxy_for

PROXY = "http://proxy.corp:3128"


def chosen(url: str, monkeypatch: pytest.MonkeyPatch, **env: str) -> str | None:
    """The proxy for a URL under an environment."""
    for name, value in {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, **env}.items():
        monkeypatch.setenv(name, value)
    return proxy_for(url).url


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]", "[::ffff:127.0.0.1]"],
)
def test_a_call_to_this_machine_never_goes_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key and question would stand in clear on another machine.

    Attack (network): a proxy is sent the key and the question of a call to this machine.
    """
    assert chosen(f"http://{host}:11434/v1", monkeypatch) is None


@pytest.mark.parametrize(
    ("entries", "url"),
    [
        ("10.0.0.0/8", "http://10.4.5.6/v1"),
        ("fd00::/8", "https://[fd12::1]:8443/v1"),
        ("[fd00::]/8", "https://[fd12::1]/v1"),
        ("10.0.0.7", "http://10.0.0.7:8080/v1"),
        ("[2001:db8::1]", "https://[2001:db8::1]/v1"),
        ("2001:db8::1", "https://[2001:0db8:0::1]/v1"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/v1"),
        ("10.0.0.7:8080", "http://10.0.0.7:8080/v1"),
        ("api.corp", "https://api.corp/v1"),
        (".corp", "https://api.corp/v1"),
        ("*.corp", "https://a.b.corp/v1"),
        ("corp", "https://api.corp/v1"),
        ("API.Corp.", "https://api.corp/v1"),
        ("api.corp:443", "https://api.corp/v1"),
        ("https://api.corp", "https://api.corp/v1"),
        ("*", "https://api.openai.com/v1"),
        (" .corp , ,api.openai.com,,", "https://api.openai.com/v1"),
        ("one.corp two.corp", "https://two.corp/v1"),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.3]/v1"),
    ],
)
def test_what_no_proxy_names_passes_the_proxy_by(entries: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts, addresses, ranges and ports, in brackets or not."""
    assert chosen(url, monkeypatch, NO_PROXY=entries) is None
    assert proxy_for(url).warnings == ()


@pytest.mark.parametrize(
    ("entries", "url"),
    [
        ("10.0.0.0/8", "http://192.0.2.7/v1"),
        ("10.0.0.0/8", "https://api.corp/v1"),
        ("corp", "https://mycorp/v1"),
        ("api.corp:8443", "https://api.corp/v1"),
        ("fd00::/8", "https://[fe80::1]/v1"),
        ("", "https://api.corp/v1"),
        ("api.corp.evil", "https://api.corp/v1"),
    ],
)
def test_what_it_does_not_name_goes_through(entries: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A range elsewhere, another port, the end of another name."""
    assert chosen(url, monkeypatch, NO_PROXY=entries) == PROXY


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "host:port", "a:b:c:d", "[::1", "host:70000", "::/x", "@", "[]"])
def test_an_entry_that_cannot_be_read_is_warned_of_and_ends_nothing(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others count."""
    assert chosen("https://api.corp/v1", monkeypatch, NO_PROXY=f"{entry},api.corp") is None
    [warning] = proxy_for("https://api.corp/v1").warnings
    assert warning.startswith("NO_PROXY: the entry ")


def test_a_proxy_without_a_scheme_is_an_http_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every other program reads it."""
    assert chosen("https://api.corp", monkeypatch, HTTPS_PROXY="proxy.corp:8080") == "http://proxy.corp:8080"
    assert "proxy.corp" not in repr(proxy_for("https://api.corp"))
