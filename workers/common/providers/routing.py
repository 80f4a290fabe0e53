"""Which provider serves a model ID.

In this order: an explicit prefix (`provider:model` or `provider/model`), `modelConfig.provider`, the user's own model
table, then rules anchored at the start of the ID. An ID that only looks like a family is not guessed: a guess sends the
question, and the bill, to the wrong place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.errors import ErrorCode, ValidationError, WorkerError
from common.json.strict import printable_path
from common.providers.records import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable


class Route(NamedTuple):
    """A provider's name and the model ID as that provider knows it."""

    provider: str
    model: str


_NAMES: Final = {name: provider.name for provider in PROVIDERS.values() for name in (provider.name, *provider.aliases)}

# Weights that anybody may serve; their owners' APIs do not list them under these names.
_OPEN_WEIGHTS: Final = ("gpt-oss", "mistral-7b", "mistral-8x", "deepseek-r1-distill", "deepseek-llm-", "deepseek-moe-")


def infer_provider(
    model_id: str,
    configured: str | None = None,
    user_table: Callable[[str], str | None] | None = None,
) -> Route:
    """Find the provider of a model ID.

    Args:
        model_id: the job's `modelId`.
        configured: `modelConfig.provider`, if the job has one.
        user_table: looks an ID up in the user's own model table.

    Raises:
        WorkerError: UNSUPPORTED_PROVIDER, naming the providers and the prefix syntax; VALIDATION_ERROR for an ID with a
            control character in it.
    """
    model_id = model_id.strip()  # a line's end from a file with CRLF is no part of a name
    if not model_id.isprintable():
        raise ValidationError("modelId: holds a control character; write the model's ID without it")
    explicit = _explicit(model_id)
    if explicit is not None:
        return explicit
    if configured is not None:
        name = _NAMES.get(configured.strip().lower())
        if name is None:
            raise _unsupported(f'modelConfig.provider "{printable_path(configured, 40)}" is not one of the providers')
        return Route(name, model_id)
    listed = user_table(model_id) if user_table is not None else None
    provider = listed or _anchored(model_id)
    if provider is None:
        raise _unsupported(f'no provider is known for the model "{printable_path(model_id, 80)}"')
    return Route(provider, model_id)


def _explicit(model_id: str) -> Route | None:
    for separator in (":", "/"):
        prefix, found, rest = model_id.partition(separator)
        name = _NAMES.get(prefix.strip().lower())
        if found and rest.strip() and name is not None:
            return Route(name, rest.strip())
    return None


def _anchored(model_id: str) -> str | None:
    """The provider whose record has the longest beginning that fits."""
    bare = model_id.removeprefix("models/")
    if not model_id.startswith("ft:") and (
        "@" in model_id or ":" in model_id or ("/" in bare and not bare.startswith("tunedModels/"))
    ):
        return None  # Vertex, Bedrock, Ollama, OpenRouter and Azure write IDs like these; a fine-tune keeps its colons
    if model_id.startswith(_OPEN_WEIGHTS):
        return None
    fitting = [
        (len(pattern), provider)
        for provider in PROVIDERS.values()
        for pattern in provider.models
        if (model_id.startswith(pattern[:-1]) if pattern.endswith("*") else model_id == pattern)
    ]
    if not fitting:
        return None
    provider = max(fitting, key=lambda fit: fit[0])[1]
    return None if not provider.sized_models and _has_size(model_id) else provider.name


def _has_size(model_id: str) -> bool:
    return any(part.endswith("b") and part[:-1].replace(".", "").isdigit() for part in model_id.split("-"))


def _unsupported(what: str) -> WorkerError:
    return WorkerError(
        f"{what}; write provider:model or set modelConfig.provider, with one of {', '.join(PROVIDERS)}",
        ErrorCode.UNSUPPORTED_PROVIDER,
    )
