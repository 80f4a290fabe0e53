"""DeepSeek's chat completions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from simulator.prefix_cache import ONE_HOUR, CacheRule
from simulator.providers.base import KnownError, RefusedError, literal
from simulator.providers.chat_shaped import ChatShapedProvider, content_of, tool_call
from simulator.providers.problem import ProblemError, Rule, need, serde_words, take, take_number
from simulator.question import question_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.answers import Draft
    from simulator.http_request import Head
    from simulator.providers.base import Caller
    from simulator.question import Json, Question
    from simulator.reply import Headers

MAX_OUTPUT_TOKENS: Final = 393_216
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
FINGERPRINT: Final = "fp_5e3a7c0b11_simulated"
# The two old names are answered by this model: the first without thinking, the second with it.
ALIASED: Final = {"deepseek-chat": "deepseek-v4-flash", "deepseek-reasoner": "deepseek-v4-flash"}
# Earlier answers are read from the cache in whole blocks of 64 tokens.
CACHE_RULE: Final = CacheRule(minimum=64, block=64, seconds=ONE_HOUR)
NEVER_THINKS: Final = re.compile(r"deepseek-(chat|coder|v3)")
TEXT_TYPE: Final = "text/plain; charset=utf-8"
# Most of its errors are JSON that is not declared as such.
BYTES_TYPE: Final = "application/octet-stream"

_CODE: Final = "invalid_request_error"


def _error(status: int, message: str, kind: str = _CODE) -> KnownError:
    return KnownError(status, message, kind, _CODE, content_type=BYTES_TYPE)


def _text(status: int, message: str) -> KnownError:
    return KnownError(status, message, form="text", content_type=TEXT_TYPE)


ERRORS: Final = {
    "missing_key": KnownError(
        401,
        "Authentication Fails (auth header format should be Bearer sk-...)",
        "authentication_error",
        _CODE,
    ),
    "key_in_query": KnownError(
        401, "Authentication Fails (no auth header, and a key in the query)", "authentication_error", _CODE
    ),
    "bad_key": KnownError(401, "Authentication Fails: the key {key} is invalid", "authentication_error", _CODE),
    "permission": _error(403, "This account is not allowed to use the API.", "permission_error"),
    "model_not_found": _error(400, "Model Not Exist"),
    "not_found": _text(404, "Not Found"),
    "method": _text(405, "Method Not Allowed"),
    "content_type": _text(415, "Expected request with `Content-Type: application/json`"),
    "bad_json": _text(400, "Failed to parse the request body as JSON: expected value at line 1 column 1"),
    "quota": _error(402, "Insufficient Balance", "unknown_error"),
    "rate_limit": _error(429, "Rate limit reached: too many requests at the same time.", "rate_limit_error"),
    "no_reasoning": _error(400, "The `reasoning_content` in the thinking mode must be passed back to the API."),
    "context": _error(
        400,
        "This model's maximum context length is 131072 tokens, and 140123 were requested.",
    ),
    "content_policy": _error(400, "Content Exists Risk"),
    "unsupported_temperature": _error(400, "Invalid temperature value, the valid range of temperature is [0, 2]"),
    "overloaded": _error(503, "Service is too busy. Please try again later.", "service_unavailable_error"),
    "server": _error(500, "Internal Server Error", "internal_error"),
    "bad_request": _error(400, "The simulated request is not acceptable."),
}
BY_STATUS: Final = {401: "bad_key", 402: "quota", 403: "permission", 429: "rate_limit", 503: "overloaded"}


class DeepSeekProvider(ChatShapedProvider):
    """Bills reasoning inside the completion, shows it, and splits the prompt into cache hits and misses."""

    chat_paths: frozenset[str] = frozenset({"/chat/completions", "/v1/chat/completions"})
    models_paths: tuple[str, ...] = ("/models", "/v1/models")
    errors: ClassVar[Mapping[str, KnownError]] = ERRORS
    by_status: ClassVar[Mapping[int, str]] = BY_STATUS
    models: tuple[str, ...] = ("deepseek-v4-flash", "deepseek-v4-pro")

    def read(self, body: Json, model: str, head: Head) -> Question:
        """Unknown keys are overlooked."""
        del head
        need(body, "model", "string")
        instructions, messages = self.conversation(body)
        self.check_sampling(body)
        limit = take_number(body, "max_tokens", 1, MAX_OUTPUT_TOKENS, whole=True)
        thinking: Json = take(body, "thinking", "object") or {}
        mode = take(thinking, "type", "string", ("thinking",))
        if mode not in {None, "enabled", "disabled"}:
            raise ProblemError(Rule.CHOICE, ("thinking", "type"), ("enabled", "disabled"), mode)
        effort: str | None = take(body, "reasoning_effort", "string")
        if effort is not None and effort not in EFFORTS:
            raise ProblemError(Rule.CHOICE, ("reasoning_effort",), EFFORTS, effort)
        question = question_of(model, instructions, messages)
        question.max_tokens = int(limit) if limit else None
        question.thinks = mode == "enabled" if mode else not NEVER_THINKS.match(model)
        question.shows_thoughts = question.thinks
        question.stops = self.stops(body)
        question.served_model = ALIASED.get(model, model)
        question.cache_rule = CACHE_RULE
        if question.thinks and not _shows_its_thinking(body["messages"]):
            raise RefusedError(self.errors["no_reasoning"])
        return question

    def model_card(self, model: str) -> Json:
        """Without a date."""
        return {"id": model, "object": "model", "owned_by": self.name}

    def describe(self, problem: ProblemError) -> KnownError:
        """What cannot be read is told as plain text, what is out of range as JSON."""
        name = str(problem.path[-1])
        if problem.rule in {Rule.MINIMUM, Rule.MAXIMUM}:
            ranges = {"max_tokens": f"[1, {MAX_OUTPUT_TOKENS}]", "temperature": "[0, 2]", "top_p": "(0, 1.0]"}
            valid = ranges.get(name, "[-2, 2]")
            return _error(400, f"Invalid {name} value, the valid range of {name} is {valid}")
        if problem.rule is Rule.EMPTY:
            return _error(400, "Empty input messages")
        return _text(422, literal(serde_words(problem)))

    def message(self, question: Question, draft: Draft) -> Json:
        """Reasoning in a key of its own, absent where there is none."""
        message: Json = {"role": "assistant", "content": content_of(draft)}
        if question.shows_thoughts or draft.thinking_tokens:
            message["reasoning_content"] = draft.thinking
        if draft.kind == "tool":
            message["tool_calls"] = [tool_call()]
        return message

    def usage(self, question: Question, draft: Draft) -> Json:
        """The completion includes reasoning; hits and misses make up the prompt."""
        prompt, cached = question.input_tokens, question.cache.read
        completion = draft.text_tokens + draft.thinking_tokens
        usage: Json = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        if draft.thinking_tokens:
            usage["completion_tokens_details"] = {"reasoning_tokens": draft.thinking_tokens}
        usage["prompt_cache_hit_tokens"] = cached
        usage["prompt_cache_miss_tokens"] = prompt - cached
        return usage

    def render(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """With a fingerprint."""
        envelope = super().render(question, draft, caller)
        envelope["system_fingerprint"] = caller.settings.text("fingerprint") or FINGERPRINT
        return envelope

    def headers(self, caller: Caller) -> Headers:
        """A trace ID; it knows no rate limits but that on concurrency."""
        return [("x-ds-trace-id", self.request_id(caller.serial)), ("x-content-type-options", "nosniff")]

    def error_body(self, error: KnownError, message: str, caller: Caller) -> Json | str:
        """`error` with message, type, param and code, or plain text."""
        del caller
        if error.form == "text":
            return message
        return {"error": {"message": message, "type": error.kind, "param": None, "code": error.code}}

    def mask(self, key: str) -> str:
        """The last four characters."""
        return f"****{key[-4:]}"

    def request_id(self, serial: int) -> str:
        """32 hexadecimal digits."""
        return f"{serial:032x}"


def _shows_its_thinking(messages: list[Json]) -> bool:
    """Whether every earlier answer comes back with the thinking before it; in plain chats too it has to."""
    return all(
        isinstance(message.get("reasoning_content"), str) for message in messages if message["role"] == "assistant"
    )
