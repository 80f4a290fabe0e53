"""From a request to the plan of its response: routing, checks, directives, answer."""

from __future__ import annotations

import functools
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from simulator.answers import split_echo
from simulator.control import PREFIX, control, own_error
from simulator.directives import NO_SETTINGS, BadDirectiveError, blocks_after_tilde, blocks_in_prompt, merge
from simulator.outcome import reply_to, reply_with
from simulator.prefix_cache import PrefixCache
from simulator.prices import Prices
from simulator.providers import PROVIDERS
from simulator.providers.base import Caller, RefusedError
from simulator.providers.target import Call
from simulator.quota import Quotas
from simulator.reply import Plan, Reply, bent_plan, encode, plain_plan

if TYPE_CHECKING:
    from simulator.directives import Block, Settings
    from simulator.hosts import Hosts
    from simulator.http_request import Request
    from simulator.journal import Journal, Record
    from simulator.own_answers import OwnAnswers
    from simulator.providers import Provider
    from simulator.providers.target import Target
    from simulator.question import Json, Question

MAX_REMEMBERED_ROUTES: Final = 1000
MAX_REMEMBERED_PATH: Final = 512
FIRST_ERROR: Final = 400
# With these a vendor never gets to the model.
UNANSWERED: Final = ("error", "html", "cloudflare", "redirect", "hang")
# The simulator's own status: no vendor uses it, no client retries it.
TEAPOT: Final = 418
# A request that came to the wrong server, as one whose Host is another's did.
MISDIRECTED: Final = 421


@dataclass(frozen=True, slots=True)
class Route:
    """Where a path leads, and the directives that were written into it."""

    provider: Provider
    target: Target | None
    blocks: list[Block]


class Application:
    """Everything about a request that is not sockets."""

    def __init__(
        self,
        journal: Journal,
        *,
        latency: float,
        keyless: bool,
        hosts: Hosts,
        prices: Prices | None = None,
        answers: OwnAnswers | None = None,
    ) -> None:
        self._journal = journal
        self._latency = latency
        self._keyless = keyless
        self._hosts = hosts
        self._prices = prices or Prices()
        self._answers = answers
        self._cache = PrefixCache()
        self._quotas = Quotas()
        self._routes: dict[str, Route] = {}

    def forget(self) -> None:
        """Begin with a clean slate."""
        self._journal.clear()
        self._cache.clear()
        self._quotas.clear()
        if self._answers is not None:
            self._answers.forget()

    def respond(self, request: Request) -> Plan:
        """What to do about a request."""
        head = request.head
        if not self._hosts.allow(head.host):
            message = "the simulator answers requests to this machine only; the Host header names another"
            return plain_plan(None, own_error(MISDIRECTED, message), 0.0, keep_alive=False)
        if head.path.startswith(PREFIX):
            reply = control(request, self._journal, self._cache, self._quotas)
            return plain_plan(None, reply, 0.0, keep_alive=head.keep_alive)
        try:
            route = self._route(head.path)
        except BadDirectiveError as error:
            return self._stray(request, _teapot(error))
        if route is None:
            known = ", ".join(f"/{name}{provider.record.base_path}" for name, provider in PROVIDERS.items())
            return self._stray(request, own_error(404, f"no provider lives here; known are {known}"))
        record = self._journal.begin(route.provider.name, request)
        settings = NO_SETTINGS
        try:
            reply, settings = self._reply(route, request, record)
        except RefusedError as refusal:
            key = route.provider.key(head.headers) or ""
            caller = Caller(record.number, key, record.model or "", NO_SETTINGS, route.target, head.query)
            reply = route.provider.refuse(refusal.error, caller)
        except BadDirectiveError as error:
            reply = _teapot(error)
        except Exception:  # noqa: BLE001 - a fault of the simulator must not look like a network fault to its user
            traceback.print_exc()
            reply = own_error(500, "the simulator itself failed; its standard error says how")
        if not settings.flag("hang"):
            record.bill = reply.bill
            record.units = self._prices.units(record.served_model, reply.bill)
        if not settings:
            return plain_plan(record, reply, self._latency, keep_alive=head.keep_alive)
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
            if len(self._routes) < MAX_REMEMBERED_ROUTES and len(path) <= MAX_REMEMBERED_PATH:
                self._routes[path] = route
        return route

    def _reply(self, route: Route, request: Request, record: Record) -> tuple[Reply, Settings]:
        provider, target, head = route.provider, route.target, request.head
        if target is None:
            raise RefusedError(provider.errors["not_found"])
        keyless = self._keyless and provider.name == "openai"
        key = provider.admit(head, keyless=keyless)
        if head.method != target.method:
            raise RefusedError(provider.errors["method"])
        body: Json = {} if target.method == "GET" else provider.parse(head, request.body)
        named = body.get("model") if target.model is None else target.model
        model, model_blocks = blocks_after_tilde(named) if isinstance(named, str) else ("", [])
        blocks = [*model_blocks, *route.blocks]
        if target.call is not Call.MODELS:
            record.model = model
            provider.check_model(model, anybodys=keyless, responses=target.call is Call.RESPONSES)
            provider.check_target(target)
        if not target.asks:
            settings = self._settings(blocks, request, record, turn=0) if blocks else NO_SETTINGS
            caller = Caller(record.number, key, model, settings, target, head.query)
            return reply_with(provider, caller, _told(provider, caller, request, body)), settings
        question = provider.question(body, model, head, responses=target.call is Call.RESPONSES)
        prompt, question.echo = split_echo(question.prompt)
        if self._answers is not None:
            question.written = functools.partial(self._answers.answer, provider.name, question)
        question.prompt, prompt_blocks = blocks_in_prompt(prompt)
        blocks = [*prompt_blocks, *blocks]
        settings = (
            self._settings(blocks, request, record, turn=question.turns, tier=question.tier) if blocks else NO_SETTINGS
        )
        caller = Caller(record.number, key, model, settings, target, head.query)
        record.served_model = question.served_model
        if "rpm" in settings:
            caller.quota = self._quotas.take((provider.name, key, model), settings.whole("rpm"))
            if not caller.quota.admitted:
                reply = provider.refuse(provider.error_named("rate_limit"), caller)
                provider.add_delay(reply, caller)
                return reply, settings
        self._look_up(question, provider, caller)
        return reply_to(provider, caller, question), settings

    def _look_up(self, question: Question, provider: Provider, caller: Caller) -> None:
        """What of a question the vendor's cache holds; what is refused or never answered does not get into it."""
        rule = question.cache_rule
        settings = caller.settings
        if rule is None or question.input_tokens < rule.minimum:
            return
        if settings.whole("status") < FIRST_ERROR and not any(name in settings for name in UNANSWERED):
            scope = (provider.name, caller.key, question.model, question.cache_scope)
            question.cache = self._cache.use(scope, question.parts, rule)

    def _settings(
        self, blocks: list[Block], request: Request, record: Record, *, turn: int, tier: str = ""
    ) -> Settings:
        if any(block.counts_attempts for block in blocks):
            self._journal.count_attempt(record, request)
        settings = merge(blocks, turn=turn, attempt=record.attempt, tier=tier)
        if "continuation" in settings and record.provider != "google":
            raise BadDirectiveError("continuation", "only Google has it")
        return settings


def _told(provider: Provider, caller: Caller, request: Request, body: Json) -> Json:
    """The answer to what is no question."""
    target = caller.target
    if target is None or target.call is Call.MODELS:
        return provider.model_list(caller)
    if target.call is Call.MODEL:
        return provider.model_card(caller.model)
    return provider.count(body, caller.model, request.head)


def _teapot(error: BadDirectiveError) -> Reply:
    directive = error.directive
    body = {"error": {"message": f"the simulator does not understand {error}", "directive": directive}}
    return Reply(TEAPOT, encode(body))
