"""From jobs to the numbers of their conversations, by everything that a probe does before its first call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydantic

from common.errors import ValidationError, WorkerError
from common.fingerprinting.job import FingerprintJob
from common.json.problems import describe
from common.probe.run import prepare

if TYPE_CHECKING:
    from common.fingerprinting.documents import ConversationPrint, Fingerprinted
    from common.process.worker import Session


def run(document: object, session: Session) -> Fingerprinted:  # noqa: ARG001 - every worker's signature
    """Say what each conversation asks; one that cannot be held is an answer, not a failure.

    Raises:
        ValidationError: there are no jobs.
    """
    if not isinstance(document, dict):
        raise ValidationError("the job must be a JSON object")
    try:
        job = FingerprintJob.model_validate(document)
    except pydantic.ValidationError as error:
        raise ValidationError(describe(error, FingerprintJob)) from None
    return {"success": True, "conversations": [_print_of(one) for one in job.jobs]}


def _print_of(job: dict[str, object]) -> ConversationPrint:
    try:
        conversation, _, _ = prepare(job)
    except WorkerError as error:
        return {"conversationSha256": None, "problem": {"code": error.code.value, "message": error.message}}
    return {"conversationSha256": conversation.fingerprint, "problem": None}
