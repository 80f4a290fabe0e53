"""XAI's chat completions."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, ClassVar, Final

from simulator.prefix_cache import CacheRule
from simulator.providers.base import KnownError, RefusedError, literal
from simulator.providers.chat_shaped import EFFORTS, content_of, tool_call
from simulator.providers.problem import ProblemError, Rule, need, serde_words, take, take_number
from simulator.providers.responses import ResponsesProvider
from simulator.question import question_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.answers import Draft
    from simulator.http_request import Head
    from simulator.providers.base import Caller
    from simulator.question import Json, Question
    from simulator.reply import Headers

# Refused even at 0, under the names that the error text uses.
REFUSED: Final = {
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "stop": "stop",
}
TAKES_EFFORT: Final = re.compile(r"grok-(3-mini|4\.[356](?!\d))")
REASONS: Final = re.compile(r"grok-(3-mini|4|[5-9]|code|build)(?!.*non-reasoning)")
NO_TOKEN_LIMIT: Final = "18446744073709551615"  # noqa: S105 - xAI's way to say that tokens are not limited

# No rule is published; recorded answers read a handful of tokens from the cache now and then.
CACHE_RULE: Final = CacheRule(minimum=64)
MAX_CHOICES: Final = 128

_ARGUMENT: Final = "Client specified an invalid argument"
_EXHAUSTED: Final = "Some resource has been exhausted"
_DENIED: Final = "The caller does not have permission to execute the specified operation"

ERRORS: Final = {
    "missing_key": KnownError(
        401,
        "No API key provided. Specify it in the Authorization header as: Bearer YOUR_KEY.",
        code="The request does not have valid authentication credentials for the operation",
    ),
    "key_in_query": KnownError(
        401,
        "The key belongs into the Authorization header, not into the query.",
        code="The request does not have valid authentication credentials for the operation",
    ),
    "bad_key": KnownError(
        400,
        "Incorrect API key provided: {key}. The console has the right one.",
        code=_ARGUMENT,
    ),
    "permission": KnownError(403, "Your team is not authorized to perform this action.", code=_DENIED),
    "model_not_found": KnownError(
        404,
        "The model {model} does not exist or your team does not have access to it.",
        code="Some requested entity was not found",
    ),
    "not_found": KnownError(404, "Not found", code="Some requested entity was not found"),
    "method": KnownError(405, "Method not allowed", code=_ARGUMENT),
    "content_type": KnownError(415, "Expected request with `Content-Type: application/json`", code=_ARGUMENT),
    "bad_json": KnownError(400, "Failed to parse the request body as JSON", code=_ARGUMENT),
    "no_previous": KnownError(
        404, "Response with the given previous_response_id not found.", code="Some requested entity was not found"
    ),
    "quota": KnownError(
        403,
        "The simulated team doesn't have any credits left.",
        code=_DENIED,
    ),
    "rate_limit": KnownError(
        429, "Too many requests for team simulated and model {model}. The team's rate limit is 60.", code=_EXHAUSTED
    ),
    "too_large": KnownError(
        429, "Too many tokens for team simulated and model {model}. The team's rate limit is 16000.", code=_EXHAUSTED
    ),
    "context": KnownError(
        400,
        "The model's maximum prompt length is 131072 but the request contains 140123 tokens.",
        code=_ARGUMENT,
    ),
    "content_policy": KnownError(
        403,
        "Content violates usage guidelines of {model}. Failed check: SAFETY_CHECK_TYPE_BIO",
        code=_DENIED,
    ),
    "unsupported_temperature": KnownError(400, "Model {model} does not support parameter temperature.", code=_ARGUMENT),
    "overloaded": KnownError(
        503,
        "The service is currently unavailable: the simulated model is at capacity.",
        code="The service is currently unavailable",
    ),
    "server": KnownError(500, "Internal error", code="Internal error"),
    "bad_request": KnownError(400, "The simulated request is not acceptable.", code=_ARGUMENT),
}
BY_STATUS: Final = {401: "missing_key", 403: "permission", 404: "model_not_found", 429: "rate_limit", 503: "overloaded"}


class XAIProvider(ResponsesProvider):
    """Bills reasoning beside the completion, and says every error in a string."""

    chat_paths: frozenset[str] = frozenset({"/v1/chat/completions"})
    errors: ClassVar[Mapping[str, KnownError]] = ERRORS
    by_status: ClassVar[Mapping[int, str]] = BY_STATUS
    models: tuple[str, ...] = ("grok-3-mini", "grok-4.3", "grok-4.6", "grok-4.7", "grok-build-0.1")

    def read(self, body: Json, model: str, head: Head) -> Question:
        """Unknown keys are overlooked; some known ones are refused."""
        need(body, "model", "string")
        instructions, messages = self.conversation(body)
        for name, shown in REFUSED.items():
            if body.get(name) is not None:
                raise RefusedError(_argument(f"Model {model} does not support parameter {shown}."))
        self.check_sampling(body)
        take(body, "seed", "integer")
        effort: str | None = take(body, "reasoning_effort", "string")
        if effort is not None and effort not in EFFORTS and TAKES_EFFORT.match(model):
            raise ProblemError(Rule.CHOICE, ("reasoning_effort",), EFFORTS, effort)
        limit = take_number(body, "max_completion_tokens", 1, whole=True)
        old_limit = take_number(body, "max_tokens", 1, whole=True)
        question = question_of(model, instructions, messages)
        question.max_tokens = int(limit or old_limit or 0) or None
        question.choices = self.choices_wanted(body, MAX_CHOICES)
        # Each server has a cache of its own, and this leads to the same one.
        question.cache_scope = head.headers.get("x-grok-conv-id", "")
        return self._served(question, effort)

    def read_responses(self, body: Json, model: str) -> Question:
        """The other interface takes and refuses the same."""
        need(body, "model", "string")
        question = self.read_input(body, model)
        return self._served(question, self.effort(body))

    def _served(self, question: Question, effort: str | None) -> Question:
        model = question.model
        if effort is not None and not TAKES_EFFORT.match(model):
            raise RefusedError(_argument(f"Model {model} does not support parameter reasoningEffort."))
        question.thinks = bool(REASONS.match(model)) and effort != "none"
        question.shows_thoughts = question.thinks
        # The one substitution that was recorded.
        question.served_model = "grok-3-mini-high" if (model, effort) == ("grok-3-mini", "high") else model
        question.tier = "default"
        question.cache_rule = CACHE_RULE
        return question

    def describe(self, problem: ProblemError) -> KnownError:
        """In the words of the library that reads the JSON."""
        if problem.rule is Rule.EMPTY:
            return _argument("Each request must have at least one message.")
        if problem.rule in {Rule.MINIMUM, Rule.MAXIMUM}:
            return _argument(f"{problem.bracketed} is out of range: {problem.found}")
        return KnownError(422, literal(serde_words(problem)), code=_ARGUMENT)

    def message(self, question: Question, draft: Draft) -> Json:
        """Reasoning in a key of its own; a tool call leaves the content empty."""
        message: Json = {"role": "assistant", "content": content_of(draft)}
        if question.shows_thoughts or draft.thinking_tokens:
            message["reasoning_content"] = draft.thinking
        message["refusal"] = None
        if draft.kind == "tool":
            message["tool_calls"] = [tool_call()]
        return message

    def choice(self, question: Question, draft: Draft, finish: str) -> Json:
        """Without logprobs."""
        return {"index": 0, "message": self.message(question, draft), "finish_reason": finish}

    def usage(self, question: Question, draft: Draft) -> Json:
        """The completion leaves reasoning out, the total has it in."""
        prompt = question.input_tokens
        return {
            "prompt_tokens": prompt,
            "completion_tokens": draft.text_tokens,
            "total_tokens": prompt + draft.text_tokens + draft.thinking_tokens,
            "prompt_tokens_details": {
                "text_tokens": prompt,
                "audio_tokens": 0,
                "image_tokens": 0,
                "cached_tokens": question.cache.read,
            },
            "completion_tokens_details": {
                "reasoning_tokens": draft.thinking_tokens,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
            "num_sources_used": 0,
            "cost_in_usd_ticks": 1000 * (prompt + draft.text_tokens + draft.thinking_tokens),
        }

    def response_usage(self, question: Question, draft: Draft) -> Json:
        """Like OpenAI's, with the costs beside it."""
        usage = super().response_usage(question, draft)
        usage["input_tokens_details"]["cache_write_tokens"] = 0
        return {
            **usage,
            "num_sources_used": 0,
            "num_server_side_tools_used": 0,
            "cost_in_usd_ticks": 1000 * usage["total_tokens"],
        }

    def render(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """With a fingerprint."""
        envelope = super().render(question, draft, caller)
        own = f"fp_{zlib.crc32(question.model.encode()):016x}"
        envelope["system_fingerprint"] = caller.settings.text("fingerprint") or own
        envelope["service_tier"] = caller.settings.text("tier") or question.tier
        return envelope

    def headers(self, caller: Caller) -> Headers:
        """Request ID and rate limits; the limit of tokens is the largest number of 64 bits."""
        limit, left, _ = caller.requests(1800, 1799)
        return [
            ("x-request-id", self.request_id(caller.serial)),
            ("x-ratelimit-limit-requests", str(limit)),
            ("x-ratelimit-remaining-requests", str(left)),
            ("x-ratelimit-limit-tokens", NO_TOKEN_LIMIT),
            ("x-ratelimit-remaining-tokens", NO_TOKEN_LIMIT),
        ]

    def error_body(self, error: KnownError, message: str, caller: Caller) -> Json:
        """`code` is a sentence and `error` is a string."""
        del caller
        return {"code": error.code, "error": message}

    def mask(self, key: str) -> str:
        """Two characters at either end."""
        return f"{key[:2]}***{key[-2:]}"

    def request_id(self, serial: int) -> str:
        """A UUID."""
        return self.answer_id(serial)


def _argument(message: str) -> KnownError:
    return KnownError(400, literal(message), code=_ARGUMENT)
