"""A key is known in every spelling that a server is likely to quote it in."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest

from common.redaction import REDACTED, Redactor
from support.environment import scrubbed_environment
from support.jobs import probe_job
from support.wire_server import WireServer, http
from support.workers import run_probe, run_worker

KEY = "sk-proj-Zq7RkT2mVx9LbN4cWd8HsJ6pYf3GaUe5"
RANDOM = KEY.removeprefix("sk-proj-")

SPELLINGS = {
    "hex": KEY.encode().hex(),
    "hex of a part": RANDOM[4:16].encode().hex().upper(),
    "hex with blanks": " ".join(f"{byte:02x}" for byte in KEY.encode()),
    "hex with 0x": " ".join(f"0x{byte:02x}" for byte in KEY.encode()),
    "percent": "".join(f"%{byte:02X}" for byte in KEY.encode()),
    "percent twice": quote("".join(f"%{byte:02X}" for byte in KEY.encode())),
    "escapes": "".join(f"\\u{ord(char):04x}" for char in KEY),
    "bytes escaped": "".join(f"\\x{ord(char):02x}" for char in KEY),
    "entities": "".join(f"&#{ord(char)};" for char in KEY),
    "hexadecimal entities": "".join(f"&#x{ord(char):x};" for char in KEY),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 of a header": base64.b64encode(f"Authorization: Bearer {KEY}".encode()).decode(),
    "separators": "-".join(RANDOM[at : at + 4] for at in range(0, len(RANDOM), 4)),
    "blanks": " ".join(RANDOM[at : at + 2] for at in range(0, len(RANDOM), 2)),
    "lines": "\n".join(RANDOM[at : at + 5] for at in range(0, len(RANDOM), 5)),
    "both ends": f"{KEY[:11]}...{KEY[-4:]}",
    "both ends, short": f"{KEY[:3]}\u2026{KEY[-4:]}",
    "both ends, stars": f"({KEY[:6]}****{KEY[-3:]})",
    "upper case": RANDOM.upper(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_is_known_in_every_spelling(spelling: str) -> None:
    """The quotation goes.

    Attack (provider): an error text quotes the key in hex, base64, escapes or entities, or with separators.
    """
    redactor = Redactor()
    redactor.add(KEY)
    clean = redactor.quotation(f"the key {SPELLINGS[spelling]} is wrong")
    assert REDACTED in clean
    for piece in SPELLINGS[spelling].split()[:3]:
        assert len(piece) < 5 or piece not in clean


@pytest.mark.parametrize(
    "text",
    [
        "Rate limit reached for gpt-4o in organization org-abcdefgh on tokens per min (TPM): Limit 30000, Used 29...",
        "This model's maximum context length is 8192 tokens... please reduce",
        "deadbeef 0x00ff %20 &amp; \\u00e9 sk-... see https://platform.openai.com/account/api-keys",
        html.escape('{"error": "a & b"}'),
        base64.b64encode(b"nothing of interest stands here").decode(),
    ],
)
def test_what_holds_no_key_is_shown(text: str) -> None:
    """A quotation that is thrown away for nothing helps nobody."""
    redactor = Redactor()
    redactor.add(KEY)
    assert redactor.quotation(text) == text


@pytest.mark.parametrize("spelling", ["hex", "percent", "escapes", "separators", "both ends"])
def test_no_spelling_reaches_the_document(spelling: str) -> None:
    """Attack (provider): the same, through the real script."""
    text = SPELLINGS[spelling]
    with WireServer(http({"error": {"message": f"bad key {text}", "code": "invalid_api_key"}}, 401)) as server:
        run = run_probe(probe_job(), {**scrubbed_environment(), **server.env(OPENAI_API_KEY=KEY)})
    printed = (run.stdout + run.stderr).decode()
    assert json.dumps(text)[1:-1] not in printed
    assert run.error["code"] == "AUTH_ERROR"


def test_a_token_in_a_base_url_or_a_proxy_is_a_secret() -> None:
    """Neither shows the token.

    Attack (reader): a health report is passed on, with a token in a base URL or in a proxy.
    """
    token = "tok8f3Kd92LmQ7xVb41Zt"
    env = {
        **scrubbed_environment(),
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": f"https://gateway.example/{token}/v1",
        "HTTPS_PROXY": f"{token}x:@proxy.example:3128",
        "HTTP_PROXY": f"http://{token}y@proxy.example:3128",
    }
    run = run_worker("health_check.py", b"", env)
    printed = (run.stdout + run.stderr).decode()
    assert token not in printed
    assert "gateway.example" in printed
