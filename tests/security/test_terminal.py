"""Text of others never steers a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.terminal_text import terminal_text
from support.conversations import openai_answer
from support.environment import scrubbed_environment
from support.wire_server import WireServer, http
from support.workers import run_worker
from tools import demo, live

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31mred\u202egnp.exe\r\x08\u2066"


@given(st.text())
def test_nothing_that_is_printed_steers_a_terminal(text: str) -> None:
    """Attack (provider): control, C1 and bidirectional characters. They are written out; all else stays."""
    shown = terminal_text(text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" or char in "\u202a\u202e\u2066\u200f" for char in shown)
    assert terminal_text(shown) == shown
    lines = terminal_text(text, lines=True)
    assert lines.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ["", "plain", "caf\u00e9 \u05d0\u05d1 \U0001f600", "a\u200db"])
def test_what_steers_nothing_stays(text: str) -> None:
    """Other scripts and emoji are shown as they are."""
    assert terminal_text(text) == text


def test_the_demonstration_shows_hostile_words_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Attack (provider): an answer, a version and a warning that carry commands to the terminal."""
    metadata = {"reasoningTokens": None, "finishReason": "stop", "durationMs": 1}
    turn = {"probePrompt": HOSTILE, "targetResponse": HOSTILE, "inputTokens": 1, "outputTokens": 1}
    transcript = {
        "turns": [{**turn, "providerMetadata": metadata}],
        "totalInputTokens": 1,
        "totalOutputTokens": 1,
        "costSnapshot": {"totalCost": 0.1},
        "modelVersion": HOSTILE,
    }
    document: Any = {"success": True, "transcript": transcript, "warnings": [HOSTILE]}
    demo.show("m", document)
    failure: Any = {"success": False, "error": {"code": "X", "message": HOSTILE}}
    demo.show("m", failure)
    printed = capsys.readouterr().out
    assert "\\u001b" in printed
    assert not any(char in printed for char in "\x1b\x07\x9b\u202e\u2066\r\x08")


def test_the_live_check_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack (provider): the same through `make live`."""
    with WireServer(http(openai_answer(HOSTILE, model=HOSTILE))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "made-up-key-0001")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        live.main()
    printed = capsys.readouterr().out
    assert "OpenAI     OK" in printed
    assert not any(char in printed for char in "\x1b\x07\x9b\u202e\u2066\r\x08")


def test_the_health_report_too() -> None:
    """Attack (local user): a base URL or a proxy with commands in it."""
    env = {**scrubbed_environment(), "NO_PROXY": "\x1b[2J:x:y", "HTTPS_PROXY": "http://proxy.corp:1"}
    run = run_worker("health_check.py", b"", env, args=("--pretty",), checked=False)
    assert b"\x1b" not in run.stdout
