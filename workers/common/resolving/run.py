"""Answers for each model, from the routing and the model table that the probes use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydantic

from common.config import get_config
from common.errors import ValidationError, WorkerError
from common.json.problems import describe
from common.providers.endpoints import resolve_endpoint
from common.providers.model_table import get_model_table
from common.providers.routing import infer_provider
from common.resolving.job import ResolveJob

if TYPE_CHECKING:
    from common.process.worker import Session
    from common.providers.model_table import ModelTable
    from common.resolving.documents import ModelAnswer, Resolved
    from common.resolving.job import ModelQuestion


def run(document: object, session: Session) -> Resolved:  # noqa: ARG001 - every worker's signature
    """Resolve the models; a model that cannot be asked is an answer, not a failure.

    Raises:
        ValidationError: a field of the job is wrong.
        ConfigError: the environment, or the user's model table, is wrong.
    """
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    try:
        job = ResolveJob.model_validate(document)
    except pydantic.ValidationError as error:
        raise ValidationError(describe(error, ResolveJob)) from None
    table = get_model_table(get_config().models_file)
    return {"success": True, "models": [_answer(question, table) for question in job.models]}


def _answer(question: ModelQuestion, table: ModelTable) -> ModelAnswer:
    answer: ModelAnswer = {
        "modelId": question.modelId,
        "provider": None,
        "model": None,
        "maxOutputTokens": None,
        "problem": None,
    }
    configured = question.modelConfig.provider if question.modelConfig is not None else None
    try:
        route = infer_provider(question.modelId, configured, table.user_provider)
        answer["provider"], answer["model"] = route.provider, route.model
        answer["maxOutputTokens"] = table.facts(route.provider, route.model).max_output_tokens
        resolve_endpoint(route.provider)
    except WorkerError as error:
        answer["problem"] = {"code": error.code.value, "message": error.message}
    return answer
