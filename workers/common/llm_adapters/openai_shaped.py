"""The chat-completions format that four of the six share. What differs between them is data in their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from common.llm_adapters.base import (
    MAX_NAME_CHARS,
    Adapter,
    Answer,
    ShapeError,
    Usage,
    as_count,
    as_dict,
    as_list,
    as_name,
    as_text,
    is_blank,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import FinishReason, Prompt

FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "stop": "stop",
    "end_turn": "stop",
    "eos": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "max_len": "length",
    "max_context": "length",
    "time_limit": "length",
    "content_filter": "content_filter",
}


class OpenAIShapedAdapter(Adapter):
    """Chat completions over `Authorization: Bearer`.

    Attributes:
        chat_path: the path below the base URL.
        thinking_beside_completion: whether completion_tokens leaves thinking out (xAI) or counts it in (the others).
    """

    chat_path: ClassVar[str] = "/chat/completions"
    thinking_beside_completion: ClassVar[bool] = False
    wire_names: ClassVar[Mapping[str, str]] = {
        "temperature": "temperature",
        "topP": "top_p",
        "maxTokens": "max_tokens",
        "seed": "seed",
        "frequencyPenalty": "frequency_penalty",
        "presencePenalty": "presence_penalty",
        "stopSequences": "stop",
        "reasoningEffort": "reasoning_effort",
    }
    max_tokens_params: ClassVar[tuple[str, ...]] = ("max_tokens", "max_completion_tokens")

    def path(self, model: str) -> str:
        """The same for every model."""
        del model
        return self.chat_path

    def auth_headers(self, key: str | None) -> dict[str, str]:
        """A bearer token; nothing for a local server without a key."""
        return {"authorization": f"Bearer {key}"} if key else {}

    def payload(self, prompt: Prompt) -> dict[str, Any]:
        """`model`, `messages` with the preamble as system message first, and the settings."""
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        if prompt.preamble:
            messages.insert(0, {"role": "system", "content": prompt.preamble})
        body: dict[str, Any] = {"model": prompt.model, "messages": messages}
        for name, value in prompt.settings.items():
            body |= self.setting(name, value, prompt)
        return body

    def setting(self, name: str, value: Any, prompt: Prompt) -> dict[str, Any]:  # noqa: ANN401 - any setting
        """One setting as the API takes it."""
        wire_name = self.max_tokens_name(prompt) if name == "maxTokens" else self.wire_names[name]
        return {wire_name: value}

    def read(self, body: Any, headers: Mapping[str, str]) -> Answer:  # noqa: ANN401 - any JSON value
        """Text, finish reason and bill of the first choice."""
        body = as_dict(body)
        choices = as_list(body.get("choices"))
        if not choices or not isinstance(choices[0], dict):
            raise ShapeError("no choices")
        choice = choices[0]
        message = _message(choice)
        text = visible_text(message.get("content"))
        refusal = as_text(message.get("refusal"))
        raw = choice.get("finish_reason")
        raw = raw[:MAX_NAME_CHARS] if isinstance(raw, str) else None
        finish: FinishReason = FINISH_REASONS.get(raw.lower(), "other") if raw else "other"
        if refusal and not is_blank(refusal):
            finish = "refusal"
            text = refusal if is_blank(text) else text
        usage = self.usage(as_dict(body.get("usage")))
        return Answer(
            text=text,
            finish_reason=finish,
            raw_finish_reason=raw,
            model_version=as_name(body.get("model")),
            request_id=self.request_id(headers),
            system_fingerprint=as_name(body.get("system_fingerprint")),
            usage=usage,
            blocked="content_filter" if finish == "content_filter" else None,
            thought=bool(usage.reasoning_tokens) or _has_thinking(message),
            tool_call=_tool_name(message),
            failed=_FAILED.get(raw or ""),
        )

    def usage(self, usage: Mapping[str, Any]) -> Usage:
        """The bill, with thinking counted once."""
        completion = as_count(usage.get("completion_tokens"))
        read = as_count(usage.get("prompt_tokens"))
        reasoning = as_count(as_dict(usage.get("completion_tokens_details")).get("reasoning_tokens"))
        output = completion
        if self.thinking_beside_completion and completion is not None and reasoning:
            # A gateway may have added them up already; then the total says so.
            counted_in = as_count(usage.get("total_tokens")) == (read or 0) + completion
            output = completion if counted_in and reasoning <= completion else completion + reasoning
        return Usage(read, output, reasoning, self.cached(usage))

    def cached(self, usage: Mapping[str, Any]) -> int | None:
        """Input tokens that came from a cache; they are part of prompt_tokens."""
        return as_count(as_dict(usage.get("prompt_tokens_details")).get("cached_tokens"))


# Mistral's `error` and DeepSeek's word for an interrupted generation: the text is cut where the server gave up.
_FAILED: Final[dict[str, Any]] = {"error": "error", "insufficient_system_resource": "overloaded"}


def visible_text(content: Any) -> str:  # noqa: ANN401 - str, list of chunks or null
    """The text of a message: a string, or the text chunks of a list (Mistral's thinking chunks are left out)."""
    if isinstance(content, str):
        return content
    # Gateways have sent a list of strings, and one chunk without its list.
    chunks = [content] if isinstance(content, dict) else as_list(content)
    texts = (
        chunk if isinstance(chunk, str) else as_text(chunk.get("text"))
        for chunk in chunks
        if isinstance(chunk, str) or as_dict(chunk).get("type") == "text"
    )
    return "".join(text for text in texts if text)


def _message(choice: dict[str, Any]) -> dict[str, Any]:
    message = as_dict(choice.get("message"))
    if message:
        return message
    # Mistral's server-side tools put a list of messages there instead; the last one of the assistant answers.
    spoken = [as_dict(item) for item in as_list(choice.get("messages")) if as_dict(item).get("role") == "assistant"]
    if spoken:
        return spoken[-1]
    raise ShapeError("no message in the first choice")


def _has_thinking(message: dict[str, Any]) -> bool:
    chunks = as_list(message.get("content"))
    return bool(as_text(message.get("reasoning_content")) or as_text(message.get("reasoning"))) or any(
        as_dict(chunk).get("type") == "thinking" for chunk in chunks
    )


def _tool_name(message: dict[str, Any]) -> str | None:
    for call in [*as_list(message.get("tool_calls")), {"function": message.get("function_call")}]:
        name = as_text(as_dict(as_dict(call).get("function")).get("name"))
        if name:
            return name
    return None
