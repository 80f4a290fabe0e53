"""Two conversations have one number where they would send the same bytes to the same place, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from common.probe.run import prepare
from support.conversations import hold, openai_answer, reply
from support.jobs import three_turns

pytestmark = pytest.mark.usefixtures("made_up_keys")


def number_of(model: str = "gpt-4o", **fields: Any) -> str:
    """The number of a conversation of three turns."""
    return prepare(three_turns(model, **fields))[0].fingerprint


def test_who_asks_and_how_long_it_may_take_change_nothing() -> None:
    """Nor does the price, nor what only makes the provider find its cache."""
    other = number_of(
        runId="another",
        jobId="another",
        scenarioId="another",
        sampleIndex=4,
        config={"deadlineSeconds": 9, "promptCaching": True},
        modelCost={"costInputPerMillion": 1, "costOutputPerMillion": 1},
    )
    assert other == number_of()


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("gpt-4o-mini", {}),
        ("mistral-large-latest", {}),
        ("gpt-4o", {"config": {"temperature": 0.5}}),
        ("gpt-4o", {"config": {"seed": 1}}),
        ("gpt-4o", {"config": {"maxTurns": 2}}),
        ("gpt-4o", {"config": {"preamblePlacement": "prompt"}}),
        ("gpt-4o", {"modelConfig": {"maxTokens": 100}}),
        ("gpt-4o", {"modelConfig": {"maxTokensParam": "max_tokens"}}),
        ("gpt-4o", {"modelConfig": {"serviceTier": "flex"}}),
        ("gpt-4o", {"prompt": "Is it right to lie? "}),
    ],
)
def test_whatever_reaches_the_provider_changes_it(model: str, fields: dict[str, Any]) -> None:
    """Model, provider, settings, preamble, prompt and the questions after it."""
    assert number_of(model, **fields) != number_of()


def test_a_setting_that_is_left_out_changes_nothing_for_it_is_not_sent() -> None:
    """The model refuses it either way."""
    assert number_of("o3", config={"temperature": 0.5}) == number_of("o3")


def test_another_address_is_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway may have another model under the same name."""
    vendor = number_of()
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example.org/v1")
    assert number_of() != vendor


def test_the_first_turn_alone_carries_it_as_it_was_planned() -> None:
    """What a model made us leave out on the way would be left out on the way once more."""
    job = three_turns("gpt-4o", config={"temperature": 0.5})
    refusal = reply({"error": {"message": "'temperature' is not supported", "code": "unsupported_parameter"}}, 400)
    transcript, _, conversation = hold(job, [refusal, *[openai_answer("No.")] * 3])
    carried = [turn["providerMetadata"].get("conversationSha256") for turn in transcript["turns"]]
    assert carried == [prepare(job)[0].fingerprint, None, None]
    assert conversation.fingerprint == carried[0]
