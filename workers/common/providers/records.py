"""The providers: one record each, from which everything that must know of a provider takes what it needs.

The registry of adapters, routing, the health check, redaction, the live check and, through the published
`schemas/providers.json`, the simulator and the queue's environment. To add a provider that speaks OpenAI's language is
to add a record here and a test file (CONTRIBUTING.md).
"""

from __future__ import annotations

from typing import Final, NamedTuple

_CHAT: Final = "common.llm_adapters.openai_shaped:OpenAIShapedAdapter"


class Provider(NamedTuple):
    """One vendor's API.

    Attributes:
        name: the name in jobs and transcripts.
        title: the vendor's name in a sentence.
        key_variables: where its key stands, the first that is set wins.
        base_url_variables: where another base URL stands, in the form which that vendor's own SDK takes.
        base_url: the vendor's own.
        models_path: the free list-models call, below the base URL.
        models: the model IDs that are routed here: an ID, or a beginning with `*` behind it. Of several that fit, the
            longest decides.
        cheapest_model: the least expensive current model that answers without thinking for long, for the live check.
        adapter: the class that knows the wire format, as "module:name".
        aliases: other names that a job may use.
        sized_models: whether its own IDs may carry a count of parameters (`-70b`); else such an ID is somebody else's.
        keyless_on_loopback: whether a local server (Ollama, vLLM, LM Studio) may stand in without a key.
    """

    name: str
    title: str
    key_variables: tuple[str, ...]
    base_url_variables: tuple[str, ...]
    base_url: str
    models_path: str
    models: tuple[str, ...]
    cheapest_model: str
    adapter: str = _CHAT
    aliases: tuple[str, ...] = ()
    sized_models: bool = True
    keyless_on_loopback: bool = False


_ALL: Final = (
    Provider(
        name="openai",
        title="OpenAI",
        key_variables=("OPENAI_API_KEY",),
        base_url_variables=("OPENAI_BASE_URL",),
        base_url="https://api.openai.com/v1",
        models_path="/models",
        models=(
            "gpt-*",
            "chatgpt-*",
            "chat-latest",
            "chat-latest-*",
            *(f"{series}{rest}" for series in ("o1", "o3", "o4") for rest in ("", "-*")),
            *(f"ft:{base}*" for base in ("gpt-", "o1", "o3", "o4", "davinci", "babbage")),
            "codex-*",
            "computer-use-*",
            "davinci-002*",
            "babbage-002*",
            "daybreak-*",
        ),
        cheapest_model="gpt-6-luna",
        adapter="common.llm_adapters.openai:OpenAIAdapter",
        sized_models=False,
        keyless_on_loopback=True,
    ),
    Provider(
        name="anthropic",
        title="Anthropic",
        key_variables=("ANTHROPIC_API_KEY",),
        base_url_variables=("ANTHROPIC_BASE_URL",),
        base_url="https://api.anthropic.com",
        models_path="/v1/models?limit=1",
        models=("claude*",),
        cheapest_model="claude-haiku-5-5",
        adapter="common.llm_adapters.anthropic:AnthropicAdapter",
    ),
    Provider(
        name="google",
        title="Google",
        key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        base_url_variables=("GOOGLE_GEMINI_BASE_URL", "GOOGLE_BASE_URL"),
        base_url="https://generativelanguage.googleapis.com",
        models_path="/v1beta/models?pageSize=1",
        models=(
            "gemini-*",
            "gemma-*",
            "learnlm-*",
            "lyria-*",
            "deep-research-*",
            "antigravity-preview-*",
            "nano-banana-*",
            "models/*",
            "tunedModels/*",
        ),
        cheapest_model="gemini-3.1-flash-lite",
        adapter="common.llm_adapters.google:GoogleAdapter",
        # litellm and the vendor's own tools write the family's name as the prefix.
        aliases=("gemini",),
    ),
    Provider(
        name="xai",
        title="xAI",
        key_variables=("XAI_API_KEY",),
        base_url_variables=("XAI_BASE_URL",),
        base_url="https://api.x.ai/v1",
        models_path="/models",
        models=("grok-*",),
        cheapest_model="grok-4.20-non-reasoning",
        adapter="common.llm_adapters.xai:XAIAdapter",
    ),
    Provider(
        name="deepseek",
        title="DeepSeek",
        key_variables=("DEEPSEEK_API_KEY",),
        base_url_variables=("DEEPSEEK_BASE_URL",),
        base_url="https://api.deepseek.com",
        models_path="/models",
        models=("deepseek-*",),
        cheapest_model="deepseek-v4-flash",
        adapter="common.llm_adapters.deepseek:DeepSeekAdapter",
        sized_models=False,
    ),
    Provider(
        name="mistral",
        title="Mistral",
        key_variables=("MISTRAL_API_KEY",),
        base_url_variables=("MISTRAL_BASE_URL",),
        base_url="https://api.mistral.ai",
        models_path="/v1/models",
        models=(
            "mistral-*",
            "ministral-*",
            "magistral-*",
            "codestral-*",
            "devstral-*",
            "pixtral-*",
            "voxtral-*",
            "open-mistral-*",
            "open-mixtral-*",
            "open-codestral-*",
            "mathstral-*",
            "labs-*",
            "glm-*",
            "zai-glm-*",
            # A model of DeepSeek's that Mistral serves.
            "deepseek-v4-1-flash-*",
        ),
        cheapest_model="ministral-3b-2512",
        adapter="common.llm_adapters.mistral:MistralAdapter",
    ),
)

PROVIDERS: Final[dict[str, Provider]] = {provider.name: provider for provider in _ALL}


def published() -> dict[str, object]:
    """What the queue and the simulator need to know of the providers: `schemas/providers.json`."""
    return {"providers": [_published(provider) for provider in PROVIDERS.values()]}


def _published(provider: Provider) -> dict[str, object]:
    from common.llm_adapters.registry import get_adapter  # noqa: PLC0415 - it imports this module

    return {
        "name": provider.name,
        "title": provider.title,
        "keyVariables": list(provider.key_variables),
        "baseUrlVariables": list(provider.base_url_variables),
        "baseUrl": provider.base_url,
        "chatPath": get_adapter(provider.name).path("MODEL"),
        "modelsPath": provider.models_path,
        "models": list(provider.models),
        "cheapestModel": provider.cheapest_model,
    }
