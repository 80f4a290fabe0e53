"""fingerprint.py: which conversations are the same to their provider, without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from common.fingerprinting.documents import FingerprintResult
from support.documents import check_document
from support.jobs import probe_job, three_turns
from support.workers import run_worker

if TYPE_CHECKING:
    from simulator import Simulator


@pytest.mark.measured
def test_a_conversation_has_the_number_that_its_transcript_will_carry(
    simulated: dict[str, str], simulator: Simulator
) -> None:
    """Before it is held; one that cannot be held has none, and says why; and none of them is asked."""
    jobs = [three_turns(), probe_job("no-such-model"), probe_job(), probe_job(runId="another")]
    document = run_worker("fingerprint.py", {"jobs": jobs}, simulated).document
    check_document(FingerprintResult, document)
    assert not simulator.journal
    found = document["conversations"]
    assert [answer["problem"] and answer["problem"]["code"] for answer in found] == [
        None,
        "UNSUPPORTED_PROVIDER",
        None,
        None,
    ]
    numbers = [answer["conversationSha256"] for answer in found]
    assert numbers[1] is None
    assert numbers[2] == numbers[3] != numbers[0]
    held = run_worker("probe.py", three_turns(), simulated).document["transcript"]["turns"]
    assert [turn["providerMetadata"].get("conversationSha256") for turn in held] == [numbers[0], None, None]


def test_a_job_without_conversations_is_refused(simulated: dict[str, str]) -> None:
    """With the path of what is wrong."""
    error = run_worker("fingerprint.py", {"jobs": []}, simulated).error
    assert error["code"] == "VALIDATION_ERROR"
    assert error["message"].startswith("jobs")
