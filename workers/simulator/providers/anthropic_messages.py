"""The rules for Anthropic's `system` and `messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.providers.anthropic_errors import ERRORS
from simulator.providers.base import RefusedError
from simulator.providers.problem import ProblemError, Rule, need

if TYPE_CHECKING:
    from simulator.providers.problem import Path
    from simulator.question import Json

ROLES = ("user", "assistant", "system")


def conversation(body: Json) -> tuple[str, list[tuple[str, str]]]:
    """The system's words, and the messages as (role, text).

    Raises:
        ProblemError: the schema does not allow them.
        RefusedError: their order is wrong, or one of them is empty.
    """
    system = body.get("system")
    instructions = "" if system is None else _text(system, ("system",))
    items: list[Any] = need(body, "messages", "array")
    if not items:
        raise ProblemError(Rule.EMPTY, ("messages",))
    messages: list[tuple[str, str]] = []
    for place, item in enumerate(items):
        path = ("messages", place)
        if not isinstance(item, dict):
            raise ProblemError(Rule.TYPE, path, "object", item)
        role = need(item, "role", "string", path)
        if role not in ROLES:
            raise ProblemError(Rule.CHOICE, (*path, "role"), ROLES[:2], role)
        if not messages and role != "user":
            raise RefusedError(ERRORS["system_role" if role == "system" else "first_role"])
        content = item.get("content")
        if content is None:
            raise ProblemError(Rule.MISSING, (*path, "content"), "string")
        text = _text(content, (*path, "content"))
        if not text:
            raise RefusedError(ERRORS["empty_text"])
        if not text.strip():
            raise RefusedError(ERRORS["blank_text"])
        messages.append((role, text))
    if messages[-1][0] == "assistant" and messages[-1][1] != messages[-1][1].rstrip():
        raise RefusedError(ERRORS["trailing_space"])
    return instructions, messages


def _text(content: object, path: Path) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ProblemError(Rule.TYPE, path, "string", content)
    texts = []
    for place, block in enumerate(content):
        if not isinstance(block, dict):
            raise ProblemError(Rule.TYPE, (*path, place), "object", block)
        if block.get("type") == "text":
            text: str = need(block, "text", "string", (*path, place, "text"))
            if not text:
                raise RefusedError(ERRORS["empty_text"])
            texts.append(text)
    return "".join(texts)
