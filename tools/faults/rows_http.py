"""D: what the provider answers in place of an answer."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from tools.faults import servers
from tools.faults.bench import Outcome, Row, job, sim, turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.faults.bench import Bench

# One model of each vendor that neither thinks nor is known to refuse settings.
MODELS: Final = {
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "google": "gemini-2.0-flash",
    "xai": "grok-4.20-non-reasoning",
    "deepseek": "deepseek-chat",
    "mistral": "mistral-large-latest",
}
_FIVE: Final = 5


def _gap(least: float, most: float) -> Callable[[Bench, Outcome], None]:
    """How long the provider was left alone between the first two calls."""

    def check(bench: Bench, outcome: Outcome) -> None:
        del outcome
        first, second = (entry["time"] for entry in bench.calls()[:2])
        if not least <= second - first <= most:
            raise AssertionError(f"the second call came after {second - first:.2f} s")

    return check


def _slowly(bench: Bench, outcome: Outcome) -> None:
    """At most three calls in the first three seconds, and no two waits alike."""
    del outcome
    times = [entry["time"] for entry in bench.calls()]
    if sum(moment - times[0] < 3 for moment in times) > 3:
        raise AssertionError("too many calls in three seconds")
    waits = [later - earlier for earlier, later in pairwise(times)]
    if len({round(wait, 2) for wait in waits}) < len(waits):
        raise AssertionError("no jitter")


def _reason(wanted: str) -> Callable[[Bench, Outcome], None]:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        if outcome.error.get("reason") != wanted:
            raise AssertionError(f"reason is {outcome.error.get('reason')}")

    return check


def _names(word: str) -> Callable[[Bench, Outcome], None]:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        if word not in f"{outcome.error['message']} {outcome.error['details']}":
            raise AssertionError(f"{word!r} is not named: {outcome.error}")

    return check


def _short(bench: Bench, outcome: Outcome) -> None:
    del bench
    if len(outcome.error["details"]) > 300 or "<" in outcome.error["details"]:
        raise AssertionError("a wall of HTML")


def _has_ids(bench: Bench, outcome: Outcome) -> None:
    del bench
    if not outcome.error.get("requestId") or not outcome.turns[0]["providerMetadata"]["requestId"]:
        raise AssertionError("a request ID is missing")


def _without_setting(bench: Bench, outcome: Outcome) -> None:
    metadata = outcome.turns[0]["providerMetadata"]
    if metadata["dropped"] != ["temperature"] or metadata["requested"]["temperature"] != 0.5:
        raise AssertionError(f"the record is {metadata['dropped']}")
    if "temperature" in bench.calls()[-1]["body"]:
        raise AssertionError("it was sent again")


def _unknowing(bench: Bench, stdin: bytes) -> Outcome:
    """Run with a table that does not know what the model refuses."""
    path = bench.folder / "models.json"
    path.write_text(json.dumps({"openai": [{"match": "gpt-5*", "refuses": []}]}))
    bench.env["PROBE_MODELS_FILE"] = str(path)
    return bench.run(stdin)


def _many(bench: Bench, stdin: bytes) -> Outcome:
    """Fifty jobs at once with one key, all of which meet a 429 that names a second.

    All fifty calls are on the wire before the first answer is sent, so whatever comes later was begun by a worker that
    might have known, and by the server's own clock it must come a second after that answer: however slow the machine.
    """
    with servers.Crowd(50, retry_after=1) as crowd:
        bench.env["OPENAI_BASE_URL"] = crowd.url
        outcome = bench.run(b"".join(stdin + b"\n" for _ in range(50)), args=("--jsonl",))
    documents = [json.loads(line) for line in outcome.stdout.splitlines()]
    codes = {item["error"]["code"] for item in documents}
    if len(documents) != 50 or codes != {"RATE_LIMIT"}:
        raise AssertionError(f"{len(documents)} documents, {codes}")
    limited = documents[0]
    delay = limited["error"].pop("retryAfterSeconds", 0)
    if not 0 < delay <= 1:
        raise AssertionError(f"retryAfterSeconds is {delay}")
    later = sorted(crowd.arrivals)[50:]
    early = sum(moment < (crowd.answered or 0.0) + 1.0 for moment in later)
    if early or len(later) != 50:
        raise AssertionError(f"{early} of {len(later)} calls inside the pause that the provider asked for")
    return Outcome(
        outcome.status,
        json.dumps(limited).encode() + b"\n",
        outcome.stderr,
        outcome.seconds,
    )


def raw(head: str, body: object) -> Callable[[Bench, bytes], Outcome]:
    """Run against a server that answers in exactly these words."""
    content = json.dumps(body)

    def act(bench: Bench, stdin: bytes) -> Outcome:
        with servers.answers(f"{head}\r\ncontent-length: {len(content)}\r\n\r\n{content}".encode()) as running:
            bench.env |= {"OPENAI_BASE_URL": running.url, "ANTHROPIC_BASE_URL": running.url.removesuffix("/v1")}
            return bench.run(stdin)

    return act


_QUOTA: Final = ("QUOTA_EXCEEDED",)
_LIMIT: Final = ("RATE_LIMIT",)
_SERVER: Final = ("SERVER_ERROR",)
_AUTH: Final = ("AUTH_ERROR",)
_SLOW: Final = {"PROBE_BACKOFF_SECONDS": "1"}

_ONE_BY_ONE: Final = tuple(
    Row(
        f"D11 {name}",
        "a wrong key, repeated in the answer",
        job(sim("error=bad_key echo-key=1"), model=model),
        _AUTH,
        calls=1,
    )
    for name, model in MODELS.items()
) + tuple(
    Row(
        f"D11b {name}",
        "a wrong key, masked in the answer",
        job(sim("error=bad_key echo-key=masked"), model=model),
        _AUTH,
        calls=1,
    )
    for name, model in MODELS.items()
)

ROWS: Final = (
    Row(
        "D01",
        "429 Retry-After: 2, once",
        job(sim("status=429 retry-after=2 times=1")),
        calls=2,
        turns=1,
        least_seconds=2,
        check=_gap(2.0, 3.5),
    ),
    Row(
        "D03",
        "retry-after-ms",
        job(sim("status=429 retry-after-ms=700 times=1")),
        calls=2,
        turns=1,
        check=_gap(0.7, 1.4),
    ),
    Row(
        "D03b",
        "x-ratelimit-reset 1m30s",
        job(sim("status=429 header.x-ratelimit-reset-requests=1m30s header.x-ratelimit-remaining-requests=0")),
        _LIMIT,
        calls=1,
        delay=90.0,
    ),
    Row(
        "D03c",
        "Google's RetryInfo",
        job(sim("error=rate_limit times=1"), model="gemini-2.0-flash"),
        calls=2,
        turns=1,
        check=_gap(2.0, 3.5),
    ),
    Row("D03d", "Cloudflare's retry_after", job(sim("cloudflare=522 retry-after=120")), _SERVER, calls=1, delay=120.0),
    Row(
        "D03e",
        "Anthropic's reset as a date",
        job(model="claude-sonnet-4-5"),
        _LIMIT,
        delay=90.0,
        act=raw(
            "HTTP/1.1 429 Slow\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT"
            "\r\nanthropic-ratelimit-requests-remaining: 0"
            "\r\nanthropic-ratelimit-requests-reset: 2023-11-14T22:14:50Z",
            {"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}},
        ),
    ),
    Row(
        "D04",
        "Retry-After: 3600",
        job(sim("status=429 retry-after=3600")),
        _LIMIT,
        calls=1,
        delay=3600.0,
        most_seconds=2,
    ),
    Row(
        "D06", "429 for ever", job(sim("status=429")), _LIMIT, calls=_FIVE, env=_SLOW, least_seconds=7.5, check=_slowly
    ),
    Row("D07", "429 insufficient_quota", job(sim("error=quota")), _QUOTA, calls=1),
    *(
        Row(f"D08 {name}", "no credit", job(sim("error=quota"), model=model), _QUOTA, calls=1)
        for name, model in MODELS.items()
    ),
    Row(
        "D08 google day", "the quota of the day", job(sim("error=quota_day"), model="gemini-2.0-flash"), _QUOTA, calls=1
    ),
    Row(
        "D09",
        "a limit per minute in the words of a quota",
        job(),
        _LIMIT,
        act=raw(
            "HTTP/1.1 429 Slow", {"error": {"message": "INSUFFICIENT QUOTA: 100 per minute", "type": "rate_limit"}}
        ),
        check=lambda _, outcome: None if outcome.error["attempts"] == _FIVE else _fail(),
    ),
    Row(
        "D11 broken",
        "a wrong key, and the body breaks off",
        job(),
        _AUTH,
        act=raw("HTTP/1.1 401 No\r\ncontent-encoding: gzip", "no gzip"),
    ),
    Row(
        "D23",
        "a status that HTTP does not know",
        job(),
        _SERVER,
        act=raw("HTTP/1.1 999 Denied", {}),
    ),
    Row("D10 openai", "one request above the limit", job(sim("error=too_large")), _LIMIT, calls=1, retryable=False),
    Row(
        "D10 anthropic",
        "one request above the limit",
        job(sim("error=too_large"), model=MODELS["anthropic"]),
        _LIMIT,
        calls=1,
        retryable=False,
    ),
    *_ONE_BY_ONE,
    *(
        Row(
            f"D12 {name}",
            "no permission",
            job(sim("error=permission"), model=model),
            _AUTH,
            calls=1,
            check=_reason("permission"),
        )
        for name, model in MODELS.items()
        if name not in {"deepseek", "mistral"}
    ),
    *(
        Row(
            f"D13 {name}",
            "the model is gone",
            job(sim("error=model_not_found"), model=model),
            ("NOT_FOUND",),
            calls=1,
            check=_names(model),
        )
        for name, model in MODELS.items()
    ),
    *(
        Row(
            f"D14 {name}",
            "too long for the context",
            job(sim("error=context"), model=model),
            ("CONTEXT_LENGTH",),
            calls=1,
        )
        for name, model in MODELS.items()
    ),
    *(
        Row(
            f"D15 {name}", "content policy", job(sim("error=content_policy"), model=model), ("CONTENT_FILTER",), calls=1
        )
        for name, model in MODELS.items()
        if name not in {"google", "mistral"}
    ),
    Row(
        "D16",
        "a setting that the model refuses, against the table",
        job(model="gpt-5", config={"temperature": 0.5}),
        calls=2,
        turns=1,
        act=_unknowing,
        check=_without_setting,
    ),
    Row(
        "D16b",
        "an unsupported setting that was not sent",
        job(sim("error=unsupported_temperature")),
        ("VALIDATION_ERROR",),
        calls=1,
        check=_names("temperature"),
    ),
    Row("D18", "413", job(sim("status=413")), ("VALIDATION_ERROR",), calls=1),
    Row("D18b", "422", job(sim("status=422"), model=MODELS["mistral"]), ("VALIDATION_ERROR",), calls=1),
    *(
        Row(f"D19 {name}", "500 once", job(sim("status=500 times=1"), model=model), calls=2, turns=1)
        for name, model in MODELS.items()
    ),
    Row("D20", "503 for ever", job(sim("status=503")), _SERVER, calls=_FIVE),
    Row("D21", "502 with a page", job(sim("html=502")), _SERVER, calls=_FIVE, check=_short),
    Row("D21b", "504 with a page", job(sim("html=504")), _SERVER, calls=_FIVE, check=_short),
    Row("D22", "529 overloaded", job(sim("error=overloaded times=1"), model=MODELS["anthropic"]), calls=2, turns=1),
    *(
        Row(f"D22 {status}", f"{status} once", job(sim(f"status={status} times=1")), calls=2, turns=1)
        for status in (520, 521, 523, 524)
    ),
    Row("D24", "500 with x-should-retry: false", job(sim("status=500 should-retry=false")), _SERVER, calls=1),
    Row("D24b", "400 with x-should-retry: true", job(sim("status=400 should-retry=true times=1")), calls=2, turns=1),
    Row(
        "D25",
        "fifty jobs, one key, all 429",
        job(config={"deadlineSeconds": 60}),
        _LIMIT,
        env={"PROBE_MAX_ATTEMPTS": "2"},
        act=_many,
        most_seconds=20,  # a job's deadline counts from its turn, so a batch has none
    ),
    Row(
        "D26", "each turn fails once", turns(*(sim("status=500 times=1", f"{n}?") for n in range(6))), calls=12, turns=6
    ),
    Row(
        "D26b",
        "more failures than the job may have",
        turns(*(sim("status=500 times=2", f"{n}?") for n in range(9))),
        _SERVER,
        calls=16,
        turns=5,
    ),
    Row("D27", "IDs of every call", turns("One?", sim("status=500")), _SERVER, turns=1, check=_has_ids),
    Row(
        "D28",
        "the deadline falls into a wait",
        job(sim("status=503"), config={"deadlineSeconds": 2}),
        ("SERVER_ERROR",),
        env={"PROBE_BACKOFF_SECONDS": "60", "PROBE_BACKOFF_MAX_SECONDS": "60"},
        calls=1,
        most_seconds=2,
    ),
    Row(
        "D29",
        "timed out after the work was done",
        job(sim("body-delay=30"), config={"deadlineSeconds": 1.5}),
        ("TIMEOUT",),
        calls=1,
        most_seconds=3.5,
        check=lambda _, outcome: None if outcome.error.get("billing") == "unknown" else _fail(),
    ),
)


def _fail() -> None:
    raise AssertionError("billing or attempts are not as they should be")
