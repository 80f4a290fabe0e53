"""The job of fingerprint.py: the jobs of the conversations."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_JOBS = 10_000


class FingerprintJob(BaseModel):
    """Jobs as probe.py takes them, of which none is done."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    jobs: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MAX_JOBS)]
