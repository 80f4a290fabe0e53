"""Who is asked, what came of a question, and what a turn says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from common.json.documents import Discarded
    from common.llm_adapters.base import Adapter, Answer
    from common.probe.documents import Part, ProviderMetadata, Turn
    from common.providers.endpoints import Endpoint


class Target(NamedTuple):
    """Who is asked.

    Attributes:
        model: the provider's ID of the model.
        adapter: the provider's wire format.
        endpoint: its address and key.
    """

    model: str
    adapter: Adapter
    endpoint: Endpoint

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.adapter.provider


class Answered(NamedTuple):
    """What came of a turn.

    Attributes:
        answer: whole, with its bill.
        clipped: whether the text was longer than we keep.
        replaced: whether characters had to be replaced.
        body: of the last call.
        attempts: how many calls it took.
        asked_at: when the first was made, on the job's clock.
        discarded: the calls that were paid for and brought nothing.
        tier_waits: how often it waited for room in its service tier.
        parts: the calls that its text came in, where these are several.
    """

    answer: Answer
    clipped: bool
    replaced: bool
    body: bytes
    attempts: int
    asked_at: float
    discarded: tuple[Discarded, ...]
    tier_waits: int = 0
    parts: tuple[Part, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether the answer ends before its end."""
        return self.clipped or self.answer.finish_reason in {"length", "content_filter"}


def metadata_of(turn: Turn) -> ProviderMetadata:
    """The metadata of a turn. Read it with `get`: a caller may hand a turn back with less in it, or without any."""
    return turn.get("providerMetadata") or cast("ProviderMetadata", {})
