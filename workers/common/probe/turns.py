"""The turns of a conversation: which are asked, and what the document says of one that was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.probe.job import DEFAULT_MAX_TURNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.llm_adapters.base import Answer, Message
    from common.probe.job import ProbeJob
    from common.probe.settings import Settings
    from common.probe.tokens import TokenSource
    from common.providers.model_table import ModelFacts

FIRST_LABEL: Final = "scenario_prompt"
# An answer beyond this is a fault of the model; a database row of it would be of use to nobody.
MAX_ANSWER_CHARS: Final = 4 * 1024 * 1024


class PlannedTurn(NamedTuple):
    """One question."""

    number: int
    label: str
    prompt: str


def plan_turns(job: ProbeJob, facts: ModelFacts, warnings: list[str]) -> tuple[str | None, list[PlannedTurn]]:
    """The system message, if there is to be one, and the questions in order.

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
    plan = [PlannedTurn(1, FIRST_LABEL, prompt)]
    plan += [
        PlannedTurn(index + 2, followup.label or f"followup_{index + 1}", followup.prompt)
        for index, followup in enumerate(scenario.followups or [])
        if followup.prompt.strip()
    ]
    most = job.settings.maxTurns or DEFAULT_MAX_TURNS
    if len(plan) > most:
        warnings.append(f"maxTurns: {len(plan) - most} of {len(plan)} turns are not run")
    return preamble, plan[:most]


def merged_text(pieces: Sequence[str]) -> tuple[str, bool]:
    """The whole answer, and whether it had to be cut."""
    text = pieces[0] if len(pieces) == 1 else "".join(pieces)
    return (text, False) if len(text) <= MAX_ANSWER_CHARS else (text[:MAX_ANSWER_CHARS], True)


def turn_document(
    planned: PlannedTurn,
    answer: Answer,
    *,
    model: str,
    provider: str,
    preamble: str | None,
    messages: Sequence[Message],
    settings: Settings,
    truncated: bool,
    extra: dict[str, Any],
) -> dict[str, Any]:
    """A turn as it stands in the transcript."""
    usage = answer.usage.beside(answer.text)
    read, written = usage.input_tokens, usage.output_tokens
    source: TokenSource = "provider"
    if read is None or written is None:
        from common.probe.tokens import count_input, count_text  # noqa: PLC0415 - only where the provider sent no counts

        if read is None:
            read, source = count_input(provider, model, preamble, messages)
        if written is None:
            written, source = count_text(provider, model, answer.text)
    return {
        "turnNumber": planned.number,
        "promptLabel": planned.label,
        "probePrompt": planned.prompt,
        "targetResponse": answer.text,
        "inputTokens": read,
        "outputTokens": written,
        "providerMetadata": {
            "provider": provider,
            "model": model,
            "modelVersion": answer.model_version,
            "finishReason": answer.finish_reason,
            "rawFinishReason": answer.raw_finish_reason,
            "truncated": truncated,
            "requestId": answer.request_id,
            "systemFingerprint": answer.system_fingerprint,
            "reasoningTokens": usage.reasoning_tokens,
            "cachedInputTokens": usage.cached_input_tokens,
            "cacheWriteInputTokens": usage.cache_write_input_tokens,
            "serviceTier": answer.service_tier,
            "tokenSource": source,
            **({"thinkingInText": True} if answer.thinking_in_text else {}),
            **({"reasoningContent": answer.reasoning} if answer.reasoning else {}),
            "requested": dict(settings.requested),
            "sent": dict(settings.sent),
            "dropped": list(settings.dropped),
            **extra,
        },
    }
