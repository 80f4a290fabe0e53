"""Answers for each model, from the routing and the model table that the probes use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pydantic

from common.config import get_config
from common.errors import ValidationError, WorkerError
from common.json.problems import describe
from common.providers.endpoints import resolve_endpoint
from common.providers.model_table import get_model_table
from common.providers.price_table import PriceTable
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
        ConfigError: the environment, or a table of the user's, is wrong.
    """
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    try:
        job = ResolveJob.model_validate(document)
    except pydantic.ValidationError as error:
        raise ValidationError(describe(error, ResolveJob)) from None
    config = get_config()
    table, prices = get_model_table(config.models_file), PriceTable(config.prices_file)
    return {"success": True, "models": [_answer(question, table, prices) for question in job.models]}


def _answer(question: ModelQuestion, table: ModelTable, prices: PriceTable) -> ModelAnswer:
    answer: ModelAnswer = {
        "modelId": question.modelId,
        "provider": None,
        "model": None,
        "maxOutputTokens": None,
        "price": None,
        "problem": None,
    }
    configured = question.modelConfig.provider if question.modelConfig is not None else None
    try:
        route = infer_provider(question.modelId, configured, table.user_provider)
        answer["provider"], answer["model"] = route.provider, route.model
        answer["maxOutputTokens"] = table.facts(route.provider, route.model).max_output_tokens
        price = prices.price(route.provider, route.model, datetime.now(UTC).strftime("%Y-%m-%d"))
        answer["price"] = None if price is None else price.model_dump(exclude_none=True)
        resolve_endpoint(route.provider)
    except WorkerError as error:
        answer["problem"] = {"code": error.code.value, "message": error.message}
    return answer
