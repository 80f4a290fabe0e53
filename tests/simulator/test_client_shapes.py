"""The shapes that the vendors' official SDKs check (`make clients` asks with the real ones), here without them.

Each model has the fields that the SDK of November 2026 requires, with its types and its closed lists of words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

if TYPE_CHECKING:
    from simulator import Simulator

Ask = Callable[..., httpx.Response]


class Shape(BaseModel):
    """Types are strict; what is more than the SDK requires is allowed, as it is there."""

    model_config = ConfigDict(strict=True)


class OpenAIModel(Shape):
    """A model of the list."""

    id: str
    created: int
    object: Literal["model"]
    owned_by: str


class ChatUsage(Shape):
    """The counts of a chat."""

    completion_tokens: int
    prompt_tokens: int
    total_tokens: int


class Message(Shape):
    """A message of a chat."""

    role: Literal["assistant"]
    content: str | None = None
    refusal: str | None = None


class Choice(Shape):
    """A choice."""

    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
    index: int
    message: Message


class Chat(Shape):
    """A chat completion."""

    id: str
    choices: list[Choice]
    created: int
    model: str
    object: Literal["chat.completion"]
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast"] | None = None
    usage: ChatUsage


class ChunkChoice(Shape):
    """A choice of a chunk."""

    delta: dict[str, Any]
    index: int
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "function_call"] | None


class Chunk(Shape):
    """A chunk of a chat."""

    id: str
    choices: list[ChunkChoice]
    created: int
    model: str
    object: Literal["chat.completion.chunk"]
    usage: ChatUsage | None = None


class InputDetails(Shape):
    """Both are required."""

    cached_tokens: int
    cache_write_tokens: int


class OutputDetails(Shape):
    """What reasoning cost."""

    reasoning_tokens: int


class ResponseUsage(Shape):
    """The counts of a response."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int


class OutputText(Shape):
    """A part of an output message."""

    type: Literal["output_text"]
    annotations: list[Any]
    logprobs: list[Any]
    text: str


class OutputMessage(Shape):
    """An output message."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: Literal["in_progress", "completed", "incomplete"]
    content: list[OutputText]


class ReasoningItem(Shape):
    """Reasoning before the message."""

    id: str
    type: Literal["reasoning"]
    summary: list[dict[Literal["type", "text"], str]]


class Response(Shape):
    """A response."""

    id: str
    created_at: int
    model: str
    object: Literal["response"]
    output: list[OutputMessage | ReasoningItem]
    parallel_tool_calls: bool
    status: Literal["completed", "failed", "in_progress", "cancelled", "queued", "incomplete"]
    tool_choice: str
    tools: list[Any]
    truncation: Literal["auto", "disabled"]
    usage: ResponseUsage


class Supported(Shape):
    """A capability."""

    supported: bool


class AnthropicModel(BaseModel):
    """A model of the list; its dates are texts."""

    id: str
    created_at: AwareDatetime
    display_name: str
    lifecycle: Literal["active", "deprecated", "retired"]
    line: Literal["haiku", "sonnet", "opus", "fable", "mythos"] | None
    max_input_tokens: int
    max_tokens: int
    type: Literal["model"]
    capabilities: dict[str, Supported]


class StopDetails(Shape):
    """Why it refused."""

    category: Literal["cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"] | None
    explanation: str | None
    type: Literal["refusal"]


class CacheCreation(Shape):
    """What was written, by how long it lives."""

    ephemeral_1h_input_tokens: int
    ephemeral_5m_input_tokens: int


class AnthropicUsage(Shape):
    """The counts of a message."""

    cache_creation: CacheCreation
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    input_tokens: int
    output_tokens: int
    service_tier: Literal["standard", "priority", "batch"]


class AnthropicMessage(Shape):
    """A message."""

    id: str
    content: list[dict[str, Any]]
    model: str
    role: Literal["assistant"]
    stop_reason: Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"]
    stop_details: StopDetails | None
    stop_sequence: str | None
    type: Literal["message"]
    usage: AnthropicUsage


class Count(Shape):
    """What a question would cost."""

    input_tokens: int


class MistralModel(Shape):
    """A model of the list: without its type the SDK does not know which kind it is."""

    id: str
    capabilities: dict[str, bool]
    created: int
    max_context_length: int
    aliases: list[str]
    deprecation: None
    default_model_temperature: float
    type: Literal["base"]


class GoogleModel(Shape):
    """A model of the list."""

    name: str
    version: str
    displayName: str  # noqa: N815 - the wire's own name
    inputTokenLimit: int  # noqa: N815
    outputTokenLimit: int  # noqa: N815
    supportedGenerationMethods: list[str]  # noqa: N815
    thinking: bool


def test_these_shapes_can_fail() -> None:
    """A list of models as it was before: no lifecycle, no type, a word of the simulator's own."""
    for kind, value in (
        (AnthropicModel, {"type": "model", "id": "m", "display_name": "m", "created_at": "2026-01-15T00:00:00Z"}),
        (MistralModel, {"id": "m", "object": "model", "created": 1, "owned_by": "mistral"}),
        (StopDetails, {"type": "refusal", "category": "simulated", "explanation": None}),
    ):
        with pytest.raises(ValueError, match="validation error"):
            kind.model_validate(value)


@pytest.mark.parametrize(
    ("provider", "path", "kind"),
    [
        ("openai", "/v1/models", OpenAIModel),
        ("xai", "/v1/models", OpenAIModel),
        ("anthropic", "/v1/models", AnthropicModel),
        ("google", "/v1/models", GoogleModel),
        ("mistral", "/v1/models", MistralModel),
    ],
)
def test_lists_and_cards(
    simulator: Simulator, client: httpx.Client, key: Any, provider: str, path: str, kind: type[BaseModel]
) -> None:
    """Every model of every list, and the card of the first."""
    url, headers = f"{simulator.url}/{provider}{path}", key(provider, "k")
    body = client.get(url, headers=headers).json()
    models = body["models" if provider == "google" else "data"]
    TypeAdapter(list[kind]).validate_python(models)  # type: ignore[valid-type]
    name = models[0].get("id") or models[0]["name"].removeprefix("models/")
    kind.model_validate(client.get(f"{url}/{name}", headers=headers).json())


@pytest.mark.parametrize("provider", ["openai", "xai", "deepseek"])
def test_chats(ask: Ask, provider: str) -> None:
    """Whole and in chunks."""
    for text in ("Hi", "[[sim answer=refusal]]", "[[sim answer=length]]", "[[sim answer=filter]]"):
        Chat.model_validate_json(ask(provider, text).content)
        events = ask(provider, text, stream=True).text.split("\n\n")
        for event in events[:-2]:
            Chunk.model_validate_json(event.removeprefix("data: "))
        assert events[-2:] == ["data: [DONE]", ""]


@pytest.mark.parametrize(("provider", "model"), [("openai", "gpt-5"), ("xai", "grok-4.3")])
def test_responses(simulator: Simulator, client: httpx.Client, provider: str, model: str) -> None:
    """Whole, cut off, and at the end of their events."""
    url, headers = f"{simulator.url}/{provider}/v1/responses", {"authorization": "Bearer k"}
    for more in ({}, {"max_output_tokens": 20}, {"reasoning": {"summary": "auto"}}, {"stream": True}):
        text = client.post(url, headers=headers, json={"model": model, "input": "Hi", **more}).text
        if more.get("stream"):
            text = json.dumps(json.loads(text.split("data: ")[-1])["response"])
        Response.model_validate_json(text)


def test_messages(ask: Ask) -> None:
    """Every way in which one ends."""
    for text in (
        "Hi",
        "[[sim answer=refusal]]",
        "[[sim answer=length]]",
        "[[sim answer=tool]]",
        "[[sim answer=filter]]",
    ):
        AnthropicMessage.model_validate_json(ask("anthropic", text, "claude-sonnet-5").content)


def test_counts(simulator: Simulator, client: httpx.Client, key: Any, payload: Any) -> None:
    """Nothing but the count."""
    body = payload("anthropic", "Hi", "claude-sonnet-5")
    del body["max_tokens"]
    url = f"{simulator.url}/anthropic/v1/messages/count_tokens"
    Count.model_validate_json(client.post(url, headers=key("anthropic", "k"), json=body).content)
