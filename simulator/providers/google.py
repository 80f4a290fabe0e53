"""Google Gemini generateContent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import unquote

from simulator.answers import Finish
from simulator.prefix_cache import CacheRule
from simulator.providers.base import EVENT_STREAM, KnownError, Provider, RefusedError, literal, spoil_usage
from simulator.providers.google_contents import CONTINUATION_TOKEN, conversation, generation_config
from simulator.providers.google_errors import BY_STATUS, ERRORS, details
from simulator.providers.google_stream import answer_pieces, as_array, as_events
from simulator.providers.problem import ProblemError, Rule, refuse_unknown, take, words
from simulator.providers.target import Call, Target
from simulator.question import question_of
from simulator.reply import JSON_TYPE, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.answers import Draft
    from simulator.directives import Settings
    from simulator.http_request import Head
    from simulator.providers.base import Caller
    from simulator.question import Json, Question
    from simulator.reply import Headers, Reply

CALLS: Final = {
    "generateContent": (Call.CHAT, False),
    "streamGenerateContent": (Call.CHAT, True),
    "countTokens": (Call.COUNT, False),
}
_PATH: Final = re.compile(r"/(v1|v1beta)/(models|tunedModels)(?:/([^/]*))?")
# These names exist on v1beta alone.
_ALIAS: Final = re.compile(r"gemini-[a-z-]*latest$")
COUNT_FIELDS: Final = frozenset({"contents", "generateContentRequest", "model"})
CACHE_RULE: Final = CacheRule(minimum=1024)
CACHE_RULE_OF_PRO: Final = CacheRule(minimum=4096)
TIERS: Final = ("standard", "flex", "priority")
MAX_PIECE_DIGITS: Final = 5
MAX_LISTED: Final = 1000
DEFAULT_LISTED: Final = 50
SIGNATURE: Final = "U2ltdWxhdGVkIHRob3VnaHQgc2lnbmF0dXJl"
FIELDS: Final = words(
    "contents systemInstruction system_instruction generationConfig generation_config safetySettings safety_settings"
    " tools toolConfig tool_config cachedContent cached_content continuationToken continuation_token serviceTier"
    " service_tier store model"
)
FINISHES: Final = {
    Finish.STOP: "STOP",
    Finish.STOP_SEQUENCE: "STOP",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.FILTER: "SAFETY",
    Finish.REFUSAL: "STOP",
    Finish.TOOL: "STOP",
    Finish.CONTINUATION: "CONTINUATION",
}
_SAFETY: Final = ("HATE_SPEECH", "DANGEROUS_CONTENT", "HARASSMENT", "SEXUALLY_EXPLICIT")
_THINKS: Final = re.compile(r"gemini-(2\.5(?!-flash-(lite|image))|[3-9]|flash-latest|pro-latest)(?!.*-tts)")
_SIGNS: Final = re.compile(r"gemini-[3-9]")
_NO_MODEL_TURN_LAST: Final = re.compile(r"gemini-(3\.[6-9]|[4-9])")
_TYPES: Final = {
    "string": "TYPE_STRING",
    "integer": "TYPE_INT32",
    "number": "TYPE_FLOAT",
    "boolean": "TYPE_BOOL",
    "array": "TYPE_MESSAGE",
    "object": "TYPE_MESSAGE",
}
# The fields of the protocol buffers are written with underscores in error texts.
_CAPITAL: Final = re.compile(r"(?<=[a-z])[A-Z]")


class GoogleProvider(Provider):
    """The model stands in the path, thoughts are counted beside the answer, a count of 0 is left out."""

    errors: ClassVar[Mapping[str, KnownError]] = ERRORS
    by_status: ClassVar[Mapping[int, str]] = BY_STATUS
    models: tuple[str, ...] = ("gemini-2.5-flash", "gemini-3.5-flash", "gemini-3.8-flash", "gemini-4-argon")

    def find(self, path: str) -> Target | None:
        """`models`, `models/ID` and `models/ID:METHOD`, where the ID may be percent-encoded."""
        found = _PATH.fullmatch(unquote(path))
        if found is None:
            return None
        version, folder, rest = found.groups()
        if rest is None:
            return Target(Call.MODELS, version=version) if folder == "models" else None
        model, colon, method = rest.rpartition(":")
        if not colon:
            return Target(Call.MODEL, rest, version) if rest else None
        call = CALLS.get(method)
        return Target(call[0], model, version, streams=call[1]) if call else None

    def key(self, headers: Mapping[str, str]) -> str | None:
        """`x-goog-api-key`."""
        return headers.get("x-goog-api-key")

    def read(self, body: Json, model: str, head: Head) -> Question:
        """Unknown fields first, then the contents and the settings."""
        del head
        refuse_unknown(body, FIELDS)
        instructions, messages = conversation(body)
        config = generation_config(body)
        if messages[-1][0] == "model" and _NO_MODEL_TURN_LAST.match(model):
            raise RefusedError(self.errors["model_turn_last"])
        question = question_of(model, instructions, messages)
        budget = config.thinking_budget
        question.thinks = bool(_THINKS.match(model)) and budget != 0
        question.shows_thoughts = config.include_thoughts
        question.max_tokens = config.max_tokens
        question.stops = config.stops
        question.choices = config.choices
        question.tier = self._tier(body)
        question.cache_rule = CACHE_RULE_OF_PRO if "pro" in model else CACHE_RULE
        question.served_model = model
        question.continuation = self._piece(body)
        return question

    def _tier(self, body: Json) -> str:
        name = "serviceTier" if "serviceTier" in body else "service_tier"
        tier: str = take(body, name, "string") or TIERS[0]
        tier = tier.lower().removeprefix("service_tier_")
        if tier == "unspecified":
            return TIERS[0]
        if tier not in TIERS:
            raise ProblemError(Rule.TYPE, ("serviceTier",), "string", tier)
        return tier

    def count(self, body: Json, model: str, head: Head) -> Json:
        """The tokens of contents, or of a whole request with instructions."""
        del model, head
        try:
            refuse_unknown(body, COUNT_FIELDS)
            request: Json = take(body, "generateContentRequest", "object") or body
            refuse_unknown(request, FIELDS)
            total = question_of("", *conversation(request)).input_tokens
        except ProblemError as problem:
            raise RefusedError(self.describe(problem)) from None
        return {"totalTokens": total, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": total}]}

    def _piece(self, body: Json) -> int:
        token: str | None = take(body, "continuationToken", "string")
        if token is None:
            return 0
        piece = token.removeprefix(CONTINUATION_TOKEN)
        if piece == token or not (piece.isascii() and piece.isdigit() and len(piece) < MAX_PIECE_DIGITS):
            raise RefusedError(self.errors["continuation"])
        return int(piece)

    def describe(self, problem: ProblemError) -> KnownError:
        """A message that names the field as the protocol buffer does."""
        place = _CAPITAL.sub(lambda found: f"_{found.group().lower()}", problem.bracketed)
        found = problem.found
        parent, _, leaf = place.rpartition(".")
        if problem.rule is Rule.UNKNOWN:
            where = f" at '{parent}'" if parent else ""
            message = f'Invalid JSON payload received. Unknown name "{problem.path[-1]}"{where}: Cannot find field.'
        elif problem.rule is Rule.TYPE:
            message = f"Invalid value at '{place}' ({_TYPES[str(problem.expected)]}), {found!r}"
        elif problem.path[0] == "contents" and problem.rule is Rule.CHOICE:
            message = "Please use a valid role: user, model."
        elif leaf == "max_output_tokens":
            message = (
                f"The request has a maxOutputTokens value of {found} but the supported range is from 1 (inclusive)"
                " to 1048577 (exclusive)."
            )
        else:
            message = f"* GenerateContentRequest.{place}: {leaf or place} is out of range or not specified\n"
        return KnownError(400, literal(message), "INVALID_ARGUMENT", form="field", param=literal(place))

    def render(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """Candidates, or the reason why the prompt was blocked."""
        settings = caller.settings
        envelope: Json = {}
        if draft.finish is Finish.BLOCKED:
            envelope["promptFeedback"] = {"blockReason": "PROHIBITED_CONTENT"}
        elif draft.kind != "no-choices":
            candidate = _candidate(question, draft, settings.text("finish"))
            envelope["candidates"] = [{**candidate, "index": index} for index in range(draft.copies)]
        usage = _bent_usage(question, draft, settings)
        if usage is not None:
            envelope["usageMetadata"] = usage
        envelope["modelVersion"] = settings.text("model") or question.served_model
        envelope["responseId"] = f"sim{caller.serial:020d}"
        return envelope

    def headers(self, caller: Caller) -> Headers:
        """No request ID: that is the responseId of the body."""
        del caller
        return [("server", "scaffolding on HTTPServer2"), ("x-content-type-options", "nosniff")]

    def error_body(self, error: KnownError, message: str, caller: Caller) -> Json:
        """`error` with code, message, status and details."""
        body: Json = {"code": error.status, "message": message, "status": error.kind}
        blocks = details(error, message, caller)
        if blocks:
            body["details"] = blocks
        return {"error": body}

    def error_for(self, status: int, settings: Settings) -> KnownError:
        """A bare 429 names a delay only if it is told to."""
        named = "retry-after" in settings or "retry-after-ms" in settings
        return super().error_for(status, settings) if status != 429 or named else self.errors["capacity"]

    def add_delay(self, reply: Reply, caller: Caller) -> None:
        """On a 429 the delay stands in the body's RetryInfo, not in a header."""
        if reply.status != 429:
            super().add_delay(reply, caller)

    def error_bytes(self, body: Json | str, caller: Caller) -> bytes:
        """Where a JSON array was asked for, the error is its only element."""
        return encode([body]) if self._as_array(caller) else super().error_bytes(body, caller)

    def error_event(self, body: Json | str, caller: Caller, place: int) -> bytes:
        """One more piece."""
        if self._as_array(caller):
            return (b"\n,\r\n" if place else b"[") + encode(body)
        return b"data: %b\r\n\r\n" % encode(body)

    def stream(self, answer: Json, question: Question, caller: Caller) -> Iterable[bytes]:
        """Events where the URL says so, else one array."""
        del question
        pieces = answer_pieces(answer)
        return as_array(pieces) if self._as_array(caller) else as_events(pieces)

    def stream_type(self, caller: Caller) -> str:
        """An array is JSON."""
        return JSON_TYPE if self._as_array(caller) else EVENT_STREAM

    def _as_array(self, caller: Caller) -> bool:
        return caller.target is not None and caller.target.streams and caller.parameters.get("alt") != "sse"

    def check_target(self, target: Target) -> None:
        """The aliases are not on v1."""
        if target.version == "v1" and target.model is not None and _ALIAS.match(target.model):
            raise RefusedError(self.errors["model_not_found"])

    def model_list(self, caller: Caller) -> Json:
        """A page of models with their limits."""
        size, start = (caller.parameters.get(name, "") for name in ("pageSize", "pageToken"))
        numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0 for text in (size, start)]
        if (size and not numbers[0]) or (start and start != str(numbers[1])):
            raise RefusedError(self.errors["page"])
        begin, end = numbers[1], numbers[1] + min(numbers[0] or DEFAULT_LISTED, MAX_LISTED)
        page: Json = {"models": [self.model_card(model) for model in self.models[begin:end]]}
        return {**page, "nextPageToken": str(end)} if end < len(self.models) else page

    def model_card(self, model: str) -> Json:
        """Its limits, and what it is good for."""
        return {
            "name": f"models/{model}",
            "version": "001",
            "displayName": model,
            "description": "A simulated model.",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
            "temperature": 1,
            "topP": 0.95,
            "topK": 64,
            "maxTemperature": 2,
            "thinking": bool(_THINKS.match(model)),
        }


def _candidate(question: Question, draft: Draft, finish: str | None) -> Json:
    parts = _parts(question, draft)
    content: Json = {"parts": parts, "role": "model"} if parts else {"role": "model"}
    if draft.finish is Finish.FILTER and not parts:
        content = {}
    candidate: Json = {"content": content, "finishReason": finish or FINISHES[draft.finish], "index": 0}
    if draft.finish is Finish.FILTER:
        candidate["safetyRatings"] = [
            {"category": f"HARM_CATEGORY_{name}", "probability": "NEGLIGIBLE" if place else "HIGH"}
            for place, name in enumerate(_SAFETY)
        ]
        candidate["safetyRatings"][0]["blocked"] = True
    if draft.finish is Finish.CONTINUATION:
        candidate["continuationToken"] = f"{CONTINUATION_TOKEN}{draft.continuation}"
    return candidate


def _parts(question: Question, draft: Draft) -> list[Json]:
    parts: list[Json] = []
    if draft.thinking_tokens and question.shows_thoughts:
        parts.append({"text": draft.thinking, "thought": True})
    if draft.kind == "tool":
        parts.append({"functionCall": {"name": "simulated_tool", "args": {"city": "Berlin"}}})
    elif draft.kind == "signature-only":
        parts.append({"thoughtSignature": SIGNATURE})
    elif draft.kind == "null":
        parts.append({"text": None})
    else:
        # A text of "" comes as a part of its own; no text at all comes as no part.
        texts: list[Any] = [{"text": text} for text in draft.texts]
        if texts and draft.thinking_tokens and _SIGNS.match(question.model):
            texts[-1]["thoughtSignature"] = SIGNATURE
        parts += texts
    return parts


def _usage(question: Question, draft: Draft, tier: str) -> Json:
    prompt, cached = question.input_tokens, question.cache.read
    usage: Json = {"promptTokenCount": prompt}
    if draft.text_tokens:
        usage["candidatesTokenCount"] = draft.text_tokens
    usage["totalTokenCount"] = prompt + draft.text_tokens + draft.thinking_tokens
    if cached:
        usage["cachedContentTokenCount"] = cached
    usage["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": prompt}]
    if cached:
        usage["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": cached}]
    if draft.thinking_tokens:
        usage["thoughtsTokenCount"] = draft.thinking_tokens
    usage["serviceTier"] = tier
    return usage


def _bent_usage(question: Question, draft: Draft, settings: Settings) -> Json | None:
    usage, how = _usage(question, draft, settings.text("tier") or question.tier), settings.text("usage")
    if how != "total-only":
        # Here thinking is beside the answer anyway.
        return usage if how == "beside" else spoil_usage(usage, how)
    usage.pop("thoughtsTokenCount", None)
    return usage
