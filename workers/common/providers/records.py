"""The six providers: what they are called, where they live, and which variables of the environment belong to them."""

from __future__ import annotations

from typing import Final, NamedTuple


class Provider(NamedTuple):
    """One vendor's API, as the environment and the messages know it.

    Attributes:
        name: the name in jobs and transcripts.
        title: the vendor's name in a sentence.
        key_variables: where its key stands, the first that is set wins.
        base_url_variables: where another base URL stands, in the form which that vendor's own SDK takes.
        base_url: the vendor's own.
        models_path: the free list-models call, below the base URL.
        keyless_on_loopback: whether a local server (Ollama, vLLM, LM Studio) may stand in without a key.
    """

    name: str
    title: str
    key_variables: tuple[str, ...]
    base_url_variables: tuple[str, ...]
    base_url: str
    models_path: str
    keyless_on_loopback: bool = False


_ALL: Final = (
    Provider(
        "openai",
        "OpenAI",
        ("OPENAI_API_KEY",),
        ("OPENAI_BASE_URL",),
        "https://api.openai.com/v1",
        "/models",
        keyless_on_loopback=True,
    ),
    Provider(
        "anthropic",
        "Anthropic",
        ("ANTHROPIC_API_KEY",),
        ("ANTHROPIC_BASE_URL",),
        "https://api.anthropic.com",
        "/v1/models?limit=1",
    ),
    Provider(
        "google",
        "Google",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_BASE_URL"),
        "https://generativelanguage.googleapis.com",
        "/v1beta/models?pageSize=1",
    ),
    Provider("xai", "xAI", ("XAI_API_KEY",), ("XAI_BASE_URL",), "https://api.x.ai/v1", "/models"),
    Provider(
        "deepseek", "DeepSeek", ("DEEPSEEK_API_KEY",), ("DEEPSEEK_BASE_URL",), "https://api.deepseek.com", "/models"
    ),
    Provider("mistral", "Mistral", ("MISTRAL_API_KEY",), ("MISTRAL_BASE_URL",), "https://api.mistral.ai", "/v1/models"),
)

PROVIDERS: Final[dict[str, Provider]] = {provider.name: provider for provider in _ALL}
