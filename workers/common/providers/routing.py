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


# litellm and the vendor's own tools write Google's family name as the prefix.
PREFIX_ALIASES: Final = {"gemini": "google"}

# Anchored beginnings, asked in this order: Mistral before DeepSeek, because Mistral serves a DeepSeek model of its own.
_BEGINNINGS: Final[dict[str, tuple[str, ...]]] = {
    "anthropic": ("claude",),
    "openai": ("gpt-", "chatgpt-", "codex-", "computer-use-", "davinci-002", "babbage-002", "daybreak-"),
    "google": (
        "gemini-",
        "gemma-",
        "learnlm-",
        "lyria-",
        "deep-research-",
        "antigravity-preview-",
        "nano-banana-",
        "models/",
        "tunedModels/",
    ),
    "xai": ("grok-",),
    "mistral": (
        "mistral-",
        "ministral-",
        "magistral-",
        "codestral-",
        "devstral-",
        "pixtral-",
        "voxtral-",
        "open-mistral-",
        "open-mixtral-",
        "open-codestral-",
        "mathstral-",
        "labs-",
        "glm-",
        "zai-glm-",
        "deepseek-v4-1-flash-",
    ),
    "deepseek": ("deepseek-",),
}
_OPENAI_SERIES: Final = ("o1", "o3", "o4")
_OPENAI_FINE_TUNES: Final = ("ft:gpt-", "ft:o", "ft:davinci", "ft:babbage")

# Weights that anybody may serve; their owners' APIs do not list them under these names.
_OPEN_WEIGHTS: Final = ("gpt-oss", "mistral-7b", "mistral-8x", "deepseek-r1-distill", "deepseek-llm-", "deepseek-moe-")
# Families whose own API never puts a parameter count (`-70b`) into an ID.
_NEVER_SIZED: Final = frozenset({"openai", "deepseek"})


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
        name = PREFIX_ALIASES.get(configured.strip().lower(), configured.strip().lower())
        if name not in PROVIDERS:
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
        name = PREFIX_ALIASES.get(prefix.strip().lower(), prefix.strip().lower())
        if found and rest.strip() and name in PROVIDERS:
            return Route(name, rest.strip())
    return None


def _anchored(model_id: str) -> str | None:  # noqa: PLR0911 - a list of rules, each with its answer
    if model_id.startswith(_OPENAI_FINE_TUNES):
        # `ft:base:org:name:id` keeps its colons; `ft:o4-mini` but not `ft:open-…`.
        return "openai" if not model_id.startswith("ft:o") or model_id[4:5].isdigit() else None
    bare = model_id.removeprefix("models/")
    if "@" in model_id or ":" in model_id or ("/" in bare and not bare.startswith("tunedModels/")):
        return None  # Vertex, Bedrock, Ollama, OpenRouter and Azure write IDs like these
    if model_id.startswith(_OPEN_WEIGHTS):
        return None
    if model_id == "chat-latest" or model_id.startswith("chat-latest-"):
        return "openai"
    if model_id.startswith(_OPENAI_SERIES) and model_id[2:3] in {"", "-"}:
        return "openai"
    for provider, beginnings in _BEGINNINGS.items():
        if model_id.startswith(beginnings):
            return None if provider in _NEVER_SIZED and _has_size(model_id) else provider
    return None


def _has_size(model_id: str) -> bool:
    return any(part.endswith("b") and part[:-1].replace(".", "").isdigit() for part in model_id.split("-"))


def _unsupported(what: str) -> WorkerError:
    return WorkerError(
        f"{what}; write provider:model or set modelConfig.provider, with one of {', '.join(PROVIDERS)}",
        ErrorCode.UNSUPPORTED_PROVIDER,
    )
