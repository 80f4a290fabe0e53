"""E: answers that are none, or not quite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tools.faults.bench import Row, job, sim
from tools.faults.rows_http import MODELS, raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.faults.bench import Bench, Outcome

_INVALID: Final = ("INVALID_RESPONSE",)
# Another sample may mend it.
_MENDABLE: Final = ("SERVER_ERROR",)
_FILTER: Final = ("CONTENT_FILTER",)
_PRICE: Final = {
    "costInputPerMillion": 1_000_000.0,
    "costOutputPerMillion": 2_000_000.0,
    "costCachedInputPerMillion": 0.0,
    "costCacheWriteInputPerMillion": 0.0,
}


def _metadata(**wanted: Any) -> Callable[[Bench, Outcome], None]:  # noqa: ANN401 - any JSON value
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        metadata = outcome.turns[-1]["providerMetadata"]
        for name, value in wanted.items():
            if metadata[name] != value:
                raise AssertionError(f"{name} is {metadata[name]!r}")

    return check


def _warned(word: str) -> Callable[[Bench, Outcome], None]:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        if not any(word in text for text in outcome.document["warnings"]):
            raise AssertionError(f"warnings: {outcome.document['warnings']}")

    return check


def _says(word: str) -> Callable[[Bench, Outcome], None]:
    def check(bench: Bench, outcome: Outcome) -> None:
        del bench
        shown = f"{outcome.error['message']} {outcome.error['details']}"
        if word not in shown:
            raise AssertionError(shown)

    return check


def _costs_nothing_known(bench: Bench, outcome: Outcome) -> None:
    _metadata(tokenSource="estimate")(bench, outcome)
    if outcome.document["transcript"]["costSnapshot"]["totalCost"] is not None:
        raise AssertionError("an unknown cost is not null")


def _bills_as_the_provider(bench: Bench, outcome: Outcome) -> None:
    """The cost is the hand calculation over what the simulator says it billed."""
    [entry], [turn] = bench.calls(), outcome.turns
    if (turn["inputTokens"], turn["outputTokens"]) != (entry["inputTokens"], entry["outputTokens"]):
        raise AssertionError(f"{turn['inputTokens']}+{turn['outputTokens']} tokens, billed {entry}")
    cached = turn["providerMetadata"]["cachedInputTokens"] or 0
    by_hand = (entry["inputTokens"] - cached) * 1.0 + entry["outputTokens"] * 2.0
    if abs(outcome.document["transcript"]["costSnapshot"]["totalCost"] - by_hand) > 1e-6:
        raise AssertionError("the cost is another")


_THINKERS: Final = (
    "o3",
    "claude-sonnet-5",
    "gemini-2.5-pro",
    "grok-4.3",
    "deepseek-reasoner",
    "magistral-small-latest",
)

ROWS: Final = (
    Row("E01", "empty body", job(sim("body=empty")), ("SERVER_ERROR",), calls=2),
    Row(
        "E02",
        "a page with status 200",
        job(sim("body=html")),
        _MENDABLE,
        calls=2,
        retryable=True,
        check=_says("text/html"),
    ),
    Row("E03b", "JSON cut in half, once", job(sim("body=half times=1")), calls=2, turns=1),
    Row("E03", "JSON cut in half", job(sim("body=half")), _MENDABLE, calls=2, retryable=True),
    *(
        Row(f"E07 {body}", f"the root is {body}", job(sim(f"body={body}")), _MENDABLE, calls=2, retryable=True)
        for body in ("null", "list", "string", "nested")
    ),
    Row("E07 foreign", "another vendor's answer", job(sim("body=foreign")), _INVALID, calls=1, retryable=False),
    Row("E07 error", "status 200 around a 429", job(sim("body=error200")), ("RATE_LIMIT",), calls=5),
    *(
        Row(
            f"E08 {name}",
            "no choices, no candidates",
            job(sim("answer=no-choices"), model=model),
            _MENDABLE,
            calls=2,
            retryable=True,
        )
        for name, model in MODELS.items()
    ),
    Row(
        "E09",
        "content null and a refusal",
        job(sim("answer=refusal")),
        turns=1,
        check=_metadata(finishReason="refusal"),
    ),
    Row(
        "E10",
        "nothing but thinking",
        job(sim("answer=thinking-only"), model="deepseek-reasoner"),
        _MENDABLE,
        calls=2,
        retryable=True,
    ),
    *(
        Row(
            f"E11 {name}",
            "cut off, with text",
            job(sim("answer=length"), model=model),
            turns=1,
            check=_metadata(finishReason="length", truncated=True),
        )
        for name, model in MODELS.items()
    ),
    *(
        Row(
            f"E12 {model}",
            "all tokens spent on thinking",
            job(sim("answer=length-thinking"), model=model),
            _INVALID,
            calls=1,
            retryable=False,
            check=_says("raise maxTokens"),
        )
        for model in _THINKERS
    ),
    Row("E13", "the prompt is blocked", job(sim("answer=blocked"), model=MODELS["google"]), _FILTER, calls=1),
    Row("E13b", "the answer is blocked", job(sim("answer=filter"), model=MODELS["google"]), _FILTER, calls=1),
    Row(
        "E13c",
        "filtered half-way",
        job(sim("answer=filter-partial")),
        turns=1,
        check=_metadata(finishReason="content_filter", truncated=True),
    ),
    Row(
        "E14",
        "Anthropic refuses with text",
        job(sim("answer=refusal"), model=MODELS["anthropic"]),
        turns=1,
        check=_metadata(finishReason="refusal"),
    ),
    Row(
        "E14b",
        "Anthropic refuses without",
        job(sim("answer=refusal-empty"), model=MODELS["anthropic"]),
        _FILTER,
        calls=1,
    ),
    Row("E15", "several text blocks", job(sim("answer=multi"), model=MODELS["anthropic"]), turns=1),
    *(
        Row(
            f"E16 {name}",
            "a tool call without text",
            job(sim("answer=tool"), model=model),
            _MENDABLE,
            calls=2,
            retryable=True,
        )
        for name, model in MODELS.items()
    ),
    *(
        Row(
            f"E17 {name}",
            "no usage",
            job(sim("usage=none"), model=model, modelCost=_PRICE),
            turns=1,
            check=_costs_nothing_known,
        )
        for name, model in MODELS.items()
    ),
    Row(
        "E17 partial", "half a usage", job(sim("usage=partial"), modelCost=_PRICE), turns=1, check=_costs_nothing_known
    ),
    Row(
        "E17 garbage",
        "nonsense as usage",
        job(sim("usage=garbage"), modelCost=_PRICE),
        turns=1,
        check=_costs_nothing_known,
    ),
    *(
        Row(
            f"E18 {model}",
            "cached and thinking tokens",
            job(model=model, modelCost=_PRICE),
            calls=1,
            turns=1,
            check=_bills_as_the_provider,
        )
        for model in (*MODELS.values(), *_THINKERS)
    ),
    Row("E21", "another model answers", job(sim("model=gpt-3.5-turbo")), turns=1, check=_warned("gpt-3.5-turbo")),
    Row("E22", "U+0000 in the answer", job(sim("answer=nul")), turns=1, check=_warned("U+FFFD")),
    Row("E22b", "half a surrogate pair in the answer", job(sim("answer=surrogate")), turns=1, check=_warned("U+FFFD")),
    Row("E22c", "bytes that are no UTF-8", job(sim("body=bad-utf8")), turns=1, check=_warned("U+FFFD")),
    Row(
        "E23",
        "10 MB of answer",
        job(sim("answer=size:10000000"), model="openai:x", modelConfig={"maxTokens": None}),
        turns=1,
        check=_metadata(truncated=True),
    ),
    Row(
        "E24",
        "an unknown finish reason",
        job(sim("finish=brand_new")),
        turns=1,
        check=_metadata(finishReason="other", rawFinishReason="brand_new"),
    ),
    Row(
        "E25",
        "fields that nobody knows, and no ID",
        job(),
        turns=1,
        act=raw("HTTP/1.1 200 OK", {"x": {"y": [1]}, "choices": [{"message": {"content": "Yes.", "z": None}, "w": 1}]}),
    ),
    Row("E27", "the error repeats the key", job(sim("status=500 echo-key=1")), ("SERVER_ERROR",)),
    *(
        Row(
            f"E28 {name}",
            "nothing but blanks",
            job(sim("answer=blank"), model=model),
            _MENDABLE,
            calls=2,
            retryable=True,
        )
        for name, model in MODELS.items()
    ),
    *(
        Row(
            f"E28b {name}", "an empty answer", job(sim("answer=empty"), model=model), _MENDABLE, calls=2, retryable=True
        )
        for name, model in MODELS.items()
    ),
    Row("E28c", "an empty answer, once", job(sim("answer=empty times=1")), calls=2, turns=1),
    Row(
        "E29",
        "a part that is only a signature",
        job(sim("answer=signature-only"), model="gemini-3-x"),
        _MENDABLE,
        calls=2,
        retryable=True,
    ),
)
