"""The rules for Google's `contents`, `systemInstruction` and `generationConfig`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.providers.problem import ProblemError, Rule, refuse_unknown, take, take_number, words

if TYPE_CHECKING:
    from simulator.providers.problem import Path
    from simulator.question import Json

CONTINUATION_TOKEN: Final = "simulated-continuation-"  # noqa: S105 - a mark in an answer, no secret
MAX_OUTPUT_TOKENS: Final = 1_048_576
MAX_CHOICES: Final = 8
# The parts that are no text are taken without a look inside.
PARTS: Final = frozenset({"text", "inlineData", "inline_data", "fileData", "file_data", "functionCall"}) | {
    *("functionResponse", "executableCode", "codeExecutionResult", "thoughtSignature", "thought")
}
GENERATION_FIELDS: Final = words(
    "temperature topP topK candidateCount maxOutputTokens stopSequences seed presencePenalty frequencyPenalty"
    " responseMimeType responseSchema responseJsonSchema responseModalities responseLogprobs logprobs speechConfig"
    " thinkingConfig mediaResolution enableEnhancedCivicAnswers imageConfig"
)
THINKING_FIELDS: Final = frozenset({"includeThoughts", "thinkingBudget", "thinkingLevel"})
THINKING_LEVELS: Final = ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH", "THINKING_LEVEL_UNSPECIFIED")


@dataclass(frozen=True, slots=True)
class GenerationConfig:
    """What of the settings shows in the answer."""

    max_tokens: int | None
    stops: tuple[str, ...]
    include_thoughts: bool
    thinking_budget: int | None
    choices: int


def conversation(body: Json) -> tuple[str, list[tuple[str, str]]]:
    """The system's words, and the contents as (role, text).

    Raises:
        ProblemError: the schema does not allow them.
    """
    system: Json = take(body, "systemInstruction", "object") or take(body, "system_instruction", "object") or {}
    instructions = _text(system, ("systemInstruction",)) if system else ""
    items: list[Any] = take(body, "contents", "array") or []
    if not items:
        raise ProblemError(Rule.MISSING, ("contents",))
    messages: list[tuple[str, str]] = []
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            raise ProblemError(Rule.TYPE, ("contents", place), "object", item)
        role = item.get("role", "user")
        if role not in {"user", "model"}:
            raise ProblemError(Rule.CHOICE, ("contents", place, "role"), ("user", "model"), role)
        messages.append((role, _text(item, ("contents", place))))
    return instructions, messages


def _text(content: Json, path: Path) -> str:
    parts: list[Any] = take(content, "parts", "array", path) or []
    if not parts:
        raise ProblemError(Rule.EMPTY, (*path, "parts"))
    texts = []
    for place, part in enumerate(parts):
        inside = (*path, "parts", place)
        if not isinstance(part, dict):
            raise ProblemError(Rule.TYPE, inside, "object", part)
        refuse_unknown(part, PARTS, inside)
        if not part:
            raise ProblemError(Rule.MISSING, (*inside, "data"))
        text = take(part, "text", "string", inside)
        if text is not None and part.get("thought") is not True:
            texts.append(text)
    return "".join(texts)


def generation_config(body: Json) -> GenerationConfig:
    """The settings.

    Raises:
        ProblemError: one is unknown, of the wrong type, or out of range.
    """
    name = "generation_config" if "generation_config" in body else "generationConfig"
    path = ("generationConfig",)
    config = _camel(take(body, name, "object") or {}, GENERATION_FIELDS, path)
    take_number(config, "temperature", 0, 2, path)
    take_number(config, "topP", 0, 1, path)
    take_number(config, "topK", 1, None, path)
    take(config, "seed", "integer", path)
    for penalty in ("presencePenalty", "frequencyPenalty"):
        take_number(config, penalty, -2, 2, path)
    limit = take_number(config, "maxOutputTokens", 1, MAX_OUTPUT_TOKENS, path, whole=True)
    stops: list[Any] = take(config, "stopSequences", "array", path) or []
    inside = (*path, "thinkingConfig")
    thinking = _camel(take(config, "thinkingConfig", "object", path) or {}, THINKING_FIELDS, inside)
    level: str | None = take(thinking, "thinkingLevel", "string", inside)
    if level is not None and level.upper() not in THINKING_LEVELS:
        raise ProblemError(Rule.TYPE, (*inside, "thinkingLevel"), "string", level)
    return GenerationConfig(
        max_tokens=int(limit) if limit else None,
        stops=tuple(str(stop) for stop in stops),
        include_thoughts=take(thinking, "includeThoughts", "boolean", inside) is True,
        choices=int(take_number(config, "candidateCount", 1, MAX_CHOICES, path, whole=True) or 1),
        thinking_budget=take(thinking, "thinkingBudget", "integer", inside),
    )


def _camel(config: Json, known: frozenset[str], path: Path) -> Json:
    """Protocol buffers take both spellings of a field."""
    if known.issuperset(config):
        return config
    found = {_camel_name(name) if "_" in name else name: name for name in config}
    for spelling, name in found.items():
        if spelling not in known:
            raise ProblemError(Rule.UNKNOWN, (*path, name), found=config[name])
    return {spelling: config[name] for spelling, name in found.items()}


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
