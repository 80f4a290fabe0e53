"""What an adapter is: the knowledge of one wire format. It builds a request and reads an answer, and decides nothing.

Retries, deadlines, keys, HTTP and the question whether an answer is good enough live elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple

from common.json.loose import as_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where gateways name a call, if the vendor's own ID is not handed down.
GATEWAY_ID_HEADERS: Final = ("x-request-id", "request-id", "x-litellm-call-id", "x-portkey-trace-id", "cf-aig-log-id")
# Words in a finish reason of anybody's that say that generation broke off on the server.
_BROKE_OFF: Final = (
    "abort",
    "cancel",
    "disconnect",
    "error",
    "fail",
    "interrupt",
    "timed_out",
    "timeout",
)
_OVERLOADED: Final = ("insufficient_system_resource", "overload", "unavailable", "capacity")

# The value of a sampling setting: a number, a name, or the sequences at which to stop.
Setting = int | float | str | list[str] | None
FinishReason = Literal["stop", "length", "refusal", "content_filter", "other"]


class ShapeError(ValueError):
    """The body is JSON but not an answer of this provider; the text says what is missing."""


class Message(NamedTuple):
    """One message of the conversation so far, with the reasoning before it for APIs that want that back."""

    role: Literal["user", "assistant"]
    text: str
    reasoning: str | None = None


class Usage(NamedTuple):
    """Token counts as the provider bills them.

    Attributes:
        input_tokens: everything read, cached tokens included.
        output_tokens: everything generated, reasoning included once.
        reasoning_tokens: the part of output_tokens that was reasoning; None where the provider does not say.
        cached_input_tokens: the part of input_tokens read from a cache; None where the provider does not say.
        cache_write_input_tokens: the part of input_tokens written to a cache, which is billed apart; None where the
            provider does not say.
        cache_write_hour_input_tokens: the part of those that was written for an hour, at a price of its own; None where
            the provider does not say.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    cache_write_hour_input_tokens: int | None = None

    @property
    def complete(self) -> bool:
        """Whether both sides of the bill are known."""
        return self.input_tokens is not None and self.output_tokens is not None

    def plus(self, other: Usage) -> Usage:
        """The sum, for an answer that took several calls; of what was read and written, None where one does not say."""
        complete = self.complete and other.complete
        return Usage(
            _sum(self.input_tokens, other.input_tokens) if complete else None,
            _sum(self.output_tokens, other.output_tokens) if complete else None,
            _sum(self.reasoning_tokens, other.reasoning_tokens),
            _sum(self.cached_input_tokens, other.cached_input_tokens),
            _sum(self.cache_write_input_tokens, other.cache_write_input_tokens),
            _sum(self.cache_write_hour_input_tokens, other.cache_write_hour_input_tokens),
        )

    def beside(self, text: str) -> Usage:
        """The same without counts that cannot be: zeros beside a question and a text are placeholders."""
        return self._replace(
            input_tokens=self.input_tokens or None,
            output_tokens=self.output_tokens or (None if text else self.output_tokens),
        )


class Answer(NamedTuple):
    """What a provider answered, in the same terms for all of them.

    Attributes:
        text: the visible answer; never reasoning.
        finish_reason: normalised.
        raw_finish_reason: as the provider wrote it.
        model_version: the model that answered, as the provider names it.
        request_id: the provider's ID of the call.
        system_fingerprint: where the provider gives one.
        usage: the bill.
        blocked: the category, where the provider withheld the answer.
        known_finish: whether the raw finish reason is one that the API is known to give.
        reasoned: whether the model reasoned before it answered.
        reasoning_in_text: whether reasoning stood before the answer in its text, and was taken out.
        reasoning: its text, where the provider wants it back with the next turn.
        tool_call: the tool it called instead of answering.
        media: what came that is no text: "audio", "an image".
        service_tier: the tier that was served, where the provider says.
        continuation: the token with which the rest of the text is fetched.
        failed: "overloaded" or "error" where the provider says that generation broke off.
        damaged: whether bytes of the response were no UTF-8 and had to be replaced.
    """

    text: str
    finish_reason: FinishReason
    raw_finish_reason: str | None
    model_version: str | None = None
    request_id: str | None = None
    system_fingerprint: str | None = None
    usage: Usage = Usage()
    blocked: str | None = None
    known_finish: bool = True
    reasoned: bool = False
    reasoning_in_text: bool = False
    reasoning: str | None = None
    tool_call: str | None = None
    media: tuple[str, ...] = ()
    service_tier: str | None = None
    continuation: str | None = None
    failed: Literal["overloaded", "error"] | None = None
    damaged: bool = False


class Prompt(NamedTuple):
    """Everything that one call asks.

    Attributes:
        model: the provider's ID of the model.
        preamble: the system message, if there is one.
        messages: the conversation so far, ending with the question.
        settings: the settings to send, under the job's names.
        max_tokens_param: the operator's name for the bound on the answer.
        continuation: the token of an answer to be continued.
    """

    model: str
    preamble: str | None
    messages: Sequence[Message]
    settings: Mapping[str, Setting]
    max_tokens_param: str | None = None
    continuation: str | None = None


class Adapter(ABC):
    """The wire format of one provider.

    Class attributes say what the API takes: `wire_names` maps the job's settings to the API's names for them, and a
    setting that is not in it does not exist there.
    """

    wire_names: ClassVar[Mapping[str, str]]
    request_id_headers: ClassVar[tuple[str, ...]] = ("x-request-id",)
    wants_reasoning_back: ClassVar[bool] = False
    temperature_max: ClassVar[float] = 2.0
    max_tokens_required: ClassVar[bool] = False
    max_tokens_params: ClassVar[tuple[str, ...]] = ()
    marks_cache: ClassVar[bool] = False

    def __init__(self, provider: str) -> None:
        """An adapter of this provider: several may share a class."""
        self.provider = provider

    @abstractmethod
    def path(self, model: str) -> str:
        """The path of the call below the base URL."""

    @abstractmethod
    def auth_headers(self, key: str | None) -> dict[str, str]:
        """The headers that carry the key, and the API version where one is demanded."""

    def prompt_headers(self, settings: Mapping[str, Setting]) -> dict[str, str]:
        """The headers of a call that carry settings; most APIs take all of them in the body."""
        del settings
        return {}

    @abstractmethod
    def payload(self, prompt: Prompt) -> dict[str, object]:
        """The JSON body of the call."""

    @abstractmethod
    def read(self, body: object, headers: Mapping[str, str]) -> Answer:
        """Read a successful answer.

        Raises:
            ShapeError: the body is not this provider's.
        """

    def assembled(self, events: list[object]) -> object:
        """One body from the several of a stream that nobody asked for, or from a list of one."""
        return events[0] if len(events) == 1 else None

    def max_tokens_name(self, prompt: Prompt) -> str:
        """The API's name for the bound, or the operator's where the API knows that one too."""
        wanted = prompt.max_tokens_param
        return wanted if wanted in self.max_tokens_params else self.wire_names["maxTokens"]

    def request_id(self, headers: Mapping[str, str]) -> str | None:
        """The provider's ID of a call, from its headers."""
        names = (*self.request_id_headers, *GATEWAY_ID_HEADERS)
        found = next((headers[name] for name in names if headers.get(name)), None)
        # LiteLLM hands the vendor's headers down under a prefix.
        upstream = (headers[f"llm_provider-{name}"] for name in names if headers.get(f"llm_provider-{name}"))
        return as_name(next(upstream, found))


def broke_off(raw: str | None) -> Literal["overloaded", "error"] | None:
    """Whether a finish reason says that generation broke off on the server: then the text is cut, not an answer."""
    lowered = raw.lower() if raw else ""
    if any(word in lowered for word in _OVERLOADED):
        return "overloaded"
    return "error" if any(word in lowered for word in _BROKE_OFF) else None


def _sum(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other
