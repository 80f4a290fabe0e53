"""Which sampling settings were asked for, which are sent, and which had to be left out.

A setting that the API or the model refuses is left out and recorded, because a call that fails measures nothing and a
setting that is changed in silence measures something else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from common.errors import ValidationError
from common.probe.job import DEFAULT_MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from common.llm_adapters.base import Setting
    from common.probe.job import ProbeJob
    from common.providers.model_table import ModelFacts

_FROM_BOTH: Final = ("temperature", "topP")
_FROM_RUN: Final = ("seed",)
_FROM_MODEL: Final = ("frequencyPenalty", "presencePenalty", "stopSequences", "reasoningEffort", "serviceTier")
# Of a preamble's hash: enough that no two share one, and within the 64 that OpenAI takes.
CACHE_KEY_CHARS: Final = 32
# What a reasoning model refuses or ignores while it reasons.
_SAMPLING: Final = frozenset({"temperature", "topP"})


class Settings:
    """The provenance of a turn's settings, under the job's names for them.

    Attributes:
        requested: as the job asks, with the default for maxTokens; null there means the model's maximum.
        sent: what goes to the provider.
        dropped: the names of those left out.
        warnings: why, in words.
    """

    __slots__ = ("dropped", "requested", "sent", "warnings")

    def __init__(self, requested: dict[str, Setting], warnings: list[str]) -> None:
        self.requested = requested
        self.sent = dict(requested)
        self.dropped: list[str] = []
        self.warnings = warnings

    def drop(self, name: str, why: str) -> None:
        """Leave a setting out and say why."""
        self.sent.pop(name, None)
        if name not in self.dropped:
            self.dropped.append(name)
            self.warnings.append(f"{name} was left out: {why}")


def resolve_settings(
    job: ProbeJob,
    facts: ModelFacts,
    taken: Mapping[str, str] | Iterable[str],
    *,
    temperature_max: float = 2.0,
    max_tokens_required: bool = False,
    marks_cache: bool = False,
) -> Settings:
    """Merge the run's and the model's settings and fit them to what the model takes.

    Args:
        job: the job.
        facts: what is known of the model.
        taken: the settings that the provider's API has at all.
        temperature_max: the API's upper bound.
        max_tokens_required: whether the API demands a bound on the answer.
        marks_cache: whether what the API is to cache is marked in the request; else it is found again by a key.

    Raises:
        ValidationError: the temperature is beyond what the API takes.
    """
    requested, warnings = _requested(job)
    settings = Settings(requested, warnings)
    settings.dropped += [name for name, value in (job.model_settings.model_extra or {}).items() if value is not None]
    facts = _as_the_operator_says(settings, facts, job.model_settings.supportsTemperature)
    taken = set(taken)
    for name in requested:
        if name != "maxTokens" and name not in taken:
            settings.drop(name, "the API has no such setting")
        elif name in facts.refuses and name in settings.sent:
            settings.drop(name, "the model refuses it")
    _fit_effort(settings, facts)
    _fit_sampling(settings, facts)
    temperature = settings.sent.get("temperature")
    if isinstance(temperature, int | float) and temperature > temperature_max:
        where = "modelConfig" if job.model_settings.temperature is not None else "config"
        raise ValidationError(f"{where}.temperature: must be at most {temperature_max:g} for this provider")
    _fit_max_tokens(settings, facts, required=max_tokens_required)
    if "promptCaching" in settings.sent:
        _fit_caching(settings, facts, job, marks=marks_cache)
    return settings


def _requested(job: ProbeJob) -> tuple[dict[str, Setting], list[str]]:
    requested: dict[str, Setting] = {}
    warnings: list[str] = []
    for name in _FROM_BOTH:
        of_run, of_model = getattr(job.settings, name), getattr(job.model_settings, name)
        if of_run is not None and of_model is not None and of_run != of_model:
            warnings.append(f"modelConfig.{name} goes before config.{name}")
        value = of_run if of_model is None else of_model
        if value is not None:
            requested[name] = value
    for source, names in ((job.settings, _FROM_RUN), (job.model_settings, _FROM_MODEL)):
        requested.update({name: value for name in names if (value := getattr(source, name)) not in (None, [])})
    if "maxTokens" in job.model_settings.model_fields_set:
        requested["maxTokens"] = job.model_settings.maxTokens
    else:
        requested["maxTokens"] = job.settings.maxTokens or DEFAULT_MAX_TOKENS
    if job.settings.promptCaching:
        requested["promptCaching"] = True
    return requested, warnings


def _as_the_operator_says(settings: Settings, facts: ModelFacts, takes_temperature: bool | None) -> ModelFacts:  # noqa: FBT001
    """What is known of the model, corrected by `modelConfig.supportsTemperature`, which goes before our table."""
    if takes_temperature is False and "temperature" in settings.sent:
        settings.drop("temperature", "modelConfig.supportsTemperature is false")
    if not takes_temperature:
        return facts
    # The rest of what is known holds on; only topP is still refused while the model reasons.
    return facts._replace(
        refuses=tuple(name for name in facts.refuses if name != "temperature"),
        always=("temperature",),
    )


def _fit_effort(settings: Settings, facts: ModelFacts) -> None:
    effort = settings.sent.get("reasoningEffort")
    if effort is not None and facts.efforts is not None and effort not in facts.efforts:
        known = f"the model takes {', '.join(facts.efforts)}" if facts.efforts else "the model has no such setting"
        settings.drop("reasoningEffort", known)


def _fit_sampling(settings: Settings, facts: ModelFacts) -> None:
    effort = settings.sent.get("reasoningEffort", facts.default_effort)
    if facts.while_thinking is not None and effort != "none":
        for name in sorted(_SAMPLING & settings.sent.keys() - set(facts.always)):
            if facts.while_thinking == "refuses":
                settings.drop(name, "the model refuses it while it thinks")
            else:
                settings.warnings.append(f"{name} was sent, but the model ignores it while it thinks")
    kept = [name for name in facts.exclusive if name in settings.sent]
    for name in kept[1:]:
        settings.drop(name, f"the model takes it only without {kept[0]}")
    settings.warnings.extend(
        f"{name} was sent, but the model ignores it" for name in facts.ignores if name in settings.sent
    )


def _fit_max_tokens(settings: Settings, facts: ModelFacts, *, required: bool) -> None:
    wanted, limit = settings.sent["maxTokens"], facts.max_output_tokens
    if wanted is None:
        if required and limit is None:
            settings.sent["maxTokens"] = DEFAULT_MAX_TOKENS
            settings.warnings.append(
                f"maxTokens is {DEFAULT_MAX_TOKENS}: the model's maximum is not known; add it to PROBE_MODELS_FILE"
            )
        elif limit is None or facts.limit_is_context:
            del settings.sent["maxTokens"]  # without a bound the API allows what the context has left
        else:
            settings.sent["maxTokens"] = limit
    elif limit is not None and isinstance(wanted, int) and wanted > limit:
        settings.sent["maxTokens"] = limit
        settings.warnings.append(f"maxTokens was lowered from {wanted} to {limit}, the model's limit")


def _fit_caching(settings: Settings, facts: ModelFacts, job: ProbeJob, *, marks: bool) -> None:
    """What makes the provider find the preamble in its cache: a mark, or a key that is the preamble's own.

    A preamble that is a little too short for the cache may be marked: that costs nothing, and nothing is cached.
    """
    preamble = job.scenario.preamble
    if preamble is None or not preamble.strip():
        settings.drop("promptCaching", "there is no preamble to find again")
        return
    if not marks:
        key = hashlib.sha256(f"{job.modelId}\0{preamble}".encode("utf-8", "surrogatepass"))
        settings.sent["promptCaching"] = key.hexdigest()[:CACHE_KEY_CHARS]
        return
    if "prompt" in {job.settings.preamblePlacement, facts.preamble}:
        settings.drop("promptCaching", "the preamble is a part of the prompt, and only a whole message can be marked")
        return
    if facts.cache_minimum is not None and len(preamble.encode("utf-8", "surrogatepass")) < facts.cache_minimum * 3:
        settings.drop("promptCaching", f"the preamble is shorter than the {facts.cache_minimum} tokens that are cached")
        return
    settings.sent["promptCaching"] = "ephemeral"
