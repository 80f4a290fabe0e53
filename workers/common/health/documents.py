"""The job and the document of the health check, as models: the source of the published schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from common.probe.documents import Failure, FailureError
from common.probe.job import Given
from common.providers.records import PROVIDERS

# The health check itself refuses another name, also where pydantic is missing.
ProviderName = Annotated[str, Field(json_schema_extra={"enum": list(PROVIDERS)})]
Count = Annotated[int, Field(ge=0)]


class HealthJob(BaseModel):
    """What to look at beside the machine itself."""

    model_config = ConfigDict(strict=True, extra="allow")

    live: bool = False
    providers: list[ProviderName] = []


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


_KEYS: dict[str, Any] = dict.fromkeys(PROVIDERS, (bool, ...))
ApiKeys = create_model("ApiKeys", __base__=_Closed, __doc__="Whether a usable key is set.", **_KEYS)


class LiveResult(_Closed):
    """What a provider's list-models call brought."""

    ok: bool
    latencyMs: Given[Count] = None
    error: Given[FailureError] = None


class Health(_Closed):
    """What was found."""

    pythonVersion: str
    platform: str
    packages: dict[str, str]
    apiKeys: ApiKeys
    baseUrls: dict[str, str]
    proxies: dict[str, str]
    certificates: dict[str, Any]
    descriptors: dict[str, int | None]
    tokenizer: dict[str, Any]
    workersVersion: str
    warnings: list[str]
    providers: Given[dict[ProviderName, LiveResult]] = None


class HealthSuccess(_Closed):
    """The document of a machine that is fit to work."""

    success: Literal[True]
    health: Health


class HealthResult(RootModel[HealthSuccess | Failure]):
    """What health_check.py prints."""
