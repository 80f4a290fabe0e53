"""Misbehaviour on demand: what can be asked for, and how it is written.

A directive stands in the last user message as `[[sim key=value key="value with spaces"]]`, in the model ID after a
tilde as `gpt-4o~status=503,times=1`, or in the base URL after the provider as `/openai~status=503/v1`, which reaches
the lists of models too. Several blocks may stand side by side, each with its own times, attempt, turn and asked-tier;
where two of them in force name the same key, the first wins (prompt before model before URL). A request is checked
before any directive is obeyed, and a directive that is not in this table is answered with HTTP 418.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from simulator.directive_keys import HEADER, KEYS, KEYS_BY_NAME, MAX_VALUE, BadValueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.directive_keys import Value

TABLE_WIDTH: Final = 120
FORM_WIDTH: Final = 30
_INDENT: Final = " " * (FORM_WIDTH + 2)
_OPENING: Final = "[[sim"
_HEADER: Final = re.compile(r"header\.([A-Za-z0-9-]{1,64})")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,80}")
# A response has so many headers at most, and an error message quotes no more than this of what it does not know.
MAX_HEADERS: Final = 64
EXCERPT: Final = 80


class BadDirectiveError(Exception):
    """A directive that the simulator does not understand.

    Attributes:
        directive: the key or the text that is not understood.
    """

    def __init__(self, directive: str, reason: str) -> None:
        super().__init__(f"{directive}: {reason}")
        self.directive = directive


class Settings:
    """The directives in force for one attempt at one request."""

    __slots__ = ("_values", "headers")

    def __init__(self, values: Mapping[str, Value], headers: Mapping[str, str]) -> None:
        self._values = values
        self.headers = headers

    def __bool__(self) -> bool:
        return bool(self._values) or bool(self.headers)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str | None:
        """The value of a directive that is a word, or None."""
        value = self._values.get(name)
        return None if value is None else str(value)

    def whole(self, name: str) -> int:
        """The value of a directive that is a count, or 0."""
        return int(self._values.get(name, 0))

    def seconds(self, name: str, default: float = 0.0) -> float:
        """The value of a directive that is a time."""
        return float(self._values.get(name, default))

    def flag(self, name: str) -> bool:
        """Whether a directive is switched on."""
        return self._values.get(name) is True


NO_SETTINGS: Final = Settings({}, {})


class Block:
    """The directives that were written together; `times`, `attempt`, `turn` and `asked-tier` limit this block alone."""

    __slots__ = ("_attempt", "_tier", "_times", "_turn", "headers", "values")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.values: dict[str, Value] = {}
        self.headers: dict[str, str] = {}
        for name, text in pairs:
            self._add(name, text)
        self._times = self.values.pop("times", None)
        self._attempt = self.values.pop("attempt", None)
        self._turn = self.values.pop("turn", None)
        self._tier = self.values.pop("asked-tier", None)

    def _add(self, name: str, text: str) -> None:
        header = _HEADER.fullmatch(name)
        key = KEYS_BY_NAME.get(HEADER if header else name)
        if key is None:
            raise BadDirectiveError(name[:EXCERPT], f"unknown; known are {', '.join(KEYS_BY_NAME)}")
        try:
            if len(text) > MAX_VALUE:
                raise BadValueError(f"at most {MAX_VALUE} characters")  # noqa: TRY301 - said like any other bad value
            value = key.parse(text)
        except BadValueError as error:
            raise BadDirectiveError(f"{name}={text}"[:EXCERPT], f"expected {error}") from None
        if header:
            self.headers[header.group(1).lower()] = str(value)
            if len(self.headers) > MAX_HEADERS:
                raise BadDirectiveError(name, f"at most {MAX_HEADERS} headers")
        else:
            self.values[name] = value

    @property
    def counts_attempts(self) -> bool:
        """Whether it matters how often this request has been asked."""
        return self._times is not None or self._attempt is not None

    def applies(self, *, turn: int, attempt: int, tier: str = "") -> bool:
        """Whether the block is in force for this turn, attempt and service tier."""
        return (
            (self._turn is None or turn == self._turn)
            and (self._tier is None or tier == self._tier)
            and (self._times is None or attempt <= int(self._times))
            and (self._attempt is None or attempt == self._attempt)
        )


def merge(blocks: Iterable[Block], *, turn: int, attempt: int, tier: str = "") -> Settings:
    """The settings of all blocks in force; where two name the same key the first one wins."""
    values: dict[str, Value] = {}
    headers: dict[str, str] = {}
    for block in blocks:
        if block.applies(turn=turn, attempt=attempt, tier=tier):
            for name, value in block.values.items():
                values.setdefault(name, value)
            for name, text in block.headers.items():
                headers.setdefault(name, text)
    if len(headers) > MAX_HEADERS:
        raise BadDirectiveError(HEADER, f"at most {MAX_HEADERS} headers")
    return Settings(values, headers) if values or headers else NO_SETTINGS


def blocks_in_prompt(prompt: str) -> tuple[str, list[Block]]:
    """The prompt without its directives, and the directives; each character is looked at a fixed number of times.

    Raises:
        BadDirectiveError: a block is not closed, is not made of `key=value`, or holds an unknown key or value.
    """
    if _OPENING not in prompt:
        return prompt, []
    blocks: list[Block] = []
    rest: list[str] = []
    place = 0
    while (begin := prompt.find(_OPENING, place)) >= 0:
        rest.append(prompt[place:begin])
        pairs, place = _block(prompt, begin)
        blocks.append(Block(pairs))
    rest.append(prompt[place:])
    return "".join(rest).strip(), blocks


def _block(prompt: str, begin: int) -> tuple[list[tuple[str, str]], int]:
    """The pairs of the block that begins here, and the place behind it.

    Raises:
        BadDirectiveError: it is not closed, or not made of `key=value`.
    """
    place = begin + len(_OPENING)
    pairs: list[tuple[str, str]] = []
    while True:
        start = place
        while place < len(prompt) and prompt[place].isspace():
            place += 1
        if prompt.startswith("]]", place):
            return pairs, place + 2
        if place == len(prompt):
            break
        name = _NAME.match(prompt, place)
        if name is None or start == place or not prompt.startswith("=", name.end()):
            raise BadDirectiveError(prompt[place : place + EXCERPT], "expected key=value")
        value = _value(prompt, name.end() + 1)
        if value is None:
            break
        text, place = value
        pairs.append((name.group(), text))
    raise BadDirectiveError(prompt[begin : begin + EXCERPT], "not closed by ]], or a quote is missing")


def _value(prompt: str, place: int) -> tuple[str, int] | None:
    """The value that begins here and the place behind it, or None where it has no end."""
    if prompt.startswith('"', place):
        end = prompt.find('"', place + 1)
        return (prompt[place + 1 : end], end + 1) if end >= 0 else None
    end = place
    while end < len(prompt) and not prompt[end].isspace() and prompt[end] != '"' and not prompt.startswith("]]", end):
        end += 1
    return (prompt[place:end], end) if end < len(prompt) and prompt[end] != '"' else None


def blocks_after_tilde(text: str) -> tuple[str, list[Block]]:
    """A model ID or URL segment without its directives, and the directives.

    Raises:
        BadDirectiveError: what follows the tilde is not `key=value,key=value`, or holds an unknown key or value.
    """
    name, tilde, written = text.partition("~")
    if not tilde:
        return text, []
    pairs = []
    for item in written.split(","):
        key, equals, value = item.partition("=")
        if not equals:
            raise BadDirectiveError(item, "expected key=value")
        pairs.append((key.strip(), value))
    return name, [Block(pairs)]


def table() -> str:
    """All directives, for people."""
    lines = [__doc__ or ""]
    for key in KEYS:
        long = len(key.name) + len(key.values) >= FORM_WIDTH
        form = f"{key.name}={'...' if long else key.values}"
        lines.append(f"{form:{FORM_WIDTH}}  {key.meaning}")
        if long:
            choices = key.values.replace("|", " | ")
            lines.append(textwrap.fill(choices, TABLE_WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT))
    return "\n".join(lines)
