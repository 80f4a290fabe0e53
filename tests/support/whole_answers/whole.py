"""What a whole answer is: a body, the headers that come with it, and what must be read in the two."""

from __future__ import annotations

from typing import Any, NamedTuple


class Whole(NamedTuple):
    """One answer. `text` is None where no visible text came; then `code` is the class of that failure.

    Attributes:
        provider: who answered.
        name: what is odd about it, for the test's name.
        body: as JSON, or the text itself where that is what is odd.
        text: what the model said, without its thinking.
        tokens: input, output, reasoning and cached input, as they are billed.
        version: the model that answered.
        finish: the normalised finish reason.
        request_id: the provider's own.
        headers: in lower case.
        code: of the failure.
    """

    provider: str
    name: str
    body: Any
    text: str | None = None
    tokens: tuple[int, int, int | None, int | None] = (0, 0, None, None)
    version: str = ""
    finish: str = "stop"
    request_id: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    code: str = ""

    def __str__(self) -> str:
        """The name of the test."""
        return f"{self.provider}: {self.name}"
