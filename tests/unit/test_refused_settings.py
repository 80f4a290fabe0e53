"""Settings that a model refuses: left out or renamed, and the turn says so."""

from __future__ import annotations

import pytest

from support.conversations import failed, hold, openai_answer, reply
from support.jobs import probe_job, three_turns

pytestmark = pytest.mark.usefixtures("made_up_keys")


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
