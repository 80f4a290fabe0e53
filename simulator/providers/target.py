"""What a path below a vendor's segment leads to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Call(Enum):
    """The calls that a vendor answers."""

    CHAT = auto()
    RESPONSES = auto()
    COUNT = auto()
    MODELS = auto()
    MODEL = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """One of a vendor's calls.

    Attributes:
        model: where the path names it.
        version: the version of the API, where the vendor has several.
        streams: whether the path itself asks for a stream.
    """

    call: Call
    model: str | None = None
    version: str = ""
    streams: bool = False

    @property
    def method(self) -> str:
        """The HTTP method of the call."""
        return "GET" if self.call is Call.MODELS or self.call is Call.MODEL else "POST"

    @property
    def asks(self) -> bool:
        """Whether a model is to answer."""
        return self.call is Call.CHAT or self.call is Call.RESPONSES
