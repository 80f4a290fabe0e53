"""The job of the analysis: a run and its transcripts, or their IDs alone."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common.job import Given


def _refuse_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("blank")
    return value


class AnalysisJob(BaseModel):
    """What is to be analysed."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)

    runId: Annotated[str, AfterValidator(_refuse_blank), Field(min_length=1)]
    transcriptIds: Given[list[str]] = None
    transcripts: Given[list[dict[str, Any]]] = None
