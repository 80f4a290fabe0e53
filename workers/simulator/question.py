"""What a valid request asks, whichever vendor's wire format it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simulator.tokens import count_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

TOKENS_PER_MESSAGE: Final = 3


@dataclass(slots=True)
class Question:
    """A request, reduced to what the answer depends on.

    Attributes:
        model: without directives.
        turns: how many user messages the conversation has.
        prompt: the last user message, first as it came, later without its directives.
        fresh_tokens: the input that no cache holds.
        written_tokens: the input that goes into a cache now (only Anthropic tells it apart).
        cached_tokens: the input read from a cache; 0 in the first turn.
        max_tokens: the caller's limit on the answer.
        thinks: whether this model thinks before it answers this request.
        shows_thoughts: whether the vendor shows the words of that thinking.
        stops: the caller's stop sequences.
        continuation: which piece of a long answer is asked for (only Google).
        echo: what is to be answered verbatim.
        served_model: the version that answers.
    """

    model: str
    turns: int
    prompt: str
    fresh_tokens: int
    written_tokens: int = 0
    cached_tokens: int = 0
    max_tokens: int | None = None
    thinks: bool = False
    shows_thoughts: bool = False
    stops: tuple[str, ...] = ()
    continuation: int = 0
    echo: str | None = None
    served_model: str = field(default="")

    @property
    def input_tokens(self) -> int:
        """All the input that is billed."""
        return self.fresh_tokens + self.written_tokens + self.cached_tokens


def question_of(model: str, instructions: str, messages: Iterable[tuple[str, str]]) -> Question:
    """Count a conversation of (role, text), in which a user's role is `user`.

    From the second turn on all but the newest exchange is read from a cache: the last answer is written to it, and the
    last user message is new.
    """
    total = count_tokens(instructions) + TOKENS_PER_MESSAGE if instructions else 0
    turns = 0
    prompt = ""
    last = before = 0
    for role, text in messages:
        before = last
        last = count_tokens(text) + TOKENS_PER_MESSAGE
        total += last
        if role == "user":
            turns += 1
            prompt = text
    if turns < 2:
        return Question(model, turns, prompt, total)
    return Question(model, turns, prompt, last, before, total - last - before)
