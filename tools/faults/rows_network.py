"""C: the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator import Simulator
from tools.faults import servers
from tools.faults.bench import CANARY, Row, job, sim, turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.faults.bench import Bench, Outcome

_NETWORK: Final = ("NETWORK_ERROR",)


def _says(*words: str) -> Callable[[Bench, Outcome], None]:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        shown = f"{outcome.error['message']} {outcome.error['details']}"
        for word in words:
            if word not in shown:
                raise AssertionError(f"{word!r} is not in {shown!r}")

    return check


def _tries(number: int) -> Callable[[Bench, Outcome], None]:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        if outcome.error["attempts"] != number:
            raise AssertionError(f"{outcome.error['attempts']} attempts")

    return check


def _unknown_bill(bench: Bench, outcome: Outcome) -> None:
    del bench
    discarded = outcome.turns[-1]["providerMetadata"].get("discarded", [])
    if [item.get("billing") for item in discarded] != ["unknown"]:
        raise AssertionError(f"discarded: {discarded}")


def _against(server: Callable[[], servers.Server]) -> Callable[[Bench, bytes], Outcome]:
    """Run with OPENAI_BASE_URL at a server of this row."""

    def act(bench: Bench, stdin: bytes) -> Outcome:
        with server() as running:
            bench.env["OPENAI_BASE_URL"] = running.url
            return bench.run(stdin)

    return act


def _trusting(name: str, server: Callable[[], servers.Server]) -> Callable[[Bench, bytes], Outcome]:
    """Run against a server whose own certificate is trusted, so that only what is wrong with it is left."""

    def act(bench: Bench, stdin: bytes) -> Outcome:
        bench.env["SSL_CERT_FILE"] = str(servers.CERTIFICATES / f"{name}.crt")
        return _against(server)(bench, stdin)

    return act


def _private_authority(bench: Bench, stdin: bytes) -> Outcome:
    """The simulator over https, with its certificate in SSL_CERT_FILE."""
    certificate = servers.CERTIFICATES / "self-signed.crt"
    with Simulator(tls=(certificate, certificate.with_suffix(".key"))) as secured:
        keys = {name: value for name, value in bench.env.items() if name.endswith("_API_KEY")}
        bench.env |= secured.env() | keys | {"SSL_CERT_FILE": str(certificate)}
        return bench.run(stdin)


def _behind(server: Callable[[], servers.Server]) -> Callable[[Bench, bytes], Outcome]:
    """Run with HTTP_PROXY at a server of this row."""

    def act(bench: Bench, stdin: bytes) -> Outcome:
        with server() as running:
            bench.env["HTTP_PROXY"] = f"http://user:{CANARY}@127.0.0.1:{running.port}"
            return bench.run(stdin)

    return act


_DIES: Final = turns("One?", "Two?", sim("close=before"), "Four?", "Five?")

ROWS: Final = (
    Row(
        "C01", "connection refused", job(), _NETWORK, env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, check=_tries(5)
    ),
    Row(
        "C02",
        "the name does not resolve",
        job(),
        _NETWORK,
        env={"OPENAI_BASE_URL": "https://no-such-host.example.invalid/v1"},
        check=_says("no-such-host"),
    ),
    Row(
        "C03",
        "self-signed certificate",
        job(),
        ("CONFIG_ERROR",),
        act=_against(servers.self_signed),
        check=_says("SSL_CERT_FILE"),
    ),
    Row(
        "C03b",
        "expired certificate",
        job(),
        ("CONFIG_ERROR",),
        act=_trusting("expired", servers.expired),
        check=_tries(1),
    ),
    Row(
        "C03c",
        "a certificate of another host",
        job(),
        ("CONFIG_ERROR",),
        act=_trusting("wrong-host", servers.wrong_host),
        check=_tries(1),
    ),
    Row("C03d", "a private authority in SSL_CERT_FILE", job(), turns=1, act=_private_authority),
    Row(
        "C04",
        "connections are never accepted",
        job(config={"deadlineSeconds": 3}),
        ("TIMEOUT",),
        env={"PROBE_CONNECT_TIMEOUT_SECONDS": "1"},
        most_seconds=5,
        act=_against(servers.black_hole),
    ),
    Row(
        "C05",
        "accepts, never answers",
        job(sim("hang=1"), config={"deadlineSeconds": 1.5}),
        ("TIMEOUT",),
        calls=1,
        most_seconds=3.5,
    ),
    Row("C05b", "a slow first byte", job(sim("delay=1")), calls=1, turns=1, least_seconds=1),
    Row(
        "C06",
        "the body drips",
        job(sim("drip=0.2"), config={"deadlineSeconds": 1.5}),
        ("TIMEOUT",),
        calls=1,
        most_seconds=3.5,
    ),
    Row(
        "C06b",
        "the head drips",
        job(config={"deadlineSeconds": 1.5}),
        ("TIMEOUT",),
        most_seconds=3.5,
        act=_against(servers.dripping_head),
    ),
    Row("C07", "RST before the head", job(sim("reset=before times=1")), calls=2, turns=1, check=_unknown_bill),
    Row("C07b", "RST before the head, always", job(sim("reset=before")), _NETWORK, calls=2),
    Row("C08", "FIN without a response", job(sim("close=before times=1")), calls=2, turns=1, check=_unknown_bill),
    Row("C09", "body shorter than said", job(sim("close=body times=1")), calls=2, turns=1, check=_unknown_bill),
    Row("C09b", "chunked body without its end", job(sim("chunk-cut=1")), _NETWORK, calls=2),
    Row("C09c", "the same, once", job(sim("chunk-cut=1 times=1")), calls=2, turns=1, check=_unknown_bill),
    Row(
        "C12",
        "gzip bomb",
        job(sim("gzip=bomb")),
        ("INVALID_RESPONSE",),
        calls=1,
        retryable=False,
        act=lambda bench, stdin: bench.run(stdin, line='ulimit -v 300000; exec "$0" "$1"'),
    ),
    Row("C12b", "an honest gzip", job(sim("gzip=1")), calls=1, turns=1),
    Row("C13", "redirect to another origin", job(sim("redirect=http://127.0.0.1:9/x")), ("CONFIG_ERROR",), calls=1),
    Row("C14", "closed between two turns", turns(sim("close=after"), "Two?"), calls=range(2, 4), turns=2),
    Row(
        "C15",
        "a SOCKS proxy without its package",
        job(),
        ("CONFIG_ERROR",),
        calls=0,
        env={"ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": None, **servers.ELSEWHERE},
        check=_says("ALL_PROXY"),
    ),
    Row(
        "C18",
        "the proxy answers 407",
        job(),
        ("AUTH_ERROR",),
        calls=0,
        act=_behind(servers.proxy_407),
        env={"NO_PROXY": None, **servers.ELSEWHERE},
    ),
    Row(
        "C18b",
        "the proxy answers 502 with a page",
        job(),
        ("SERVER_ERROR", "NETWORK_ERROR"),
        calls=0,
        act=_behind(servers.proxy_502),
        env={"NO_PROXY": None, **servers.ELSEWHERE},
    ),
    Row(
        "C18c",
        "the proxy for https answers 407",
        job(),
        ("AUTH_ERROR",),
        act=servers.https_behind(servers.proxy_407),
        check=_tries(1),
    ),
    Row(
        "C18d",
        "the proxy for https hangs up",
        job(),
        _NETWORK,
        act=servers.https_behind(servers.proxy_dead_end),
        check=_tries(2),
        most_seconds=5,
    ),
    Row("C19", "the link dies at turn 3 of 5", _DIES, _NETWORK, calls=4, turns=2),
    Row("C20", "blank lines, then JSON", job(sim("blank=20"), model="deepseek-chat"), calls=1, turns=1),
    Row("C20b", "blank lines, then nothing", job(sim("body=blank"), model="deepseek-chat"), ("SERVER_ERROR",), calls=2),
    Row(
        "C20c",
        "blank lines for ever",
        job(sim("blank=9999"), model="deepseek-chat", config={"deadlineSeconds": 1.5}),
        ("TIMEOUT",),
        calls=1,
        most_seconds=3.5,
    ),
)
