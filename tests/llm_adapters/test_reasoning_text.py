"""Thinking that stands before the answer in its text."""

from __future__ import annotations

import pytest

from common.llm_adapters.reasoning_text import without_reasoning
from support.conversations import failed, hold, openai_answer
from support.jobs import probe_job, three_turns

pytestmark = pytest.mark.usefixtures("made_up_keys")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>plan</think>Yes.", "Yes."),
        ("<think>\nplan\n</think>\n\nYes.", "Yes."),
        ("\n<think>plan</think> Yes.", "Yes."),
        ("<think></think>Yes.", "Yes."),
        ("<think>a</think>\n<think>b</think>Yes.", "Yes."),
        ("<think>a <think>b</think> c</think>Yes.", "Yes."),
        ("<think>I should write <think> here</think>Yes.", "Yes."),
        ("plan, as the template opened it</think>\nYes.", "Yes."),
        ("<think>plan</think>Yes <think>no</think>.", "Yes <think>no</think>."),
        ("<think>plan</think>Write </think> at the end.", "Write </think> at the end."),
        ("<think>never closed", ""),
        ("<think>plan</think>", ""),
    ],
)
def test_thinking_at_the_start_is_taken_out(text: str, answer: str) -> None:
    """And nothing of the answer."""
    assert without_reasoning(text) == (answer, True)


@pytest.mark.parametrize(
    "text",
    [
        "Write <think>plan</think> before the answer.",
        "<thinking>plan</thinking>Yes.",
        " Yes.\n",
        "<think",
        "It ends with <think>",
        "",
    ],
)
def test_any_other_text_stays_byte_for_byte(text: str) -> None:
    """Tags within an answer are its own words."""
    assert without_reasoning(text) == (text, False)


def test_thinking_goes_neither_into_the_answer_nor_into_the_history() -> None:
    """The turn says that it was there."""
    job = three_turns("openai:qwen3:8b", config={"maxTurns": 2})
    transcript, script, _ = hold(job, ["<think>plan</think>\nOne.", "Two."])
    first, second = transcript["turns"]
    assert first["targetResponse"] == "One."
    assert first["providerMetadata"]["thinkingInText"] is True
    assert "thinkingInText" not in second["providerMetadata"]
    assert script.bodies[1]["messages"][2] == {"role": "assistant", "content": "One."}


@pytest.mark.parametrize("provider", ["openai", "xai", "deepseek", "mistral"])
def test_a_block_that_is_never_closed_is_no_answer(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off, the bound is to blame and nothing is asked again; else another sample may help."""
    monkeypatch.setenv(f"{provider.upper()}_API_KEY", "made-up-key-0001")
    document, script = failed(probe_job(f"{provider}:m"), [openai_answer("<think>hm", "length")])
    assert (document["error"]["code"], len(script.calls)) == ("INVALID_RESPONSE", 1)
    assert "maxTokens" in document["error"]["message"]
    document, script = failed(probe_job(f"{provider}:m"), [openai_answer("<think>hm")] * 2)
    assert (document["error"]["code"], document["error"]["reason"]) == ("SERVER_ERROR", "empty_answer")
    assert len(script.calls) == 2


def test_deepseek_gets_its_thinking_back_and_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """V4 refuses the second turn without it; others may refuse the field. Also after a resume."""
    monkeypatch.setenv("DEEPSEEK_API_KEY", "made-up-key-0001")
    answers = [openai_answer(text, model="m") for text in ("One.", "Two.")]
    for answer, thought in zip(answers, ("hm", "ho"), strict=True):
        answer["choices"][0]["message"]["reasoning_content"] = thought
    for model, wanted in (("deepseek-v4-flash", "hm"), ("openai:deepseek-v4", None)):
        job = three_turns(model, config={"maxTurns": 2})
        transcript, script, _ = hold(job, answers)
        assert script.bodies[1]["messages"][2].get("reasoning_content") == wanted
        assert transcript["turns"][0]["providerMetadata"].get("reasoningContent") == wanted
        resumed, again, _ = hold({**job, "resumeFrom": {"turns": transcript["turns"][:1]}}, answers[1:])
        assert again.bodies[0]["messages"] == script.bodies[1]["messages"]
        assert [turn["targetResponse"] for turn in resumed["turns"]] == ["One.", "Two."]
