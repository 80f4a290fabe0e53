"""The documents of fingerprint.py as types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot read the one of typing

from common.json.documents import CLOSED, Failure
from common.resolving.documents import Problem

__all__ = ["ConversationPrint", "FingerprintResult", "Fingerprinted"]


@with_config(CLOSED)
class ConversationPrint(TypedDict):
    """What one conversation asks, as the first turn of its transcript would carry it; null where it cannot be held."""

    conversationSha256: str | None
    problem: Problem | None


@with_config(CLOSED)
class Fingerprinted(TypedDict):
    """The conversations in the order of their jobs."""

    success: Literal[True]
    conversations: list[ConversationPrint]


FingerprintResult = Annotated[
    Fingerprinted | Failure, Field(title="FingerprintResult", description="What fingerprint.py prints.")
]
