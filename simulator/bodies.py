"""Bodies that are not what was asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from simulator.reply import JSON_TYPE, Reply, encode

if TYPE_CHECKING:
    from simulator.directives import Settings
    from simulator.question import Json

HTML_TYPE: Final = "text/html; charset=UTF-8"
NESTING: Final = 100_000
DEFAULT_RETRY_AFTER: Final = 30.0

_PAGE: Final = """<!DOCTYPE html>
<html lang="en-US">
<head><title>simulated | {status}: Bad gateway</title></head>
<body>
<h1>Bad gateway <span>Error code {status}</span></h1>
<p>The web server reported a bad gateway error.</p>
<div>{filler}</div>
<p>Cloudflare Ray ID: <strong>0000000000000000</strong></p>
</body>
</html>
"""
_FOREIGN_OPENAI: Final[Json] = {
    "id": "chatcmpl-foreign",
    "object": "chat.completion",
    "created": 1_760_000_000,
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "An answer of another vendor."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
}
_FOREIGN_ANTHROPIC: Final[Json] = {
    "id": "msg_foreign",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-6",
    "content": [{"type": "text", "text": "An answer of another vendor."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "output_tokens": 7},
}
_FIXED: Final = {
    "empty": b"",
    "blank": b"\n\n \n\n",
    "list": b"[]",
    "null": b"null",
    "string": b'"a string"',
    "error200": encode({"error": {"code": 429, "message": "Too many requests, in a response that says 200."}}),
    "nested": b"[" * NESTING + b"]" * NESTING,
}

_STILL_A_STREAM: Final = frozenset({"half", "nul-byte", "bad-utf8"})


def bend_body(reply: Reply, settings: Settings, provider: str) -> None:
    """Put what the `body` directive names in the place of an answer."""
    kind = settings.text("body")
    if reply.events:
        reply.events = ()
        if kind not in _STILL_A_STREAM:
            reply.content_type = JSON_TYPE
    if kind in _FIXED:
        reply.body = _FIXED[kind]
    elif kind == "html":
        page = cdn_page(200)
        reply.body, reply.content_type = page.body, page.content_type
    elif kind == "half":
        reply.body = reply.body[: len(reply.body) // 2]
    elif kind == "foreign":
        reply.body = encode(_FOREIGN_OPENAI if provider in {"anthropic", "google"} else _FOREIGN_ANTHROPIC)
    else:
        # Inside the first string, so that all around it is still good JSON.
        place = reply.body.find(b'":"') + 3
        reply.body = reply.body[:place] + (b"\x00" if kind == "nul-byte" else b"\xff") + reply.body[place:]


def cdn_page(status: int) -> Reply:
    """The page of a proxy that could not reach the vendor."""
    page = _PAGE.format(status=status, filler="<p>What happened?</p>\n" * 200)
    return Reply(status, page.encode(), HTML_TYPE, [("server", "cloudflare")])


def cloudflare_problem(status: int, retry_after: str | None) -> Reply:
    """The JSON that Cloudflare sends to clients that are no browsers; the delay is in the body."""
    seconds = DEFAULT_RETRY_AFTER
    if retry_after is not None:
        with contextlib.suppress(ValueError):
            seconds = float(retry_after)
    body = {
        "type": f"https://simulated.example/error-{status}/",
        "title": f"Error {status}: simulated",
        "status": status,
        "detail": "The origin server was not reached.",
        "error_code": status,
        "error_name": "simulated",
        "error_category": "origin",
        "zone": "simulated.example",
        "cloudflare_error": True,
        "retryable": True,
        "retry_after": int(seconds) if seconds.is_integer() else seconds,
    }
    return Reply(status, encode(body), headers=[("server", "cloudflare")])
