"""From a question to the reply: the answer in the vendor's envelope, or what the directives put in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.answers import compose
from simulator.bodies import bend_body, cdn_page, cloudflare_problem
from simulator.directives import BadDirectiveError
from simulator.prices import Bill
from simulator.reply import Reply, encode

if TYPE_CHECKING:
    from simulator.providers import Provider
    from simulator.providers.base import Caller
    from simulator.question import Json, Question

OK: Final = 200


def reply_to(provider: Provider, caller: Caller, question: Question) -> Reply:
    """The reply to a question.

    Raises:
        BadDirectiveError: a directive does not fit this vendor or this request.
    """
    settings = caller.settings
    streams = provider.streams(question.body, caller)
    if "stream-error" in settings and not streams:
        raise BadDirectiveError("stream-error", "only a stream has events")
    reply = _other_reply(provider, caller)
    if reply is None:
        reply = _answer(provider, caller, question, streams=streams)
        if "body" in settings:
            bend_body(reply, settings, provider.name)
    return _finished(provider, caller, reply)


def reply_with(provider: Provider, caller: Caller, body: Json) -> Reply:
    """The reply to what is no question: a list, a model's card, a count. It costs nothing."""
    reply = _other_reply(provider, caller)
    if reply is None:
        reply = Reply(OK, encode(body), headers=provider.headers(caller))
        if "body" in caller.settings:
            bend_body(reply, caller.settings, provider.name)
    return _finished(provider, caller, reply)


def _answer(provider: Provider, caller: Caller, question: Question, *, streams: bool) -> Reply:
    draft = compose(provider.name, question, caller.settings)
    answer = provider.answer(question, draft, caller)
    cache = question.cache
    bill = Bill(
        question.fresh_tokens,
        cache.read,
        cache.written,
        cache.written_for_an_hour,
        draft.text_tokens + draft.thinking_tokens,
        caller.settings.text("tier") or question.tier,
    )
    headers = provider.headers(caller)
    if not streams:
        return Reply(OK, encode(answer), headers=headers, bill=bill)
    events = list(provider.stream(answer, question, caller))
    name = caller.settings.text("stream-error")
    if name is not None:
        events = events[: len(events) // 2]
        error = provider.error_named(name)
        events.append(provider.error_event(provider.envelope(error, caller), caller, len(events)))
    return Reply(OK, b"".join(events), provider.stream_type(caller), headers, events, bill=bill)


def _other_reply(provider: Provider, caller: Caller) -> Reply | None:
    """What the settings want in place of an answer."""
    settings = caller.settings
    if not settings:
        return None
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


def _finished(provider: Provider, caller: Caller, reply: Reply) -> Reply:
    """The reply with the status and the headers that the settings name."""
    settings = caller.settings
    if not settings:
        return reply
    if reply.status == OK:
        reply.status = settings.whole("status") or reply.status
    if "cloudflare" not in settings:
        provider.add_delay(reply, caller)
    if "should-retry" in settings:
        _set_header(reply, "x-should-retry", settings.text("should-retry") or "")
    for name, value in settings.headers.items():
        _set_header(reply, name, value)
    return reply


def _set_header(reply: Reply, name: str, value: str) -> None:
    if name == "content-type":
        reply.content_type = value
        return
    if name == "date":
        reply.date = value
        return
    reply.headers = [(other, text) for other, text in reply.headers if other != name]
    reply.headers.append((name, value))
