"""What a valid request asks, whichever vendor's wire format it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simulator.prefix_cache import NO_CACHE, CacheUse, Part
from simulator.tokens import count_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simulator.prefix_cache import CacheRule

Json = dict[str, Any]

TOKENS_PER_MESSAGE: Final = 3


@dataclass(slots=True)
class Question:
    """A request, reduced to what the answer depends on.

    Attributes:
        model: without directives.
        turns: how many user messages the conversation has.
        prompt: the last user message, first as it came, later without its directives.
        parts: the messages with their tokens.
        cache: what of the input was read from a cache, and written to it.
        cache_scope: what the caller gave by which its cache is found, where the vendor takes that.
        cache_rule: how this model's prompts are cached, or None where they are not.
        max_tokens: the caller's limit on the answer.
        thinks: whether this model thinks before it answers this request.
        shows_thoughts: whether the vendor shows the words of that thinking.
        stops: the caller's stop sequences.
        choices: how many answers are wanted.
        continuation: which piece of a long answer is asked for (only Google).
        echo: what is to be answered verbatim.
        written: asked for the user's own answer where there is no echo; it may have none.
        served_model: the version that answers.
        tier: the service tier that serves it, in the vendor's own word.
        body: the request, for envelopes that repeat parts of it.
    """

    model: str
    turns: int
    prompt: str
    parts: Sequence[Part]
    cache: CacheUse = NO_CACHE
    cache_rule: CacheRule | None = None
    cache_scope: str = ""
    max_tokens: int | None = None
    thinks: bool = False
    shows_thoughts: bool = False
    stops: tuple[str, ...] = ()
    choices: int = 1
    continuation: int = 0
    echo: str | None = None
    written: Callable[[], str | None] | None = None
    served_model: str = field(default="")
    tier: str = field(default="")
    body: Json = field(default_factory=dict)
    input_tokens: int = field(init=False)

    def __post_init__(self) -> None:
        self.input_tokens = sum(part.tokens for part in self.parts)

    @property
    def written_tokens(self) -> int:
        """The input that goes into a cache now."""
        return self.cache.written + self.cache.written_for_an_hour

    @property
    def fresh_tokens(self) -> int:
        """The input that no cache has to do with."""
        return self.input_tokens - self.cache.read - self.written_tokens


def question_of(model: str, instructions: str, messages: Iterable[tuple[str, str]]) -> Question:
    """Count a conversation of (role, text), in which a user's role is `user`."""
    parts = [part_of("system", instructions)] if instructions else []
    turns = 0
    prompt = ""
    for role, text in messages:
        parts.append(part_of(role, text))
        if role == "user":
            turns += 1
            prompt = text
    return Question(model, turns, prompt, parts)


def part_of(role: str, text: str, mark: float = 0.0, *, first: bool = True) -> Part:
    """A text with its tokens; the first text of a message pays for the message as well."""
    return Part(role, text, count_tokens(text) + TOKENS_PER_MESSAGE * first, mark)
