"""Answers in an odd wrapping: what can be read of a paid answer is kept, and what shows nothing is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.classification import Failure, judge
from common.classification.verdict import CallContext
from common.errors import ErrorCode
from common.json.loose import is_blank
from common.llm_adapters import get_adapter
from common.llm_adapters.base import Answer
from support.conversations import openai_answer

CHAT: dict[str, Any] = {
    "choices": [{"message": {"content": "caf\u00e9"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 3},
}
PLAIN = json.dumps(CHAT, ensure_ascii=False)


def judged(body: Any, content_type: str = "application/json", provider: str = "openai", status: int = 200) -> Any:
    """What the table makes of a response."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    call = CallContext(provider, "api.example.org", "m")
    return judge(get_adapter(provider), status, {"content-type": content_type}, raw, call)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (PLAIN.encode(), "text/html; charset=iso-8859-1"),
        (PLAIN.encode("utf-8-sig"), "application/json"),
        (PLAIN.encode("utf-16"), "application/json"),
        (PLAIN.encode("utf-16-be"), "application/json"),
        (PLAIN.encode("utf-32"), "application/json"),
        (json.dumps(CHAT).encode("utf-16-le"), "application/json"),
        (PLAIN.encode("latin-1"), "application/json; charset=ISO-8859-1"),
        (PLAIN.encode("cp1252"), 'application/json; charset="windows-1252"'),
    ],
)
def test_an_answer_is_read_in_the_encoding_it_is_in(raw: bytes, content_type: str) -> None:
    """UTF-8 before what the server says, what it says before a guess that loses letters."""
    answer = judged(raw, content_type)
    assert isinstance(answer, Answer), answer
    assert (answer.text, answer.damaged) == ("caf\u00e9", False)


@pytest.mark.parametrize("charset", ["no-such-charset", "hex", "undefined", "utf-8", "ascii", ""])
def test_a_charset_that_does_not_help_costs_a_letter_and_not_the_answer(charset: str) -> None:
    """The damage is flagged."""
    answer = judged(PLAIN.encode("latin-1"), f"application/json; charset={charset}")
    assert (answer.text, answer.damaged) == ("caf\ufffd", True)


def test_a_number_of_a_thousand_digits_is_no_count_and_no_fault() -> None:
    """Python refuses to read it; the answer beside it is paid for."""
    raw = PLAIN.replace("3}", "3" * 5_000 + "}").encode()
    answer = judged(raw)
    assert answer.text == "caf\u00e9"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, None)
    error = judged(b'{"error": {"code": "insufficient_quota", "n": ' + b"9" * 5_000 + b"}}", status=429)
    assert error.error.code is ErrorCode.QUOTA_EXCEEDED


def test_counts_add_up_to_numbers_that_json_can_carry() -> None:
    """Over a hundred turns, cached tokens and continuations included."""
    answer = judged({**CHAT, "usage": {"prompt_tokens": 2**53 - 1, "completion_tokens": 10**12}})
    assert answer.usage.input_tokens is None
    assert 100 * 20 * 4 * answer.usage.output_tokens < 2**53


@pytest.mark.parametrize("content", [["caf", "\u00e9"], {"type": "text", "text": "caf\u00e9"}])
def test_text_is_found_in_the_shapes_that_gateways_give_it(content: Any) -> None:
    """A list of strings, and one chunk without its list."""
    assert judged({"choices": [{"message": {"content": content}}]}).text == "caf\u00e9"


@pytest.mark.parametrize("text", ["\u200b", " \ufeff\n", "\x00", "\x01\x1b", "\u202e\u202c", "\u00a0\u2003"])
def test_what_shows_nothing_is_no_answer(text: str) -> None:
    """Control characters and marks without a width are not visible text."""
    failure = judged({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
    assert isinstance(failure, Failure)
    assert failure.rule == "answer.blank"
    refused = judged({"choices": [{"message": {"content": None, "refusal": text}}]})
    assert isinstance(refused, Failure)


@pytest.mark.parametrize("text", ["\U0001f6d8", "\ue000", "\ud800", "\u3164x", "."])
def test_what_shows_something_is_an_answer(text: str) -> None:
    """A picture newer than this Python, a private character, half a pair (replaced and flagged), a full stop."""
    assert isinstance(judged({"choices": [{"message": {"content": text}}]}), Answer)


@pytest.mark.parametrize("code", [429, "429"])
def test_an_error_within_a_success_has_the_class_of_the_status_it_names(code: Any) -> None:
    """As a number or in digits."""
    failure = judged({"error": {"message": "slow down", "code": code}, "choices": None})
    assert failure.error.code is ErrorCode.RATE_LIMIT


@pytest.mark.parametrize("code", ["4290", "abc", "-42", "\u0664\u0662\u0669x", True, 42.9, None, "200"])
def test_an_error_that_names_no_status_stands_in_the_answers_place(code: Any) -> None:
    """It is asked for once more."""
    failure = judged({"error": {"message": "m", "code": code}})
    assert (failure.error.code, failure.error.retryable) == (ErrorCode.SERVER_ERROR, True)


@pytest.mark.parametrize("error", [{"message": "m"}, "m", {"code": 502, "message": "m"}, {"code": "rate_limited"}])
def test_no_answer_is_whole_beside_an_error(error: Any) -> None:
    """For each place where a vendor puts its answer, and inside the first choice; what it was billed is kept."""
    candidates = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]}
    inside = {**CHAT, "choices": [{**CHAT["choices"][0], "error": error}]}
    assert isinstance(judged({**candidates, "error": error}, provider="google"), Failure)
    for body in ({**CHAT, "error": error}, inside):
        failure = judged(body)
        assert failure.error.retryable
        assert failure.usage.input_tokens == 5


@pytest.mark.parametrize("nothing", [None, {}, "", " ", [], False, {"code": 0, "message": ""}, {"message": None}])
def test_an_error_with_nothing_in_it_is_none(nothing: Any) -> None:
    """Some servers write the field into every answer."""
    assert judged({**CHAT, "error": nothing}).text == "caf\u00e9"


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\u200b\u200b", "\ufeff", "\u00a0\u2060 \u00ad", "\x00", "\ufe0f", "\u2800 \u3164"]
)
def test_what_nobody_can_see_is_blank(text: str) -> None:
    """A zero-width space is no answer, nor is a control character."""
    assert is_blank(text)
    call = CallContext("openai", "h", "m")
    answer = judge(get_adapter("openai"), 200, {}, json.dumps(openai_answer(text)).encode(), call)
    assert isinstance(answer, Failure)
    assert (answer.error.code, answer.error.reason) == ("SERVER_ERROR", "empty_answer")


@pytest.mark.parametrize(
    "text", ["a", " .", "\u200bx", "\u200f\u05d0", "\U0001fae8", "\ue000", "\ud800", "\u2764\ufe0f"]
)
def test_what_can_be_seen_is_not_blank(text: str) -> None:
    """Also an emoji that is newer than this Python, a sign of somebody's own, and what will be stored as U+FFFD."""
    assert not is_blank(text)


@pytest.mark.parametrize("status", [[], {}, None, 0])
def test_a_status_of_another_kind_in_a_good_answer_is_no_error(status: Any) -> None:
    """MiniMax writes a number there."""
    assert judged({**CHAT, "base_resp": {"status_code": status}}).text == "caf\u00e9"
