"""The chat-completions format that most vendors share."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import unquote

from simulator.answers import Finish
from simulator.providers.base import Provider, bearer, spoil_usage
from simulator.providers.chat_stream import chat_events
from simulator.providers.events import unnamed
from simulator.providers.problem import ProblemError, Rule, need, take, take_number
from simulator.providers.target import Call, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        models_paths: the paths of the list of models; a model's own is below them.
        roles: the roles that a message can have.
        offers_choices: whether the answer `multi` is two choices, or one whose content is a list.
        usage_apart: whether a stream has its counts in a chunk of their own, and only if asked for.
    """

    chat_paths: frozenset[str]
    models_paths: tuple[str, ...] = ("/v1/models",)
    offers_choices: ClassVar[bool] = True
    usage_apart: ClassVar[bool] = False
    roles: ClassVar[tuple[str, ...]] = ("system", "user", "assistant", "tool")

    def find(self, path: str) -> Target | None:
        """One path for all models."""
        if path in self.chat_paths:
            return _CHAT
        for models_path in self.models_paths:
            if path == models_path:
                return _MODELS
            model = unquote(path.removeprefix(f"{models_path}/"))
            if model and "/" not in model:
                return Target(Call.MODEL, model)
        return None

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

    def choices_wanted(self, body: Json, most: int) -> int:
        """How many answers the request wants.

        Raises:
            ProblemError: that is no number from 1 to the most that the vendor gives.
        """
        return int(take_number(body, "n", 1, most, whole=True) or 1)

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
        usage = self.bent_usage(question, draft, caller)
        if usage is not None:
            envelope["usage"] = usage
        return envelope

    def bent_usage(self, question: Question, draft: Draft, caller: Caller) -> Json | None:
        """The token counts, as the `usage` directive wants them."""
        usage, how = self.usage(question, draft), caller.settings.text("usage")
        if how not in {"total-only", "beside"}:
            return spoil_usage(usage, how)
        # Gateways and local servers show thinking in places of their own.
        usage["completion_tokens"] = draft.text_tokens
        usage["total_tokens"] = usage["prompt_tokens"] + draft.text_tokens + draft.thinking_tokens
        if how == "total-only":
            usage.pop("completion_tokens_details", None)
        else:
            usage["completion_tokens_details"] = {"reasoning_tokens": draft.thinking_tokens}
        return usage

    def stream(self, answer: Json, question: Question, caller: Caller) -> Iterable[bytes]:
        """Chunks, and `[DONE]`."""
        del caller
        options = question.body.get("stream_options")
        asked = isinstance(options, dict) and options.get("include_usage") is True
        return chat_events(answer, usage_apart=self.usage_apart, usage_asked=asked)

    def error_event(self, body: Json | str, caller: Caller, place: int) -> bytes:
        """The envelope of any other error."""
        del caller, place
        return unnamed(body if isinstance(body, dict) else {"error": {"message": body}})

    def choices(self, question: Question, draft: Draft, caller: Caller) -> list[Json]:
        """As many choices as are wanted, unless the settings ask for another one or none."""
        if draft.kind == "no-choices":
            return []
        finish = caller.settings.text("finish")
        if finish is None:
            silent_refusal = draft.finish is Finish.REFUSAL and not draft.refusal
            finish = "content_filter" if silent_refusal else FINISHES[draft.finish]
        choice = self.choice(question, draft, finish)
        if draft.kind != "multi" or not self.offers_choices:
            return [{**choice, "index": index} for index in range(draft.copies)]
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

    def model_list(self, caller: Caller) -> Json:
        """A list of objects."""
        del caller
        return {"object": "list", "data": [self.model_card(model) for model in self.models]}

    def model_card(self, model: str) -> Json:
        """An object without much in it."""
        return {"id": model, "object": "model", "created": 1_760_000_000, "owned_by": self.name}


_CHAT: Final = Target(Call.CHAT)
_MODELS: Final = Target(Call.MODELS)


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
