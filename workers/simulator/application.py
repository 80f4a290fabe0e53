"""From a request to the plan of its response: routing, checks, directives, answer."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from simulator.answers import compose, split_echo
from simulator.bodies import bend_body, cdn_page, cloudflare_problem
from simulator.directives import NO_SETTINGS, BadDirectiveError, blocks_after_tilde, blocks_in_prompt, merge
from simulator.providers import PROVIDERS
from simulator.providers.base import Caller, RefusedError
from simulator.providers.model_ids import belongs_elsewhere
from simulator.reply import Plan, Reply, bent_plan, encode, plain_plan

if TYPE_CHECKING:
    from simulator.directives import Block, Settings
    from simulator.http_request import Request
    from simulator.journal import Journal, Record
    from simulator.providers import Provider
    from simulator.providers.base import Target
    from simulator.question import Question

CONTROL_PREFIX: Final = "/_sim/"
MAX_REMEMBERED_ROUTES: Final = 1000
# The simulator's own status: no vendor uses it, no client retries it.
TEAPOT: Final = 418


@dataclass(frozen=True, slots=True)
class Route:
    """Where a path leads, and the directives that were written into it."""

    provider: Provider
    target: Target | None
    blocks: list[Block]


class Application:
    """Everything about a request that is not sockets."""

    def __init__(self, journal: Journal, *, latency: float, keyless: bool) -> None:
        self._journal = journal
        self._latency = latency
        self._keyless = keyless
        self._routes: dict[str, Route] = {}

    def respond(self, request: Request) -> Plan:
        """What to do about a request."""
        head = request.head
        if head.path.startswith(CONTROL_PREFIX):
            return plain_plan(None, self._control(request), 0.0, keep_alive=head.keep_alive)
        try:
            route = self._route(head.path)
        except BadDirectiveError as error:
            return self._stray(request, _teapot(str(error), error.directive))
        if route is None:
            known = ", ".join(f"/{name}{provider.base_path}" for name, provider in PROVIDERS.items())
            return self._stray(request, _own_error(404, f"no provider lives here; known are {known}"))
        record = self._journal.begin(route.provider.name, request)
        settings = NO_SETTINGS
        try:
            reply, settings = self._reply(route, request, record)
        except RefusedError as refusal:
            key = route.provider.key(head.headers) or ""
            reply = route.provider.refuse(refusal.error, Caller(record.number, key, record.model or ""))
        except BadDirectiveError as error:
            reply = _teapot(str(error), error.directive)
        except Exception:  # noqa: BLE001 - a fault of the simulator must not look like a network fault to its user
            traceback.print_exc()
            reply = _own_error(500, "the simulator itself failed; its standard error says how")
        if not settings:
            record.input_tokens, record.output_tokens = reply.input_tokens, reply.output_tokens
            return plain_plan(record, reply, self._latency, keep_alive=head.keep_alive)
        if not settings.flag("hang"):
            record.input_tokens, record.output_tokens = reply.input_tokens, reply.output_tokens
        return bent_plan(record, reply, self._latency, settings, keep_alive=head.keep_alive)

    def _stray(self, request: Request, reply: Reply) -> Plan:
        return plain_plan(self._journal.begin("", request), reply, 0.0, keep_alive=request.head.keep_alive)

    def _route(self, path: str) -> Route | None:
        route = self._routes.get(path)
        if route is None:
            segment, _, rest = path[1:].partition("/")
            name, blocks = blocks_after_tilde(unquote(segment))
            provider = PROVIDERS.get(name)
            if provider is None:
                return None
            route = Route(provider, provider.find(f"/{rest}"), blocks)
            if len(self._routes) < MAX_REMEMBERED_ROUTES:
                self._routes[path] = route
        return route

    def _reply(self, route: Route, request: Request, record: Record) -> tuple[Reply, Settings]:
        provider, target, head = route.provider, route.target, request.head
        if target is None:
            raise RefusedError(provider.errors["not_found"])
        keyless = self._keyless and provider.name == "openai"
        key = provider.admit(head, keyless=keyless)
        if head.method != ("POST" if target.chat else "GET"):
            raise RefusedError(provider.errors["method"])
        if not target.chat:
            settings = self._settings(route.blocks, request, record, turn=0)
            caller = Caller(record.number, key, "", settings)
            return self._finished(provider, caller, None), settings
        body = provider.parse(head, request.body)
        named = body.get("model") if target.model is None else target.model
        record.model, model_blocks = blocks_after_tilde(named) if isinstance(named, str) else ("", [])
        if not keyless and belongs_elsewhere(provider.name, record.model):
            raise RefusedError(provider.errors["model_not_found"])
        question = provider.question(body, record.model, head)
        if body.get("stream") is True:
            raise BadDirectiveError("stream", "the simulator does not stream")
        prompt, question.echo = split_echo(question.prompt)
        question.prompt, prompt_blocks = blocks_in_prompt(prompt)
        blocks = [*prompt_blocks, *model_blocks, *route.blocks]
        settings = self._settings(blocks, request, record, turn=question.turns) if blocks else NO_SETTINGS
        caller = Caller(record.number, key, record.model, settings)
        return self._finished(provider, caller, question), settings

    def _settings(self, blocks: list[Block], request: Request, record: Record, *, turn: int) -> Settings:
        if any(block.counts_attempts for block in blocks):
            self._journal.count_attempt(record, request)
        settings = merge(blocks, turn=turn, attempt=record.attempt)
        if "continuation" in settings and record.provider != "google":
            raise BadDirectiveError("continuation", "only Google has it")
        return settings

    def _finished(self, provider: Provider, caller: Caller, question: Question | None) -> Reply:
        settings = caller.settings
        if not settings:
            return _answer(provider, caller, question)
        reply = _instead(provider, caller)
        if reply is None:
            reply = _answer(provider, caller, question)
            bend_body(reply, settings, provider.name)
            reply.status = settings.whole("status") or reply.status
        if "cloudflare" not in settings:
            provider.add_delay(reply, caller)
        if "should-retry" in settings:
            _set_header(reply, "x-should-retry", settings.text("should-retry") or "")
        for name, value in settings.headers.items():
            _set_header(reply, name, value)
        return reply

    def _control(self, request: Request) -> Reply:
        what = (request.head.method, request.head.path.removeprefix(CONTROL_PREFIX))
        if what == ("GET", "health"):
            return Reply(200, encode({"ok": True}))
        if what == ("GET", "counters"):
            return Reply(200, encode(self._journal.counters()))
        if what == ("GET", "journal"):
            return Reply(200, json.dumps(self._journal.snapshot()).encode())
        if what == ("DELETE", "journal"):
            self._journal.clear()
            return Reply(200, encode({"ok": True}))
        return _own_error(404, "known are GET health, GET counters, GET journal and DELETE journal")


def _answer(provider: Provider, caller: Caller, question: Question | None) -> Reply:
    headers = provider.headers(caller)
    if question is None:
        return Reply(200, encode(provider.model_list()), headers=headers)
    draft = compose(provider.name, question, caller.settings)
    body = encode(provider.render(question, draft, caller))
    return Reply(
        200,
        body,
        headers=headers,
        input_tokens=question.input_tokens,
        output_tokens=draft.text_tokens + draft.thinking_tokens,
    )


def _instead(provider: Provider, caller: Caller) -> Reply | None:
    """What the settings want instead of an answer."""
    settings = caller.settings
    redirect, name, status = settings.text("redirect"), settings.text("error"), settings.whole("status")
    if redirect is not None:
        return Reply(307, b"", headers=[("location", redirect)])
    if "html" in settings:
        return cdn_page(settings.whole("html"))
    if "cloudflare" in settings:
        return cloudflare_problem(settings.whole("cloudflare"), settings.text("retry-after"))
    if name is not None:
        return provider.refuse(provider.error_named(name), caller)
    return provider.refuse(provider.error_for(status, settings), caller) if status >= 400 else None


def _set_header(reply: Reply, name: str, value: str) -> None:
    if name == "content-type":
        reply.content_type = value
        return
    reply.headers = [(other, text) for other, text in reply.headers if other != name]
    reply.headers.append((name, value))


def _teapot(message: str, directive: str) -> Reply:
    body = {"error": {"message": f"the simulator does not understand {message}", "directive": directive}}
    return Reply(TEAPOT, encode(body))


def _own_error(status: int, message: str) -> Reply:
    return Reply(status, encode({"error": {"message": message}}))
