"""The chat-completions format that four of the six vendors share."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from simulator.answers import Finish
from simulator.providers.base import Provider, Target, bearer, spoil_usage
from simulator.providers.problem import ProblemError, Rule, need, take, take_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.answers import Draft
    from simulator.providers.base import Caller
    from simulator.question import Json, Question

FINISHES: Final = {
    Finish.STOP: "stop",
    Finish.STOP_SEQUENCE: "stop",
    Finish.LENGTH: "length",
    Finish.FILTER: "content_filter",
    Finish.REFUSAL: "stop",
    Finish.TOOL: "tool_calls",
    Finish.BLOCKED: "content_filter",
    Finish.CONTINUATION: "stop",
}
EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class ChatShapedProvider(Provider):
    """`messages` in, `choices` out, `Authorization: Bearer`.

    Attributes:
        chat_paths: the paths that take a chat.
        models_path: the path of the list of models.
        roles: the roles that a message can have.
    """

    chat_paths: ClassVar[frozenset[str]]
    models_path: ClassVar[str]
    roles: ClassVar[tuple[str, ...]] = ("system", "user", "assistant", "tool")

    def find(self, path: str) -> Target | None:
        """One path for all models."""
        if path in self.chat_paths:
            return _CHAT
        return _MODELS if path == self.models_path else None

    def key(self, headers: Mapping[str, str]) -> str | None:
        """A bearer token."""
        return bearer(headers)

    def conversation(self, body: Json) -> tuple[str, list[tuple[str, str]]]:
        """The system's words, and the other messages as (role, text).

        Raises:
            ProblemError: the messages are not what the schema wants.
        """
        items: list[Any] = need(body, "messages", "array")
        if not items:
            raise ProblemError(Rule.EMPTY, ("messages",))
        instructions = ""
        messages: list[tuple[str, str]] = []
        for place, item in enumerate(items):
            if not isinstance(item, dict):
                raise ProblemError(Rule.TYPE, ("messages", place), "object", item)
            role = item.get("role")
            if role not in self.roles:
                if not isinstance(role, str):
                    need(item, "role", "string", ("messages", place))
                raise ProblemError(Rule.CHOICE, ("messages", place, "role"), self.roles, role)
            content = item.get("content")
            text = content if isinstance(content, str) else self._parts(item, place)
            if role in {"system", "developer"}:
                instructions += text
            else:
                messages.append((role, text))
        return instructions, messages

    def _parts(self, message: Json, place: int) -> str:
        content = message.get("content")
        path = ("messages", place)
        if content is None:
            if message.get("role") == "assistant" and ("tool_calls" in message or "refusal" in message):
                return ""
            raise ProblemError(Rule.MISSING, (*path, "content"), "string")
        if not isinstance(content, list):
            raise ProblemError(Rule.TYPE, (*path, "content"), "string", content)
        texts = []
        for index, part in enumerate(content):
            if not isinstance(part, dict):
                raise ProblemError(Rule.TYPE, (*path, "content", index), "object", part)
            if part.get("type") == "text":
                texts.append(need(part, "text", "string", (*path, "content", index)))
        return "".join(texts)

    def check_sampling(self, body: Json, *, temperature_max: float = 2) -> None:
        """Raise a ProblemError where a sampling setting is of the wrong type or size."""
        take_number(body, "temperature", 0, temperature_max)
        take_number(body, "top_p", 0, 1)
        take_number(body, "presence_penalty", -2, 2)
        take_number(body, "frequency_penalty", -2, 2)

    def stops(self, body: Json) -> tuple[str, ...]:
        """The stop sequences, one or a list of them."""
        stop = body.get("stop")
        if isinstance(stop, str):
            return (stop,)
        stops: list[Any] = take(body, "stop", "array") or []
        for place, item in enumerate(stops):
            if not isinstance(item, str):
                raise ProblemError(Rule.TYPE, ("stop", place), "string", item)
        return tuple(stops)

    def render(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """`choices`, `usage` and what is around them."""
        settings = caller.settings
        envelope: Json = {
            "id": self.answer_id(caller.serial),
            "object": "chat.completion",
            "created": int(time.time()),
            "model": settings.text("model") or question.served_model,
            "choices": self.choices(question, draft, caller),
        }
        usage = spoil_usage(self.usage(question, draft), settings.text("usage"))
        if usage is not None:
            envelope["usage"] = usage
        return envelope

    def choices(self, question: Question, draft: Draft, caller: Caller) -> list[Json]:
        """One choice, unless the settings ask for several or none."""
        if draft.kind == "no-choices":
            return []
        finish = caller.settings.text("finish")
        if finish is None:
            silent_refusal = draft.finish is Finish.REFUSAL and not draft.refusal
            finish = "content_filter" if silent_refusal else FINISHES[draft.finish]
        choice = self.choice(question, draft, finish)
        if draft.kind != "multi":
            return [choice]
        message = {**choice["message"], "content": "Another choice, which nobody asked for."}
        return [choice, {**choice, "index": 1, "message": message}]

    def choice(self, question: Question, draft: Draft, finish: str) -> Json:
        """The choice with the vendor's message in it."""
        message = self.message(question, draft)
        return {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}

    @abstractmethod
    def message(self, question: Question, draft: Draft) -> Json:
        """The message of a choice."""

    @abstractmethod
    def usage(self, question: Question, draft: Draft) -> Json:
        """The token counts, as this vendor counts."""

    def answer_id(self, serial: int) -> str:
        """The ID of an answer."""
        return f"{serial:08x}-0000-4000-8000-{serial:012x}"

    def model_list(self) -> Json:
        """A list of objects."""
        return {
            "object": "list",
            "data": [
                {"id": model, "object": "model", "created": 1_760_000_000, "owned_by": self.name}
                for model in self.models
            ],
        }


_CHAT: Final = Target(chat=True)
_MODELS: Final = Target(chat=False)


def content_of(draft: Draft) -> str | None:
    """The text of a message, or null where the settings ask for it."""
    return None if draft.kind == "null" else draft.text


def tool_call(serial: int = 1) -> Json:
    """A call of a tool that nobody offered."""
    return {
        "id": f"call_{serial:024x}",
        "type": "function",
        "function": {"name": "simulated_tool", "arguments": '{"city":"Berlin"}'},
    }
