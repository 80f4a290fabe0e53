"""Which turns a job's conversation has: the questions in order, and the system message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.probe.job import DEFAULT_MAX_TURNS

if TYPE_CHECKING:
    from common.probe.job import ProbeJob
    from common.providers.model_table import ModelFacts

FIRST_LABEL: Final = "scenario_prompt"


class PlannedTurn(NamedTuple):
    """One question."""

    number: int
    label: str
    prompt: str


class Plan(NamedTuple):
    """What a conversation is to ask.

    Attributes:
        preamble: the system message, if there is one.
        turns: the questions in order.
    """

    preamble: str | None
    turns: tuple[PlannedTurn, ...]


def plan_turns(job: ProbeJob, facts: ModelFacts, warnings: list[str]) -> Plan:
    """The plan of a job for a model of which `facts` are known.

    A blank follow-up is skipped and keeps its number. Questions beyond maxTurns are not asked, and `warnings` says so.
    """
    scenario = job.scenario
    preamble = scenario.preamble if scenario.preamble and scenario.preamble.strip() else None
    prompt = scenario.prompt
    into_prompt = job.settings.preamblePlacement == "prompt"
    if preamble is not None and facts.preamble == "prompt" and not into_prompt:
        into_prompt = True
        warnings.append("the preamble was put before the prompt: the model takes no system message")
    if preamble is not None and into_prompt:
        prompt, preamble = f"{preamble}\n\n{prompt}", None
    turns = [PlannedTurn(1, FIRST_LABEL, prompt)]
    turns += [
        PlannedTurn(index + 2, followup.label or f"followup_{index + 1}", followup.prompt)
        for index, followup in enumerate(scenario.followups or [])
        if followup.prompt.strip()
    ]
    most = job.settings.maxTurns or DEFAULT_MAX_TURNS
    if len(turns) > most:
        warnings.append(f"maxTurns: {len(turns) - most} of {len(turns)} turns are not run")
    return Plan(preamble, tuple(turns[:most]))
