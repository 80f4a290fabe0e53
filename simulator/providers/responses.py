"""OpenAI's Responses, which xAI has as well: `input` in, `output` items out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from simulator.answers import Finish
from simulator.providers.base import RefusedError, spoil_usage
from simulator.providers.chat_shaped import EFFORTS, ChatShapedProvider
from simulator.providers.events import named
from simulator.providers.problem import ProblemError, Rule, need, take, take_number
from simulator.providers.responses_stream import response_events
from simulator.providers.target import Call, Target
from simulator.question import question_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.answers import Draft
    from simulator.providers.base import Caller
    from simulator.providers.problem import Path
    from simulator.question import Json, Question

PATH: Final = "/v1/responses"
ROLES: Final = ("user", "assistant", "system", "developer")
# What a part of a message may be, by whose message it is.
_GIVEN: Final = ("input_text", "input_image", "input_file")
_SAID: Final = ("output_text", "refusal")
_UNFINISHED: Final = {
    Finish.LENGTH: "max_output_tokens",
    Finish.FILTER: "content_filter",
    Finish.BLOCKED: "content_filter",
}


class ResponsesProvider(ChatShapedProvider):
    """A vendor with both of OpenAI's interfaces.

    Attributes:
        least_output_tokens: the smallest limit that it takes.
    """

    least_output_tokens: ClassVar[int] = 1

    def find(self, path: str) -> Target | None:
        """The chat's paths, and one more."""
        return _RESPONSES if path == PATH else super().find(path)

    def read_input(self, body: Json, model: str) -> Question:
        """Check what both vendors check alike.

        Raises:
            ProblemError: the schema does not allow it.
            RefusedError: it goes on from an answer that nobody stored.
        """
        instructions = take(body, "instructions", "string") or ""
        said, messages = _conversation(body)
        if take(body, "previous_response_id", "string") is not None:
            raise RefusedError(self.errors["no_previous"])
        for name, kind in (("text", "object"), ("tools", "array"), ("metadata", "object"), ("store", "boolean")):
            take(body, name, kind)
        take_number(body, "temperature", 0, 2)
        take_number(body, "top_p", 0, 1)
        limit = take_number(body, "max_output_tokens", self.least_output_tokens, whole=True)
        question = question_of(model, instructions + said, messages)
        question.max_tokens = int(limit) if limit else None
        return question

    def effort(self, body: Json) -> str | None:
        """How much the request wants the model to reason.

        Raises:
            ProblemError: there is no such effort.
        """
        effort: str | None = take(take(body, "reasoning", "object") or {}, "effort", "string", ("reasoning",))
        if effort is not None and effort not in EFFORTS:
            raise ProblemError(Rule.CHOICE, ("reasoning", "effort"), EFFORTS, effort)
        return effort

    def answer(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """An answer to either interface."""
        if caller.target is not _RESPONSES:
            return self.render(question, draft, caller)
        return self._response(question, draft, caller)

    def stream(self, answer: Json, question: Question, caller: Caller) -> Iterable[bytes]:
        """Events of either interface."""
        if caller.target is not _RESPONSES:
            return super().stream(answer, question, caller)
        return response_events(answer)

    def error_event(self, body: Json | str, caller: Caller, place: int) -> bytes:
        """An event of either interface."""
        if caller.target is not _RESPONSES or isinstance(body, str):
            return super().error_event(body, caller, place)
        error = body["error"] if isinstance(body["error"], dict) else {"message": body["error"], "code": body["code"]}
        event = {"type": "error", "code": None, "message": "", "param": None, **error, "sequence_number": place}
        return named({**event, "type": "error"})

    def _response(self, question: Question, draft: Draft, caller: Caller) -> Json:
        settings, body = caller.settings, question.body
        now = int(time.time())
        reason = _UNFINISHED.get(draft.finish)
        status = settings.text("finish") or ("incomplete" if reason else "completed")
        reasoning: Json = body.get("reasoning") or {}
        envelope: Json = {
            "id": f"resp_{caller.serial:048x}",
            "object": "response",
            "created_at": now,
            "status": status,
            "background": False,
            "completed_at": now if status == "completed" else None,
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "instructions": body.get("instructions"),
            "max_output_tokens": question.max_tokens,
            "max_tool_calls": None,
            "model": settings.text("model") or question.served_model,
            "output": _output(question, draft, caller.serial),
            "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
            "previous_response_id": None,
            "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
            "service_tier": settings.text("tier") or question.tier,
            "store": body.get("store") is not False,
            "temperature": _given(body, "temperature", 1.0),
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice") or "auto",
            "tools": body.get("tools") or [],
            "top_logprobs": 0,
            "top_p": _given(body, "top_p", 1.0),
            "truncation": body.get("truncation") or "disabled",
            "user": body.get("user"),
            "metadata": body.get("metadata") or {},
        }
        usage = self._bent_counts(question, draft, settings.text("usage"))
        envelope["usage"] = usage
        return envelope

    def _bent_counts(self, question: Question, draft: Draft, how: str | None) -> Json | None:
        usage = self.response_usage(question, draft)
        if how in {"total-only", "beside"}:
            usage["output_tokens"] = draft.text_tokens
            if how == "total-only":
                del usage["output_tokens_details"]
            return usage
        return spoil_usage(usage, how)

    def response_usage(self, question: Question, draft: Draft) -> Json:
        """The output includes reasoning, the input includes what was cached."""
        output = draft.text_tokens + draft.thinking_tokens
        return {
            "input_tokens": question.input_tokens,
            "input_tokens_details": {
                "cached_tokens": question.cache.read,
                "cache_write_tokens": question.written_tokens,
            },
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": draft.thinking_tokens},
            "total_tokens": question.input_tokens + output,
        }


_RESPONSES: Final = Target(Call.RESPONSES)


def _given(body: Json, name: str, default: float) -> float:
    value: float | None = body.get(name)
    return default if value is None else value


def _conversation(body: Json) -> tuple[str, list[tuple[str, str]]]:
    """The words of system messages, and the others as (role, text)."""
    given = body.get("input")
    if isinstance(given, str):
        return "", [("user", given)]
    items: list[Any] = need(body, "input", "array")
    if not items:
        raise ProblemError(Rule.EMPTY, ("input",))
    instructions = ""
    messages: list[tuple[str, str]] = []
    for place, item in enumerate(items):
        path: Path = ("input", place)
        if not isinstance(item, dict):
            raise ProblemError(Rule.TYPE, path, "object", item)
        if item.get("type", "message") != "message":
            # Reasoning, calls of tools and what they brought: taken without a look inside.
            continue
        role = need(item, "role", "string", path)
        if role not in ROLES:
            raise ProblemError(Rule.CHOICE, (*path, "role"), ROLES, role)
        text = _text(item, role, path)
        if role in {"system", "developer"}:
            instructions += text
        else:
            messages.append((role, text))
    return instructions, messages


def _text(message: Json, role: str, path: Path) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts: list[Any] = need(message, "content", "array", path)
    known = _SAID if role == "assistant" else _GIVEN
    texts = []
    for index, part in enumerate(parts):
        inside = (*path, "content", index)
        if not isinstance(part, dict):
            raise ProblemError(Rule.TYPE, inside, "object", part)
        kind = need(part, "type", "string", inside)
        if kind not in known:
            raise ProblemError(Rule.CHOICE, (*inside, "type"), known, kind)
        if kind in {"input_text", "output_text"}:
            texts.append(need(part, "text", "string", inside))
        elif kind == "refusal":
            texts.append(need(part, "refusal", "string", inside))
    return "".join(texts)


def _output(question: Question, draft: Draft, serial: int) -> list[Json]:
    if draft.kind == "no-choices":
        return []
    items: list[Json] = []
    if draft.thinking_tokens:
        summary = [{"type": "summary_text", "text": draft.thinking}] if question.shows_thoughts else []
        items.append({"id": f"rs_{serial:048x}", "type": "reasoning", "summary": summary})
    if draft.kind == "tool":
        call: Json = {"type": "function_call", "id": f"fc_{serial:048x}", "call_id": f"call_{serial:024x}"}
        arguments = '{"city":"Berlin"}'
        items.append({**call, "name": "simulated_tool", "arguments": arguments, "status": "completed"})
        return items
    content: list[Json] = [{"type": "refusal", "refusal": draft.refusal}] if draft.refusal else []
    texts: list[str | None] = [None] if draft.kind == "null" else [] if draft.refusal else [*draft.texts]
    content += [{"type": "output_text", "annotations": [], "logprobs": [], "text": text} for text in texts]
    if content:
        status = "incomplete" if draft.finish in _UNFINISHED else "completed"
        message: Json = {"id": f"msg_{serial:048x}", "type": "message", "status": status, "role": "assistant"}
        items.append({**message, "content": content})
    return items
