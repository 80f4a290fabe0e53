"""Google's SDK, on both versions of the API."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any, Final

from google import genai
from google.genai import errors, types

from tools.clients.checks import Check, ensure, expect, notices, raises, strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator import Simulator

MODEL: Final = "gemini-3.5-flash"
TEXT: Final = "Simulated answer 1 of google to: Hello"


class _Google:
    """What the client is asked."""

    def __init__(self, simulator: Simulator, version: str | None) -> None:
        env = simulator.env()
        self._url, self._key = env["GOOGLE_GEMINI_BASE_URL"], env["GOOGLE_API_KEY"]
        self.version = version or "v1"
        self._options = types.HttpOptions(base_url=self._url, api_version=version)
        self.client = genai.Client(api_key=self._key, http_options=self._options)

    def ask(self, contents: Any, model: str = MODEL, **config: Any) -> types.GenerateContentResponse:
        """One question, and the answer checked."""
        given = types.GenerateContentConfig(**config) if config else None
        answer = self.client.models.generate_content(model=model, contents=contents, config=given)
        strict(answer)
        return answer

    def chat(self) -> str:
        """One answer."""
        answer = self.ask("Hello")
        expect("the text", answer.text, TEXT)
        usage = answer.usage_metadata
        total = usage.prompt_token_count + usage.candidates_token_count + usage.thoughts_token_count
        expect("the total", usage.total_token_count, total)
        return f"{total} tokens"

    def turns(self) -> str:
        """Three of them, by the SDK's own chat."""
        chat = self.client.chats.create(model=MODEL)
        for turn in range(1, 4):
            answer = chat.send_message(f"Question {turn}")
            strict(answer)
            ensure(f"answer {turn} is another's", f"answer {turn} of" in answer.text)
        return f"{len(chat.get_history())} contents"

    def stream(self) -> str:
        """The same text in pieces, and the counts at the end."""
        pieces = list(self.client.models.generate_content_stream(model=MODEL, contents="Hello"))
        for piece in pieces:
            strict(piece)
        expect("the text", "".join(piece.text or "" for piece in pieces), TEXT)
        expect("the finish reason", pieces[-1].candidates[0].finish_reason, types.FinishReason.STOP)
        ensure("no counts", pieces[-1].usage_metadata.candidates_token_count)
        return f"{len(pieces)} pieces"

    def array(self) -> str:
        """The other form of a stream, which the SDK never asks for: one array."""
        url = f"{self._url}/{self.version}/models/{MODEL}:streamGenerateContent"
        body = json.dumps({"contents": [{"parts": [{"text": "Hello"}]}]}).encode()
        headers = {"x-goog-api-key": self._key, "content-type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:  # noqa: S310 - this machine
            pieces = [_response(piece) for piece in json.load(answer)]
        expect("the text", "".join(piece.text or "" for piece in pieces), TEXT)
        return f"{len(pieces)} elements"

    def broken_stream(self) -> str:
        """An error in the middle of a stream."""
        contents = "[[sim stream-error=overloaded]]"
        return raises(
            errors.ServerError,
            lambda: list(self.client.models.generate_content_stream(model=MODEL, contents=contents)),
        )

    def models(self) -> str:
        """All pages of the list, and each of them by its name."""
        names = []
        for model in self.client.models.list(config={"page_size": 1}):
            strict(model)
            strict(self.client.models.get(model=model.name))
            names.append(model.name)
        ensure("one page only", len(names) > 1)
        return f"{len(names)} models on as many pages"

    def count(self) -> str:
        """What a question would cost."""
        counted = self.client.models.count_tokens(model=MODEL, contents="Hello")
        strict(counted)
        expect("the count", counted.total_tokens, self.ask("Hello").usage_metadata.prompt_token_count)
        return f"{counted.total_tokens} tokens"

    def refusal(self) -> str:
        """A blocked prompt has no candidates and a reason."""
        answer = self.ask("[[sim answer=blocked]]")
        ensure("candidates", not answer.candidates)
        return answer.prompt_feedback.block_reason.name

    def flex(self) -> str:
        """The tier is taken, and none may be to be had."""
        self.ask("Hello", service_tier="flex")
        prompt = "[[sim error=resource_unavailable]]"
        return raises(errors.ClientError, lambda: self.ask(prompt, service_tier="flex"), code=429)

    def notices(self) -> str:
        """These checks can fail: counts that are no numbers are seen."""
        return notices(lambda: self.ask("[[sim usage=garbage]]"))

    def bad_key(self) -> str:
        """A key that is wrong, which Google says with 400."""
        client = genai.Client(api_key="bad-key", http_options=self._options)
        return raises(errors.ClientError, lambda: client.models.get(model=MODEL), code=400)

    def no_model(self) -> str:
        """A model that nobody has."""
        return raises(errors.ClientError, lambda: self.ask("Hello", "no-such-model"), code=404)

    def rate_limit(self) -> str:
        """Too many requests."""
        return raises(errors.ClientError, lambda: self.ask("[[sim error=rate_limit]]"), code=429)


def _response(piece: dict[str, object]) -> types.GenerateContentResponse:
    """An element as the SDK reads it, which leaves out what it does not know."""
    answer = types.GenerateContentResponse._from_response(response=piece, kwargs={})  # noqa: SLF001 - it has no other
    strict(answer)
    return answer


NAMES: Final = (
    *("chat", "turns", "stream", "array", "broken_stream", "models", "count", "refusal", "flex", "bad_key"),
    *("no_model", "rate_limit", "notices"),
)


def checks(simulator: Simulator) -> Iterator[Check]:
    """All checks of this SDK."""
    for version in (None, "v1beta"):
        asked = _Google(simulator, version)
        for name in NAMES:
            shown = f"{name.replace('_', ' ')}, {asked.version}"
            yield Check("google-genai", "google", shown, getattr(asked, name))
