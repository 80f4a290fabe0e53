"""A conversation turn by turn, against scripted outcomes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.conversation import MAX_CONTINUATIONS
from common.drivers import drive
from common.errors import ValidationError, WorkerError
from common.exchange import TransportFault
from common.llm_adapters.base import is_blank
from common.probe import prepare
from support.conversations import Script, hold, openai_answer, reply
from support.jobs import probe_job, three_turns


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "ANTHROPIC", "GOOGLE", "MISTRAL"):
        monkeypatch.setenv(f"{name}_API_KEY", "made-up-key-0001")


def failed(job: Any, outcomes: list[Any]) -> tuple[dict[str, Any], Script]:
    """The failure document of a conversation that is lost."""
    conversation, _, _ = prepare(job)
    script = Script(outcomes)
    with pytest.raises(WorkerError) as caught:
        drive(conversation.steps(), script.send, script.sleep)
    return conversation.failure(caught.value), script


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


def test_a_continuation_without_end_or_text_is_no_answer() -> None:
    """Blank pieces do not add up to a success, however many there are."""
    document, script = failed(probe_job("gemini-3-x"), [hop(" ", "a")] * 30)
    assert document["error"]["code"] == "INVALID_RESPONSE"
    assert len(script.calls) == MAX_CONTINUATIONS + 2


def test_a_blank_answer_is_asked_for_once_more_and_what_it_cost_is_kept() -> None:
    """The turn says what was thrown away; the cost counts it."""
    price = {"costInputPerMillion": 1_000_000, "costOutputPerMillion": 2_000_000}
    transcript, _, _ = hold(probe_job(modelCost=price), [openai_answer(" "), "One."])
    metadata = transcript["turns"][0]["providerMetadata"]
    assert metadata["attempts"] == 2
    assert metadata["discarded"] == [
        {
            "code": "INVALID_RESPONSE",
            "rule": "answer.blank",
            "inputTokens": 10,
            "outputTokens": 5,
            "reasoningTokens": None,
            "cachedInputTokens": None,
        }
    ]
    assert transcript["costSnapshot"]["totalCost"] == 2 * (10 * 1 + 5 * 2)


def test_a_second_blank_answer_ends_the_job() -> None:
    """Asked once more, not for ever."""
    document, script = failed(probe_job(), [openai_answer(""), openai_answer("")])
    assert len(script.calls) == 2
    assert document["error"]["code"] == "INVALID_RESPONSE"
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


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_resuming_gives_the_same_transcript_as_an_undisturbed_run(cut: int) -> None:
    """Over every cut point: the same turns, the same sums, and nothing is asked twice."""
    whole, undisturbed, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    answers = ["One.", "Two.", "Three."]
    document, first = failed(three_turns(), [*answers[:cut], reply({}, 401)])
    job = three_turns()
    if cut:
        job["resumeFrom"] = json.loads(json.dumps(document["partialTranscript"]))
    rest, second, _ = hold(job, answers[cut:])
    assert [body["messages"] for body in first.bodies[:cut] + second.bodies] == [
        body["messages"] for body in undisturbed.bodies
    ]
    assert comparable(rest) == comparable(whole)
    assert rest["turns"][:cut] == document.get("partialTranscript", {"turns": []})["turns"]


@given(st.lists(st.text(min_size=1).filter(lambda text: not is_blank(text)), min_size=1, max_size=6), st.data())
def test_resuming_is_exact_for_any_answers_and_any_cut(answers: list[str], data: st.DataObject) -> None:
    """The property over random conversations."""
    scenario = {"prompt": "p", "followups": [{"prompt": f"f{index}"} for index in range(len(answers) - 1)]}
    cut = data.draw(st.integers(0, len(answers)))
    whole, _, _ = hold(probe_job(scenario=scenario), answers)
    conversation, _, _ = prepare(probe_job(scenario=scenario))
    script = Script([*answers[:cut], TransportFault("timeout", "x")])
    job = probe_job(scenario=scenario)
    if cut < len(answers):
        with pytest.raises(WorkerError) as caught:
            drive(conversation.steps(), script.send, script.sleep)
        document = conversation.failure(caught.value)
        if cut:
            job["resumeFrom"] = document["partialTranscript"]
    else:
        job["resumeFrom"] = whole
    rest, second, _ = hold(job, answers[cut:])
    assert comparable(rest) == comparable(whole)
    assert len(second.calls) == len(answers) - cut


def comparable(transcript: dict[str, Any]) -> dict[str, Any]:
    """A transcript without its timings."""
    copy = json.loads(json.dumps(transcript))
    for name in ("startedAt", "completedAt", "durationMs"):
        copy.pop(name)
        for turn in copy["turns"]:
            turn["providerMetadata"].pop(name, None)
    result: dict[str, Any] = copy
    return result


def test_a_resumed_turn_has_every_field_of_a_turn() -> None:
    """A caller may hand in no more than what is checked; what it left out is filled in, as unknown where it is."""
    turn = {"turnNumber": 1, "probePrompt": "Is it right to lie?", "targetResponse": "One."}
    transcript, _, _ = hold(three_turns(resumeFrom={"turns": [turn]}), ["Two.", "Three."])
    assert transcript["turns"][0] == {
        **turn,
        "promptLabel": "scenario_prompt",
        "inputTokens": None,
        "outputTokens": None,
    }


def test_times_of_a_resumed_job_add_up() -> None:
    """It began when its first try began, and took as long as both."""
    job = three_turns()
    whole, _, _ = hold(job, ["One.", "Two.", "Three."])
    job["resumeFrom"] = {"turns": whole["turns"][:1], "startedAt": "2026-01-01T00:00:00.000Z", "durationMs": 60_000}
    rest, _, _ = hold(job, ["Two.", "Three."])
    assert rest["startedAt"] == "2026-01-01T00:00:00.000Z"
    assert rest["durationMs"] >= 60_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"probePrompt": "another"}, "is not turn 1 of this job"),
        ({"turnNumber": 2}, "is not turn 1 of this job"),
        ({"providerMetadata": {"model": "gpt-4.1"}}, "was answered by another model"),
    ],
)
def test_only_this_jobs_own_turns_can_be_resumed(change: dict[str, Any], said: str) -> None:
    """VALIDATION_ERROR, and nothing is asked."""
    whole, _, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    turn = {**whole["turns"][0], **change}
    with pytest.raises(ValidationError, match=said):
        prepare(three_turns(resumeFrom={"turns": [turn]}))


def test_more_turns_than_the_job_has_cannot_be_resumed() -> None:
    """The job they came from was another."""
    whole, _, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    with pytest.raises(ValidationError, match="has more turns than this job"):
        prepare(probe_job(resumeFrom={"turns": whole["turns"]}, scenario={"prompt": "Is it right to lie?"}))


def test_a_setting_the_model_refuses_is_left_out_and_the_turn_says_so() -> None:
    """The refusal costs nothing; the next turns do not run into it again."""
    refusal = reply(
        {"error": {"message": "Unsupported value: 'temperature'", "code": "unsupported_value", "param": "temperature"}},
        400,
    )
    job = three_turns("openai:new-model", config={"temperature": 0.2, "maxTurns": 2})
    transcript, script, conversation = hold(job, [refusal, "One.", "Two."])
    assert ["temperature" in body for body in script.bodies] == [True, False, False]
    for turn in transcript["turns"]:
        assert turn["providerMetadata"]["dropped"] == ["temperature"]
        assert turn["providerMetadata"]["requested"]["temperature"] == 0.2
        assert "temperature" not in turn["providerMetadata"]["sent"]
    assert transcript["turns"][0]["providerMetadata"]["attempts"] == 2
    assert "temperature was left out: the model refused it" in conversation.warnings
    assert script.waits == []
    job["resumeFrom"] = {"turns": transcript["turns"][:1]}
    _, resumed, _ = hold(job, ["Two."])
    assert "temperature" not in resumed.bodies[0]


@pytest.mark.parametrize(
    ("model", "message", "gone"),
    [
        ("anthropic:new", "`temperature` and `top_p` cannot both be specified for this model.", "top_p"),
        ("anthropic:new", "`temperature` is deprecated for this model.", "temperature"),
        ("openai:new", "Model x does not support parameter reasoningEffort.", "reasoning_effort"),
    ],
)
def test_the_refused_setting_is_found_in_the_text_where_no_field_names_it(model: str, message: str, gone: str) -> None:
    """Each vendor has its own words."""
    answer = {"content": [{"type": "text", "text": "x"}], **openai_answer("x")}
    job = probe_job(model, config={"temperature": 0.2, "topP": 0.5}, modelConfig={"reasoningEffort": "low"})
    refusal = reply({"error": {"message": message, "type": "invalid_request_error"}}, 400)
    _, script, _ = hold(job, [refusal, answer])
    assert set(script.bodies[0]) - set(script.bodies[1]) == {gone}


def test_a_refused_value_is_not_a_refused_setting() -> None:
    """`temperature: -1` would be the job's fault; nothing is rewritten in silence."""
    error = {
        "error": {
            "message": "Invalid 'temperature': too low",
            "code": "decimal_below_min_value",
            "param": "temperature",
        }
    }
    document, script = failed(probe_job(config={"temperature": 0.2}), [reply(error, 400)])
    assert document["error"]["code"] == "VALIDATION_ERROR"
    assert len(script.calls) == 1


def test_the_bound_is_written_under_its_other_name_where_the_model_wants_that() -> None:
    """Once, and with a warning."""
    error = {
        "error": {"message": "Unsupported parameter", "code": "unsupported_parameter", "param": "max_completion_tokens"}
    }
    _, script, conversation = hold(probe_job("openai:local"), [reply(error, 400), "One."])
    assert script.bodies[1]["max_tokens"] == script.bodies[0]["max_completion_tokens"]
    assert any("max_tokens" in text for text in conversation.warnings)
    other = {"error": {"message": "Unsupported parameter", "code": "unsupported_parameter", "param": "max_tokens"}}
    _, again = failed(probe_job("openai:local"), [reply(error, 400), reply(other, 400)])
    assert len(again.calls) == 2


def test_a_bound_that_is_too_large_is_not_a_matter_of_its_name() -> None:
    """Asked once, and the refusal reported."""
    error = {
        "error": {"message": "max_tokens is too large: 9. At most 8.", "param": "max_tokens", "code": "invalid_value"}
    }
    document, script = failed(probe_job("openai:local"), [reply(error, 400)])
    assert len(script.calls) == 1
    assert document["error"]["code"] == "VALIDATION_ERROR"


def test_an_operators_name_for_the_bound_that_the_api_lacks_is_recorded() -> None:
    """Mistral's body is strict: the name would be an error."""
    transcript, script, conversation = hold(
        probe_job("mistral-large-latest", modelConfig={"maxTokensParam": "max_completion_tokens"}), ["One."]
    )
    assert "max_tokens" in script.bodies[0]
    assert transcript["turns"][0]["providerMetadata"]["dropped"] == ["maxTokensParam"]
    assert any(text.startswith("maxTokensParam was left out") for text in conversation.warnings)


def test_a_base_url_with_v1_is_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some write it where the vendor's SDK has it in the path."""
    monkeypatch.setenv("MISTRAL_BASE_URL", "http://127.0.0.1:1/v1/")
    _, script, _ = hold(probe_job("mistral-large-latest"), ["One."])
    assert script.calls[0].url == "http://127.0.0.1:1/v1/chat/completions"
