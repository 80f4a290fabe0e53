"""The rules for Anthropic's `system` and `messages`, and for the marks of what is to be cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.prefix_cache import FIVE_MINUTES, ONE_HOUR
from simulator.providers.anthropic_errors import ERRORS
from simulator.providers.base import RefusedError
from simulator.providers.problem import ProblemError, Rule, need, take
from simulator.question import part_of

if TYPE_CHECKING:
    from simulator.prefix_cache import Part
    from simulator.providers.problem import Path
    from simulator.question import Json

ROLES = ("user", "assistant", "system")
MAX_MARKS: Final = 4
LIVES: Final = {"5m": FIVE_MINUTES, "1h": ONE_HOUR}


@dataclass(slots=True)
class Conversation:
    """What a request says.

    Attributes:
        parts: its blocks, with the marks of what is to be cached.
        turns: how many messages are the user's.
        prompt: the last one of them.
        last: role and text of the last message.
    """

    parts: list[Part]
    turns: int = 0
    prompt: str = ""
    last: tuple[str, str] = ("", "")

    @property
    def total(self) -> int:
        """The tokens of all blocks."""
        return sum(part.tokens for part in self.parts)


def conversation(body: Json) -> Conversation:
    """The system's words and the messages.

    Raises:
        ProblemError: the schema does not allow them.
        RefusedError: their order is wrong, or one of them is empty.
    """
    system = body.get("system")
    said = Conversation([] if system is None else _blocks(system, "system", ("system",)))
    items: list[Any] = need(body, "messages", "array")
    if not items:
        raise ProblemError(Rule.EMPTY, ("messages",))
    for place, item in enumerate(items):
        _add(said, item, place)
    if said.last[0] == "assistant" and said.last[1] != said.last[1].rstrip():
        raise RefusedError(ERRORS["trailing_space"])
    _mark(said.parts, body)
    return said


def _add(said: Conversation, item: object, place: int) -> None:
    """Add a message to what was said before it."""
    path = ("messages", place)
    if not isinstance(item, dict):
        raise ProblemError(Rule.TYPE, path, "object", item)
    role = need(item, "role", "string", path)
    if role not in ROLES:
        raise ProblemError(Rule.CHOICE, (*path, "role"), ROLES[:2], role)
    if not place and role != "user":
        raise RefusedError(ERRORS["system_role" if role == "system" else "first_role"])
    content = item.get("content")
    if content is None:
        raise ProblemError(Rule.MISSING, (*path, "content"), "string")
    blocks = _blocks(content, role, (*path, "content"))
    text = "".join(block.text for block in blocks)
    if not text.strip() and _is_text(content):
        raise RefusedError(ERRORS["blank_text" if text else "empty_text"])
    said.parts += blocks
    said.last = (role, text)
    if role == "user":
        said.turns += 1
        said.prompt = text


def _is_text(content: object) -> bool:
    """Whether there is nothing but text, and no call of a tool nor what it brought."""
    return not isinstance(content, list) or all(block.get("type") == "text" for block in content)


def _blocks(content: object, role: str, path: Path) -> list[Part]:
    if isinstance(content, str):
        return [part_of(role, content)] if content or role != "system" else []
    if not isinstance(content, list):
        raise ProblemError(Rule.TYPE, path, "string", content)
    blocks: list[Part] = []
    for place, block in enumerate(content):
        if not isinstance(block, dict):
            raise ProblemError(Rule.TYPE, (*path, place), "object", block)
        mark = _life(block, (*path, place))
        text = ""
        if block.get("type") == "text":
            text = need(block, "text", "string", (*path, place, "text"))
            if not text:
                raise RefusedError(ERRORS["empty_text"])
        blocks.append(part_of(role, text, mark, first=not blocks))
    return blocks


def _life(holder: Json, path: Path) -> float:
    """The seconds for which a block's `cache_control` wants it cached, or 0."""
    control: Json | None = take(holder, "cache_control", "object", path)
    if control is None:
        return 0.0
    inside = (*path, "cache_control")
    if need(control, "type", "string", inside) != "ephemeral":
        raise ProblemError(Rule.CHOICE, (*inside, "type"), ("ephemeral",), control["type"])
    life: str = take(control, "ttl", "string", inside) or "5m"
    if life not in LIVES:
        raise ProblemError(Rule.CHOICE, (*inside, "ttl"), tuple(LIVES), life)
    return LIVES[life]


def _mark(parts: list[Part], body: Json) -> None:
    """Put the mark of the whole request on the last block, and check all of them."""
    everything = _life(body, ())
    if everything and not parts[-1].mark:
        parts[-1] = parts[-1]._replace(mark=everything)
    marks = [part.mark for part in parts if part.mark]
    if len(marks) > MAX_MARKS:
        raise RefusedError(ERRORS["too_many_marks"])
    if marks != sorted(marks, reverse=True):
        raise RefusedError(ERRORS["order_of_marks"])
