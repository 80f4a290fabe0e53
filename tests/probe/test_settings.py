"""Which settings are sent, which are left out, and that every change is said."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import ValidationError
from common.llm_adapters import get_adapter, infer_provider
from common.probe.job import parse_job
from common.probe.settings import Settings, resolve_settings
from common.providers.model_table import get_model_table
from support.jobs import probe_job

ALL = {
    "temperature": 0.3,
    "topP": 0.9,
    "frequencyPenalty": 0.1,
    "presencePenalty": 0.2,
    "stopSequences": ["END"],
    "reasoningEffort": "low",
}


def settings_for(model: str, config: dict[str, Any] | None = None, operator: dict[str, Any] | None = None) -> Settings:
    """The settings of a job for a model."""
    job, _ = parse_job(probe_job(model, config=config or {}, modelConfig=operator or {}))
    route = infer_provider(model)
    adapter = get_adapter(route.provider)
    return resolve_settings(
        job,
        get_model_table(None).facts(route.provider, route.model),
        adapter.wire_names,
        temperature_max=adapter.temperature_max,
        max_tokens_required=adapter.max_tokens_required,
    )


def test_nothing_but_the_bound_is_sent_where_nothing_is_asked_for() -> None:
    """A default temperature of ours would bias the measurement."""
    settings = settings_for("gpt-4o")
    assert settings.requested == {"maxTokens": 8192}
    assert settings.sent == {"maxTokens": 8192}
    assert settings.dropped == []
    assert settings.warnings == []


@pytest.mark.parametrize(
    ("model", "dropped"),
    [
        ("gpt-4o", ["reasoningEffort"]),
        ("o3", ["temperature", "topP", "frequencyPenalty", "presencePenalty", "stopSequences"]),
        ("gpt-5-mini", ["temperature", "topP", "frequencyPenalty", "presencePenalty", "stopSequences"]),
        ("gpt-5", ["temperature", "topP", "frequencyPenalty", "presencePenalty"]),
        ("gpt-5.2", ["temperature", "topP"]),
        ("claude-sonnet-4-0", ["frequencyPenalty", "presencePenalty", "reasoningEffort"]),
        ("claude-sonnet-4-5", ["frequencyPenalty", "presencePenalty", "reasoningEffort", "topP"]),
        ("claude-sonnet-5", ["temperature", "topP", "frequencyPenalty", "presencePenalty"]),
        ("gemini-2.5-pro", ["reasoningEffort"]),
        ("gemini-3.1-pro-preview", []),
        ("grok-4.20", ["frequencyPenalty", "presencePenalty", "stopSequences", "reasoningEffort"]),
        ("grok-4.3", ["frequencyPenalty", "presencePenalty", "stopSequences"]),
        ("deepseek-chat", []),
        ("mistral-large-latest", ["reasoningEffort"]),
        ("magistral-small-latest", []),
    ],
)
def test_what_a_model_refuses_is_left_out_and_recorded(model: str, dropped: list[str]) -> None:
    """Each refusal is in `dropped` and explained in the warnings; everything else is sent."""
    settings = settings_for(model, operator=ALL)
    assert settings.dropped == dropped
    assert settings.sent.keys() == settings.requested.keys() - set(dropped)
    for name in dropped:
        assert any(text.startswith(f"{name} was left out") for text in settings.warnings)


def test_a_seed_is_recorded_where_the_api_has_none() -> None:
    """Anthropic and DeepSeek have no seed; OpenAI has."""
    assert settings_for("claude-sonnet-4-5", {"seed": 7}).dropped == ["seed"]
    assert settings_for("deepseek-chat", {"seed": 7}).dropped == ["seed"]
    assert settings_for("gpt-4o", {"seed": 7}).sent["seed"] == 7


def test_temperature_is_taken_where_thinking_is_off() -> None:
    """gpt-5.2 does not think by default; gpt-5.6 has to be told so."""
    assert settings_for("gpt-5.2", {"temperature": 0.2}).sent["temperature"] == 0.2
    assert settings_for("gpt-5.2", {"temperature": 0.2}, {"reasoningEffort": "high"}).dropped == ["temperature"]
    assert settings_for("gpt-5.6", {"temperature": 0.2}).dropped == ["temperature"]
    assert settings_for("gpt-5.6", {"temperature": 0.2}, {"reasoningEffort": "none"}).sent["temperature"] == 0.2


def test_a_setting_that_is_sent_and_ignored_is_warned_of() -> None:
    """DeepSeek ignores the temperature while it thinks, Gemini 3.8 always."""
    deepseek = settings_for("deepseek-reasoner", {"temperature": 0.2})
    assert deepseek.sent["temperature"] == 0.2
    assert any("ignores it while it thinks" in text for text in deepseek.warnings)
    assert settings_for("deepseek-reasoner", {"temperature": 0.2}, {"reasoningEffort": "none"}).warnings == []
    assert any("ignores it" in text for text in settings_for("gemini-3.8-flash", {"temperature": 0.2}).warnings)


@pytest.mark.parametrize(
    ("model", "effort", "why"),
    [
        ("gpt-6-astra", "none", "the model takes minimal, low, medium, high, xhigh, max"),
        ("gpt-6.1-sol", "none", "the model takes minimal, low, medium, high, xhigh, max"),
        ("gpt-6-sol", "none", None),
        ("deepseek-v4-pro", "medium", None),
        ("deepseek-v4-pro", "xhigh", "the model takes none, low, medium, high, max"),
        ("claude-opus-4-6", "xhigh", "the model takes low, medium, high, max"),
        ("claude-sonnet-4-6", "max", None),
        ("claude-opus-4-5", "high", None),
        ("claude-opus-4-5", "max", "the model takes low, medium, high"),
        ("deepseek-v4-pro", "max", None),
        ("gemini-2.5-pro", "low", "the model has no such setting"),
        ("gpt-5-search-api", "low", "the model has no such setting"),
        ("claude-opus-5-5", "none", "the model takes low, medium, high, xhigh, max"),
    ],
)
def test_an_effort_that_a_model_does_not_know_is_left_out(model: str, effort: str, why: str | None) -> None:
    """Neither refused at a cost nor mapped to another in silence; the warning says what may be asked for."""
    settings = settings_for(model, operator={"reasoningEffort": effort})
    assert settings.warnings == ([] if why is None else [f"reasoningEffort was left out: {why}"])
    assert settings.sent.get("reasoningEffort") == (effort if why is None else None)


def test_the_operators_setting_goes_before_the_runs_and_says_so() -> None:
    """A difference is never silent."""
    settings = settings_for("gpt-4o", {"temperature": 0, "topP": 1}, {"temperature": 1, "topP": 1})
    assert settings.sent["temperature"] == 1
    assert settings.warnings == ["modelConfig.temperature goes before config.temperature"]


def test_the_bound_is_capped_by_the_models_limit_and_the_cap_is_reported() -> None:
    """Requested stays what was asked for."""
    settings = settings_for("gpt-4o", {"maxTokens": 50_000})
    assert settings.requested["maxTokens"] == 50_000
    assert settings.sent["maxTokens"] == 16_384
    assert settings.warnings == ["maxTokens was lowered from 50000 to 16384, the model's limit"]


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("gpt-4o", 16_384),
        ("claude-sonnet-4-5", 64_000),
        ("openai:unknown", None),
        ("mistral-large-latest", None),
        ("grok-4.3", None),
        ("anthropic:unknown", 8192),
    ],
)
def test_null_means_the_models_maximum(model: str, sent: int | None) -> None:
    """Where the limit is the whole context or is not known, no bound is sent, but where the API demands one."""
    settings = settings_for(model, {"maxTokens": 100}, {"maxTokens": None})
    assert settings.requested["maxTokens"] is None
    assert settings.sent.get("maxTokens") == sent
    assert bool(settings.warnings) == (model == "anthropic:unknown")


def test_a_temperature_beyond_the_api_is_refused_before_anything_is_paid_for() -> None:
    """Anthropic's scale ends at 1; the message names the field that holds it."""
    with pytest.raises(ValidationError, match=r"^config\.temperature: must be at most 1 "):
        settings_for("claude-sonnet-4-0", {"temperature": 1.5})
    with pytest.raises(ValidationError, match=r"^modelConfig\.temperature"):
        settings_for("claude-sonnet-4-0", {"temperature": 0.5}, {"temperature": 1.2})
    assert settings_for("claude-sonnet-5", {"temperature": 1.5}).dropped == ["temperature"]
