"""Jobs for tests."""

from __future__ import annotations

from typing import Any

from common.providers.records import PROVIDERS

# One model of each provider, none of which thinks; of a provider that is not named here, the cheapest.
MODELS = {
    **{name: provider.cheapest_model for name, provider in PROVIDERS.items()},
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "google": "gemini-2.0-flash",
    "xai": "grok-4.20-non-reasoning",
    "deepseek": "deepseek-chat",
    "mistral": "mistral-large-latest",
}


def probe_job(model: str = "gpt-4o", prompt: str = "Is it right to lie?", **fields: Any) -> dict[str, Any]:
    """A job of one turn; `fields` are added to it or replace what is there."""
    return {
        "runId": "run-1",
        "scenarioId": "scenario-1",
        "modelId": model,
        "jobId": "job-1",
        "scenario": {"prompt": prompt},
        **fields,
    }


def three_turns(model: str = "gpt-4o", prompt: str = "Is it right to lie?", **fields: Any) -> dict[str, Any]:
    """A job of three turns with a preamble."""
    scenario = {
        "preamble": "You are a moral philosopher.",
        "prompt": prompt,
        "followups": [{"label": "why", "prompt": "Why is that so?"}, {"prompt": "Would you still say so?"}],
    }
    return probe_job(model, scenario=scenario, **fields)
