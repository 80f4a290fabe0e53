"""OpenAI's SDK, against the three vendors whose clients it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import openai
from openai.types.chat import ChatCompletion

from tools.clients.checks import LONG, Check, ensure, expect, notices, raises, strict, strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Simulator

MODELS: Final = {"openai": "gpt-4o", "xai": "grok-4.3", "deepseek": "deepseek-v4-pro"}
# DeepSeek says "Model Not Exist" with 400, and xAI refuses a wrong key so.
NO_MODEL: Final = {"deepseek": openai.BadRequestError}
NO_KEY: Final = {"xai": openai.BadRequestError}


class _Vendor:
    """What one vendor's client is asked."""

    def __init__(self, simulator: Simulator, vendor: str) -> None:
        env = simulator.env()
        self.vendor, self.model = vendor, MODELS[vendor]
        self._url = env[f"{vendor.upper()}_BASE_URL"]
        self.client = openai.OpenAI(base_url=self._url, api_key=env[f"{vendor.upper()}_API_KEY"], max_retries=0)

    def ask(self, text: str, **more: Any) -> ChatCompletion:
        """One question, and the answer checked."""
        messages = more.pop("messages", [{"role": "user", "content": text}])
        arguments = {"model": self.model, "messages": messages, **more}
        raw = self.client.chat.completions.with_raw_response.create(**arguments)
        answer: ChatCompletion = raw.parse()
        strict(answer)
        strict_json(ChatCompletion, raw.text)
        ensure("a Date header", raw.headers.get("date"))
        return answer

    def chat(self) -> str:
        """One answer."""
        answer = self.ask("Hello")
        ensure("no text", answer.choices[0].message.content)
        usage = answer.usage
        ensure("no usage", usage)
        details = usage.prompt_tokens_details
        expect("cached tokens of a short prompt", details.cached_tokens if details else 0, 0)
        return f"{usage.prompt_tokens} in, {usage.completion_tokens} out, of {answer.model}"

    def turns(self) -> str:
        """Three of them, the answers sent back as they came."""
        messages: list[Any] = []
        for turn in range(1, 4):
            messages.append({"role": "user", "content": f"Question {turn}"})
            message = self.ask("", messages=messages).choices[0].message
            ensure(f"answer {turn} is another's", f"answer {turn} of" in (message.content or ""))
            messages.append(message.model_dump(exclude_none=True))
        return f"{len(messages)} messages"

    def stream(self) -> str:
        """The same text in pieces, and the counts at the end."""
        options = {"stream": True, "stream_options": {"include_usage": True}}
        messages = [{"role": "user", "content": "Hello"}]
        text, finish, usage, chunks = "", None, None, 0
        for chunk in self.client.chat.completions.create(model=self.model, messages=messages, **options):
            strict(chunk)
            chunks += 1
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
        expect("the text", text, f"Simulated answer 1 of {self.vendor} to: Hello")
        expect("the finish reason", finish, "stop")
        ensure("no usage", usage and usage.completion_tokens)
        return f"{chunks} chunks"

    def broken_stream(self) -> str:
        """An error in the middle of a stream."""

        def read() -> None:
            messages = [{"role": "user", "content": "[[sim stream-error=server]]"}]
            list(self.client.chat.completions.create(model=self.model, messages=messages, stream=True))

        return raises(openai.APIError, read)

    def two(self) -> str:
        """Two choices, and both are billed."""
        one, two = self.ask("Hello"), self.ask("Hello", n=2)
        expect("the choices", [choice.index for choice in two.choices], [0, 1])
        expect("the output", two.usage.completion_tokens, 2 * one.usage.completion_tokens)
        return "2 choices"

    def refusal(self) -> str:
        """A refusal in its own field."""
        message = self.ask("[[sim answer=refusal]]").choices[0].message
        ensure("no refusal", message.refusal or message.content)
        return "in refusal" if message.refusal else "in the text"

    def models(self) -> str:
        """The list, and each of them by its name."""
        page = self.client.models.list()
        names = [model.id for model in page]
        for model in page:
            if self.vendor != "deepseek":
                # DeepSeek leaves the date out, as the real one does.
                strict(model)
            expect("the model", self.client.models.retrieve(model.id).id, model.id)
        return f"{len(names)} models"

    def notices(self) -> str:
        """These checks can fail: counts that are no numbers are seen."""
        return notices(lambda: self.ask("[[sim usage=garbage]]"))

    def bad_key(self) -> str:
        """A key that is wrong."""
        client = openai.OpenAI(base_url=self._url, api_key="bad-key", max_retries=0)
        return raises(NO_KEY.get(self.vendor, openai.AuthenticationError), client.models.list)

    def no_model(self) -> str:
        """A model that nobody has."""
        self.model, model = "no-such-model", self.model
        try:
            return raises(NO_MODEL.get(self.vendor, openai.NotFoundError), lambda: self.ask("Hello"))
        finally:
            self.model = model

    def no_card(self) -> str:
        """The same, asked for its card."""
        kind = NO_MODEL.get(self.vendor, openai.NotFoundError)
        return raises(kind, lambda: self.client.models.retrieve("no-such-model"))

    def rate_limit(self) -> str:
        """Too many requests."""
        return raises(openai.RateLimitError, lambda: self.ask("[[sim error=rate_limit]]"), status_code=429)

    def retried(self) -> str:
        """The SDK's own retry gets the answer."""
        client = self.client.with_options(max_retries=1)
        messages = [{"role": "user", "content": "[[sim error=rate_limit times=1 retry-after-ms=1]]"}]
        answer = client.chat.completions.create(model=self.model, messages=messages)
        return f"answered by {answer.model}"

    def checks(self) -> Iterator[Check]:
        """All that every vendor has."""
        for name in ("chat", "turns", "stream", "broken_stream", "refusal", "models", "bad_key", "no_model"):
            yield self._check(name)
        for name in ("no_card", "rate_limit", "retried", "notices"):
            yield self._check(name)
        if self.vendor != "deepseek":
            for name in ("two", "respond", "respond_in_turns", "respond_in_events", "respond_no_model"):
                yield self._check(name)
        if self.vendor == "openai":
            for name in ("respond_refusal", "respond_cut", "writes", "flex"):
                yield self._check(name)

    def _check(self, name: str) -> Check:
        return Check("openai", self.vendor, name.replace("_", " "), getattr(self, name))

    def respond(self) -> str:
        """One answer of the other interface."""
        raw = self.client.responses.with_raw_response.create(
            model=self.model, instructions="Be brief.", input="Hello", max_output_tokens=200
        )
        answer = raw.parse()
        strict(answer)
        strict_json(type(answer), raw.text)
        expect("the text", answer.output_text, f"Simulated answer 1 of {self.vendor} to: Hello")
        expect("the status", answer.status, "completed")
        return f"{answer.usage.total_tokens} tokens"

    def respond_in_turns(self) -> str:
        """What came out goes in again."""
        given: list[Any] = [{"role": "user", "content": "Question 1"}]
        first = self.client.responses.create(model=self.model, input=given)
        given += [item.model_dump(exclude_none=True) for item in first.output]
        given.append({"role": "user", "content": [{"type": "input_text", "text": "Question 2"}]})
        second = self.client.responses.create(model=self.model, input=given)
        strict(second)
        expect("the text", second.output_text, f"Simulated answer 2 of {self.vendor} to: Question 2")
        return f"{len(given)} items in"

    def respond_in_events(self) -> str:
        """The same in events, numbered without a gap."""
        text, numbers, last = "", [], None
        for event in self.client.responses.create(model=self.model, input="Hello", stream=True):
            strict(event)
            numbers.append(event.sequence_number)
            if event.type == "response.output_text.delta":
                text += event.delta
            last = event
        expect("the text", text, f"Simulated answer 1 of {self.vendor} to: Hello")
        expect("the numbers", numbers, list(range(len(numbers))))
        expect("the last event", last.type, "response.completed")
        with self.client.responses.stream(model=self.model, input="Hello") as stream:
            expect("the SDK's own sum", stream.get_final_response().output_text, text)
        return f"{len(numbers)} events"

    def respond_no_model(self) -> str:
        """OpenAI says it with 400 here, xAI with 404."""
        kind = openai.BadRequestError if self.vendor == "openai" else openai.NotFoundError
        return raises(kind, lambda: self.client.responses.create(model="no-such-model", input="Hello"))

    def respond_refusal(self) -> str:
        """A refusal is a part of its own."""
        answer = self.client.responses.create(model=self.model, input="[[sim answer=refusal]]")
        strict(answer)
        expect("the part", answer.output[0].content[0].type, "refusal")
        return "a part of its own"

    def respond_cut(self) -> str:
        """Reasoning that used up the limit."""
        answer = self.client.responses.create(
            model="gpt-5", input="Hello", max_output_tokens=32, reasoning={"effort": "low", "summary": "auto"}
        )
        strict(answer)
        expect("the reason", answer.incomplete_details.reason, "max_output_tokens")
        ensure("no summary", answer.output[0].summary)
        return answer.status

    def writes(self) -> str:
        """A long prompt is written to the cache, and read from it."""
        messages = [{"role": "user", "content": LONG}]
        first, second = (self.ask("", messages=messages, model="gpt-6-sol").usage for _ in range(2))
        written, read = first.prompt_tokens_details.cache_write_tokens, second.prompt_tokens_details.cached_tokens
        ensure("nothing was written", written > 1024)
        expect("what was read", read, written)
        return f"{read} tokens"

    def flex(self) -> str:
        """The tier that served it, and none to be had."""
        expect("the tier", self.ask("Hello", model="gpt-5", service_tier="flex").service_tier, "flex")
        prompt = "[[sim error=resource_unavailable]]"
        return raises(openai.RateLimitError, lambda: self.ask(prompt, service_tier="flex"), code="resource_unavailable")


def checks(simulator: Simulator) -> Iterator[Check]:
    """All checks of this SDK."""
    for vendor in MODELS:
        yield from _Vendor(simulator, vendor).checks()
