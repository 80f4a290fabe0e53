"""The chat-completions format that most of them share. What differs between them is data in their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from common.json.loose import MAX_NAME_CHARS, as_count, as_dict, as_list, as_name, as_text, is_blank
from common.llm_adapters.base import Adapter, Answer, ShapeError, broke_off
from common.llm_adapters.chat_usage import read_usage
from common.llm_adapters.reasoning_text import without_reasoning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from common.llm_adapters.base import FinishReason, Prompt, Setting, Usage

# Vendors, gateways and local servers write these words, some with hyphens and some in capitals.
FINISH_REASONS: Final[dict[str, FinishReason]] = {
    **dict.fromkeys(("stop", "end_turn", "eos", "eos_token", "stop_sequence", "end"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "model_length", "max_len", "max_context", "time_limit"), "length"),
    **dict.fromkeys(("max_output_tokens", "model_context_window_exceeded"), "length"),
    **dict.fromkeys(("content_filter", "content_filtered", "sensitive", "safety", "recitation"), "content_filter"),
    **dict.fromkeys(("blocklist", "prohibited_content", "spii", "guardrail_intervened"), "content_filter"),
    "refusal": "refusal",
    **dict.fromkeys(("tool_calls", "function_call", "tool_use"), "other"),
}
# Blocks whose text is the answer; a server may leave the type out.
_TEXT_BLOCKS: Final = frozenset({"text", "output_text", None})
_MEDIA_BLOCKS: Final = {"audio": "audio", "output_audio": "audio", "image": "an image", "image_url": "an image"}


class OpenAIShapedAdapter(Adapter):
    """Chat completions over `Authorization: Bearer`.

    Attributes:
        chat_path: the path below the base URL.
        reasoning_beside_completion: whether completion_tokens leaves reasoning out (xAI) or counts it in (the others).
    """

    chat_path: ClassVar[str] = "/chat/completions"
    reasoning_beside_completion: ClassVar[bool] = False
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

    def payload(self, prompt: Prompt) -> dict[str, object]:
        """`model`, `messages` with the preamble as system message first, and the settings."""
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        if self.wants_reasoning_back:
            for written, message in zip(messages, prompt.messages, strict=True):
                if message.reasoning:
                    written["reasoning_content"] = message.reasoning
        if prompt.preamble:
            messages.insert(0, {"role": "system", "content": prompt.preamble})
        # Some gateways stream unless they are told not to.
        body: dict[str, object] = {"model": prompt.model, "messages": messages, "stream": False}
        for name, value in prompt.settings.items():
            body |= self.setting(name, value, prompt)
        return body

    def setting(self, name: str, value: Setting, prompt: Prompt) -> dict[str, object]:
        """One setting as the API takes it."""
        wire_name = self.max_tokens_name(prompt) if name == "maxTokens" else self.wire_names[name]
        return {wire_name: value}

    def read(self, body: object, headers: Mapping[str, str]) -> Answer:
        """Text, finish reason and bill of the first choice."""
        body = as_dict(body)
        choices = as_list(body.get("choices"))
        if not choices or not isinstance(choices[0], dict):
            raise ShapeError("no choices")
        choice = choices[0]
        message = _message(choice)
        text, reasoning_in_text = without_reasoning(visible_text(message.get("content")))
        refusal = as_text(message.get("refusal"))
        raw = choice.get("finish_reason")
        raw = raw[:MAX_NAME_CHARS] if isinstance(raw, str) and raw else None
        known = FINISH_REASONS.get(_plain(raw)) if raw else None
        finish: FinishReason = known or "other"
        if refusal and not is_blank(refusal):
            finish = "refusal"
            text = refusal if is_blank(text) else text
        if finish == "content_filter" and _upstream_refused(message):
            finish = "refusal"
        usage = self.usage(as_dict(body.get("usage")))
        reasoning = as_text(message.get("reasoning_content"))
        return Answer(
            text=text,
            finish_reason=finish,
            raw_finish_reason=raw,
            model_version=as_name(body.get("model")),
            request_id=self.request_id(headers),
            system_fingerprint=as_name(body.get("system_fingerprint")),
            usage=usage,
            blocked=_blocked(finish, raw),
            known_finish=raw is None or known is not None,
            reasoned=bool(usage.reasoning_tokens) or reasoning_in_text or _has_reasoning(message),
            reasoning_in_text=reasoning_in_text,
            reasoning=reasoning if self.wants_reasoning_back else None,
            tool_call=_tool_name(message),
            media=_media(message),
            service_tier=as_name(body.get("service_tier")),
            failed=None if known else broke_off(raw),
        )

    def assembled(self, events: list[object]) -> object:
        """One completion from the chunks of a stream that nobody asked for, if it came to its end."""
        if len(events) == 1:
            return events[0]
        chunks = [as_dict(event) for event in events]
        choices = [as_dict(choice) for chunk in chunks for choice in as_list(chunk.get("choices"))[:1]]
        deltas = [as_dict(choice.get("delta")) for choice in choices]
        finish = next((choice["finish_reason"] for choice in reversed(choices) if choice.get("finish_reason")), None)
        failed = next((chunk["error"] for chunk in chunks if chunk.get("error")), None)
        if failed is not None or not any(deltas) or finish is None:
            return {"error": failed} if failed is not None else None
        message: dict[str, object] = {
            name: "".join(text for delta in deltas if (text := as_text(delta.get(name))))
            for name in ("reasoning_content", "refusal")
        }
        message["content"] = _joined(delta.get("content") for delta in deltas)
        usage = next((chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage")), None)
        whole = {name: value for chunk in chunks for name, value in chunk.items() if value is not None}
        return {**whole, "choices": [{"message": message, "finish_reason": finish}], "usage": usage}

    def usage(self, usage: Mapping[str, object]) -> Usage:
        """The bill, with reasoning counted once."""
        return read_usage(usage, self.cached(usage), reasoning_beside=self.reasoning_beside_completion)

    def cached(self, usage: Mapping[str, object]) -> int | None:
        """Input tokens that came from a cache; they are part of prompt_tokens."""
        return as_count(as_dict(usage.get("prompt_tokens_details")).get("cached_tokens"))


def visible_text(content: object) -> str:
    """The text of a message: a string, or the text chunks of a list (Mistral's thinking chunks are left out)."""
    if isinstance(content, str):
        return content
    # Gateways have sent a list of strings, and one chunk without its list.
    chunks = [content] if isinstance(content, dict) else as_list(content)
    texts = (
        chunk if isinstance(chunk, str) else as_text(chunk.get("text"))
        for chunk in chunks
        if isinstance(chunk, str) or (isinstance(chunk, dict) and _is_text_block(chunk.get("type")))
    )
    return "".join(text for text in texts if text)


def _joined(contents: Iterable[object]) -> object:
    """What the parts of a stream come to: a string, or a list of chunks where any part is no string (Mistral)."""
    chunks: list[object] = []
    for content in contents:
        chunks += content if isinstance(content, list) else [] if content is None else [content]
    texts = [chunk for chunk in chunks if isinstance(chunk, str)]
    return "".join(texts) if len(texts) == len(chunks) else chunks


def _is_text_block(kind: object) -> bool:
    return kind is None or (isinstance(kind, str) and kind in _TEXT_BLOCKS)


def _plain(reason: str) -> str:
    return reason.lower().replace("-", "_").replace(" ", "_")


def _blocked(finish: FinishReason, raw: str | None) -> str | None:
    if finish == "content_filter":
        return "content_filter"
    return (raw or "refusal") if finish == "refusal" else None


def _upstream_refused(message: dict[str, object]) -> bool:
    """Whether the vendor behind LiteLLM says that the model refused, where the finish reason says that it was cut."""
    return as_dict(message.get("provider_specific_fields")).get("stop_reason") == "refusal"


def _media(message: dict[str, object]) -> tuple[str, ...]:
    """What came that is no text."""
    found = ["audio"] if message.get("audio") else []
    found += ["an image"] if as_list(message.get("images")) else []
    for chunk in as_list(message.get("content")):
        kind = as_dict(chunk).get("type")
        found += [_MEDIA_BLOCKS[kind]] if isinstance(kind, str) and kind in _MEDIA_BLOCKS else []
    return tuple(dict.fromkeys(found))


def _message(choice: dict[str, object]) -> dict[str, object]:
    message = as_dict(choice.get("message"))
    if message:
        return message
    # Mistral's server-side tools put a list of messages there instead; the last one of the assistant answers.
    spoken = [as_dict(item) for item in as_list(choice.get("messages")) if as_dict(item).get("role") == "assistant"]
    if spoken:
        return spoken[-1]
    if isinstance(choice.get("text"), str):
        return {"content": choice["text"]}  # the older completions API
    raise ShapeError("no message in the first choice")


def _has_reasoning(message: dict[str, object]) -> bool:
    chunks = as_list(message.get("content"))
    return bool(as_text(message.get("reasoning_content")) or as_text(message.get("reasoning"))) or any(
        as_dict(chunk).get("type") == "thinking" for chunk in chunks
    )


def _tool_name(message: dict[str, object]) -> str | None:
    for call in [*as_list(message.get("tool_calls")), {"function": message.get("function_call")}]:
        name = as_text(as_dict(as_dict(call).get("function")).get("name"))
        if name:
            return name
    return None
