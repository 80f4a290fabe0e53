"""Anthropic Messages (https://platform.claude.com/docs/en/api/messages)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from common.json.loose import as_count, as_dict, as_name, as_text
from common.llm_adapters.base import Adapter, Answer, ShapeError, Usage, broke_off

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import FinishReason, Prompt

# 2026-10-21 refuses temperature, top_p and top_k on every model, even at their defaults
# (https://platform.claude.com/docs/en/api/versioning), so the older of the two valid versions is sent.
API_VERSION: Final = "2023-06-01"

FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
    "tool_use": "other",
    "pause_turn": "other",
}


_MEDIA: Final = {"image": "an image", "audio": "audio", "document": "a document"}


class AnthropicAdapter(Adapter):
    """The preamble is top-level `system`; the answer is a list of blocks of which only `text` is the answer.

    Thinking blocks are neither shown nor sent back: a replayed one must be byte-identical and is bound to its model.
    """

    request_id_headers: ClassVar[tuple[str, ...]] = ("request-id", "x-request-id")
    temperature_max: ClassVar[float] = 1.0
    max_tokens_required: ClassVar[bool] = True
    marks_cache: ClassVar[bool] = True
    max_tokens_params: ClassVar[tuple[str, ...]] = ("max_tokens",)
    wire_names: ClassVar[Mapping[str, str]] = {
        "temperature": "temperature",
        "topP": "top_p",
        "maxTokens": "max_tokens",
        "stopSequences": "stop_sequences",
        "reasoningEffort": "output_config",
        "promptCaching": "cache_control",
    }

    def path(self, model: str) -> str:
        """The same for every model."""
        del model
        return "/v1/messages"

    def auth_headers(self, key: str | None) -> dict[str, str]:
        """`x-api-key` and the API version."""
        headers = {"anthropic-version": API_VERSION}
        return {**headers, "x-api-key": key} if key else headers

    def payload(self, prompt: Prompt) -> dict[str, object]:
        """`model`, `messages`, `system` and the settings."""
        body: dict[str, object] = {
            "model": prompt.model,
            "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
            "stream": False,
        }
        if prompt.preamble:
            body["system"] = prompt.preamble
        for name, value in prompt.settings.items():
            if name == "promptCaching":
                body["system"] = [{"type": "text", "text": prompt.preamble, "cache_control": {"type": value}}]
            elif name == "reasoningEffort":
                body |= {"thinking": {"type": "disabled"}} if value == "none" else {"output_config": {"effort": value}}
            else:
                body[self.wire_names[name]] = value
        return body

    def read(self, body: object, headers: Mapping[str, str]) -> Answer:
        """The text blocks joined in order."""
        body = as_dict(body)
        content = body.get("content")
        if not isinstance(content, str | list):
            raise ShapeError("no content")
        blocks = [as_dict(block) for block in ([{"text": content}] if isinstance(content, str) else content)]
        kinds = [as_text(block.get("type")) for block in blocks]
        raw = as_name(body.get("stop_reason"))
        known = FINISH_REASONS.get(raw) if raw else None
        finish: FinishReason = known or "other"
        texts = (as_text(block.get("text")) for block, kind in zip(blocks, kinds, strict=True) if _is_text(kind))
        usage = _usage(as_dict(body.get("usage")))
        tool_names = (as_text(block.get("name")) for block, kind in zip(blocks, kinds, strict=True) if _is_tool(kind))
        return Answer(
            text="".join(text for text in texts if text),
            finish_reason=finish,
            raw_finish_reason=raw,
            model_version=as_name(body.get("model")),
            request_id=self.request_id(headers) or as_name(body.get("request_id")),
            usage=usage,
            blocked=_category(body) if finish == "refusal" else None,
            reasoned=bool(usage.reasoning_tokens) or any(kind in {"thinking", "redacted_thinking"} for kind in kinds),
            tool_call=next((name for name in tool_names if name), None),
            media=tuple(dict.fromkeys(_MEDIA[kind] for kind in kinds if kind in _MEDIA)),
            known_finish=raw is None or known is not None,
            service_tier=as_name(as_dict(body.get("usage")).get("service_tier")),
            failed=None if known else broke_off(raw),
        )


def _usage(usage: dict[str, object]) -> Usage:
    """input_tokens leaves out what was written to or read from the cache; the bill does not."""
    fresh = as_count(usage.get("input_tokens"))
    by_age = as_dict(usage.get("cache_creation"))
    written = as_count(usage.get("cache_creation_input_tokens"))
    if written is None and by_age:
        written = sum(as_count(count) or 0 for count in by_age.values())
    cached = as_count(usage.get("cache_read_input_tokens"))
    return Usage(
        None if fresh is None else fresh + (written or 0) + (cached or 0),
        as_count(usage.get("output_tokens")),
        as_count(as_dict(usage.get("output_tokens_details")).get("thinking_tokens")),
        cached,
        written,
        as_count(by_age.get("ephemeral_1h_input_tokens")),
    )


def _category(body: dict[str, object]) -> str:
    return as_name(as_dict(body.get("stop_details")).get("category")) or "refusal"


def _is_text(kind: str | None) -> bool:
    """Servers that speak Anthropic's language leave the type out, or write OpenAI's."""
    return kind in {"text", "output_text", None}


def _is_tool(kind: str | None) -> bool:
    return kind in {"tool_use", "server_tool_use"}
