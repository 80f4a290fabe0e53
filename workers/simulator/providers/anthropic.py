"""Anthropic Messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from simulator.answers import Finish
from simulator.providers import anthropic_models as families
from simulator.providers.anthropic_errors import BY_STATUS, ERRORS
from simulator.providers.anthropic_messages import conversation
from simulator.providers.base import KnownError, Provider, RefusedError, Target, bearer, literal, spoil_usage
from simulator.providers.problem import (
    ProblemError,
    Rule,
    need,
    pydantic_words,
    refuse_unknown,
    take,
    take_number,
    words,
)
from simulator.question import question_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.answers import Draft
    from simulator.http_request import Head
    from simulator.providers.base import Caller
    from simulator.question import Json, Question
    from simulator.reply import Headers

OLD_VERSION: Final = "2023-06-01"
# Refuses temperature, top_p and top_k on every model.
NEW_VERSION: Final = "2026-10-21"
SAMPLING: Final = ("temperature", "top_p", "top_k")
MAX_OUTPUT_TOKENS: Final = 128_000
MIN_THINKING_BUDGET: Final = 1024
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
SIGNATURE: Final = "U2ltdWxhdGVkIHNpZ25hdHVyZQ=="
FIELDS: Final = words(
    "model messages max_tokens system metadata stop_sequences stream temperature top_k top_p tools tool_choice thinking"
    " service_tier output_config container context_management mcp_servers inference_geo cache_control"
)
FINISHES: Final = {
    Finish.STOP: "end_turn",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.LENGTH: "max_tokens",
    Finish.FILTER: "refusal",
    Finish.REFUSAL: "refusal",
    Finish.TOOL: "tool_use",
    Finish.BLOCKED: "refusal",
    Finish.CONTINUATION: "end_turn",
}


class AnthropicProvider(Provider):
    """Content is a list of blocks, the newest models think first, and the cache is counted beside the input."""

    name: ClassVar[str] = "anthropic"
    environment: ClassVar[tuple[str, str]] = ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY")
    errors: ClassVar[Mapping[str, KnownError]] = ERRORS
    by_status: ClassVar[Mapping[int, str]] = BY_STATUS
    models: ClassVar[tuple[str, ...]] = ("claude-opus-5-5", "claude-sonnet-5", "claude-sonnet-4-6", "claude-haiku-4-5")

    def find(self, path: str) -> Target | None:
        """One path for all models."""
        return {"/v1/messages": Target(chat=True), "/v1/models": Target(chat=False)}.get(path)

    def key(self, headers: Mapping[str, str]) -> str | None:
        """`x-api-key`, which wins, or a bearer token."""
        return headers.get("x-api-key") or bearer(headers)

    def admit(self, head: Head, *, keyless: bool) -> str:
        """The key, and one of the two versions of the API."""
        key = super().admit(head, keyless=keyless)
        version = head.headers.get("anthropic-version")
        if version is None:
            raise RefusedError(self.errors["no_version"])
        if version not in {OLD_VERSION, NEW_VERSION}:
            raise RefusedError(_invalid(f'anthropic-version: "{version}" is not a valid version'))
        return key

    def read(self, body: Json, model: str, head: Head) -> Question:
        """Unknown keys first, then types, then what the model does not take."""
        refuse_unknown(body, FIELDS)
        if head.headers.get("anthropic-version") == NEW_VERSION:
            refuse_unknown(body, FIELDS - set(SAMPLING))
        need(body, "model", "string")
        limit = self._limit(body, model)
        instructions, messages = conversation(body)
        if messages[-1][0] == "assistant" and families.THINKS_BY_DEFAULT.match(model):
            raise RefusedError(self.errors["prefill"])
        self._check_sampling(body, model)
        question = question_of(model, instructions, messages)
        question.thinks = self._thinks(body, model, limit)
        question.shows_thoughts = question.thinks and not families.THINKS_BY_DEFAULT.match(model)
        question.max_tokens = limit
        stops: list[Any] = take(body, "stop_sequences", "array") or []
        question.stops = tuple(str(stop) for stop in stops)
        question.served_model = families.served_model(model)
        return question

    def _limit(self, body: Json, model: str) -> int:
        limit: int = need(body, "max_tokens", "integer")
        take_number(body, "max_tokens", 1)
        if limit > MAX_OUTPUT_TOKENS:
            raise RefusedError(
                _invalid(
                    f"max_tokens: {limit} > {MAX_OUTPUT_TOKENS}, which is the maximum allowed number of output tokens"
                    f" for {model}"
                )
            )
        return limit

    def _check_sampling(self, body: Json, model: str) -> None:
        take_number(body, "temperature", 0, 1)
        take_number(body, "top_p", 0, 1)
        take_number(body, "top_k", 0, whole=True)
        if families.NO_SAMPLING.match(model):
            for name in SAMPLING:
                if body.get(name) not in {None, 1}:
                    raise RefusedError(_invalid(f"`{name}` is deprecated for this model."))

    def _thinks(self, body: Json, model: str, limit: int) -> bool:
        config: Json = take(body, "output_config", "object") or {}
        effort: str | None = take(config, "effort", "string", ("output_config",))
        if effort is not None and effort not in EFFORTS:
            raise ProblemError(Rule.CHOICE, ("output_config", "effort"), EFFORTS, effort)
        thinking: Json | None = take(body, "thinking", "object")
        if thinking is None:
            return bool(families.THINKS_BY_DEFAULT.match(model))
        mode = need(thinking, "type", "string", ("thinking",))
        if mode == "disabled":
            if families.ALWAYS_THINKS.match(model):
                raise RefusedError(_invalid("thinking.type: thinking cannot be disabled for this model"))
            return False
        if mode == "enabled":
            if families.NO_BUDGET.match(model):
                raise RefusedError(self.errors["no_budget"])
            budget: int = need(thinking, "budget_tokens", "integer", ("thinking", "enabled"))
            take_number(thinking, "budget_tokens", MIN_THINKING_BUDGET, path=("thinking", "enabled"))
            if budget >= limit:
                raise RefusedError(self.errors["budget_too_large"])
        elif mode not in {"adaptive", "between_tools"}:
            modes = ("adaptive", "enabled", "disabled", "between_tools")
            raise ProblemError(Rule.CHOICE, ("thinking", "type"), modes, mode)
        if body.get("temperature") not in {None, 1}:
            raise RefusedError(self.errors["thinking_temperature"])
        return True

    def describe(self, problem: ProblemError) -> KnownError:
        """The path and pydantic's words."""
        if problem.rule is Rule.EMPTY:
            return self.errors["no_messages"]
        return _invalid(f"{problem.dotted}: {pydantic_words(problem)[1]}")

    def render(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """Blocks of content, with thinking first."""
        settings = caller.settings
        finish = settings.text("finish") or FINISHES[draft.finish]
        envelope: Json = {
            "model": settings.text("model") or question.served_model,
            "id": f"msg_{caller.serial:024d}",
            "type": "message",
            "role": "assistant",
            "content": _content(question, draft),
            "stop_reason": finish,
            "stop_sequence": draft.stop_sequence,
            "stop_details": None,
        }
        if draft.finish in {Finish.REFUSAL, Finish.FILTER, Finish.BLOCKED} and draft.kind != "refusal-empty":
            envelope["stop_details"] = {"type": "refusal", "category": "simulated", "explanation": None}
        usage = spoil_usage(_usage(question, draft), settings.text("usage"))
        if usage is not None:
            envelope["usage"] = usage
        return envelope

    def headers(self, caller: Caller) -> Headers:
        """Request ID, and rate limits that are reset by now."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        headers = [("request-id", self.request_id(caller.serial))]
        for what, limit in (("requests", 4000), ("input-tokens", 2_000_000), ("output-tokens", 400_000)):
            headers += [
                (f"anthropic-ratelimit-{what}-limit", str(limit)),
                (f"anthropic-ratelimit-{what}-remaining", str(limit - 1)),
                (f"anthropic-ratelimit-{what}-reset", now),
            ]
        return headers

    def error_body(self, error: KnownError, message: str, caller: Caller) -> Json:
        """`error` with type and message, and the request's ID beside it."""
        return {
            "type": "error",
            "error": {"type": error.kind, "message": message},
            "request_id": self.request_id(caller.serial),
        }

    def request_id(self, serial: int) -> str:
        """`req_` and 24 characters."""
        return f"req_011{serial:021d}"

    def model_list(self) -> Json:
        """A page of models."""
        data = [
            {"type": "model", "id": model, "display_name": model, "created_at": "2026-01-15T00:00:00Z"}
            for model in self.models
        ]
        return {"data": data, "has_more": False, "first_id": self.models[0], "last_id": self.models[-1]}


def _invalid(message: str) -> KnownError:
    return KnownError(400, literal(message), "invalid_request_error", headers=(("x-should-retry", "false"),))


def _content(question: Question, draft: Draft) -> list[Json]:
    if draft.kind == "no-choices":
        return []
    content: list[Json] = []
    if draft.thinking_tokens or draft.kind == "signature-only":
        words = draft.thinking if question.shows_thoughts else ""
        content.append({"type": "thinking", "thinking": words, "signature": SIGNATURE})
    if draft.kind == "null":
        content.append({"type": "text", "text": None})
    elif draft.kind == "tool":
        content.append({"type": "tool_use", "id": "toolu_01", "name": "simulated_tool", "input": {"city": "Berlin"}})
    else:
        content += [{"type": "text", "text": text} for text in draft.texts]
    return content


def _usage(question: Question, draft: Draft) -> Json:
    usage: Json = {
        "input_tokens": question.fresh_tokens,
        "cache_creation_input_tokens": question.written_tokens,
        "cache_read_input_tokens": question.cached_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": question.written_tokens,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": draft.text_tokens + draft.thinking_tokens,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }
    if families.THINKS_BY_DEFAULT.match(question.model) or draft.thinking_tokens:
        usage["output_tokens_details"] = {"thinking_tokens": draft.thinking_tokens}
    return usage
