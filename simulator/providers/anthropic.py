"""Anthropic Messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import unquote

from simulator.answers import Finish
from simulator.providers import anthropic_models as families
from simulator.providers.anthropic_errors import BY_STATUS, ERRORS
from simulator.providers.anthropic_messages import conversation
from simulator.providers.anthropic_stream import message_events
from simulator.providers.base import KnownError, Provider, RefusedError, bearer, literal, spoil_usage
from simulator.providers.events import named
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
from simulator.providers.target import Call, Target
from simulator.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.answers import Draft
    from simulator.http_request import Head
    from simulator.providers.base import Caller
    from simulator.question import Json
    from simulator.reply import Headers

OLD_VERSION: Final = "2023-06-01"
# Refuses temperature, top_p and top_k on every model.
NEW_VERSION: Final = "2026-10-21"
SAMPLING: Final = ("temperature", "top_p", "top_k")
MIN_THINKING_BUDGET: Final = 1024
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
SIGNATURE: Final = "U2ltdWxhdGVkIHNpZ25hdHVyZQ=="
FIELDS: Final = words(
    "model messages max_tokens system metadata stop_sequences stream temperature top_k top_p tools tool_choice thinking"
    " service_tier output_config container context_management mcp_servers inference_geo cache_control"
)
COUNT_FIELDS: Final = FIELDS - {"max_tokens", "metadata", "service_tier", "stop_sequences", "stream", "container"}
TIERS: Final = ("auto", "standard_only")
MAX_LISTED: Final = 1000
DEFAULT_LISTED: Final = 20
CATEGORY: Final = "general_harms"
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

    errors: ClassVar[Mapping[str, KnownError]] = ERRORS
    by_status: ClassVar[Mapping[int, str]] = BY_STATUS
    models: tuple[str, ...] = ("claude-opus-5-5", "claude-sonnet-5", "claude-sonnet-4-6", "claude-haiku-4-5")

    def find(self, path: str) -> Target | None:
        """One path for all models, and one for counting."""
        model = unquote(path.removeprefix("/v1/models/"))
        if model and "/" not in model:
            return Target(Call.MODEL, model)
        return _TARGETS.get(path)

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
        said = conversation(body)
        if said.last[0] == "assistant" and families.THINKS_BY_DEFAULT.match(model):
            raise RefusedError(self.errors["prefill"])
        self._check_sampling(body, model)
        tier: str | None = take(body, "service_tier", "string")
        if tier not in {None, *TIERS}:
            raise ProblemError(Rule.CHOICE, ("service_tier",), TIERS, tier)
        question = Question(model, said.turns, said.prompt, said.parts)
        question.cache_rule = families.CACHE_RULE
        question.tier = "standard"
        question.thinks = self._thinks(body, model, limit)
        question.shows_thoughts = question.thinks and not families.THINKS_BY_DEFAULT.match(model)
        question.max_tokens = limit
        stops: list[Any] = take(body, "stop_sequences", "array") or []
        question.stops = tuple(str(stop) for stop in stops)
        question.served_model = families.served_model(model)
        return question

    def count(self, body: Json, model: str, head: Head) -> Json:
        """The tokens of a request that is not asked; its limit does not belong to it."""
        del model, head
        try:
            refuse_unknown(body, COUNT_FIELDS)
            need(body, "model", "string")
            return {"input_tokens": conversation(body).total}
        except ProblemError as problem:
            raise RefusedError(self.describe(problem)) from None

    def _limit(self, body: Json, model: str) -> int:
        limit: int = need(body, "max_tokens", "integer")
        take_number(body, "max_tokens", 1)
        if limit > families.MAX_OUTPUT_TOKENS:
            raise RefusedError(
                _invalid(
                    f"max_tokens: {limit} > {families.MAX_OUTPUT_TOKENS}, which is the maximum allowed number of"
                    f" output tokens for {model}"
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
            envelope["stop_details"] = {"type": "refusal", "category": CATEGORY, "explanation": None}
        counts = _usage(question, draft, settings.text("tier") or question.tier)
        usage = spoil_usage(counts, settings.text("usage"))
        if usage is not None:
            envelope["usage"] = usage
        return envelope

    def headers(self, caller: Caller) -> Headers:
        """Request ID, and rate limits that are reset by now."""
        headers = [("request-id", self.request_id(caller.serial))]
        requests = caller.requests(4000, 3999)
        tokens = (("input-tokens", 2_000_000), ("output-tokens", 400_000))
        for what, (limit, left, reset) in (
            ("requests", requests),
            *((name, (most, most - 1, 0.0)) for name, most in tokens),
        ):
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + reset))
            headers += [
                (f"anthropic-ratelimit-{what}-limit", str(limit)),
                (f"anthropic-ratelimit-{what}-remaining", str(left)),
                (f"anthropic-ratelimit-{what}-reset", moment),
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

    def stream(self, answer: Json, question: Question, caller: Caller) -> Iterable[bytes]:
        """Events with names, and none that only says that it was the last."""
        del question, caller
        return message_events(answer)

    def error_event(self, body: Json | str, caller: Caller, place: int) -> bytes:
        """An event of the type `error`."""
        del caller, place
        return named(body if isinstance(body, dict) else {"type": "error", "error": {"message": body}})

    def model_list(self, caller: Caller) -> Json:
        """A page of models."""
        parameters = caller.parameters
        limit = parameters.get("limit", str(DEFAULT_LISTED))
        if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 1 <= int(limit) <= MAX_LISTED):
            raise RefusedError(self.errors["limit"])
        listed = list(self.models)
        for name in ("after_id", "before_id"):
            cursor = parameters.get(name)
            if cursor is not None and cursor not in listed:
                raise RefusedError(self.errors["cursor"])
        if "after_id" in parameters:
            listed = listed[listed.index(parameters["after_id"]) + 1 :]
        page = listed[: int(limit)]
        if "before_id" in parameters:
            listed = listed[: listed.index(parameters["before_id"])]
            page = listed[-int(limit) :]
        ends = {"first_id": page[0] if page else None, "last_id": page[-1] if page else None}
        return {"data": [self.model_card(model) for model in page], "has_more": len(page) < len(listed), **ends}

    def model_card(self, model: str) -> Json:
        """What the model can do."""
        return families.model_card(model)


_TARGETS: Final = {
    "/v1/messages": Target(Call.CHAT),
    "/v1/messages/count_tokens": Target(Call.COUNT),
    "/v1/models": Target(Call.MODELS),
}


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


def _usage(question: Question, draft: Draft, tier: str) -> Json:
    cache = question.cache
    usage: Json = {
        "input_tokens": question.fresh_tokens,
        "cache_creation_input_tokens": question.written_tokens,
        "cache_read_input_tokens": cache.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cache.written,
            "ephemeral_1h_input_tokens": cache.written_for_an_hour,
        },
        "output_tokens": draft.text_tokens + draft.thinking_tokens,
        "service_tier": tier,
        "inference_geo": "not_available",
    }
    if families.THINKS_BY_DEFAULT.match(question.model) or draft.thinking_tokens:
        usage["output_tokens_details"] = {"thinking_tokens": draft.thinking_tokens}
    return usage
