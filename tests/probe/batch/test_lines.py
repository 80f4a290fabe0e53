"""What a batch writes for each line it has read, whatever happens to the job, without a process of its own."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from common.errors import ErrorCode, WorkerError
from common.probe.batch.run import Batch
from common.redaction import redactor
from support.conversations import hold
from support.jobs import three_turns

if TYPE_CHECKING:
    import pytest


def documents_of(jobs: list[dict[str, Any]], *, stopped: bool = False) -> list[dict[str, Any]]:
    """What a batch writes of jobs that it has read."""
    written: list[bytes] = []
    output: Any = SimpleNamespace(write=written.append)

    async def hold() -> None:
        made = Batch(output, 5)
        if stopped:
            made._stopped_by = WorkerError("stopped", ErrorCode.CANCELLED)
        for number, job in enumerate(jobs, 1):
            await made._one(number, json.dumps(job).encode())

    asyncio.run(hold())
    return [json.loads(line) for line in written]


def test_a_document_for_which_there_is_no_memory_is_one_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of that job alone, and on its line."""
    whole = redactor.document
    monkeypatch.setattr(redactor, "document", lambda document: whole(document) if document["line"] > 1 else 1 / 0)
    first, second = documents_of([{"jobId": "a"}, {"jobId": "b"}])
    assert (first["line"], first["jobId"], first["error"]["code"]) == (1, "a", "UNKNOWN")
    assert (second["jobId"], second["error"]["code"]) == ("b", "VALIDATION_ERROR")


def test_a_job_that_was_stopped_before_it_began_hands_its_earlier_turns_back(made_up_keys: None) -> None:
    """They are paid for; a caller may keep the newest document alone."""
    del made_up_keys
    whole, _, _ = hold(three_turns(), ["One.", "Two.", "Three."])
    resumed = three_turns(resumeFrom={"turns": whole["turns"][:1]})
    again, fresh = documents_of([resumed, three_turns()], stopped=True)
    assert (again["error"]["code"], fresh["error"]["code"]) == ("CANCELLED", "CANCELLED")
    assert again["partialTranscript"]["turns"] == whole["turns"][:1]
    assert "partialTranscript" not in fresh
