"""resolve_models.py: who would be asked, by the rules of the probes, before anything is queued or paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common.resolving.documents import ResolveResult
from support.documents import check_document
from support.environment import scrubbed_environment
from support.jobs import MODELS
from support.workers import run_worker

if TYPE_CHECKING:
    from simulator import Simulator


def resolved(models: list[dict[str, Any]], env: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The answers of the script."""
    document = run_worker("resolve_models.py", {"models": models}, env).document
    check_document(ResolveResult, document)
    answers: list[dict[str, Any]] = document["models"]
    return answers


def test_each_model_has_its_provider_and_nobody_is_asked(simulated: dict[str, str], simulator: Simulator) -> None:
    """In the order of the question, with the limit of the model table."""
    answers = resolved([{"modelId": model} for model in MODELS.values()], simulated)
    assert [answer["provider"] for answer in answers] == list(MODELS)
    assert all(answer["problem"] is None for answer in answers)
    assert resolved([{"modelId": "gpt-4o"}], simulated)[0]["maxOutputTokens"] == 16384
    assert not simulator.journal


def test_a_prefix_and_the_operators_setting_decide_as_in_a_probe(simulated: dict[str, str]) -> None:
    """`provider:model` first, then modelConfig.provider."""
    answers = resolved(
        [
            {"modelId": "mistral:gpt-4o"},
            {"modelId": "house-blend", "modelConfig": {"provider": "xai"}},
        ],
        simulated,
    )
    assert [(answer["provider"], answer["model"]) for answer in answers] == [
        ("mistral", "gpt-4o"),
        ("xai", "house-blend"),
    ]


@pytest.mark.measured
def test_a_model_that_cannot_be_asked_is_an_answer_beside_the_others(simulated: dict[str, str]) -> None:
    """No provider, or no key for it."""
    nobody, openai = resolved([{"modelId": "nevada-1"}, {"modelId": "gpt-4o"}], simulated)
    assert nobody["provider"] is None
    assert nobody["problem"]["code"] == "UNSUPPORTED_PROVIDER"
    assert "provider:model" in nobody["problem"]["message"]
    assert openai["problem"] is None
    [keyless] = resolved([{"modelId": "gpt-4o"}], scrubbed_environment())
    assert keyless["provider"] == "openai"
    assert keyless["problem"] == {"code": "MISSING_API_KEY", "message": "no API key for OpenAI: set OPENAI_API_KEY"}


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ([], "must be a JSON object"),
        ({}, "models: is required"),
        ({"models": []}, "models"),
        ({"models": [{"modelId": " "}]}, "models[0].modelId"),
        ({"models": [{"modelId": "m", "modelConfig": {"maxTokens": "1"}}]}, "models[0].modelConfig.maxTokens"),
    ],
)
def test_a_wrong_job_names_the_field(job: Any, words: str) -> None:
    """And nothing is guessed."""
    error = run_worker("resolve_models.py", job).error
    assert error["code"] == "VALIDATION_ERROR"
    assert words in error["message"]
