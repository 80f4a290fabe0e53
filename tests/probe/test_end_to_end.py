"""Each provider through the real script, over real HTTP, against the simulator."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from common.probe.documents import ProbeResult
from support.documents import check_document
from support.jobs import MODELS, probe_job, three_turns
from support.workers import run_probe

if TYPE_CHECKING:
    from simulator import Simulator


@pytest.mark.parametrize("provider", list(MODELS))
def test_three_turns_of_each_provider(provider: str, simulated: dict[str, str], simulator: Simulator) -> None:
    """The right requests on the wire, and the transcript that the caller relies on."""
    run = run_probe(three_turns(MODELS[provider], sampleIndex=4), simulated)
    document = run.document
    check_document(ProbeResult, document)
    assert {name: document[name] for name in ("jobId", "runId", "scenarioId", "modelId", "sampleIndex")} == {
        "jobId": "job-1",
        "runId": "run-1",
        "scenarioId": "scenario-1",
        "modelId": MODELS[provider],
        "sampleIndex": 4,
    }
    entries = simulator.journal
    assert [entry["provider"] for entry in entries] == [provider] * 3
    assert len({entry["connection"] for entry in entries}) == 1
    transcript = document["transcript"]
    assert [turn["turnNumber"] for turn in transcript["turns"]] == [1, 2, 3]
    for turn, entry in zip(transcript["turns"], entries, strict=True):
        metadata = turn["providerMetadata"]
        assert metadata["payloadSha256"] == entry["bodySha256"]
        assert (turn["inputTokens"], turn["outputTokens"]) == (entry["inputTokens"], entry["outputTokens"])
        assert metadata["tokenSource"] == "provider"
        assert metadata["finishReason"] == "stop"
        assert metadata["attempts"] == 1
        assert metadata["requestId"]
        assert turn["targetResponse"].strip()
    assert transcript["totalInputTokens"] == sum(entry["inputTokens"] for entry in entries)
    assert transcript["totalOutputTokens"] == sum(entry["outputTokens"] for entry in entries)
    assert transcript["modelVersion"]
    assert simulated[f"{provider.upper()}_API_KEY"] not in json.dumps(document)


@pytest.mark.parametrize("provider", list(MODELS))
def test_text_survives_byte_for_byte(provider: str, simulated: dict[str, str]) -> None:
    """Unicode, emoji, control characters and the framing of JSON itself."""
    text = 'é 道 🚋🏽 \u2028 \t "quoted" \\ {"a": 1} <|endoftext|> \u202e end'
    run = run_probe(probe_job(MODELS[provider], prompt=f"ECHO:{text}"), simulated)
    assert run.turns[0]["targetResponse"] == text


def test_a_large_job_and_a_large_answer_survive(simulated: dict[str, str]) -> None:
    """A 1 MB prompt, and 100 KB back."""
    text = "".join(chr(0x4E00 + index % 5_000) for index in range(34_000))
    assert len(text.encode()) > 100_000
    run = run_probe(
        probe_job(prompt=f"{'p' * 1_000_000}\nECHO:{text}", modelId="openai:big", modelConfig={"maxTokens": None}),
        simulated,
    )
    turn = run.turns[0]
    assert turn["targetResponse"] == text
    assert (
        hashlib.sha256(turn["probePrompt"].encode()).hexdigest()
        == hashlib.sha256(f"{'p' * 1_000_000}\nECHO:{text}".encode()).hexdigest()
    )


@pytest.mark.parametrize(
    ("model", "reasoning"),
    [
        ("o3", True),
        ("claude-sonnet-5", True),
        ("gemini-2.5-pro", True),
        ("grok-4.3", True),
        ("deepseek-reasoner", True),
    ],
)
def test_thinking_is_counted_once_and_never_shown(
    model: str, *, reasoning: bool, simulated: dict[str, str], simulator: Simulator
) -> None:
    """The bill of the simulator is the record."""
    run = run_probe(probe_job(model), simulated)
    [turn] = run.turns
    [entry] = simulator.journal
    assert turn["outputTokens"] == entry["outputTokens"]
    assert bool(turn["providerMetadata"]["reasoningTokens"]) is reasoning
    assert run.document["transcript"]["totalReasoningTokens"] == turn["providerMetadata"]["reasoningTokens"]
    assert "thinking" not in turn["targetResponse"].lower()


def test_cached_tokens_are_recorded_from_the_second_turn_on(simulated: dict[str, str]) -> None:
    """For those that cache by themselves, once the conversation is long enough; none in one that is short."""
    for provider in ("openai", "google", "deepseek", "xai", "mistral"):
        job = three_turns(MODELS[provider])
        job["scenario"]["preamble"] = "Nothing in this sentence matters. " * 600
        turns = run_probe(job, simulated).turns
        assert not turns[0]["providerMetadata"]["cachedInputTokens"]
        assert 1024 < (turns[2]["providerMetadata"]["cachedInputTokens"] or 0) <= (turns[2]["inputTokens"] or 0)


@pytest.mark.parametrize("provider", list(MODELS))
def test_an_answer_without_usage_is_counted_and_says_so(
    provider: str, simulated: dict[str, str], tmp_path: Any
) -> None:
    """An estimate where no vocabulary is at hand, and no cost."""
    price = {"costInputPerMillion": 1.0, "costOutputPerMillion": 1.0}
    env = {**simulated, "TIKTOKEN_CACHE_DIR": str(tmp_path)}
    run = run_probe(probe_job(MODELS[provider], prompt="Why? [[sim usage=none]]", modelCost=price), env)
    [turn] = run.turns
    assert turn["providerMetadata"]["tokenSource"] == "estimate"
    assert turn["inputTokens"]
    assert turn["outputTokens"]
    assert run.document["transcript"]["costSnapshot"]["totalCost"] is None


def test_geminis_continuation_is_followed(simulated: dict[str, str], simulator: Simulator) -> None:
    """One turn, several calls, the text whole."""
    plain = run_probe(probe_job("gemini-2.0-flash", prompt="Tell me."), simulated).turns[0]["targetResponse"]
    simulator.reset()
    run = run_probe(probe_job("gemini-2.0-flash", prompt="Tell me.[[sim continuation=2]]"), simulated)
    assert run.turns[0]["targetResponse"] == plain
    assert run.turns[0]["providerMetadata"]["attempts"] == 3
    assert len(simulator.journal) == 3


def test_settings_reach_the_wire_and_the_record(simulated: dict[str, str], simulator: Simulator) -> None:
    """Requested, sent and dropped agree with the body that was received."""
    job = probe_job(
        "o3",
        config={"temperature": 0.3, "seed": 11, "maxTokens": 700},
        modelConfig={"reasoningEffort": "low", "stopSequences": ["X"]},
    )
    run = run_probe(job, simulated)
    [entry] = simulator.journal
    assert entry["body"]["seed"] == 11
    assert entry["body"]["max_completion_tokens"] == 700
    assert entry["body"]["reasoning_effort"] == "low"
    assert "temperature" not in entry["body"]
    metadata = run.turns[0]["providerMetadata"]
    assert metadata["requested"] == {
        "temperature": 0.3,
        "seed": 11,
        "stopSequences": ["X"],
        "reasoningEffort": "low",
        "maxTokens": 700,
    }
    assert metadata["sent"] == {"seed": 11, "reasoningEffort": "low", "maxTokens": 700}
    assert metadata["dropped"] == ["temperature", "stopSequences"]


def test_an_explicit_provider_reaches_a_gateway_with_any_id(simulated: dict[str, str], simulator: Simulator) -> None:
    """The prefix is cut off, the job's own ID is echoed."""
    run = run_probe(probe_job("openai:meta-llama/llama-4"), simulated)
    assert run.document["modelId"] == "openai:meta-llama/llama-4"
    assert run.turns[0]["providerMetadata"]["model"] == "meta-llama/llama-4"
    assert simulator.journal[0]["body"]["model"] == "meta-llama/llama-4"


def test_an_unknown_model_is_asked_of_nobody(simulated: dict[str, str], simulator: Simulator) -> None:
    """UNSUPPORTED_PROVIDER, 0 HTTP."""
    run = run_probe(probe_job("nevada-1"), simulated)
    assert run.error["code"] == "UNSUPPORTED_PROVIDER"
    assert simulator.journal == []


def test_a_missing_key_is_found_before_anything_is_asked(simulated: dict[str, str], simulator: Simulator) -> None:
    """MISSING_API_KEY names the variable."""
    env = {name: value for name, value in simulated.items() if name != "MISTRAL_API_KEY"}
    run = run_probe(probe_job("mistral-large-latest"), env)
    assert run.error["code"] == "MISSING_API_KEY"
    assert "MISTRAL_API_KEY" in run.error["message"]
    assert simulator.journal == []


def test_the_wire_has_the_key_in_its_header_alone(simulated: dict[str, str], simulator: Simulator) -> None:
    """Also Google's: never in the path.

    Attack (network): a key is looked for in addresses and bodies, which proxies log.
    """
    for provider, header in (("google", "x-goog-api-key"), ("anthropic", "x-api-key"), ("openai", "authorization")):
        simulator.reset()
        run_probe(probe_job(MODELS[provider]), simulated)
        [entry] = simulator.journal
        assert header in entry["headers"]
        assert simulated[f"{provider.upper()}_API_KEY"] not in json.dumps(entry)


def test_a_conversation_that_quotes_the_key_is_resumed_like_any_other(simulated: dict[str, str]) -> None:
    """What comes back has the key taken out, and is this job's first turn all the same."""
    key = simulated["OPENAI_API_KEY"]
    job = three_turns()
    job["scenario"]["prompt"] = f"Is {key} a good key?"
    why = job["scenario"]["followups"][0]
    job["scenario"]["followups"][0] = {**why, "prompt": f"{why['prompt']} [[sim error=server should-retry=false]]"}
    partial = run_probe(job, simulated).document["partialTranscript"]
    assert key not in json.dumps(partial)
    job["scenario"]["followups"][0] = why
    assert len(run_probe({**job, "resumeFrom": partial}, simulated).turns) == 3
