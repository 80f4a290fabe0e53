"""Which provider serves a model ID."""

from __future__ import annotations

import pytest

from common.errors import ErrorCode, WorkerError
from common.providers.records import PROVIDERS
from common.providers.routing import Route, infer_provider


@pytest.mark.parametrize(
    ("model_id", "route"),
    [
        ("gpt-4o", ("openai", "gpt-4o")),
        ("chat-latest", ("openai", "chat-latest")),
        ("o3", ("openai", "o3")),
        ("o4-mini-2025-04-16", ("openai", "o4-mini-2025-04-16")),
        ("daybreak-blue-latest", ("openai", "daybreak-blue-latest")),
        ("ft:gpt-4o-mini:org:name:id", ("openai", "ft:gpt-4o-mini:org:name:id")),
        ("ft:o4-mini-2025-04-16:org::id", ("openai", "ft:o4-mini-2025-04-16:org::id")),
        ("claude-sonnet-4-5", ("anthropic", "claude-sonnet-4-5")),
        ("gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("models/gemini-2.5-pro", ("google", "models/gemini-2.5-pro")),
        ("tunedModels/my-model", ("google", "tunedModels/my-model")),
        ("gemma-3-27b-it", ("google", "gemma-3-27b-it")),
        ("grok-4.3", ("xai", "grok-4.3")),
        ("deepseek-reasoner", ("deepseek", "deepseek-reasoner")),
        ("deepseek-v4-1-flash-1017", ("mistral", "deepseek-v4-1-flash-1017")),
        ("glm-5-2", ("mistral", "glm-5-2")),
        ("zai-glm-latest", ("mistral", "zai-glm-latest")),
        ("ministral-3b-2512", ("mistral", "ministral-3b-2512")),
        ("open-mistral-nemo", ("mistral", "open-mistral-nemo")),
    ],
)
def test_an_id_of_one_of_the_six_is_routed_by_its_beginning(model_id: str, route: tuple[str, str]) -> None:
    """The anchored rules know the vendors' own names."""
    assert infer_provider(model_id) == Route(*route)


@pytest.mark.parametrize(
    ("model_id", "route"),
    [
        ("mistral:anything", ("mistral", "anything")),
        ("openai/gpt-oss-120b", ("openai", "gpt-oss-120b")),
        ("openai:meta-llama/llama-3", ("openai", "meta-llama/llama-3")),
        ("gemini/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("XAI:grok-9", ("xai", "grok-9")),
        ("openai:ft:gpt-4o:org::id", ("openai", "ft:gpt-4o:org::id")),
    ],
)
def test_an_explicit_prefix_goes_before_everything(model_id: str, route: tuple[str, str]) -> None:
    """`provider:model` and `provider/model` win over modelConfig.provider and over the rules."""
    assert infer_provider(model_id, "anthropic") == Route(*route)


def test_the_configured_provider_goes_before_the_rules() -> None:
    """modelConfig.provider serves an ID that no rule knows, and one that a rule would send elsewhere."""
    assert infer_provider("llama-4", "openai") == Route("openai", "llama-4")
    assert infer_provider("gpt-4o", "mistral") == Route("mistral", "gpt-4o")
    assert infer_provider("gemini-2.5-pro", "Gemini") == Route("google", "gemini-2.5-pro")


def test_the_users_table_goes_before_the_rules() -> None:
    """A row of the user's file routes the IDs it matches."""
    assert infer_provider("gpt-oss-20b", None, {"gpt-oss-20b": "xai"}.get) == Route("xai", "gpt-oss-20b")


@pytest.mark.parametrize(
    "model_id",
    [
        "nevada-1",
        "gpt-oss-120b",
        "gpt-oss:20b",
        "o10",
        "o1x",
        "openrouter/openai/gpt-4o",
        "meta-llama/llama-3",
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "us.anthropic.claude-sonnet-4",
        "claude-3-5-sonnet@20240620",
        "azure/gpt-4o",
        "deepseek-r1-distill-llama-70b",
        "deepseek-coder-33b",
        "mistral-7b",
        "mistral-7b-instruct",
        "ft:open-model",
        "container",
        "openai:",
        "xgpt-4o",
    ],
)
def test_an_id_that_only_looks_like_a_family_is_not_guessed(model_id: str) -> None:
    """UNSUPPORTED_PROVIDER names the providers and the prefix syntax."""
    with pytest.raises(WorkerError) as caught:
        infer_provider(model_id)
    assert caught.value.code is ErrorCode.UNSUPPORTED_PROVIDER
    assert not caught.value.retryable
    assert "provider:model" in caught.value.message
    assert ", ".join(PROVIDERS) in caught.value.message


def test_an_unknown_configured_provider_is_named() -> None:
    """A provider that has no record is refused, whatever the ID says."""
    with pytest.raises(WorkerError, match=r'modelConfig\.provider "azure"'):
        infer_provider("gpt-4o", "azure")
