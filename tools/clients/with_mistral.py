"""Mistral's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mistralai.client import Mistral
from mistralai.client.errors import HTTPValidationError, SDKError
from mistralai.client.models import BaseModelCard

from tools.clients.checks import Check, ensure, expect, notices, raises, strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Simulator

MODEL: Final = "mistral-small-latest"
THINKS: Final = "magistral-medium-latest"
TEXT: Final = "Simulated answer 1 of mistral to: Hello"


class _Mistral:
    """What the client is asked."""

    def __init__(self, simulator: Simulator) -> None:
        env = simulator.env()
        self._url = env["MISTRAL_BASE_URL"]
        self.client = Mistral(server_url=self._url, api_key=env["MISTRAL_API_KEY"])

    def ask(self, text: str, model: str = MODEL, **more: Any) -> Any:
        """One question, and the answer checked."""
        messages = more.pop("messages", [{"role": "user", "content": text}])
        answer = self.client.chat.complete(model=model, messages=messages, **more)
        strict(answer)
        return answer

    def chat(self) -> str:
        """One answer."""
        answer = self.ask("Hello")
        expect("the text", answer.choices[0].message.content, TEXT)
        return f"{answer.usage.total_tokens} tokens"

    def thinking(self) -> str:
        """Content is a list where the model thinks."""
        chunks = self.ask("Hello", THINKS).choices[0].message.content
        expect("the chunks", [chunk.type for chunk in chunks], ["thinking", "text"])
        return "thinking, text"

    def turns(self) -> str:
        """Three of them, the answers sent back as they came."""
        messages: list[Any] = []
        for turn in range(1, 4):
            messages.append({"role": "user", "content": f"Question {turn}"})
            message = self.ask("", messages=messages).choices[0].message
            ensure(f"answer {turn} is another's", f"answer {turn} of" in message.content)
            messages.append(message)
        return f"{len(messages)} messages"

    def stream(self) -> str:
        """The same text in pieces, with and without thinking."""
        events = 0
        for model in (MODEL, THINKS):
            text, finish, usage = "", None, None
            messages: Any = [{"role": "user", "content": "Hello"}]
            for event in self.client.chat.stream(model=model, messages=messages):
                strict(event.data)
                events += 1
                choice = event.data.choices[0]
                text += choice.delta.content if isinstance(choice.delta.content, str) else ""
                finish = choice.finish_reason or finish
                usage = event.data.usage or usage
            expect("the text", text, TEXT)
            expect("the finish reason", finish, "stop")
            ensure("no counts", usage and usage.completion_tokens)
        return f"{events} events"

    def two(self) -> str:
        """Two choices."""
        expect("the choices", [choice.index for choice in self.ask("Hello", n=2).choices], [0, 1])
        return "2 choices"

    def models(self) -> str:
        """The list, and each of them by its name; none of a type that the SDK does not know."""
        listed = self.client.models.list().data
        for model in listed:
            expect("the type", type(model), BaseModelCard)
            strict(model)
            expect("the type", type(self.client.models.retrieve(model_id=model.id)), BaseModelCard)
        return f"{len(listed)} models"

    def refusal(self) -> str:
        """Mistral refuses in plain words."""
        ensure("no words", self.ask("[[sim answer=refusal]]").choices[0].message.content)
        return "in the text"

    def notices(self) -> str:
        """These checks can fail: counts that are no numbers are seen."""
        return notices(lambda: self.ask("[[sim usage=garbage]]"))

    def bad_key(self) -> str:
        """A key that is wrong."""
        client = Mistral(server_url=self._url, api_key="bad-key")
        return raises(SDKError, client.models.list, status_code=401)

    def no_model(self) -> str:
        """A model that nobody has, which Mistral says with 400."""
        return raises(SDKError, lambda: self.ask("Hello", "no-such-model"), status_code=400)

    def rate_limit(self) -> str:
        """Too many requests."""
        return raises(SDKError, lambda: self.ask("[[sim error=rate_limit]]"), status_code=429)

    def bad_value(self) -> str:
        """The exception that the SDK has for a body that is wrong."""
        return raises(HTTPValidationError, lambda: self.ask("Hello", temperature=9), status_code=422)


NAMES: Final = (
    *("chat", "thinking", "turns", "stream", "two", "models", "refusal", "bad_key", "no_model", "rate_limit"),
    *("bad_value", "notices"),
)


def checks(simulator: Simulator) -> Iterator[Check]:
    """All checks of this SDK."""
    asked = _Mistral(simulator)
    for name in NAMES:
        yield Check("mistralai", "mistral", name.replace("_", " "), getattr(asked, name))
