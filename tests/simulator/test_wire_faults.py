"""Misbehaviour on the wire, seen from a bare socket or a client."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

Ask = Callable[..., httpx.Response]
Exchange = Callable[..., bytes]

PROMPT: Final = "Hello [[sim {}]]"


def request_bytes(directive: str, *, path: str = "/openai/v1/chat/completions", headers: str = "") -> bytes:
    """A whole request as bytes."""
    messages = [{"role": "user", "content": PROMPT.format(directive) if directive else "Hello"}]
    body = json.dumps({"model": "gpt-4o", "messages": messages}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def last_outcome(
    simulator: Any, *, settled: Callable[[Any], bool] = lambda entry: entry["outcome"] != "pending"
) -> Any:
    """The newest entry of the journal, once it is settled."""
    for _ in range(200):
        entry = simulator.journal[-1]
        if settled(entry):
            return entry
        time.sleep(0.005)
    raise AssertionError(f"never settled: {entry}")


def test_nothing_comes_before_a_close(simulator: Any, raw_exchange: Exchange) -> None:
    """close=before is a FIN instead of a response."""
    assert raw_exchange(request_bytes("close=before")) == b""
    entry = last_outcome(simulator)
    assert (entry["outcome"], entry["status"]) == ("aborted", None)
    assert entry["outputTokens"] > 0


def test_the_head_comes_before_a_close(simulator: Any, raw_exchange: Exchange) -> None:
    """close=head announces a body that never comes."""
    received = raw_exchange(request_bytes("close=head"))
    assert received.endswith(b"\r\n\r\n")
    assert b"\r\ncontent-length: " in received
    assert last_outcome(simulator)["status"] == 200


def test_half_of_the_body_comes_before_a_close(ask: Ask, raw_exchange: Exchange) -> None:
    """close=body announces the whole length and sends half of it."""
    head, _, body = raw_exchange(request_bytes("close=body")).partition(b"\r\n\r\n")
    length = int(head.rpartition(b"content-length: ")[2])
    assert len(body) == length // 2
    with pytest.raises(httpx.RemoteProtocolError):
        ask("openai", PROMPT.format("close=body"))


def test_the_whole_answer_comes_before_a_silent_close(simulator: Any, raw_exchange: Exchange) -> None:
    """close=after ends a connection that was said to stay open."""
    received = raw_exchange(request_bytes("close=after") + request_bytes(""), silence=5)
    assert b"connection: close" not in received
    assert received.count(b"HTTP/1.1 200 OK") == 1
    assert json.loads(received.partition(b"\r\n\r\n")[2])["object"] == "chat.completion"
    assert [entry["outcome"] for entry in simulator.journal] == ["answered"]


@pytest.mark.parametrize("where", ["before", "head", "body"])
def test_resets(simulator: Any, ask: Ask, where: str) -> None:
    """reset=... is an RST: the client sees a read error, not an end."""
    with pytest.raises(httpx.ReadError):
        ask("openai", PROMPT.format(f"reset={where}"))
    assert last_outcome(simulator)["outcome"] == "aborted"


def test_a_reset_comes_after_what_was_sent(simulator: Any) -> None:
    """The half of the body is readable before the reset."""
    received: list[bytes] = []

    def read_on(connection: socket.socket) -> None:
        while part := connection.recv(65536):
            received.append(part)

    with socket.create_connection(("127.0.0.1", simulator.port), timeout=60) as connection:
        connection.sendall(request_bytes("reset=body"))
        with pytest.raises(ConnectionResetError):
            read_on(connection)
    assert b'"chat.completion"' in b"".join(received)
    assert not received[-1].endswith(b"}")


def test_a_hang_lasts_until_the_client_leaves(simulator: Any, raw_exchange: Exchange) -> None:
    """hang=1 never answers, and the journal says who gave up; nothing is billed."""
    assert raw_exchange(request_bytes("hang=1"), silence=0.05) == b""
    entry = last_outcome(simulator)
    assert (entry["outcome"], entry["status"], entry["outputTokens"]) == ("client-closed", None, 0)


def test_a_client_that_leaves_during_the_delay_is_billed(simulator: Any, raw_exchange: Exchange) -> None:
    """A vendor goes on thinking when nobody waits any more."""
    assert raw_exchange(request_bytes("delay=30"), silence=0.05) == b""
    entry = last_outcome(simulator)
    assert (entry["outcome"], entry["status"]) == ("client-closed", None)
    assert entry["outputTokens"] > 0


def test_delays(ask: Ask) -> None:
    """delay= holds the head back, body-delay= the body."""
    started = time.monotonic()
    assert ask("openai", PROMPT.format("delay=0.02 body-delay=0.02")).status_code == 200
    assert time.monotonic() - started >= 0.04


def test_a_drip_is_an_answer(ask: Ask) -> None:
    """drip= sends the body byte by byte."""
    started = time.monotonic()
    response = ask("openai", PROMPT.format("body=string drip=0.003"))
    assert response.json() == "a string"
    assert time.monotonic() - started >= 0.03


def test_blank_lines_before_the_answer(ask: Ask, raw_exchange: Exchange) -> None:
    """blank=N sends so many blank lines first, in chunks, and the JSON is still good."""
    response = ask("deepseek", PROMPT.format("blank=5 blank-every=0.002"))
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.text.startswith("\n" * 5 + "{")
    assert response.json()["object"] == "chat.completion"
    only_blanks = ask("deepseek", PROMPT.format("blank=2 blank-every=0.002 body=empty"))
    assert only_blanks.content == b"\n\n"
    cut = raw_exchange(request_bytes("blank=2 blank-every=0.002 close=body"))
    assert b"1\r\n\n\r\n1\r\n\n\r\n" in cut
    assert not cut.endswith(b"0\r\n\r\n")


def test_chunks(ask: Ask, raw_exchange: Exchange) -> None:
    """chunked=1 ends as it should, chunk-cut=1 does not."""
    assert ask("openai", PROMPT.format("chunked=1")).json()["object"] == "chat.completion"
    assert not raw_exchange(request_bytes("chunk-cut=1")).endswith(b"0\r\n\r\n")
    with pytest.raises(httpx.RemoteProtocolError):
        ask("openai", PROMPT.format("chunk-cut=1"))


def test_the_bomb_goes_out(raw_exchange: Exchange) -> None:
    """gzip=bomb is a small body that says it is compressed."""
    head, _, body = raw_exchange(request_bytes("gzip=bomb", headers="Connection: close\r\n"), silence=5).partition(
        b"\r\n\r\n"
    )
    assert b"content-encoding: gzip" in head
    assert body.startswith(b"\x1f\x8b")
    assert len(body) < 300_000


def test_a_fault_can_end_after_the_first_attempt(ask: Ask) -> None:
    """With times=1 the second attempt on a new connection is answered."""
    prompt = PROMPT.format("reset=before times=1")
    with pytest.raises(httpx.ReadError):
        ask("openai", prompt)
    assert ask("openai", prompt).status_code == 200
