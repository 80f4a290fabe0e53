"""Bytes of a stranger buy no unbounded work: every pattern and parser is fed 256 KB of what such code stumbles over."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from common.classification import Evidence, classify, gateways, judge, wording
from common.classification.retry_after import duration, read_retry_after
from common.classification.verdict import CallContext
from common.errors import WorkerError
from common.http.heads import HeadReader
from common.http.proxies import proxy_for
from common.http.unpacking import EncodingFaultError, TooLargeError, Unpacker
from common.json import loose
from common.json import strict as jsondoc
from common.json.loose import is_blank
from common.llm_adapters import get_adapter
from common.llm_adapters.reasoning_text import without_reasoning
from common.probe.tokens import estimate
from common.providers.routing import infer_provider
from common.redaction import Redactor
from common.secrets.strength import edits_transcripts

if TYPE_CHECKING:
    from collections.abc import Callable

# The texts are large and the tracer is slow; other tests cover the same lines.
pytestmark = pytest.mark.untraced

SIZE = 256 * 1024
# A pattern of quadratic cost takes minutes for as much. Where the machine is slow, or every line is counted for
# coverage, a text may take longer, if half of it takes half as long.
MOST_SECONDS = 0.1
SLOW_SECONDS = 0.8
MOST_GROWTH = 3.0

UNITS = [
    "9", ".", "*", " ", "\n", "[", "{", "(", '"', "'", "\\", "a", "A", "-", "_", "=", ",", ":", ";", "%", "&",
    "#", "<", "9.", "9s", "1m", "a.", "a b", "[{", '{"', '"a":', "<think>", "</think>", "data:",
    "data: \n\n", "://", "a:b@", "**a", "sk-", "max_tokens ", "model ", "try again in ", "retry after 9",
    "litellm.a", "aexception", "&#9", "%41", "\\u00", "wait for 99999", "{'", "}", "\t", "\u00e9", "\u2026", "0x",
    "...a",
]  # fmt: skip


def filters() -> Redactor:
    """A redactor that knows a key and a weak one."""
    redactor = Redactor()
    redactor.add("sk-proj-AbCdEfGhIjKlMnOpQrStUvWx")
    redactor.add("hunter2")
    return redactor


REDACTOR = filters()
CALL = CallContext("openai", "h", "m")


def _head(text: str) -> None:
    reader = HeadReader()
    reader.asked()
    for at in range(0, len(text), 4096):
        reader.take(text[at : at + 4096].encode())


def _unpacked(text: str) -> None:
    with contextlib.suppress(EncodingFaultError, TooLargeError):
        Unpacker("gzip").feed(text.encode())


def _judged(provider: str, body: Callable[[str], Any]) -> Callable[[str], None]:
    def run(text: str) -> None:
        judge(get_adapter(provider), 200, {}, json.dumps(body(text)).encode(), CallContext(provider, "h", "m"))

    return run


def _error(text: str) -> None:
    body = {"error": {"message": text, "code": text[:9], "metadata": {"raw": text, "headers": {"retry-after": text}}}}
    judge(get_adapter("openai"), 429, {"retry-after": text, "ratelimit": text}, json.dumps(body).encode(), CALL)


def _quietly(function: Callable[[str], Any]) -> Callable[[str], None]:
    def run(text: str) -> None:
        with contextlib.suppress(ValueError, RecursionError, WorkerError):
            function(text)

    return run


READERS: dict[str, Callable[[str], Any]] = {
    "delay": lambda text: read_retry_after({"retry-after": text}, {"error": {"message": text, "retry_after": text}}),
    "reset headers": lambda text: read_retry_after({"x-ratelimit-reset-tokens": text, "ratelimit": text}, None),
    "duration": duration,
    "context": wording.speaks_of_context,
    "bound": wording.bound_is_too_large,
    "no money": wording.speaks_of_no_money,
    "no model": wording.speaks_of_no_model,
    "refusal": wording.speaks_of_refusal,
    "vendor": lambda text: gateways.vendor("openai", {}, [{"error": {"message": text}}], text),
    "class names": lambda text: list(gateways.class_names(text)),
    "inner errors": lambda text: gateways.inner_bodies({"error": {"message": text, "metadata": {"raw": text}}}),
    "error answer": _error,
    "error text": lambda text: judge(get_adapter("openai"), 500, {}, text.encode(), CALL),
    "fault": lambda text: classify(Evidence("broken", "openai", message=text), CALL),
    "answer text": lambda text: judge(get_adapter("openai"), 200, {"content-type": text}, text.encode(), CALL),
    "chat": _judged("openai", lambda text: {"choices": [{"message": {"content": text}, "finish_reason": text}]}),
    "messages": _judged("anthropic", lambda text: {"content": [{"type": "text", "text": text}], "stop_reason": text}),
    "candidates": _judged("google", lambda text: {"candidates": [{"content": {"parts": [{"text": text}]}}]}),
    "loose JSON": loose.read_body,
    "events": loose.events,
    "strict JSON": lambda text: jsondoc.parse(text.encode()),
    "storable": jsondoc.storable,
    "thinking": without_reasoning,
    "blank": is_blank,
    "answer filter": REDACTOR.answer,
    "message filter": REDACTOR.message,
    "name filter": REDACTOR.name,
    "quotation filter": REDACTOR.quotation,
    "secret": edits_transcripts,
    "model": infer_provider,
    "estimate": estimate,
    "head": _head,
    "gzip": _unpacked,
}


@pytest.mark.parametrize("reader", READERS)
def test_no_text_of_a_stranger_holds_the_process_up(reader: str) -> None:
    """Each text takes under 100 ms of processor time.

    Attack (provider): 256 KB of digits, dots, stars, blanks, brackets or quotes, such as a delay that is all digits.
    """
    read = _quietly(READERS[reader])
    read("warm")
    for unit in UNITS:
        text = (unit * (SIZE // len(unit) + 1))[:SIZE]
        for end in ("x", ""):
            # What is quick for a quarter of it is so for all, whether the cost grows with its square or its cube.
            if not end and _spent(read, text[: SIZE // 4]) < MOST_SECONDS / 4**3:
                continue
            spent = _spent(read, text + end)
            if spent > MOST_SECONDS:
                spent = min(_spent(read, text + end) for _ in range(3))
            if spent > MOST_SECONDS:
                half = min(_spent(read, text[: SIZE // 2] + end) for _ in range(3))
                assert spent < SLOW_SECONDS, f"{unit!r} takes {spent:.2f} s"
                assert spent < MOST_GROWTH * half, f"{unit!r} takes {spent:.2f} s, and half of it {half:.2f} s"


def test_an_entry_of_no_proxy_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack (local user): a NO_PROXY of 64 KB of dots and brackets."""
    for unit in (".", "[", ",", "a.", "1.", ":", "/"):
        monkeypatch.setenv("NO_PROXY", unit * (65_536 // len(unit)))
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.corp:1")
        assert _spent(lambda _: proxy_for("https://api.corp"), "") < MOST_SECONDS


def _spent(function: Callable[[str], Any], text: str) -> float:
    began = time.process_time()
    function(text)
    return time.process_time() - began
