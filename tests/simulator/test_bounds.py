"""Hostile bytes: whatever is sent, the simulator takes a bounded time and a bounded memory for it."""

from __future__ import annotations

import functools
import json
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from simulator import Simulator, http_request
from simulator.directive_keys import KEYS
from simulator.directives import BadDirectiveError, blocks_after_tilde, blocks_in_prompt, merge
from simulator.hosts import Hosts
from simulator.http_request import MAX_BODY_BYTES, BadRequestError, ChunkedBody, parse_head
from simulator.providers.model_ids import MAX_MODEL_ID

# Many examples of what the tests beside it take line by line.
pytestmark = pytest.mark.untraced

Ask = Callable[..., httpx.Response]
Exchange = Callable[..., bytes]

SIZE: Final = 256 * 1024
# What a quarter of a megabyte took where each character was looked at again for each character: a quarter of an hour.
MOST_CPU_SECONDS: Final = 20.0
UNITS: Final = (
    *("7", ".", "*", " ", "\n", "[", "]", '"', "=", "-", ",", "~", "[[sim", "[[sim ", "[[sim a", '[[sim a="', "]]"),
    *("[[sim delay=1", "[[sim delay=1]", "[[sim delay=1]]", "[[sim delay=", "a=", 'a="" ', "x" * 7 + " ", "ECHO:\n"),
    *("[[sim header.a=1]] ", "gpt-", "\u0301", "\u200d", "漢"),
)


def cpu_seconds(act: Callable[[], object]) -> float:
    """What a call costs this process, whatever else the machine does."""
    started = time.process_time()
    act()
    return time.process_time() - started


def parsed(text: str) -> None:
    """Read a prompt, and merge what is in it."""
    try:
        merge(blocks_in_prompt(text)[1], turn=1, attempt=1)
    except BadDirectiveError as error:
        assert len(str(error)) < 2000  # noqa: PT017 - what is quoted of it is short


# The tracer is slow, and cheaper tests take the same lines.
@pytest.mark.untraced
@pytest.mark.parametrize("unit", UNITS)
def test_directives_are_read_in_linear_time(unit: str) -> None:
    """A quarter of a megabyte of anything, alone and inside a block, in every place where it could stand."""
    text = unit * (SIZE // len(unit))
    for prompt in (text, f"[[sim {text}", f"[[sim {text}]]", f"[[sim delay={text}]]", f'[[sim finish="{text}"]]'):
        assert cpu_seconds(functools.partial(parsed, prompt)) < MOST_CPU_SECONDS


@pytest.mark.untraced
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_no_value_takes_long_or_breaks_anything(key: Any) -> None:
    """A quarter of a megabyte of digits is no value, and says so."""
    name = key.name.replace("NAME", "x")
    for unit in ("9", "1e", "0.", "-"):
        with pytest.raises(BadDirectiveError):
            blocks_in_prompt(f"[[sim {name}={unit * (SIZE // len(unit))}]]")
    with pytest.raises(BadDirectiveError):
        blocks_after_tilde(f"gpt-4o~{name}={'9' * SIZE}")


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "xai", "deepseek", "mistral"])
def test_every_vendor_answers_hostile_bytes_in_bounded_time(ask: Ask, provider: str) -> None:
    """As a prompt and as a model's name; none of it is a fault of the simulator's own."""
    for unit in ("7", ".", "*", " ", "[", "[[sim ", "漢"):
        text = unit * (SIZE // len(unit.encode()))

        def both(text: str = text) -> None:
            assert ask(provider, f"Hi {text}").status_code in {200, 418}
            if provider != "google":
                assert ask(provider, "Hi", f"gpt-{text}").status_code in {400, 404, 418}

        assert cpu_seconds(both) < MOST_CPU_SECONDS


def test_long_names_are_no_models(ask: Ask) -> None:
    """No cache remembers them."""
    assert ask("openai", "Hi", "x" * MAX_MODEL_ID).status_code == 200
    assert ask("openai", "Hi", "x" * (MAX_MODEL_ID + 1)).status_code == 404


def test_so_many_headers_and_no_more(ask: Ask) -> None:
    """A response with more headers than clients take is not asked for."""
    headers = [f"header.x-{number}=1" for number in range(65)]
    assert ask("openai", f"[[sim {' '.join(headers[:64])}]]").status_code == 200
    assert ask("openai", f"[[sim {' '.join(headers)}]]").status_code == 418
    assert ask("openai", " ".join(f"[[sim {header}]]" for header in headers)).status_code == 418


def test_choices_do_not_multiply_a_large_answer(ask: Ask) -> None:
    """A hundred choices of a hundred megabytes would fill the memory."""
    response = ask("openai", "[[sim answer=size:100000000]]", n=100)
    assert (response.status_code, response.json()["error"]["directive"]) == (418, "answer=size")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * SIZE, 400),
        (b'{"model":' * 50_000, 400),
        (b'{"temperature": %b}' % (b"9" * SIZE), 400),
        (b'{"temperature": 1e999}', 400),
        (b'"' + b"\\u0000" * 40_000 + b'"', 400),
        (b'{"%b": 1, "model": "gpt-4o", "messages": []}' % (b"." * SIZE), 400),
    ],
)
def test_bodies_that_are_hard_to_read(simulator: Simulator, client: httpx.Client, body: bytes, status: int) -> None:
    """Deep, long, or beyond every number: refused like any other bad body."""
    headers = {"authorization": "Bearer k", "content-type": "application/json"}
    url = f"{simulator.url}/openai/v1/chat/completions"
    assert client.post(url, content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: %b\r\n\r\n" % (b"9" * 5000), b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % (MAX_BODY_BYTES + 1), b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 5000, b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 100, b"400"),
    ],
)
def test_too_much_is_refused_before_it_is_here(raw_exchange: Exchange, request_bytes: bytes, status: bytes) -> None:
    """What is announced counts; a line that never ends is not waited for."""
    received = raw_exchange(request_bytes, silence=5)
    assert received.startswith(b"HTTP/1.1 " + status)


def test_a_chunked_body_has_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the chunks are."""
    monkeypatch.setattr(http_request, "MAX_BODY_BYTES", 100)
    reader = ChunkedBody()
    for _ in range(10):
        assert reader.feed(bytearray(b"a\r\n0123456789\r\n")) is None
    assert len(reader) == 100
    with pytest.raises(BadRequestError):
        reader.feed(bytearray(b"1\r\nx\r\n"))


def test_a_head_may_come_byte_by_byte(simulator: Simulator) -> None:
    """Its end is found wherever the pieces are cut."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /_sim/health HTTP/1.1\r\nX-Filler: yyyy\r\n\r\n":
            connection.sendall(bytes([byte]))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_connections_are_bounded() -> None:
    """The one above the bound is told so and closed; once another has left, the next one is answered."""
    request = b"GET /_sim/health HTTP/1.1\r\n\r\n"
    with Simulator(max_connections=2) as simulator:
        held = [socket.create_connection(("127.0.0.1", simulator.port), timeout=60) for _ in range(2)]
        for connection in held:
            connection.sendall(request)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as one_more:
            assert one_more.recv(65536).startswith(b"HTTP/1.1 503 ")
            assert one_more.recv(65536) == b""
        held.pop().close()
        answer = b""
        while not answer.startswith(b"HTTP/1.1 200 "):
            # The server takes a turn of its loop to see that somebody left.
            with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as next_one:
                next_one.sendall(request)
                answer = next_one.recv(65536)
        held.pop().close()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "127.9.9.9", "[::1]:8", ""])
def test_this_machine_is_answered(host: str) -> None:
    """By each of its names, and where a client names none."""
    assert Hosts("127.0.0.1").allow(host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "localhost.evil.example", "10.0.0.1", "[2001:db8::1]", "127.0.0.1.x", "["],
)
def test_other_machines_are_not_answered(raw_exchange: Exchange, host: str) -> None:
    """A page that leads a name of its own to this machine gets nothing, neither an answer nor the journal."""
    for path in ("/_sim/journal", "/openai/v1/models", f"http://{host}/_sim/journal"):
        received = raw_exchange(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), silence=5)
        assert received.startswith(b"HTTP/1.1 421 ")
        assert b"connection: close" in received


def test_the_address_that_is_listened_on_is_answered() -> None:
    """By its name; where that is every address, by any address, and still by no foreign name."""
    assert Hosts("sim.internal").allow("sim.internal:8700")
    assert not Hosts("sim.internal").allow("10.0.0.1")
    assert Hosts("0.0.0.0").allow("10.0.0.1")  # noqa: S104 - nothing is listened on
    assert not Hosts("0.0.0.0").allow("evil.example")  # noqa: S104
    few = Hosts("127.0.0.1")
    assert not any(few.allow(f"{number}.example") for number in range(1000))


def test_the_whole_address_counts_for_more_than_the_header() -> None:
    """As it does for a proxy."""
    assert parse_head(b"GET http://evil.example/a HTTP/1.1\r\nHost: localhost").host == "evil.example"


def test_what_looks_like_a_credential_is_masked(simulator: Simulator, ask: Ask) -> None:
    """Whoever's header it is, known or not; what is none stays readable."""
    names = (
        *("Cookie", "Proxy-Authorization", "X-Auth", "X-Gateway-Token", "api-key", "X-Client-Secret", "X-My-Password"),
        *("x-portkey-config", "x-portkey-virtual-thing", "x-amz-credential", "x-session-id", "x-litellm-api-key"),
    )
    secrets = dict.fromkeys(names, "s3cr3t-value")
    ask("openai", headers={**secrets, "x-plain": "readable"})
    (entry,) = simulator.journal
    assert "s3cr3t-value" not in json.dumps(entry)
    assert entry["headers"]["x-plain"] == "readable"
    assert all(entry["headers"][name.lower()] == "***" for name in secrets)
