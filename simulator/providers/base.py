"""What every simulated vendor has in common: the way of a request, and how its errors are described."""

from __future__ import annotations

import dataclasses
import json
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qsl

from simulator.directives import NO_SETTINGS, BadDirectiveError, Settings
from simulator.keys import made_up_key
from simulator.providers.model_ids import MAX_MODEL_ID, belongs_elsewhere
from simulator.providers.problem import ProblemError, take
from simulator.records import RECORDS
from simulator.reply import JSON_TYPE, Headers, Reply, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.answers import Draft
    from simulator.http_request import Head
    from simulator.providers.target import Target
    from simulator.question import Json, Question
    from simulator.quota import Quota
    from simulator.records import Record

WRONG_KEY_PREFIX: Final = "bad-"
_GIVEN_OUT: Final = frozenset(map(made_up_key, RECORDS))
KEY_PARAMETERS: Final = frozenset({"key", "api_key", "api-key", "apikey", "access_token", "token"})
DEFAULT_WAIT_SECONDS: Final = 2.0
EVENT_STREAM: Final = "text/event-stream; charset=utf-8"


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are not JSON, although Python reads them."""
    raise ValueError(name)


def _finite(digits: str) -> float:
    """A number too large to be one would come out as Infinity."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


_decoder: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


@dataclass(frozen=True, slots=True)
class KnownError:
    """One real error of a vendor.

    Attributes:
        message: may hold {model}, {version} (of the API), {key} (the caller's, masked unless `echo-key=1`), {wait}
            (seconds) and {id}.
        kind: what the vendor calls its type or status.
        form: which of the vendor's envelopes it comes in, where it has several.
    """

    status: int
    message: str
    kind: str = ""
    code: str | int | None = None
    param: str | None = None
    form: str = ""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()


class RefusedError(Exception):
    """The vendor answers with an error instead of doing what was asked."""

    def __init__(self, error: KnownError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(slots=True)
class Caller:
    """Who asks what: for the blanks in an error's message.

    Attributes:
        serial: the number of the request, from which its IDs are made.
        target: what is asked for; None where that is nothing that the vendor has.
        query: the parameters of the URL.
        quota: what the request finds of its quota, where a directive sets one.
    """

    serial: int
    key: str = ""
    model: str = ""
    settings: Settings = NO_SETTINGS
    target: Target | None = None
    query: str = ""
    quota: Quota | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the URL by name."""
        return dict(parse_qsl(self.query))

    def requests(self, limit: int, left: int, reset: float = 0.0) -> tuple[int, int, float]:
        """(limit, left, seconds until the reset) of its quota, or what the vendor shows where none is set."""
        return (limit, left, reset) if self.quota is None else (self.quota.limit, self.quota.left, self.quota.reset)

    @property
    def wait(self) -> float:
        """The seconds that an error asks the caller to wait."""
        if self.quota is not None and not self.quota.admitted:
            return round(self.quota.wait + 0.001, 3)
        if "retry-after-ms" in self.settings:
            return self.settings.whole("retry-after-ms") / 1000
        try:
            return float(self.settings.text("retry-after") or DEFAULT_WAIT_SECONDS)
        except ValueError:
            return DEFAULT_WAIT_SECONDS


def literal(text: object) -> str:
    """Text that comes from the caller, for a message with blanks."""
    return str(text).replace("{", "{{").replace("}", "}}")


class Provider(ABC):
    """One vendor's wire format.

    Attributes:
        record: what is published of it.
        name: the first segment of its URLs.
        errors: its real errors by name.
        by_status: which of them a bare status means.
        models: the IDs that its list of models holds.
    """

    errors: ClassVar[Mapping[str, KnownError]]
    by_status: ClassVar[Mapping[int, str]]
    models: tuple[str, ...]

    def __init__(self, record: Record) -> None:
        self.record: Final = record
        self.name: Final = record.name

    @abstractmethod
    def find(self, path: str) -> Target | None:
        """What a path below the provider's segment leads to."""

    @abstractmethod
    def key(self, headers: Mapping[str, str]) -> str | None:
        """The caller's key, from the header where this vendor looks for it."""

    @abstractmethod
    def read(self, body: Json, model: str, head: Head) -> Question:
        """Check the request for a chat as strictly as the vendor does.

        Raises:
            RefusedError: the vendor refuses it in its own words.
            ProblemError: its schema does not allow it.
        """

    @abstractmethod
    def describe(self, problem: ProblemError) -> KnownError:
        """A problem in the vendor's words."""

    @abstractmethod
    def render(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """An answer in the vendor's envelope."""

    @abstractmethod
    def stream(self, answer: Json, question: Question, caller: Caller) -> Iterable[bytes]:
        """An answer in the events in which the vendor streams it."""

    @abstractmethod
    def error_event(self, body: Json | str, caller: Caller, place: int) -> bytes:
        """An error that comes up in mid-stream, after so many events."""

    @abstractmethod
    def error_body(self, error: KnownError, message: str, caller: Caller) -> Json | str:
        """An error in the vendor's envelope, which may be plain text."""

    @abstractmethod
    def headers(self, caller: Caller) -> Headers:
        """The vendor's own response headers."""

    @abstractmethod
    def model_list(self, caller: Caller) -> Json:
        """The answer to the question which models there are.

        Raises:
            RefusedError: the parameters of the URL are not what the vendor takes.
        """

    @abstractmethod
    def model_card(self, model: str) -> Json:
        """What the vendor says of one model."""

    def read_responses(self, body: Json, model: str) -> Question:
        """Check a request to the newer of OpenAI's interfaces, where the vendor has it."""
        raise NotImplementedError(f"{self.name} has no call {body} for {model}")

    def count(self, body: Json, model: str, head: Head) -> Json:
        """Count the tokens of a request, where the vendor does that."""
        raise NotImplementedError(f"{self.name} counts no {body} for {model} {head}")

    def answer(self, question: Question, draft: Draft, caller: Caller) -> Json:
        """An answer to either kind of request."""
        return self.render(question, draft, caller)

    def streams(self, body: Json, caller: Caller) -> bool:
        """Whether the request wants its answer as a stream."""
        return body.get("stream") is True or (caller.target is not None and caller.target.streams)

    def stream_type(self, caller: Caller) -> str:
        """The content type of a stream."""
        del caller
        return EVENT_STREAM

    def admit(self, head: Head, *, keyless: bool) -> str:
        """The caller's key.

        Raises:
            RefusedError: there is none, it is wrong, or it stands in the query where it ends in logs.
        """
        if head.query and any(name.lower() in KEY_PARAMETERS for name, _ in parse_qsl(head.query)):
            raise RefusedError(self.errors["key_in_query"])
        key = self.key(head.headers)
        if not key:
            if keyless and key is None:
                return ""
            raise RefusedError(self.errors["missing_key"])
        if key.startswith(WRONG_KEY_PREFIX) or (key in _GIVEN_OUT and key != made_up_key(self.name)):
            raise RefusedError(self.errors["bad_key"])
        return key

    def parse(self, head: Head, raw: bytes) -> Json:
        """The body of a request.

        Raises:
            RefusedError: it is not declared as JSON, is none, or is not an object.
        """
        if head.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
            raise RefusedError(self.errors["content_type"])
        try:
            body: Any = _decoder.decode(raw.decode())
        except (ValueError, RecursionError):
            raise RefusedError(self.errors["bad_json"]) from None
        if not isinstance(body, dict):
            raise RefusedError(self.errors["not_object"] if "not_object" in self.errors else self.errors["bad_json"])
        return body

    def check_model(self, model: str, *, anybodys: bool, responses: bool = False) -> None:
        """Refuse a model that the vendor does not have.

        Args:
            model: its ID.
            anybodys: whether models of other vendors are served as well.
            responses: whether it is asked for by the newer of OpenAI's interfaces, whose error is another one.

        Raises:
            RefusedError: there is no such model, or another vendor has it.
        """
        elsewhere = not anybodys and belongs_elsewhere(self.name, model)
        if len(model) > MAX_MODEL_ID or model.startswith("no-such") or elsewhere:
            name = "responses_model_not_found" if responses else ""
            raise RefusedError(self.errors.get(name) or self.errors["model_not_found"])

    def check_target(self, target: Target) -> None:
        """Refuse what the path names, where this version of the API does not have it.

        Raises:
            RefusedError: it is on another version.
        """
        del target

    def question(self, body: Json, model: str, head: Head, *, responses: bool) -> Question:
        """What a request asks.

        Raises:
            RefusedError: the vendor refuses it.
        """
        try:
            question = self.read_responses(body, model) if responses else self.read(body, model, head)
            take(body, "stream", "boolean")
        except ProblemError as problem:
            raise RefusedError(self.describe(problem)) from None
        question.body = body
        return question

    def refuse(self, error: KnownError, caller: Caller) -> Reply:
        """An error as the vendor sends it."""
        headers = [*self.headers(caller), *error.headers]
        raw = self.error_bytes(self.envelope(error, caller), caller)
        return Reply(error.status, raw, error.content_type, headers)

    def envelope(self, error: KnownError, caller: Caller) -> Json | str:
        """An error's body, with the blanks in its message filled in."""
        echo = caller.settings.text("echo-key")
        message = error.message
        if echo and "{key}" not in message:
            message += " (API key: {key})"
        text = message.format(
            model=caller.model,
            key=caller.key if echo == "1" else self.mask(caller.key),
            wait=f"{caller.wait:g}",
            id=self.request_id(caller.serial),
            version=caller.target.version if caller.target else "",
        )
        return self.error_body(error, text, caller)

    def error_bytes(self, body: Json | str, caller: Caller) -> bytes:
        """An error's envelope as it is sent."""
        del caller
        return body.encode() if isinstance(body, str) else encode(body)

    def error_named(self, name: str) -> KnownError:
        """The vendor's error of that name, or its nearest."""
        while name not in self.errors:
            name = NEAREST[name]
        return self.errors[name]

    def error_for(self, status: int, settings: Settings) -> KnownError:
        """The vendor's error for a bare HTTP status."""
        del settings
        if status in self.by_status:
            return dataclasses.replace(self.errors[self.by_status[status]], status=status)
        error = self.errors["server" if status >= 500 else "bad_request"]
        return dataclasses.replace(error, status=status)

    def add_delay(self, reply: Reply, caller: Caller) -> None:
        """Say when to come back, if the settings ask for it, or where a quota is used up."""
        if caller.quota is not None and not caller.quota.admitted and "retry-after" not in caller.settings:
            reply.headers.append(("retry-after", str(math.ceil(caller.wait))))
        for name in ("retry-after", "retry-after-ms"):
            value = caller.settings.text(name)
            if value is not None:
                reply.headers.append((name, value))

    def mask(self, key: str) -> str:
        """A key as the vendor shows it in an error."""
        return f"{key[:4]}{'*' * 8}{key[-4:]}" if len(key) > 12 else f"{key[:2]}***{key[-2:]}"

    def request_id(self, serial: int) -> str:
        """The ID of a request, as the vendor writes them."""
        return f"req_{serial:032x}"


NEAREST: Final = {
    "quota_day": "quota",
    "capacity": "overloaded",
    "too_large": "rate_limit",
    "resource_unavailable": "capacity",
}


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an Authorization header; empty where the header is of another kind."""
    header = headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def spoil_usage(usage: Json, how: str | None) -> Json | None:
    """Token counts as the `usage` directive wants them; the first key is the input's.

    Raises:
        BadDirectiveError: this vendor has no total in which thinking could hide.
    """
    if how is None:
        return usage
    if how in {"total-only", "beside"}:
        raise BadDirectiveError(f"usage={how}", "only answers of OpenAI's shape and Google's have a total")
    if how == "none":
        return None
    names = [name for name, value in usage.items() if isinstance(value, int)]
    if how == "partial":
        return {names[0]: usage[names[0]]}
    if how == "zero":
        return dict.fromkeys(names, 0)
    wrong: list[Any] = ["many", -7, None, 1.5, [], "0"]
    return {name: wrong[place % len(wrong)] for place, name in enumerate(names)}
