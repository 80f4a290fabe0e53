"""A conversation turn by turn, against scripted outcomes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import pytest

from common.probe.job import MAX_CONTINUATIONS
from support.conversations import failed, hold, openai_answer, reply
from support.jobs import probe_job, three_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("made_up_keys")


def test_each_turn_carries_the_turns_before_it() -> None:
    """Preamble first, then question and answer in turn."""
    transcript, script, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    assert [turn["targetResponse"] for turn in transcript["turns"]] == ["One.", "Two.", "Three."]
    assert [turn["promptLabel"] for turn in transcript["turns"]] == ["scenario_prompt", "why", "followup_2"]
    assert [turn["turnNumber"] for turn in transcript["turns"]] == [1, 2, 3]
    assert script.bodies[2]["messages"] == [
        {"role": "system", "content": "You are a moral philosopher."},
        {"role": "user", "content": "Is it right to lie?"},
        {"role": "assistant", "content": "One."},
        {"role": "user", "content": "Why is that so?"},
        {"role": "assistant", "content": "Two."},
        {"role": "user", "content": "Would you still say so?"},
    ]
    assert (transcript["totalInputTokens"], transcript["totalOutputTokens"]) == (30, 15)
    assert transcript["modelVersion"] == "gpt-4o-2024-08-06"


def test_the_payloads_hash_is_that_of_the_bytes_sent() -> None:
    """Whoever has the bytes can check the record."""
    transcript, script, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    hashes = [turn["providerMetadata"]["payloadSha256"] for turn in transcript["turns"]]
    assert hashes == [hashlib.sha256(call.body).hexdigest() for call in script.calls]


def test_a_blank_followup_is_skipped_and_keeps_its_number() -> None:
    """TurnNumber stays index + 2."""
    job = three_turns()
    job["scenario"]["followups"][0]["prompt"] = "  "
    transcript, _, _ = hold(job, ["One.", "Three."])
    assert [(turn["turnNumber"], turn["promptLabel"]) for turn in transcript["turns"]] == [
        (1, "scenario_prompt"),
        (3, "followup_2"),
    ]


def test_turns_beyond_max_turns_are_not_run_and_that_is_said() -> None:
    """The warning counts them."""
    transcript, _, conversation = hold(three_turns(config={"maxTurns": 2}), ["One.", "Two."])
    assert len(transcript["turns"]) == 2
    assert "maxTurns: 1 of 3 turns are not run" in conversation.warnings


def test_the_preamble_may_stand_in_the_prompt() -> None:
    """ProbePrompt then holds the joined text, and there is no system message."""
    transcript, script, _ = hold(three_turns(config={"preamblePlacement": "prompt", "maxTurns": 1}), ["One."])
    joined = "You are a moral philosopher.\n\nIs it right to lie?"
    assert transcript["turns"][0]["probePrompt"] == joined
    assert script.bodies[0]["messages"] == [{"role": "user", "content": joined}]


def test_a_model_without_system_messages_gets_the_preamble_in_the_prompt() -> None:
    """gemma-3 answers a system instruction with an error; the change is warned of."""
    answer = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]}
    _, script, conversation = hold(three_turns("gemma-3-27b-it", config={"maxTurns": 1}), [answer])
    assert "systemInstruction" not in script.bodies[0]
    assert any("preamble was put before the prompt" in text for text in conversation.warnings)


def test_a_blank_preamble_is_none() -> None:
    """An empty system message would be a message."""
    _, script, _ = hold(probe_job(scenario={"preamble": " ", "prompt": "x"}), ["One."])
    assert script.bodies[0]["messages"] == [{"role": "user", "content": "x"}]


def test_a_truncated_answer_is_kept_and_marked() -> None:
    """`length` with text is a success with truncated: true and a warning."""
    transcript, _, conversation = hold(probe_job(), [openai_answer("half", "length")])
    metadata = transcript["turns"][0]["providerMetadata"]
    assert (metadata["truncated"], metadata["finishReason"], metadata["rawFinishReason"]) == (True, "length", "length")
    assert "turn 1: the answer was cut off (length)" in conversation.warnings


def test_a_filtered_answer_with_text_is_kept_and_marked() -> None:
    """What there is of it is data, and it is cut off."""
    transcript, _, _ = hold(probe_job(), [openai_answer("half", "content_filter")])
    metadata = transcript["turns"][0]["providerMetadata"]
    assert (metadata["truncated"], metadata["finishReason"]) == (True, "content_filter")


def test_a_refusal_is_a_turn() -> None:
    """The refusal's text is the answer."""
    body = openai_answer(None)
    body["choices"][0]["message"]["refusal"] = "I won't."
    transcript, _, _ = hold(probe_job(), [body])
    turn = transcript["turns"][0]
    assert (turn["targetResponse"], turn["providerMetadata"]["finishReason"]) == ("I won't.", "refusal")
    assert turn["providerMetadata"]["truncated"] is False


def test_what_cannot_be_stored_is_replaced_and_flagged() -> None:
    """NUL and lone surrogates in an answer; the next turn carries what was stored."""
    transcript, script, conversation = hold(
        three_turns(config={"maxTurns": 2}), [openai_answer("a\x00b\ud800"), "Two."]
    )
    assert transcript["turns"][0]["targetResponse"] == "a\ufffdb\ufffd"
    assert script.bodies[1]["messages"][2]["content"] == "a\ufffdb\ufffd"
    assert any("U+FFFD" in text for text in conversation.warnings)


def test_bytes_that_are_no_text_are_replaced_and_flagged() -> None:
    """A paid answer is not lost to one broken byte."""
    body = json.dumps(openai_answer("a?b")).encode().replace(b"?", b"\xff")
    transcript, _, conversation = hold(probe_job(), [reply(body)])
    assert transcript["turns"][0]["targetResponse"] == "a\ufffdb"
    assert any("U+FFFD" in text for text in conversation.warnings)


def test_an_endless_answer_is_cut_and_flagged() -> None:
    """Ten million characters are a fault of the model."""
    transcript, _, conversation = hold(probe_job(), [openai_answer("x" * 5_000_000)])
    turn = transcript["turns"][0]
    assert len(turn["targetResponse"]) == 4 * 1024 * 1024
    assert turn["providerMetadata"]["truncated"] is True
    assert any("cut off" in text for text in conversation.warnings)


def test_another_model_than_the_one_asked_for_is_warned_of() -> None:
    """Both names are in the turn; a change within the conversation is said too."""
    second = openai_answer("Two.", model="gpt-4o-2024-11-20")
    transcript, _, conversation = hold(three_turns(config={"maxTurns": 2}), ["One.", second])
    assert transcript["turns"][0]["providerMetadata"]["model"] == "gpt-4o"
    assert transcript["modelVersion"] == "gpt-4o-2024-11-20"
    assert "gpt-4o was answered by gpt-4o-2024-08-06" in conversation.warnings
    assert any("changed within the conversation" in text for text in conversation.warnings)


def hop(text: str, token: str | None, finish: str = "STOP") -> dict[str, Any]:
    """A piece of Gemini's answer, and the token that brings the next."""
    candidate: dict[str, Any] = {
        "content": {"parts": [{"text": text}]},
        "finishReason": "CONTINUATION" if token else finish,
    }
    if token:
        candidate["continuationToken"] = token
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "totalTokenCount": 15}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3-x"}


def test_geminis_continuation_is_followed_and_added_up() -> None:
    """Text joined, tokens summed, one turn, three calls."""
    transcript, script, _ = hold(probe_job("gemini-3-x"), [hop("One ", "a"), hop("", "b"), hop("two.", None)])
    turn = transcript["turns"][0]
    assert turn["targetResponse"] == "One two."
    assert (turn["inputTokens"], turn["outputTokens"]) == (30, 15)
    assert turn["providerMetadata"]["reasoningTokens"] == 9
    assert turn["providerMetadata"]["attempts"] == 3
    assert [body.get("continuationToken") for body in script.bodies] == [None, "a", "b"]
    assert script.bodies[0]["contents"] == script.bodies[2]["contents"]


@pytest.mark.parametrize(
    ("finish", "normalised", "truncated"),
    [("STOP", "stop", False), ("MAX_TOKENS", "length", True), ("SAFETY", "content_filter", True)],
)
def test_a_last_piece_without_text_does_not_lose_the_text_before_it(
    finish: str, normalised: str, *, truncated: bool
) -> None:
    """The pieces are one answer, and it has visible text: it was paid for."""
    transcript, _, _ = hold(probe_job("gemini-3-x"), [hop("One.", "a"), hop("", None, finish)])
    turn = transcript["turns"][0]
    assert (turn["targetResponse"], turn["outputTokens"]) == ("One.", 10)
    metadata = turn["providerMetadata"]
    assert (metadata["finishReason"], metadata["truncated"]) == (normalised, truncated)


@pytest.mark.parametrize(("most", "text"), [(0, "One "), (1, "One two ")])
def test_an_answer_is_continued_so_often_as_the_job_allows_and_is_then_cut_off(most: int, text: str) -> None:
    """What came is kept, and neither passes for the whole."""
    job = probe_job("gemini-3-x", config={"maxContinuations": most})
    transcript, script, conversation = hold(job, [hop("One ", "a"), hop("two ", "b"), hop("three.", None)])
    turn = transcript["turns"][0]
    assert (turn["targetResponse"], len(script.calls)) == (text, most + 1)
    assert (turn["providerMetadata"]["finishReason"], turn["providerMetadata"]["truncated"]) == ("length", True)
    assert "an answer has more parts than config.maxContinuations allows, and was cut off" in conversation.warnings


def test_a_continuation_without_end_or_text_is_no_answer() -> None:
    """Blank pieces do not add up to a success, however many there are."""
    document, script = failed(probe_job("gemini-3-x"), [hop(" ", "a")] * 30)
    assert document["error"]["code"] == "SERVER_ERROR"
    assert len(script.calls) == MAX_CONTINUATIONS + 2


def test_a_blank_answer_is_asked_for_once_more_and_what_it_cost_is_kept() -> None:
    """The turn says what was thrown away; the cost counts it."""
    price = {"costInputPerMillion": 1_000_000, "costOutputPerMillion": 2_000_000}
    transcript, _, _ = hold(probe_job(modelCost=price), [openai_answer(" "), "One."])
    metadata = transcript["turns"][0]["providerMetadata"]
    assert metadata["attempts"] == 2
    assert metadata["discarded"] == [
        {
            "code": "SERVER_ERROR",
            "rule": "answer.blank",
            "inputTokens": 10,
            "outputTokens": 5,
            "reasoningTokens": None,
            "cachedInputTokens": None,
            "cacheWriteInputTokens": None,
        }
    ]
    assert transcript["costSnapshot"]["totalCost"] == 2 * (10 * 1 + 5 * 2)


def test_a_second_blank_answer_ends_the_job() -> None:
    """Asked once more, not for ever."""
    document, script = failed(probe_job(), [openai_answer(""), openai_answer("")])
    assert len(script.calls) == 2
    assert document["error"]["code"] == "SERVER_ERROR"
    assert document["error"]["retryable"] is True
    assert document["error"]["attempts"] == 2
    assert "partialTranscript" not in document


def test_thinking_that_used_up_the_bound_is_not_asked_again() -> None:
    """It cannot succeed; the bill is in the details."""
    body = openai_answer("", "length")
    body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 5}
    document, script = failed(probe_job(), [body])
    assert len(script.calls) == 1
    assert document["error"]["retryable"] is False
    assert "raise maxTokens" in document["error"]["message"]


def test_a_failure_after_the_first_answer_keeps_it() -> None:
    """PartialTranscript has the shape of a transcript."""
    document, _ = failed(three_turns(), ["One.", reply({}, 401)])
    partial = document["partialTranscript"]
    assert [turn["targetResponse"] for turn in partial["turns"]] == ["One."]
    assert partial["totalInputTokens"] == 10
    assert document["error"]["code"] == "AUTH_ERROR"


def test_a_base_url_with_v1_is_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some write it where the vendor's SDK has it in the path."""
    monkeypatch.setenv("MISTRAL_BASE_URL", "http://127.0.0.1:1/v1/")
    _, script, _ = hold(probe_job("mistral-large-latest"), ["One."])
    assert script.calls[0].url == "http://127.0.0.1:1/v1/chat/completions"


def test_a_clock_that_is_set_back_in_mid_job_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moments are UTC and in their order, and durations are what they were (B24)."""

    class WallClock(datetime):
        ahead = timedelta()

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # of the clock, not of this class
            return datetime.now(tz) + cls.ahead

    def answers() -> Iterator[str]:
        yield "One."
        WallClock.ahead = -timedelta(hours=1)
        yield "Two."
        WallClock.ahead = timedelta(hours=5)
        yield "Three."

    for module in (
        "process.deadline",
        "probe.plan",
        "probe.ask",
        "probe.transcript",
        "probe.conversation",
        "probe.run",
    ):
        monkeypatch.setattr(f"common.{module}.datetime", WallClock, raising=False)
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    transcript, _, _ = hold(three_turns(), answers())
    after = datetime.now(UTC)
    metadata = [turn["providerMetadata"] for turn in transcript["turns"]]
    moments = [transcript["startedAt"], *(turn["startedAt"] for turn in metadata), transcript["completedAt"]]
    assert all(moment.endswith("Z") for moment in moments)
    assert moments == sorted(moments)
    assert before <= datetime.fromisoformat(moments[0])
    assert datetime.fromisoformat(moments[-1]) <= after
    bound = (after - before) / timedelta(milliseconds=1) + 1
    assert all(
        0 <= duration <= bound for duration in [transcript["durationMs"], *(turn["durationMs"] for turn in metadata)]
    )
