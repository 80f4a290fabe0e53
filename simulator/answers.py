"""What the simulated model says, and the token arithmetic behind it. Everything follows from the request alone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from simulator.decisions import decided
from simulator.directive_keys import MAX_SIZE
from simulator.directives import BadDirectiveError
from simulator.tokens import BYTES_PER_TOKEN, count_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.directives import Settings
    from simulator.question import Question

EXCERPT_LENGTH: Final = 80
THINKING_TOKENS: Final = 64
TOOL_CALL_TOKENS: Final = 12
FILLER: Final = "The quick brown fox jumps over the lazy dog. "
REFUSAL: Final = "I am sorry, but the simulated model refuses to answer this."

_ECHO: Final = re.compile(r"^ECHO:(?:\r?\n)?", re.MULTILINE)
_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f")


class Finish(Enum):
    """Why the model stopped, before a vendor gives the reason its own name."""

    STOP = auto()
    STOP_SEQUENCE = auto()
    LENGTH = auto()
    FILTER = auto()
    REFUSAL = auto()
    TOOL = auto()
    BLOCKED = auto()
    CONTINUATION = auto()


@dataclass(slots=True)
class Draft:
    """An answer before a vendor's envelope is put around it.

    Attributes:
        texts: the visible text, in blocks; empty where the model says nothing at all.
        finish: why it stopped.
        text_tokens: what the visible text costs.
        thinking_tokens: what thinking costs; 0 where the model did not think.
        kind: the value of the `answer` directive, for shapes that only the vendor's envelope can show.
        stop_sequence: the sequence that ended the text.
        continuation: the number of the piece that comes next, where the text goes on in another answer.
        refusal: the words of a refusal, for vendors that keep them apart from the text.
        copies: how often it is given, where the request wants several choices; the tokens are those of all of them.
    """

    texts: list[str]
    finish: Finish = Finish.STOP
    text_tokens: int = 0
    thinking_tokens: int = 0
    kind: str = "plain"
    stop_sequence: str | None = None
    continuation: int = 0
    refusal: str = field(default="")
    copies: int = 1

    @property
    def text(self) -> str:
        """The visible text as one string."""
        return "".join(self.texts)

    @property
    def thinking(self) -> str:
        """The words that a vendor shows for thinking."""
        return f"Simulated thinking of {self.thinking_tokens // self.copies} tokens."

    def repeat(self, copies: int) -> None:
        """Give it several times, and count its tokens as often."""
        self.copies = copies
        self.text_tokens *= copies
        self.thinking_tokens *= copies


def split_echo(prompt: str) -> tuple[str, str | None]:
    """The prompt before the line `ECHO:`, and what is to be answered verbatim, or None without such a line."""
    if "ECHO:" not in prompt:
        return prompt, None
    marker = _ECHO.search(prompt)
    return (prompt[: marker.start()], prompt[marker.end() :]) if marker else (prompt, None)


def excerpt(text: str) -> str:
    """The first characters of a text, never cut inside what a reader sees as one character."""
    if len(text) <= EXCERPT_LENGTH:
        return text
    end = EXCERPT_LENGTH
    while end and (unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] in _JOINERS):
        end -= 1
    return text[: end or EXCERPT_LENGTH]


def compose(provider: str, question: Question, settings: Settings) -> Draft:
    """The answer to a question, bent as the settings say.

    Raises:
        BadDirectiveError: so many choices of that size would fill the memory.
    """
    draft = _one(provider, question, settings)
    if draft.kind == "size" and len(draft.text) * question.choices > MAX_SIZE:
        raise BadDirectiveError("answer=size", f"{question.choices} choices may have {MAX_SIZE} characters together")
    if question.choices > 1:
        draft.repeat(question.choices)
    return draft


def _one(provider: str, question: Question, settings: Settings) -> Draft:
    kind, _, detail = (settings.text("answer") or "plain").partition(":")
    thinking = THINKING_TOKENS if question.thinks else 0
    text = question.echo
    if text is None and question.written is not None:
        # Asked for only now, when there is going to be an answer: a refused call uses up no sample.
        text = question.written()
    if text is None:
        text = decided(question, settings)
    if text is None:
        text = f"Simulated answer {question.turns} of {provider} to: {excerpt(question.prompt)}"
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(kind, text, thinking, question)
    if kind == "size":
        size = int(detail)
        text = (FILLER * (size // len(FILLER) + 1))[:size]
    elif kind == "nul":
        text += "\x00 after a NUL"
    elif kind == "surrogate":
        text += "\ud800 after half a surrogate pair"
    draft = Draft(
        [text] if kind != "multi" else _pieces(text, 2), text_tokens=count_tokens(text), thinking_tokens=thinking
    )
    draft.kind = kind
    pieces = settings.whole("continuation")
    if pieces:
        _continue(draft, _pieces(text, pieces + 1), question.continuation)
    _stop_at(draft, question.stops)
    if kind != "size":
        _limit(draft, question.max_tokens)
    return draft


def _pieces(text: str, number: int) -> list[str]:
    size = -(-len(text) // number)
    return [text[size * index : size * (index + 1)] for index in range(number)]


def _continue(draft: Draft, pieces: list[str], index: int) -> None:
    draft.texts = [pieces[min(index, len(pieces) - 1)]]
    draft.text_tokens = count_tokens(draft.text)
    if index < len(pieces) - 1:
        draft.finish, draft.continuation = Finish.CONTINUATION, index + 1


def _stop_at(draft: Draft, stops: Sequence[str]) -> None:
    hits = [(place, stop) for stop in stops if stop and (place := draft.text.find(stop)) >= 0]
    if hits:
        place, draft.stop_sequence = min(hits)
        draft.texts = [draft.text[:place]]
        draft.text_tokens, draft.finish = count_tokens(draft.text), Finish.STOP_SEQUENCE


def _limit(draft: Draft, max_tokens: int | None) -> None:
    if max_tokens is None or draft.text_tokens + draft.thinking_tokens <= max_tokens:
        return
    draft.finish = Finish.LENGTH
    room = max_tokens - draft.thinking_tokens
    if room <= 0:
        # Thinking is paid for out of the same allowance, and it comes first.
        draft.texts, draft.text_tokens, draft.thinking_tokens = [], 0, max_tokens
        return
    cut = draft.text.encode("utf-8", "surrogatepass")[: room * BYTES_PER_TOKEN].decode("utf-8", "ignore")
    draft.texts, draft.text_tokens = [cut], room


def _refusal(kind: str, text: str, thinking: int, question: Question) -> Draft:
    del text, question
    words = "" if kind == "refusal-empty" else REFUSAL
    return Draft([words] if words else [], Finish.REFUSAL, count_tokens(words), thinking, kind, refusal=words)


def _cut(kind: str, text: str, thinking: int, question: Question) -> Draft:
    del question
    half = text[: len(text) // 2] or FILLER
    finish = Finish.LENGTH if kind == "length" else Finish.FILTER
    return Draft([half], finish, count_tokens(half), thinking, kind)


def _silent(kind: str, text: str, thinking: int, question: Question) -> Draft:
    del text, question
    return Draft([], _SILENT[kind], 0, thinking, kind)


def _given(kind: str, text: str, thinking: int, question: Question) -> Draft:
    del text, question
    words = "" if kind == "empty" else " \n\t\n "
    return Draft([words], Finish.STOP, count_tokens(words), thinking, kind)


def _thinking(kind: str, text: str, thinking: int, question: Question) -> Draft:
    del text
    finish = Finish.LENGTH if kind == "length-thinking" else Finish.STOP
    spent = question.max_tokens if kind == "length-thinking" and question.max_tokens else thinking or THINKING_TOKENS
    return Draft([], finish, 0, spent, kind)


def _empty_length(kind: str, text: str, thinking: int, question: Question) -> Draft:
    del text, thinking, question
    return Draft([], Finish.LENGTH, 0, 0, kind)


def _tool(kind: str, text: str, thinking: int, question: Question) -> Draft:
    del text, question
    return Draft([], Finish.TOOL, TOOL_CALL_TOKENS, thinking, kind)


_SILENT: Final = {
    "filter": Finish.FILTER,
    "blocked": Finish.BLOCKED,
    "no-choices": Finish.STOP,
    "null": Finish.STOP,
    "signature-only": Finish.STOP,
}
_SPECIAL: Final = {
    "empty": _given,
    "blank": _given,
    "refusal": _refusal,
    "refusal-empty": _refusal,
    "thinking-only": _thinking,
    "tool": _tool,
    "filter-partial": _cut,
    "length": _cut,
    "length-empty": _empty_length,
    "length-thinking": _thinking,
    **dict.fromkeys(_SILENT, _silent),
}
