"""The job of the health check as a model, and its documents as types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.json.documents import CLOSED, Failure, FailureError
from common.json.models import Count
from common.providers.records import PROVIDERS

__all__ = ["Certificates", "Failure", "Health", "HealthJob", "HealthResult", "HealthSuccess", "LiveResult", "Tokenizer"]

# The published schema promises an open object; what stands in it is the next release's to change.
_OPEN: Final = {"additionalProperties": True, "type": "object"}
# The health check itself refuses another name, also where pydantic is missing.
ProviderName = Annotated[str, Field(json_schema_extra={"enum": list(PROVIDERS)})]


class HealthJob(BaseModel):
    """What to look at beside the machine itself."""

    model_config = ConfigDict(strict=True, extra="allow")

    live: bool = False
    providers: list[ProviderName] = []


if TYPE_CHECKING:
    ApiKeys = dict[str, bool]
else:  # a key for each record, which no type checker can know
    ApiKeys = with_config(CLOSED)(TypedDict("ApiKeys", dict.fromkeys(PROVIDERS, bool)))
    ApiKeys.__doc__ = "Whether a usable key is set."


@with_config(CLOSED)
class LiveResult(TypedDict):
    """What a provider's list-models call brought."""

    ok: bool
    latencyMs: NotRequired[Count]
    error: NotRequired[FailureError]


class Certificates(TypedDict):
    """Where calls take their trusted certificates from."""

    source: str
    readable: bool


class Tokenizer(TypedDict):
    """Where tiktoken's vocabularies are, and which of them."""

    cacheFolder: str | None
    vocabularies: dict[str, bool]


@with_config(CLOSED)
class Health(TypedDict):
    """What was found."""

    pythonVersion: str
    platform: str
    packages: dict[str, str]
    apiKeys: ApiKeys
    baseUrls: dict[str, str]
    proxies: dict[str, str]
    certificates: Annotated[Certificates, WithJsonSchema(_OPEN)]
    descriptors: dict[str, int | None]
    tokenizer: Annotated[Tokenizer, WithJsonSchema(_OPEN)]
    workersVersion: str
    warnings: list[str]
    providers: NotRequired[dict[ProviderName, LiveResult]]


@with_config(CLOSED)
class HealthSuccess(TypedDict):
    """The document of a machine that is fit to work."""

    success: Literal[True]
    health: Health


HealthResult = Annotated[
    HealthSuccess | Failure, Field(title="HealthResult", description="What health_check.py prints.")
]
