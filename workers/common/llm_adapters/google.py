"""Google Gemini generateContent (https://ai.google.dev/api/generate-content)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import quote

from common.json.loose import as_count, as_dict, as_list, as_name, as_text
from common.llm_adapters.base import Adapter, Answer, ShapeError, Usage, broke_off

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import FinishReason, Prompt

# `gemini-*-latest` exists only on v1beta, so it stays the wider choice although the SDK's default is v1 now.
API_VERSION: Final = "v1beta"

# The job's name of a tier is OpenAI's; Google has another word for its own default.
_TIERS: Final = {"default": "standard"}

FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
    **dict.fromkeys(("OTHER", "LANGUAGE", "FINISH_REASON_UNSPECIFIED", "ESCALATION", "PUP_LIMITED_DISABLED"), "other"),
    **dict.fromkeys(("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"), "other"),
    **dict.fromkeys(("MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE", "NO_IMAGE", "IMAGE_OTHER"), "other"),
    # Only where the token for the rest is missing: what is there was cut off.
    "CONTINUATION": "length",
}


class GoogleAdapter(Adapter):
    """The model stands in the path, the key in a header, and reasoning is counted beside the answer."""

    max_tokens_params: ClassVar[tuple[str, ...]] = ("maxOutputTokens",)
    wire_names: ClassVar[Mapping[str, str]] = {
        "temperature": "temperature",
        "topP": "topP",
        "maxTokens": "maxOutputTokens",
        "seed": "seed",
        "frequencyPenalty": "frequencyPenalty",
        "presencePenalty": "presencePenalty",
        "stopSequences": "stopSequences",
        "reasoningEffort": "thinkingConfig",
        "serviceTier": "serviceTier",
    }

    def path(self, model: str) -> str:
        """Below `models/`, or `tunedModels/` where the ID says so."""
        folder = "tunedModels/" if model.startswith("tunedModels/") else "models/"
        return f"/{API_VERSION}/{folder}{quote(model.removeprefix(folder), safe='')}:generateContent"

    def auth_headers(self, key: str | None) -> dict[str, str]:
        """A header: `?key=` would end in logs and error texts."""
        return {"x-goog-api-key": key} if key else {}

    def payload(self, prompt: Prompt) -> dict[str, object]:
        """`contents`, `systemInstruction` and `generationConfig`."""
        body: dict[str, object] = {
            "contents": [
                {"role": "model" if message.role == "assistant" else "user", "parts": [{"text": message.text}]}
                for message in prompt.messages
            ]
        }
        if prompt.preamble:
            body["systemInstruction"] = {"parts": [{"text": prompt.preamble}]}
        generation = {
            self.wire_names[name]: {"thinkingLevel": str(value).upper()} if name == "reasoningEffort" else value
            for name, value in prompt.settings.items()
            if name != "serviceTier"
        }
        tier = prompt.settings.get("serviceTier")
        if tier is not None:
            body["serviceTier"] = _TIERS.get(str(tier), tier)
        if generation:
            body["generationConfig"] = generation
        if prompt.continuation:
            body["continuationToken"] = prompt.continuation
        return body

    def read(self, body: object, headers: Mapping[str, str]) -> Answer:
        """The parts of the first candidate that are text and not thought."""
        body = as_dict(body)
        metadata = as_dict(body.get("usageMetadata"))
        usage = _usage(metadata)
        version = as_name(body.get("modelVersion"))
        request_id = as_name(body.get("responseId")) or self.request_id(headers)
        candidates = as_list(body.get("candidates"))
        if not candidates:
            reason = as_name(as_dict(body.get("promptFeedback")).get("blockReason"))
            if reason is None:
                raise ShapeError("no candidates")
            return Answer("", "content_filter", reason, version, request_id, usage=usage, blocked=reason)
        candidate = as_dict(candidates[0])
        parts = [as_dict(part) for part in as_list(as_dict(candidate.get("content")).get("parts"))]
        raw = as_name(candidate.get("finishReason"))
        known = FINISH_REASONS.get(raw.upper()) if raw else None
        finish: FinishReason = known or "other"
        texts = (as_text(part.get("text")) for part in parts if part.get("thought") is not True)
        tool_names = (as_text(as_dict(part.get("functionCall")).get("name")) for part in parts)
        resumable = raw in {None, "CONTINUATION"}
        return Answer(
            text="".join(text for text in texts if text),
            finish_reason=finish,
            raw_finish_reason=raw,
            model_version=version,
            request_id=request_id,
            usage=usage,
            blocked=_category(candidate, raw) if finish == "content_filter" else None,
            known_finish=raw is None or known is not None,
            media=_media(parts),
            service_tier=_tier(body, metadata, headers),
            failed=None if known else broke_off(raw),
            reasoned=bool(usage.reasoning_tokens) or any(part.get("thought") is True for part in parts),
            tool_call=next((name for name in tool_names if name), None),
            continuation=as_text(candidate.get("continuationToken")) if resumable else None,
        )


def _usage(usage: dict[str, object]) -> Usage:
    """CandidatesTokenCount leaves thoughtsTokenCount out and is absent when it is 0.

    Two preview models of April 2025 counted thoughts in; the total tells the two ways apart.
    """
    prompt = as_count(usage.get("promptTokenCount"))
    total = as_count(usage.get("totalTokenCount"))
    candidates = as_count(usage.get("candidatesTokenCount"))
    thoughts = as_count(usage.get("thoughtsTokenCount"))
    tools = as_count(usage.get("toolUsePromptTokenCount")) or 0
    output = (candidates or 0) + (thoughts or 0)
    if prompt is None:
        return Usage(None, None if candidates is None else output, thoughts)
    if thoughts and candidates is not None and thoughts <= candidates and total == prompt + tools + candidates:
        output = candidates
    return Usage(prompt + tools, output, thoughts, as_count(usage.get("cachedContentTokenCount")))


def _tier(body: dict[str, object], metadata: dict[str, object], headers: Mapping[str, str]) -> str | None:
    """The tier that was served, in lower case, from wherever the API says so.

    It has stood in the usage and in the header `x-gemini-service-tier`
    (https://ai.google.dev/gemini-api/docs/priority-inference).
    """
    said = (body.get("serviceTier"), metadata.get("serviceTier"), headers.get("x-gemini-service-tier"))
    tier = next((name for value in said if (name := as_name(value))), None)
    return None if tier is None else tier.lower().removeprefix("service_tier_")


def _media(parts: list[dict[str, object]]) -> tuple[str, ...]:
    """What came that is no text: `audio` or `image`, as the MIME types say."""
    data = (as_dict(part.get("inlineData")) or as_dict(part.get("fileData")) for part in parts)
    kinds = (as_text(item.get("mimeType") or "data") for item in data if item)
    return tuple(dict.fromkeys(kind.partition("/")[0][:20] for kind in kinds if kind))


def _category(candidate: dict[str, object], raw: str | None) -> str:
    """The harm category that blocked the answer, where the ratings name it."""
    for rating in as_list(candidate.get("safetyRatings")):
        if as_dict(rating).get("blocked") is True:
            return as_name(as_dict(rating).get("category")) or raw or "blocked"
    return raw or "blocked"
