"""Mistral's chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from simulator.prefix_cache import CacheRule
from simulator.providers.base import KnownError, RefusedError
from simulator.providers.chat_shaped import EFFORTS, ChatShapedProvider, content_of, tool_call
from simulator.providers.mistral_errors import BY_STATUS, ERRORS, DetailsError, object_error
from simulator.providers.problem import ProblemError, Rule, need, refuse_all_unknown, take, take_number, words
from simulator.question import question_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.answers import Draft
    from simulator.http_request import Head
    from simulator.providers.base import Caller
    from simulator.question import Json, Question
    from simulator.reply import Headers

CONTEXT_TOKENS: Final = 1_048_576
MAX_CHOICES: Final = 8
# No rule is published; recorded answers read from the cache in no steps that one could name.
CACHE_RULE: Final = CacheRule(minimum=64)
FIELDS: Final = words(
    "model messages temperature top_p max_tokens stream stop random_seed metadata response_format tools tool_choice"
    " presence_penalty frequency_penalty n prediction parallel_tool_calls prompt_mode reasoning_effort safe_prompt"
    " service_tier prompt_cache_key guardrails"
)
CAPABILITIES: Final = words(
    "completion_chat function_calling reasoning completion_fim fine_tuning vision ocr classification moderation audio"
    " audio_transcription"
)


class MistralProvider(ChatShapedProvider):
    """A strict body, four shapes of errors, and content that is a list of chunks where the model thinks."""

    chat_paths: frozenset[str] = frozenset({"/v1/chat/completions"})
    offers_choices: ClassVar[bool] = False
    errors: ClassVar[Mapping[str, KnownError]] = ERRORS
    by_status: ClassVar[Mapping[int, str]] = BY_STATUS
    models: tuple[str, ...] = ("mistral-large-4", "mistral-small-latest", "magistral-medium-latest")

    def read(self, body: Json, model: str, head: Head) -> Question:
        """Every unknown key at once, then types, then the order of the roles."""
        del head
        unknown = refuse_all_unknown(body, FIELDS)
        if unknown:
            raise RefusedError(DetailsError.of(unknown))
        need(body, "model", "string")
        instructions, messages = self.conversation(body)
        self._check_order(body["messages"])
        self.check_sampling(body, temperature_max=1.5)
        take_number(body, "random_seed", 0, whole=True)
        limit = take_number(body, "max_tokens", 1, whole=True)
        effort: str | None = take(body, "reasoning_effort", "string")
        if effort is not None and effort not in EFFORTS:
            raise ProblemError(Rule.CHOICE, ("reasoning_effort",), EFFORTS, effort)
        question = question_of(model, instructions, messages)
        question.max_tokens = int(limit) if limit else None
        if question.input_tokens + (question.max_tokens or 0) > CONTEXT_TOKENS:
            raise RefusedError(self.errors["max_tokens"])
        always = model.startswith("magistral-")
        question.thinks = (always or effort is not None) and effort != "none"
        question.shows_thoughts = question.thinks
        question.stops = self.stops(body)
        question.choices = self.choices_wanted(body, MAX_CHOICES)
        question.served_model = model
        question.tier = "standard"
        question.cache_rule = CACHE_RULE
        return question

    def _check_order(self, messages: list[Json]) -> None:
        previous = ""
        for message in messages:
            role = message["role"]
            if role == "system" and previous in {"assistant", "user"}:
                raise RefusedError(object_error(f"Unexpected role 'system' after role '{previous}'", "3230"))
            if role == "assistant" and not message.get("content") and not message.get("tool_calls"):
                raise RefusedError(self.errors["empty_assistant"])
            previous = role
        if previous not in {"user", "tool"} and messages[-1].get("prefix") is not True:
            raise RefusedError(
                object_error(
                    f"Expected last role User or Tool (or Assistant with prefix True) but got {previous}", "3230"
                )
            )

    def describe(self, problem: ProblemError) -> KnownError:
        """A list with pydantic's words."""
        return DetailsError.of([problem])

    def message(self, question: Question, draft: Draft) -> Json:
        """A string, or chunks where there is thinking or more than one text."""
        content: Any = content_of(draft)
        if (draft.thinking_tokens and question.shows_thoughts) or draft.kind in {"thinking-only", "length-thinking"}:
            content = [_thinking(draft), *_chunks(draft)]
        elif draft.kind == "multi":
            content = _chunks(draft)
        tools = [tool_call()] if draft.kind == "tool" else None
        if tools:
            content = None
        return {"role": "assistant", "tool_calls": tools, "content": content}

    def choice(self, question: Question, draft: Draft, finish: str) -> Json:
        """Without logprobs."""
        return {"index": 0, "finish_reason": finish, "message": self.message(question, draft)}

    def usage(self, question: Question, draft: Draft) -> Json:
        """The completion includes thinking, which is not told apart."""
        prompt, completion = question.input_tokens, draft.text_tokens + draft.thinking_tokens
        return {
            "prompt_tokens": prompt,
            "total_tokens": prompt + completion,
            "completion_tokens": completion,
            "prompt_tokens_details": {"cached_tokens": question.cache.read},
            "service_tier": question.tier,
        }

    def model_card(self, model: str) -> Json:
        """What the model can do, and its `type`."""
        capabilities = dict.fromkeys(CAPABILITIES, False) | {"completion_chat": True, "function_calling": True}
        return {
            "id": model,
            "object": "model",
            "created": 1_767_131_075,
            "owned_by": "mistralai",
            "capabilities": capabilities | {"reasoning": model.startswith("magistral-")},
            "name": model,
            "description": "A simulated model.",
            "max_context_length": CONTEXT_TOKENS,
            "aliases": [],
            "deprecation": None,
            "deprecation_replacement_model": None,
            "default_model_temperature": 0.7,
            "type": "base",
        }

    def answer_id(self, serial: int) -> str:
        """32 hexadecimal digits."""
        return f"{serial:032x}"

    def headers(self, caller: Caller) -> Headers:
        """The correlation ID twice, and rate limits by the minute."""
        request_id = self.request_id(caller.serial)
        limit, left, _ = caller.requests(1500, 1499)
        return [
            ("mistral-correlation-id", request_id),
            ("x-kong-request-id", request_id),
            ("x-ratelimit-limit-tokens-minute", "2000000"),
            ("x-ratelimit-remaining-tokens-minute", "1999000"),
            ("x-ratelimit-limit-req-minute", str(limit)),
            ("x-ratelimit-remaining-req-minute", str(left)),
        ]

    def error_body(self, error: KnownError, message: str, caller: Caller) -> Json:
        """One of four shapes."""
        if isinstance(error, DetailsError):
            return {"detail": list(error.details)}
        if error.form == "detail":
            return {"detail": message}
        if error.form == "gateway":
            return {"message": message, "request_id": self.request_id(caller.serial)}
        return {"object": "error", "message": message, "type": error.kind, "param": error.param, "code": error.code}

    def request_id(self, serial: int) -> str:
        """A UUID."""
        return f"{serial:08x}-0000-7000-8000-{serial:012x}"


def _thinking(draft: Draft) -> Json:
    return {"type": "thinking", "thinking": [{"type": "text", "text": draft.thinking}], "closed": True}


def _chunks(draft: Draft) -> list[Json]:
    return [{"type": "text", "text": text} for text in draft.texts]
