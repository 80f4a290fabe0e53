"""The document of the analysis, as models: the source of the published schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from common.documents import Failure

Count = Annotated[int, Field(ge=0)]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Stub(_Closed):
    """What IDs alone give."""

    status: Literal["STUB"]
    message: str
    transcriptCount: Count
    completedAt: str


class RunCounts(_Closed):
    """How much of the run there is."""

    models: list[str]
    scenarios: Count
    transcripts: Count
    failures: dict[str, Count]


class Complete(_Closed):
    """What transcripts give."""

    status: Literal["COMPLETE"]
    transcriptCount: Count
    completedAt: str
    computedAt: str
    durationMs: Count
    methodsUsed: list[str]
    warnings: list[str]
    run: RunCounts


class AnalysisSuccess(_Closed):
    """The document of an analysis that was done."""

    success: Literal[True]
    analysis: Stub | Complete


class AnalysisResult(RootModel[AnalysisSuccess | Failure]):
    """What analyze_basic.py prints."""
