"""Settings that a model refuses: left out or renamed, and the turn says so."""

from __future__ import annotations

from typing import Any

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


@pytest.mark.parametrize(
    ("model", "text", "settings", "gone"),
    [
        ("openai:m", "Unrecognized request argument supplied: top_p", {"topP": 0.5}, {"topP"}),
        (
            "openai:m",
            "Model incompatible request argument(s) supplied: temperature, top_p",
            {},
            {"temperature", "topP"},
        ),
        ("gemini-2.5-flash", "Penalty is not enabled for this model", {"frequencyPenalty": 0.1}, {"frequencyPenalty"}),
        (
            "gemini-2.5-flash",
            "Penalty is not enabled for this model",
            {"frequencyPenalty": 0.1, "presencePenalty": 0.1},
            {"frequencyPenalty", "presencePenalty"},
        ),
        ("gemini-3-x", "Thinking level XHIGH is not supported", {"reasoningEffort": "high"}, {"reasoningEffort"}),
        (
            "anthropic:new",
            "This model does not support the effort parameter.",
            {"reasoningEffort": "high"},
            {"reasoningEffort"},
        ),
        ("openai:m", "This model doesn't support the temperature field", {}, {"temperature"}),
        ("openai:m", "`presence-penalty` is not available here", {"presencePenalty": 0.1}, {"presencePenalty"}),
        ("openai:m", "Unknown parameter: 'stop_sequences'", {"stopSequences": ["x"]}, {"stopSequences"}),
        ("openai:m", "service_tier flex is not supported for this model", {"serviceTier": "flex"}, {"serviceTier"}),
        (
            "openai:m",
            "temperature is not supported when reasoning effort is high",
            {"reasoningEffort": "high"},
            {"temperature"},
        ),
    ],
)
def test_a_refusal_is_known_by_its_meaning(model: str, text: str, settings: dict[str, Any], gone: set[str]) -> None:
    """In any spelling, several at once; what stands in the condition of a sentence is not what is refused."""
    config = {"temperature": 0.2, **({"topP": 0.5} if "topP" in gone else {})}
    job = probe_job(model, config=config, modelConfig={name: v for name, v in settings.items() if name != "topP"})
    answer = {
        **openai_answer("x"),
        "content": [{"type": "text", "text": "x"}],
        "candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}],
    }
    for body in (
        {"error": {"message": text, "type": "invalid_request_error", "param": None, "code": None}},
        {"error": {"message": f"litellm.BadRequestError: XException - {text}", "param": "None", "code": "400"}},
        {
            "error": {
                "message": f'litellm.BadRequestError: XException - {{"error": {{"message": "{text}"}}}}',
                "code": "400",
            }
        },
    ):
        transcript, script, conversation = hold(job, [reply(body, 400), answer])
        assert set(transcript["turns"][0]["providerMetadata"]["dropped"]) == gone
        assert len(script.calls) == 2
        assert all(any(name in warning for warning in conversation.warnings) for name in gone)


@pytest.mark.parametrize(
    "text",
    [
        "temperature must be between 0 and 1",
        "Invalid value for temperature: 0.2",
        "This model is not supported",
        "Please stop sending tools: unsupported",
        "top_k is not supported",
    ],
)
def test_what_is_no_refusal_of_a_setting_that_was_sent_is_reported(text: str) -> None:
    """Nothing is left out in silence for it."""
    document, script = failed(
        probe_job("openai:m", config={"temperature": 0.2}), [reply({"error": {"message": text}}, 400)]
    )
    assert document["error"]["code"] == "VALIDATION_ERROR"
    assert len(script.calls) == 1


@pytest.mark.parametrize(
    "message",
    [
        "Unrecognized request argument supplied: max_completion_tokens",
        "Unsupported parameter: 'max_completion_tokens' is not supported with this model. Use 'max_tokens' instead.",
        "max_completion_tokens: Extra inputs are not permitted",
    ],
)
def test_the_bounds_refused_name_is_found_in_the_text(message: str) -> None:
    """Where no field names it."""
    _, script, _ = hold(probe_job("openai:local"), [reply({"error": {"message": message, "param": None}}, 400), "One."])
    assert script.bodies[1]["max_tokens"] == 8192
    assert "max_completion_tokens" not in script.bodies[1]


def test_an_operator_says_whether_the_model_takes_a_temperature() -> None:
    """Before any table; what is not sent is recorded."""
    job = probe_job("gpt-4o", config={"temperature": 0.5}, modelConfig={"supportsTemperature": False})
    transcript, script, _ = hold(job, ["One."])
    assert "temperature" not in script.bodies[0]
    assert transcript["turns"][0]["providerMetadata"]["dropped"] == ["temperature"]
    for model in ("o3", "gpt-5.5"):
        job = probe_job(model, config={"temperature": 0.5}, modelConfig={"supportsTemperature": True})
        _, script, _ = hold(job, ["One."])
        assert script.bodies[0]["temperature"] == 0.5


def test_what_an_operator_keeps_for_another_system_stands_in_every_turn() -> None:
    """Nothing is ignored in silence, and nothing fails for it."""
    transcript, _, conversation = hold(probe_job(modelConfig={"colour": "blue", "note": None}), ["One."])
    assert transcript["turns"][0]["providerMetadata"]["dropped"] == ["colour"]
    assert any(text.startswith("modelConfig.colour: unknown key") for text in conversation.warnings)


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [("gpt-4o", "service_tier", "flex"), ("gemini-2.5-flash", "serviceTier", "flex"), ("grok-4.3", None, None)],
)
def test_a_service_tier_goes_to_the_providers_that_have_one(
    model: str, field: str | None, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the tier that was served is recorded."""
    monkeypatch.setenv("XAI_API_KEY", "made-up-key-0001")
    answer = {
        **openai_answer("x", service_tier="flex"),
        "serviceTier": "flex",
        "candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}],
    }
    transcript, script, _ = hold(probe_job(model, modelConfig={"serviceTier": "flex"}), [answer])
    metadata = transcript["turns"][0]["providerMetadata"]
    if field is None:
        assert metadata["dropped"] == ["serviceTier"]
    else:
        assert script.bodies[0][field] == value
        assert metadata["serviceTier"] == "flex"
