"""OpenAI Chat Completions."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, ClassVar, Final

from simulator.providers import openai_models as families
from simulator.providers.base import KnownError, RefusedError, literal
from simulator.providers.chat_shaped import EFFORTS, content_of, tool_call
from simulator.providers.openai_errors import BY_STATUS, ERRORS
from simulator.providers.problem import ProblemError, Rule, json_type, refuse_unknown, take, take_number, words
from simulator.providers.responses import ResponsesProvider
from simulator.question import question_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.answers import Draft
    from simulator.http_request import Head
    from simulator.providers.base import Caller
    from simulator.question import Json, Question
    from simulator.reply import Headers

MAX_OUTPUT_TOKENS: Final = 128_000
FIELDS: Final = words(
    "model messages audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens"
    " max_tokens metadata modalities n parallel_tool_calls prediction presence_penalty prompt_cache_key"
    " prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream"
    " stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options"
)
RESPONSES_FIELDS: Final = words(
    "background context_management conversation include input instructions max_output_tokens max_tool_calls metadata"
    " model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options"
    " prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text"
    " tool_choice tools top_logprobs top_p truncation user"
)
# What is asked for, and what serves it.
TIERS: Final = {"auto": "default", "default": "default", "flex": "flex", "priority": "priority", "fast": "priority"}
MAX_CHOICES: Final = 128


class OpenAIProvider(ResponsesProvider):
    """Strict about keys and about what each family of models takes; bills reasoning inside the completion."""

    chat_paths: frozenset[str] = frozenset({"/v1/chat/completions"})
    usage_apart: ClassVar[bool] = True
    least_output_tokens: ClassVar[int] = 16
    roles: ClassVar[tuple[str, ...]] = ("system", "assistant", "user", "function", "tool", "developer")
    errors: ClassVar[Mapping[str, KnownError]] = ERRORS
    by_status: ClassVar[Mapping[int, str]] = BY_STATUS
    models: tuple[str, ...] = ("gpt-4o", "gpt-4o-2024-08-06", "gpt-4.1", "gpt-5", "gpt-5-mini", "gpt-6-sol")

    def read(self, body: Json, model: str, head: Head) -> Question:
        """Unknown keys first, then types, then what the model does not take."""
        del head
        if not model:
            raise RefusedError(self.errors["no_model"])
        refuse_unknown(body, FIELDS)
        instructions, messages = self.conversation(body)
        self.check_sampling(body)
        take(body, "seed", "integer")
        stops = self.stops(body)
        limit = take_number(body, "max_completion_tokens", 1, MAX_OUTPUT_TOKENS, whole=True)
        old_limit = take_number(body, "max_tokens", 1, MAX_OUTPUT_TOKENS, whole=True)
        effort: str | None = take(body, "reasoning_effort", "string")
        self._check_model(body, model, effort)
        if instructions and families.NO_INSTRUCTIONS.match(model):
            raise RefusedError(self.errors["no_instructions"])
        if take(body, "stream_options", "object") is not None and body.get("stream") is not True:
            raise RefusedError(self.errors["stream_options"])
        question = question_of(model, instructions, messages)
        question.max_tokens = int(limit or old_limit or 0) or None
        question.choices = self.choices_wanted(body, MAX_CHOICES)
        question.stops = stops
        return self._served(question, body, effort)

    def read_responses(self, body: Json, model: str) -> Question:
        """Unknown keys first, then types, then what the model does not take."""
        if not model:
            raise RefusedError(self.errors["no_model"])
        refuse_unknown(body, RESPONSES_FIELDS)
        question = self.read_input(body, model)
        effort = self.effort(body)
        self._check_effort(model, effort, "reasoning.effort")
        temperature = body.get("temperature")
        if temperature is not None and temperature != 1 and families.fixed_temperature(model, effort):
            raise RefusedError(_unsupported_parameter("temperature"))
        question.shows_thoughts = (body.get("reasoning") or {}).get("summary") is not None
        return self._served(question, body, effort)

    def _served(self, question: Question, body: Json, effort: str | None) -> Question:
        """By which model, in which tier, with what in the cache."""
        tier = take(body, "service_tier", "string") or "auto"
        if tier not in TIERS:
            raise ProblemError(Rule.CHOICE, ("service_tier",), tuple(TIERS), tier)
        question.tier = TIERS[tier]
        question.thinks = families.reasons(question.model, effort)
        question.served_model = families.served_model(question.model)
        question.cache_rule = families.cache_rule(question.model)
        return question

    def _check_model(self, body: Json, model: str, effort: str | None) -> None:
        if families.RESPONSES_ONLY.match(model):
            raise RefusedError(self.errors["responses_only"])
        if effort is not None and effort not in EFFORTS:
            raise ProblemError(Rule.CHOICE, ("reasoning_effort",), EFFORTS, effort)
        self._check_effort(model, effort, "reasoning_effort")
        if body.get("max_tokens") is not None and families.NEEDS_MAX_COMPLETION_TOKENS.match(model):
            raise RefusedError(_unsupported_parameter("max_tokens", " Use 'max_completion_tokens' instead."))
        if body.get("stop") is not None and families.NO_STOP.match(model):
            raise RefusedError(_unsupported_parameter("stop"))
        temperature = body.get("temperature")
        if temperature is not None and temperature != 1 and families.fixed_temperature(model, effort):
            raise RefusedError(
                _unsupported_value("temperature", temperature, "Only the default (1) value is supported")
            )

    def _check_effort(self, model: str, effort: str | None, name: str) -> None:
        known = True if effort is None else families.takes_effort(model, effort)
        if known is None:
            raise RefusedError(_unsupported_parameter(name))
        if not known:
            raise RefusedError(_unsupported_value(name, f"'{effort}'", "Supported values are: 'low'"))

    def describe(self, problem: ProblemError) -> KnownError:
        """A message, a code of its own, and the place as `param`."""
        place, found = problem.bracketed, problem.found
        number = "integer" if isinstance(found, int) else "decimal"
        limit = f"Expected a value {'>' if problem.rule is Rule.MINIMUM else '<'}= {problem.expected}"
        if problem.path[0] in {"max_tokens", "max_completion_tokens"} and problem.rule is Rule.MAXIMUM:
            message = (
                f"max_tokens is too large: {found}. This model supports at most {problem.expected} completion tokens,"
                f" whereas you provided {found}."
            )
            return _bad_request(message, place, "invalid_value")
        message, code = {
            Rule.MISSING: (f"Missing required parameter: '{place}'.", "missing_required_parameter"),
            Rule.UNKNOWN: (f"Unknown parameter: '{place}'.", "unknown_parameter"),
            Rule.TYPE: (
                f"Invalid type for '{place}': expected a {problem.expected}, but got {json_type(found)} instead.",
                "invalid_type",
            ),
            Rule.CHOICE: (f"Invalid value: '{found}'. Supported values are: {problem.choices()}.", "invalid_value"),
            Rule.MINIMUM: (
                f"Invalid '{place}': {number} below minimum value. {limit}, but got {found} instead.",
                f"{number}_below_min_value",
            ),
            Rule.MAXIMUM: (
                f"Invalid '{place}': {number} above maximum value. {limit}, but got {found} instead.",
                f"{number}_above_max_value",
            ),
            Rule.EMPTY: (f"Invalid '{place}': empty array. Expected at least 1 item.", "empty_array"),
        }[problem.rule]
        return _bad_request(message, place, code)

    def render(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """With a tier and a fingerprint, which reasoning models leave null."""
        envelope = super().render(question, draft, caller)
        envelope["service_tier"] = caller.settings.text("tier") or question.tier
        own = None if question.thinks else f"fp_{zlib.crc32(question.served_model.encode()):010x}"
        envelope["system_fingerprint"] = caller.settings.text("fingerprint") or own
        return envelope

    def message(self, question: Question, draft: Draft) -> Json:
        """Refusals have a place of their own, and reasoning is never shown."""
        del question
        content = content_of(draft)
        message: Json = {"role": "assistant", "content": content, "refusal": None, "annotations": []}
        if draft.refusal:
            message["content"], message["refusal"] = None, draft.refusal
        elif draft.kind == "tool":
            message["content"], message["tool_calls"] = None, [tool_call()]
        return message

    def usage(self, question: Question, draft: Draft) -> Json:
        """The completion includes reasoning, the prompt includes what was cached."""
        completion = draft.text_tokens + draft.thinking_tokens
        prompt_details = {"cached_tokens": question.cache.read, "audio_tokens": 0}
        if question.cache_rule is not None and question.cache_rule.tells_writes:
            prompt_details["cache_write_tokens"] = question.written_tokens
        return {
            "prompt_tokens": question.input_tokens,
            "completion_tokens": completion,
            "total_tokens": question.input_tokens + completion,
            "prompt_tokens_details": prompt_details,
            "completion_tokens_details": {
                "reasoning_tokens": draft.thinking_tokens,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def answer_id(self, serial: int) -> str:
        """`chatcmpl-` and a number."""
        return f"chatcmpl-{serial:029d}"

    def headers(self, caller: Caller) -> Headers:
        """Request ID and rate limits."""
        limit, left, reset = caller.requests(10_000, 9_999, 0.006)
        return [
            ("x-request-id", self.request_id(caller.serial)),
            ("openai-version", "2020-10-01"),
            ("openai-processing-ms", "12"),
            ("x-ratelimit-limit-requests", str(limit)),
            ("x-ratelimit-limit-tokens", "30000000"),
            ("x-ratelimit-remaining-requests", str(left)),
            ("x-ratelimit-remaining-tokens", "29999000"),
            ("x-ratelimit-reset-requests", f"{round(reset * 1000)}ms"),
            ("x-ratelimit-reset-tokens", "2ms"),
        ]

    def error_body(self, error: KnownError, message: str, caller: Caller) -> Json:
        """`error` with message, type, param and code."""
        del caller
        return {"error": {"message": message, "type": error.kind, "param": error.param, "code": error.code}}


def _bad_request(message: str, param: str, code: str) -> KnownError:
    return KnownError(400, literal(message), "invalid_request_error", code, literal(param))


def _unsupported_parameter(name: str, hint: str = "") -> KnownError:
    message = f"Unsupported parameter: '{name}' is not supported with this model.{hint}"
    return _bad_request(message, name, "unsupported_parameter")


def _unsupported_value(name: str, value: object, hint: str) -> KnownError:
    message = f"Unsupported value: '{name}' does not support {value} with this model. {hint}."
    return _bad_request(message, name, "unsupported_value")
