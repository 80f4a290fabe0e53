"""The page's sections on what each model did and took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.analysis.report.markup import (
    HEIGHT,
    NOTHING,
    WIDTH,
    Column,
    ceiling,
    key,
    line,
    number,
    percent,
    rectangle,
    scale,
    subheading,
    svg,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.documents import Model, Spread


def usage_section(models: list[Model]) -> str:
    """Tokens, latency, answers and endings."""
    return (
        subheading("Tokens and latency", "Tokens are counted per turn, time per transcript.")
        + _tokens(models)
        + _latency(models)
        + subheading("Answers", "Shares are in percent of the transcripts of which it is known, with 95 % intervals.")
        + _answers(models)
        + _versions(models)
    )


def _tokens(models: list[Model]) -> str:
    def means(model: Model) -> tuple[float, float, float]:
        turn = model["perTurn"]
        read, written = turn["inputTokens"]["mean"] or 0.0, turn["outputTokens"]["mean"] or 0.0
        return read, written, min(turn["reasoningTokens"]["mean"] or 0.0, written)

    end = ceiling(sum(means(model)[:2]) for model in models)
    rows = []
    for model in models:
        read, written, thought = means(model)
        unit = WIDTH / end
        picture = (
            rectangle("three", 0, read * unit)
            + rectangle("one", read * unit, (written - thought) * unit)
            + rectangle("two", (read + written - thought) * unit, thought * unit)
        )
        turn = model["perTurn"]
        rows.append(
            [
                text(model["modelId"]),
                svg(f"{read:.0f} tokens in, {written:.0f} out, {thought:.0f} of them reasoning", picture),
                number(turn["inputTokens"]["mean"], 1),
                number(turn["outputTokens"]["mean"], 1),
                number(turn["outputTokens"]["median"], 1),
                number(turn["outputTokens"]["p95"], 1),
                number(turn["reasoningTokens"]["mean"], 1),
                number(turn["cachedInputTokens"]["mean"], 1),
                _known(turn["outputTokens"]),
            ]
        )
    columns = [
        Column(scale(["0", number(end / 2), number(end)]), "picture"),
        *map(Column, ("input, mean", "output, mean", "median", "95 %", "reasoning, mean", "cached, mean", "turns")),
    ]
    return key([("three", "input"), ("one", "output without reasoning"), ("two", "reasoning")]) + table(
        "Tokens per turn. Output includes reasoning, as it is billed.", columns, rows
    )


def _latency(models: list[Model]) -> str:
    end = ceiling(model["perTranscript"]["durationMs"]["p95"] for model in models)
    rows = []
    for model in models:
        time = model["perTranscript"]["durationMs"]
        median, late = time["median"], time["p95"]
        picture = ""
        if median is not None and late is not None:
            x = late / end * WIDTH
            picture = rectangle("one", 0, median / end * WIDTH) + line("dot", x, x, 1, HEIGHT - 1)
        rows.append(
            [
                text(model["modelId"]),
                svg("not known" if median is None else f"median {median:.0f} ms, 95 % within {late:.0f} ms", picture),
                number(median and median / 1000, 2),
                number(late and late / 1000, 2),
                _known(time),
            ]
        )
    columns = [
        Column(scale(["0", f"{end / 2000:g} s", f"{end / 1000:g} s"]), "picture"),
        *map(Column, ("median, s", "95 %, s", "transcripts")),
    ]
    return key([("one", "median"), ("tick", "95th percentile")]) + table(
        "Duration of a transcript, all its turns, retries and waits.", columns, rows
    )


def _answers(models: list[Model]) -> str:
    rows = []
    for model in models:
        shares, cost = model["sharesOfTranscripts"], model["perTranscript"]["costUsd"]
        rows.append(
            [
                text(model["modelId"]),
                number(model["transcripts"]),
                number(model["perTranscript"]["turns"]["mean"], 2),
                number(model["perTurn"]["answerWords"]["mean"], 1),
                percent(shares["truncated"]),
                percent(shares["refused"]),
                percent(shares["retried"]),
                number(cost["sum"], 4),
                _known(cost),
            ]
        )
    names = ("transcripts", "turns, mean", "words, mean", "truncated", "refused", "retried", "cost, USD", "known for")
    return table("Length and endings of the answers, and what they cost.", list(map(Column, names)), rows)


def _versions(models: list[Model]) -> str:
    rows = [
        [text(model["modelId"]), text(version["version"]), number(version["transcripts"])]
        for model in models
        for version in model["versions"]["listed"]
    ]
    if not rows:
        return ""
    return table(
        "Versions that answered, and in how many transcripts.", [Column("Version", "left"), Column("transcripts")], rows
    )


def _known(spread: Spread) -> str:
    """How many a figure is from."""
    if spread["of"] == 0:
        return NOTHING
    return number(spread["n"]) if spread["n"] == spread["of"] else f"{number(spread['n'])} of {number(spread['of'])}"
