"""The probe: from a job to the document of its conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.config import get_config
from common.http.transport import SyncTransport
from common.llm_adapters.registry import get_adapter
from common.logging import get_logger
from common.probe.conversation import Conversation
from common.probe.drivers import drive
from common.probe.job import parse_job
from common.probe.settings import resolve_settings
from common.process.deadline import Deadline
from common.providers.endpoints import resolve_endpoint
from common.providers.model_table import get_model_table
from common.providers.routing import infer_provider
from common.redaction import redactor

if TYPE_CHECKING:
    from common.config import Config
    from common.probe.documents import JobIds, ProbeSuccess, Transcript
    from common.probe.job import ProbeJob
    from common.probe.settings import Settings
    from common.process.worker import Session
    from common.providers.endpoints import Endpoint

SCHEMA_VERSION: Final = 1

logger = get_logger("probe")


def run(document: object, session: Session) -> ProbeSuccess:
    """Hold one conversation over a connection of its own.

    Raises:
        WorkerError: the conversation failed; `session.fail` has the turns before that.
    """
    turns = None
    if any(name.startswith("turns_") and value for name, value in session.options.items()):
        from common.probe.turn_stream import turn_stream_of  # noqa: PLC0415 - few callers ask for it

        turns = turn_stream_of(session.options)
    conversation, endpoint, deadline = prepare(document)
    session.fail = conversation.failure
    session.set_deadline(deadline)
    transport = SyncTransport(endpoint.base_url, connect_timeout=get_config().connect_timeout_seconds)
    logger.info("probe started", provider=endpoint.provider.name, turns=conversation.planned)
    ids = echoed(conversation.job)
    hand_over = None if turns is None else lambda paid: turns.hand_over(ids, paid)
    permit = None if turns is None else lambda: turns.permit(ids)
    transcript = drive(conversation.steps(), transport.send, hand_over=hand_over, permit=permit)
    transport.close()
    logger.info("probe finished", turns=len(transcript["turns"]), durationMs=transcript["durationMs"])
    return result(conversation, transcript)


def prepare(document: object) -> tuple[Conversation, Endpoint, Deadline]:
    """Everything that can be known to be wrong before anything is paid for.

    Raises:
        WorkerError: the job, the model's provider or the environment is wrong.
    """
    config = get_config()
    job, warnings = parse_job(document)
    table = get_model_table(config.models_file)
    route = infer_provider(job.modelId, job.model_settings.provider, table.user_provider)
    redactor.spare(route.model)
    adapter = get_adapter(route.provider)
    facts = table.facts(route.provider, route.model)
    settings = resolve_settings(
        job,
        facts,
        adapter.wire_names,
        temperature_max=adapter.temperature_max,
        max_tokens_required=adapter.max_tokens_required,
        marks_cache=adapter.marks_cache,
    )
    deadline = Deadline(job.settings.deadlineSeconds or _default_deadline(config, settings))
    endpoint = resolve_endpoint(route.provider)
    prices = None
    if config.prices_file is not None and job.modelCost is None:
        from common.providers.price_table import PriceTable  # noqa: PLC0415 - few users have prices of their own

        # What is wrong with it is said before anything is paid for.
        prices = PriceTable(config.prices_file)
    warnings.extend(endpoint.warnings)
    conversation = Conversation(
        job,
        model=route.model,
        facts=facts,
        settings=settings,
        adapter=adapter,
        endpoint=endpoint,
        config=config,
        deadline=deadline,
        warnings=warnings,
        prices=prices,
    )
    return conversation, endpoint, deadline


def _default_deadline(config: Config, settings: Settings) -> float:
    return config.flex_deadline_seconds if settings.sent.get("serviceTier") == "flex" else config.deadline_seconds


def result(conversation: Conversation, transcript: Transcript) -> ProbeSuccess:
    """The document of a conversation that was held to its end."""
    document: ProbeSuccess = {
        "success": True,
        "schemaVersion": SCHEMA_VERSION,
        **echoed(conversation.job),  # type: ignore[typeddict-item] # the IDs hold no `rates`
        "transcript": transcript,
        "warnings": conversation.warnings,
    }
    rates = conversation.rates
    if rates is not None:
        document["rates"] = rates
    return document


def echoed(job: ProbeJob) -> JobIds:
    """The IDs of a job, as far as it has them."""
    ids: JobIds = {"runId": job.runId, "scenarioId": job.scenarioId, "modelId": job.modelId}
    if job.jobId is not None:
        ids["jobId"] = job.jobId
    if job.sampleIndex is not None:
        ids["sampleIndex"] = job.sampleIndex
    return ids
