"""Whole answers in an odd wrapping are read, not bought again; broken ones pass for nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.classification import Failure, judge
from common.classification.verdict import CallContext
from common.llm_adapters import get_adapter
from common.llm_adapters.base import Answer, Usage
from support.conversations import failed, hold, openai_answer
from support.jobs import probe_job

pytestmark = pytest.mark.usefixtures("made_up_keys")

PLAIN = json.dumps(openai_answer("Yes.")).encode()
ANTHROPIC: dict[str, Any] = {
    "type": "message",
    "content": [{"type": "text", "text": "Yes."}],
    "stop_reason": "end_turn",
}


def judged(raw: bytes, provider: str = "openai") -> Any:
    """What comes of the bytes of a body."""
    return judge(get_adapter(provider), 200, {}, raw, CallContext(provider, "h", "m"))


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """One event of a stream."""
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def streamed(*events: Any) -> bytes:
    """Server-sent events."""
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"data: " + PLAIN + b"\n\n",
        b"event: message\r\nid: 1\r\ndata: " + PLAIN + b"\r\n\r\ndata: [DONE]\r\n\r\n",
        b": comment\n\ndata:" + PLAIN,
        PLAIN + b"\n\ndata: [DONE]\n\n",
        PLAIN + b"[DONE]",
        b"\xef\xbb\xbf" + PLAIN + b"\x00\x00",
        b"[" + PLAIN + b"]",
        json.dumps(PLAIN.decode()).encode(),
        streamed(chunk(role="assistant"), chunk(content="Y"), chunk(content="es."), chunk("stop")),
        streamed(chunk(content=[{"type": "text", "text": "Y"}]), chunk(content="es."), chunk("stop")),
        streamed(
            chunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "No"}]}]),
            chunk(content=["Y", {"type": "text", "text": "es"}]),
            chunk("stop", content={"text": "."}),
        ),
    ],
)
def test_an_answer_is_read_in_the_wrapping_that_a_gateway_put_around_it(raw: bytes) -> None:
    """One event, an end mark behind it, a list of one, JSON in JSON, a stream that nobody asked for."""
    answer = judged(raw)
    assert isinstance(answer, Answer), answer
    assert (answer.text, answer.finish_reason) == ("Yes.", "stop")


def test_raw_control_characters_are_part_of_the_text() -> None:
    """The JSON is not strict; the text is plain to see."""
    answer = judged(PLAIN.replace(b"Yes.", b"Yes\n\t\x01."))
    assert answer.text == "Yes\n\t\x01."


@pytest.mark.parametrize("char", "\x0b\x0c\x1c\x85\u2028\u2029")
def test_a_character_that_ends_a_line_elsewhere_ends_none_in_an_event(char: str) -> None:
    """Servers leave some of them as they are in JSON; an event ends with CR or LF."""
    whole = json.dumps(openai_answer(f"Yes{char}."), ensure_ascii=False).replace(json.dumps(char)[1:-1], char)
    assert judged(b"data: " + whole.encode() + b"\n\n").text == f"Yes{char}."


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN + PLAIN,
        PLAIN + b" and more",
        b"data: " + PLAIN[:-5] + b"\n\n",
        b"data: [DONE]\n\n",
        streamed(chunk(content="Y"), chunk(content="es.")),
        streamed(chunk(content="Y"), {"error": {"message": "upstream died"}}),
    ],
)
def test_what_is_not_whole_is_no_answer(raw: bytes) -> None:
    """Two answers, half of one, a stream that broke off."""
    failure = judged(raw)
    assert isinstance(failure, Failure)
    assert failure.error.retryable


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "reasoning", "text": "hm"}, {"type": "output_text", "text": "Yes."}],
        [{"text": "Yes."}],
        [{"type": "text", "text": "Y"}, {"type": "output_text", "text": "es."}],
        [{"type": None, "text": "Yes."}, {"type": ["x"], "text": "no"}, {"type": "image_url"}],
    ],
)
def test_blocks_of_text_are_text_under_any_name(content: Any) -> None:
    """`output_text`, or none."""
    assert judged(json.dumps(openai_answer(content)).encode()).text == "Yes."


@pytest.mark.parametrize(
    "content", [[{"text": "Yes."}], [{"type": "thinking", "thinking": ""}, {"text": "Yes."}], "Yes."]
)
def test_anthropics_blocks_too(content: Any) -> None:
    """Without a type, behind thinking, or a bare text."""
    assert judged(json.dumps({**ANTHROPIC, "content": content}).encode(), "anthropic").text == "Yes."


@pytest.mark.parametrize(
    ("body", "provider", "named"),
    [
        (openai_answer(None, audio={"data": "x"}), "openai", "audio"),
        ({"choices": [{"message": {"audio": {"data": "x"}}, "finish_reason": "stop"}]}, "openai", "audio"),
        ({"choices": [{"message": {"images": [{}], "content": ""}, "finish_reason": "stop"}]}, "openai", "an image"),
        (openai_answer([{"type": "image_url"}]), "openai", "an image"),  # type: ignore[arg-type] # a list of blocks
        ({**ANTHROPIC, "content": [{"type": "image"}]}, "anthropic", "an image"),
        (
            {
                "candidates": [
                    {"content": {"parts": [{"inlineData": {"mimeType": "audio/wav"}}]}, "finishReason": "STOP"}
                ]
            },
            "google",
            "audio",
        ),
    ],
)
def test_sound_or_pictures_alone_are_no_answer_and_asked_for_once(body: Any, provider: str, named: str) -> None:
    """The message names what came."""
    body = body if "audio" not in body else {"choices": [{"message": {"audio": {"x": 1}}, "finish_reason": "stop"}]}
    failure = judged(json.dumps(body).encode(), provider)
    assert (failure.rule, failure.error.code, failure.retry.name) == ("answer.media", "INVALID_RESPONSE", "NEVER")
    assert named in failure.error.message


@pytest.mark.parametrize(
    ("finish", "normalised", "known"),
    [
        ("stop", "stop", True),
        ("eos_token", "stop", True),
        ("LENGTH", "length", True),
        ("content-filter", "content_filter", True),
        ("sensitive", "content_filter", True),
        ("refusal", "refusal", True),
        ("banana", "other", False),
        ("tool_calls", "other", True),
    ],
)
def test_a_finish_reason_that_nobody_knows_is_warned_of(finish: str, normalised: str, known: bool) -> None:  # noqa: FBT001
    """It passes, but not without a word."""
    transcript, _, conversation = hold(probe_job(), [openai_answer("Yes.", finish)])
    metadata = transcript["turns"][0]["providerMetadata"]
    assert (metadata["finishReason"], metadata["rawFinishReason"]) == (normalised, finish)
    assert any("is not known" in text and finish in text for text in conversation.warnings) is not known


def test_a_refusal_that_a_gateway_names_beside_the_text_is_one() -> None:
    """The text is data; nothing was cut off."""
    body = openai_answer("I will not.", "content_filter")
    body["choices"][0]["message"]["provider_specific_fields"] = {"stop_reason": "refusal"}
    transcript, _, _ = hold(probe_job(), [body])
    metadata = transcript["turns"][0]["providerMetadata"]
    assert (metadata["finishReason"], metadata["truncated"]) == ("refusal", False)
    document, script = failed(probe_job(), [openai_answer("", "refusal")])
    assert (document["error"]["code"], len(script.calls)) == ("CONTENT_FILTER", 1)


def usage(**counts: Any) -> dict[str, Any]:
    """A usage object; `cached`, `written` and `reasoning` stand where OpenAI has them."""
    details = {"cached_tokens": counts.pop("cached", None), "cache_write_tokens": counts.pop("written", None)}
    reasoning = {"reasoning_tokens": counts.pop("reasoning", None)}
    return {**counts, "prompt_tokens_details": details, "completion_tokens_details": reasoning}


@pytest.mark.parametrize(
    ("counts", "billed"),
    [
        # In the total alone.
        (usage(prompt_tokens=12, completion_tokens=20, total_tokens=512), Usage(12, 500, 480)),
        (usage(prompt_tokens=93, completion_tokens=398, total_tokens=1259, reasoning=768), Usage(93, 1166, 768)),
        # Beside the completion, without a total.
        (usage(prompt_tokens=9, completion_tokens=5, reasoning=300), Usage(9, 305, 300)),
        # Counted in, as OpenAI does.
        (usage(prompt_tokens=9, completion_tokens=305, total_tokens=314, reasoning=300), Usage(9, 305, 300)),
        # The input side: Portkey before Anthropic.
        (usage(prompt_tokens=11, completion_tokens=100, total_tokens=2166, cached=2055), Usage(2066, 100, None, 2055)),
        (
            usage(prompt_tokens=11, completion_tokens=100, total_tokens=3166, cached=2000, written=1055),
            Usage(3066, 100, None, 2000, 1055),
        ),
        (
            usage(prompt_tokens=11, completion_tokens=100, total_tokens=2221, cached=2055, reasoning=55),
            Usage(2066, 155, 55, 2055),
        ),
        # As many were thought as came from the cache: what is left out is the thinking.
        (
            usage(prompt_tokens=300, completion_tokens=20, total_tokens=448, cached=128, reasoning=128),
            Usage(300, 148, 128, 128),
        ),
        (usage(prompt_tokens=11, completion_tokens=100, cached=2055), Usage(2066, 100, None, 2055)),
        # Written to a cache, as a part of the prompt.
        (
            usage(prompt_tokens=2000, completion_tokens=50, total_tokens=2050, cached=0, written=1900),
            Usage(2000, 50, None, 0, 1900),
        ),
        (usage(prompt_tokens=9, completion_tokens=5, total_tokens=3), Usage(9, 5)),
    ],
)
def test_the_bill_is_what_counts_and_total_say_together(counts: dict[str, Any], billed: Usage) -> None:
    """Thinking once, cached input once, wherever a gateway left them."""
    assert judged(json.dumps(openai_answer("Yes.", usage=counts)).encode()).usage == billed


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("openai", openai_answer("Yes.", usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})),
        ("anthropic", {**ANTHROPIC, "usage": {"input_tokens": 0, "output_tokens": 0}}),
        (
            "google",
            {
                "candidates": [{"content": {"parts": [{"text": "Yes."}]}, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 0, "candidatesTokenCount": 0, "totalTokenCount": 0},
            },
        ),
    ],
)
def test_zeros_beside_a_text_are_no_counts(provider: str, body: Any) -> None:
    """They are counted or estimated, said to be so, and cost what is not known."""
    price = {"costInputPerMillion": 1, "costOutputPerMillion": 1}
    model = {"openai": "openai:m", "anthropic": "claude-haiku-4-5", "google": "gemini-2.5-flash"}[provider]
    transcript, _, _ = hold(probe_job(model, modelCost=price), [body])
    turn = transcript["turns"][0]
    assert turn["providerMetadata"]["tokenSource"] in {"tiktoken", "estimate"}
    assert turn["inputTokens"]
    assert turn["outputTokens"]
    assert transcript["costSnapshot"]["totalCost"] is None
    assert transcript["costSnapshot"]["unpriced"]


def test_anthropics_cache_writes_are_counted_apart() -> None:
    """By age, where the sum is missing."""
    counts = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100}
    ages = {"ephemeral_5m_input_tokens": 700, "ephemeral_1h_input_tokens": 8000}
    body = {**ANTHROPIC, "usage": {**counts, "cache_creation": ages}}
    assert judged(json.dumps(body).encode(), "anthropic").usage == Usage(8810, 5, None, 100, 8700, 8000)


def test_a_call_that_failed_and_was_billed_has_its_cost() -> None:
    """Also where no turn was answered."""
    price = {"costInputPerMillion": 1_000_000, "costOutputPerMillion": 1_000_000}
    document, _ = failed(probe_job(modelCost=price), [openai_answer("", "stop")] * 2)
    assert [call["outputTokens"] for call in document["error"]["discarded"]] == [5, 5]
    assert document["error"]["costSnapshot"]["totalCost"] == 30
    document, _ = failed(probe_job(modelCost=price), [openai_answer("", "length")])
    assert document["error"]["costSnapshot"]["totalCost"] == 15
