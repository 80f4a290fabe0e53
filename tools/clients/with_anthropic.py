"""Anthropic's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anthropic
from anthropic.types import Message

from tools.clients.checks import LONG, Check, ensure, expect, notices, raises, strict, strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Simulator

MODEL: Final = "claude-sonnet-5"
TEXT: Final = "Simulated answer 1 of anthropic to: Hello"


class _Anthropic:
    """What the client is asked."""

    def __init__(self, simulator: Simulator) -> None:
        env = simulator.env()
        self._url = env["ANTHROPIC_BASE_URL"]
        self.client = anthropic.Anthropic(base_url=self._url, api_key=env["ANTHROPIC_API_KEY"], max_retries=0)

    def ask(self, content: Any, **more: Any) -> Message:
        """One question, and the answer checked."""
        arguments = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": content}], **more}
        raw = self.client.messages.with_raw_response.create(**arguments)
        answer: Message = raw.parse()
        strict(answer)
        strict_json(Message, raw.text())
        ensure("a Date header", raw.headers.get("date"))
        return answer

    def chat(self) -> str:
        """One answer, after its thinking."""
        answer = self.ask("Hello")
        expect("the blocks", [block.type for block in answer.content], ["thinking", "text"])
        expect("the text", answer.content[1].text, TEXT)
        return f"{answer.usage.input_tokens} in, {answer.usage.output_tokens} out"

    def turns(self) -> str:
        """Three of them, the answers sent back as they came."""
        messages: list[Any] = []
        for turn in range(1, 4):
            messages.append({"role": "user", "content": f"Question {turn}"})
            answer = self.ask("", messages=messages)
            ensure(f"answer {turn} is another's", f"answer {turn} of" in answer.content[-1].text)
            messages.append(answer.to_param())
        return f"{len(messages)} messages"

    def stream(self) -> str:
        """Raw events, and the SDK's own sum of them."""
        arguments: Any = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": "Hello"}]}
        kinds = []
        for event in self.client.messages.create(**arguments, stream=True):
            strict(event)
            kinds.append(event.type)
        expect("the first and the last event", (kinds[0], kinds[-1]), ("message_start", "message_stop"))
        with self.client.messages.stream(**arguments) as stream:
            expect("the text", "".join(stream.text_stream), TEXT)
            whole = stream.get_final_message()
        strict(whole)
        expect("the output", whole.usage.output_tokens, self.ask("Hello").usage.output_tokens)
        return f"{len(kinds)} events"

    def broken_stream(self) -> str:
        """An error in the middle of a stream."""

        def read() -> None:
            content = "[[sim stream-error=overloaded]]"
            messages: Any = [{"role": "user", "content": content}]
            list(self.client.messages.create(model=MODEL, max_tokens=50, messages=messages, stream=True))

        return raises(anthropic.APIStatusError, read)

    def refusal(self) -> str:
        """Its category is one that the SDK knows."""
        answer = self.ask("[[sim answer=refusal]]")
        expect("the stop reason", answer.stop_reason, "refusal")
        ensure("no category", answer.stop_details and answer.stop_details.category)
        return str(answer.stop_details.category)

    def models(self) -> str:
        """All pages of the list, and each of them by its name."""
        names = []
        for model in self.client.models.list(limit=1):
            strict(model)
            strict(self.client.models.retrieve(model.id))
            names.append(model.id)
        ensure("one page only", len(names) > 1)
        return f"{len(names)} models on as many pages"

    def count(self) -> str:
        """What a question would cost."""
        messages: Any = [{"role": "user", "content": "Hello"}]
        counted = self.client.messages.count_tokens(model=MODEL, system="Be brief.", messages=messages)
        strict(counted)
        expect("the count", counted.input_tokens, self.ask("Hello", system="Be brief.").usage.input_tokens)
        return f"{counted.input_tokens} tokens"

    def cache(self) -> str:
        """Written for five minutes and for an hour, then read."""
        hour = {"type": "ephemeral", "ttl": "1h"}
        system = [{"type": "text", "text": LONG, "cache_control": hour}]
        content = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
        first, second = (self.ask(content, system=system).usage for _ in range(2))
        written = first.cache_creation
        ensure("nothing was written", written.ephemeral_5m_input_tokens > 0 < written.ephemeral_1h_input_tokens)
        expect("what was read", second.cache_read_input_tokens, first.cache_creation_input_tokens)
        return f"{second.cache_read_input_tokens} tokens"

    def notices(self) -> str:
        """These checks can fail: counts that are no numbers are seen."""
        return notices(lambda: self.ask("[[sim usage=garbage]]"))

    def bad_key(self) -> str:
        """A key that is wrong."""
        client = anthropic.Anthropic(base_url=self._url, api_key="bad-key", max_retries=0)
        return raises(anthropic.AuthenticationError, client.models.list, status_code=401)

    def no_model(self) -> str:
        """A model that nobody has."""
        return raises(anthropic.NotFoundError, lambda: self.ask("Hello", model="no-such-model"), status_code=404)

    def rate_limit(self) -> str:
        """Too many requests."""
        return raises(anthropic.RateLimitError, lambda: self.ask("[[sim error=rate_limit]]"), status_code=429)

    def overloaded(self) -> str:
        """The status that only Anthropic has."""
        return raises(anthropic.OverloadedError, lambda: self.ask("[[sim error=overloaded]]"), status_code=529)


NAMES: Final = (
    *("chat", "turns", "stream", "broken_stream", "refusal", "models", "count", "cache", "bad_key", "no_model"),
    *("rate_limit", "overloaded", "notices"),
)


def checks(simulator: Simulator) -> Iterator[Check]:
    """All checks of this SDK."""
    asked = _Anthropic(simulator)
    for name in NAMES:
        yield Check("anthropic", "anthropic", name.replace("_", " "), getattr(asked, name))
