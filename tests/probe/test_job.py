"""The job's rules, each with the path of the field and no value in the message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ErrorCode, ValidationError
from common.probe.job import ModelSettings, ProbeSettings, parse_job
from support.jobs import probe_job, three_turns

# A turn that was paid for in an earlier try.
EARLIER = {"turnNumber": 1, "probePrompt": "Is it right to lie?", "targetResponse": "No."}
CANARY = "sk-CANARY-0123456789"


def test_the_smallest_job_is_accepted() -> None:
    """Everything but the IDs and the prompt is optional."""
    job, warnings = parse_job({"runId": "r", "scenarioId": "s", "modelId": "gpt-4o", "scenario": {"prompt": "?"}})
    assert job.settings.temperature is None
    assert job.resumeFrom is None
    assert warnings == []


@pytest.mark.parametrize(
    "change",
    [
        {"jobId": None, "sampleIndex": None, "modelCost": None, "resumeFrom": None},
        {"config": None, "modelConfig": None},
        {"config": dict.fromkeys(ProbeSettings.model_fields)},
        {"modelConfig": {**dict.fromkeys(ModelSettings.model_fields), "maxTokens": 5}},
        {"scenario": {"prompt": "x", "preamble": None, "followups": None}},
        {"scenario": {"prompt": "x", "followups": [{"label": None, "prompt": "y"}]}},
        {"resumeFrom": {"turns": [{**EARLIER, "promptLabel": None, "providerMetadata": None}], "startedAt": None}},
    ],
)
def test_null_means_absent(change: dict[str, Any]) -> None:
    """That is how callers in other languages write a field that they have nothing for."""
    job, warnings = parse_job(probe_job(**change))
    assert job.settings.temperature is None
    assert job.model_settings.reasoningEffort is None
    assert warnings == []


def test_a_key_of_the_operators_that_nobody_knows_is_warned_of() -> None:
    """Also where it is a misspelt setting, which is named."""
    job, warnings = parse_job(probe_job(modelConfig={"temprature": 1, "colour": "blue", "note": None}))
    assert job.model_settings.model_extra == {"temprature": 1, "colour": "blue", "note": None}
    assert [text.partition(":")[0] for text in warnings] == ["modelConfig.temprature", "modelConfig.colour"]
    assert "did you mean temperature?" in warnings[0]


def test_a_whole_number_is_a_number() -> None:
    """`temperature: 1` is as good as 1.0."""
    job, _ = parse_job(probe_job(config={"temperature": 1, "deadlineSeconds": 30}))
    assert job.settings.temperature == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"runId": ""}, "runId: must not be"),
        ({"runId": "  "}, "runId: must not be blank"),
        ({"scenarioId": 7}, "scenarioId: must be a string"),
        ({"modelId": None}, "modelId: must be a string"),
        ({"jobId": 3}, "jobId: must be a string"),
        ({"sampleIndex": -1}, "sampleIndex: must be at least 0"),
        ({"sampleIndex": "0"}, "sampleIndex: must be a whole number"),
        ({"sampleIndex": True}, "sampleIndex: must be a whole number"),
        ({"sampleIndex": 2**53}, "sampleIndex: must be at most 9007199254740991"),
        ({"scenario": None}, "scenario: must be an object"),
        ({"scenario": {}}, "scenario.prompt: is required"),
        ({"scenario": {"prompt": ""}}, "scenario.prompt: must not be"),
        ({"scenario": {"prompt": " \n"}}, "scenario.prompt: must not be blank"),
        ({"scenario": {"prompt": "x", "preamble": 1}}, "scenario.preamble: must be a string"),
        ({"scenario": {"prompt": "x", "followups": {}}}, "scenario.followups: must be a list"),
        ({"scenario": {"prompt": "x", "followups": [{}]}}, "scenario.followups[0].prompt: is required"),
        ({"scenario": {"prompt": "x", "followups": ["y"]}}, "scenario.followups[0]: must be an object"),
        ({"config": {"temperature": "7"}}, "config.temperature: must be a number"),
        ({"config": {"temperature": True}}, "config.temperature: must be a number"),
        ({"config": {"temperature": 2.1}}, "config.temperature: must be at most 2"),
        ({"config": {"temperature": -0.1}}, "config.temperature: must be at least 0"),
        ({"config": {"temperature": float("nan")}}, "config.temperature: must be"),
        ({"config": {"maxTokens": 0}}, "config.maxTokens: must be greater than 0"),
        ({"config": {"maxTokens": -1}}, "config.maxTokens: must be greater than 0"),
        ({"config": {"maxTokens": 1.5}}, "config.maxTokens: must be a whole number"),
        ({"config": {"maxTurns": 0}}, "config.maxTurns: must be at least 1"),
        ({"config": {"maxTurns": 101}}, "config.maxTurns: must be at most 100"),
        ({"config": {"seed": 1.5}}, "config.seed: must be a whole number"),
        ({"config": {"topP": 1.1}}, "config.topP: must be at most 1"),
        ({"config": {"deadlineSeconds": 0}}, "config.deadlineSeconds: must be greater than 0"),
        ({"config": {"preamblePlacement": "nowhere"}}, "config.preamblePlacement: must be one of"),
        ({"config": {"maxTokns": 5}}, "config.maxTokns: is not a setting; did you mean maxTokens?"),
        ({"config": {"zzz": 5}}, "config.zzz: is not a setting (known: temperature"),
        ({"modelConfig": {"maxTokens": "8"}}, "modelConfig.maxTokens: must be a whole number"),
        ({"modelConfig": {"stopSequences": "END"}}, "modelConfig.stopSequences: must be a list"),
        ({"modelConfig": {"stopSequences": [""]}}, "modelConfig.stopSequences[0]: must not be empty"),
        ({"modelConfig": {"reasoningEffort": "huge"}}, "modelConfig.reasoningEffort: must be one of"),
        ({"modelConfig": {"frequencyPenalty": 3}}, "modelConfig.frequencyPenalty: must be at most 2"),
        ({"modelCost": {"costInputPerMillion": 1}}, "modelCost.costOutputPerMillion: is required"),
        ({"modelCost": {"costInputPerMillion": -1, "costOutputPerMillion": 1}}, "modelCost.costInputPerMillion"),
        ({"resumeFrom": {}}, "resumeFrom.turns: is required"),
        ({"resumeFrom": {"turns": [{"turnNumber": 1}]}}, "resumeFrom.turns[0].probePrompt: is required"),
        *(
            (
                {"resumeFrom": {"turns": [{**EARLIER, "providerMetadata": {name: wrong}}]}},
                f"resumeFrom.turns[0].providerMetadata.{name}",
            )
            for name, wrong in (
                ("dropped", 5),
                ("dropped", [{"a": 1}]),
                ("reasoningTokens", "7"),
                ("cachedInputTokens", -1),
                ("modelVersion", {}),
                ("tokenSource", 1),
            )
        ),
    ],
)
def test_a_broken_rule_is_named_with_its_path_and_cure(change: dict[str, Any], said: str) -> None:
    """VALIDATION_ERROR, before anything is asked."""
    with pytest.raises(ValidationError) as caught:
        parse_job(probe_job(**change))
    assert caught.value.code is ErrorCode.VALIDATION_ERROR
    assert said in caught.value.message


def test_what_is_no_object_is_no_job() -> None:
    """Lists, strings and numbers are refused alike."""
    documents: tuple[Any, ...] = ([], "x", 3, None, True)
    for document in documents:
        with pytest.raises(ValidationError, match="must be a JSON object"):
            parse_job(document)


def test_no_value_is_ever_echoed() -> None:
    """A wrong value may be a secret that slipped into the wrong field.

    Attack (reader): a key that was put into the wrong field of a job is looked for in its error.
    """
    for change in (
        {"config": {"temperature": CANARY}},
        {"modelConfig": {"reasoningEffort": CANARY}},
        {"scenario": CANARY},
        {"scenario": {"prompt": 1, "followups": CANARY}},
        {"resumeFrom": {"turns": [CANARY]}},
    ):
        with pytest.raises(ValidationError) as caught:
            parse_job(probe_job(**change))
        assert CANARY not in str(caught.value.to_dict())


def test_many_problems_are_listed_up_to_a_bound() -> None:
    """Five, and how many more."""
    followups = [{"prompt": 1}] * 9
    with pytest.raises(ValidationError, match=r"; and 4 more$"):
        parse_job(probe_job(scenario={"prompt": "x", "followups": followups}))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"scenario": {"prompt": "x", "followups": [0] * 10_001}}, "scenario.followups"),
        ({"resumeFrom": {"turns": [0] * 10_001}}, "resumeFrom.turns"),
        ({"modelConfig": {"stopSequences": [0] * 10_001}}, "modelConfig.stopSequences"),
    ],
)
def test_a_list_of_very_many_items_is_refused_as_a_whole(change: dict[str, Any], path: str) -> None:
    """Without a look at each: a job of the largest size could have four million, and an error for each."""
    with pytest.raises(ValidationError, match=rf"^{path}: must have at most 10000 items; take out the others$"):
        parse_job(probe_job(**change))


def test_an_unknown_key_outside_the_settings_is_accepted_with_a_warning() -> None:
    """Its path is named; a setting elsewhere would be refused."""
    job = three_turns(extra=1, modelCost={"costInputPerMillion": 1, "costOutputPerMillion": 2, "tier": "x"})
    job["scenario"]["notes"] = "n"
    job["scenario"]["followups"][1]["hint"] = "h"
    _, warnings = parse_job(job)
    paths = {text.split(":")[0] for text in warnings}
    assert paths == {"extra", "scenario.notes", "scenario.followups[1].hint", "modelCost.tier"}


@pytest.mark.parametrize(
    "name", ["apiKey", "api_key", "openaiApiKey", "baseUrl", "base_url", "headers", "Authorization"]
)
@pytest.mark.parametrize("where", ["", "scenario", "config", "modelConfig"])
def test_keys_headers_and_base_urls_never_come_from_a_job(name: str, where: str) -> None:
    """They are refused wherever they stand, and their value is not shown.

    Attack (run file): a job that names a base URL, a header or a key, to have the key sent elsewhere.
    """
    job = probe_job(config={}, modelConfig={})
    (job[where] if where else job)[name] = CANARY
    with pytest.raises(ValidationError, match="never come from a job") as caught:
        parse_job(job)
    assert CANARY not in caught.value.message


def test_a_stored_transcript_may_be_handed_back_whole() -> None:
    """The keys of a partialTranscript deserve no warning."""
    _, warnings = parse_job(
        probe_job(
            resumeFrom={
                "turns": [],
                "totalInputTokens": 0,
                "totalOutputTokens": 0,
                "modelVersion": None,
                "startedAt": "2026-01-01T00:00:00.000Z",
                "completedAt": "2026-01-01T00:00:00.000Z",
                "durationMs": 5,
                "surprise": 1,
            }
        )
    )
    assert warnings == ["resumeFrom.surprise: unknown key, not used; check its spelling"]


@given(
    st.dictionaries(
        st.sampled_from(["runId", "scenario", "config", "modelConfig", "modelCost", "resumeFrom", "x", "sampleIndex"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["prompt", "followups", "turns", "temperature", "maxTokens"]), inner)
            ),
            max_leaves=8,
        ),
    )
)
def test_any_object_is_a_job_or_a_validation_error(change: dict[str, Any]) -> None:
    """No other exception comes out, whatever is put where."""
    try:
        parse_job({**probe_job(), **change})
    except ValidationError as error:
        assert error.message  # noqa: PT017
