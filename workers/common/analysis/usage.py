"""What each model did and took: turns, tokens, time, length, endings, versions, cost."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from common.analysis.collection import is_refused
from common.analysis.figures import spread, tidy
from common.analysis.notes import shown
from common.analysis.proportions import clustered_share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.analysis.collection import Collection
    from common.analysis.documents import Model, Spread, Versions
    from common.analysis.figure_documents import Share
    from common.analysis.notes import Notes
    from common.analysis.record import Record

MOST_VERSIONS: Final = 20


def describe_models(found: Collection, notes: Notes) -> list[Model]:
    """A description of each model, and notes on what is not known of all."""
    mine: dict[str | None, list[Record]] = {model: [] for model in found.described}
    for record in found.conversations:
        if record.model in mine:
            mine[record.model].append(record)
    failed: dict[str | None, list[Record]] = {model: [] for model in found.described}
    for record in found.failures:
        if record.model in failed:
            failed[record.model].append(record)
    described = [_describe(model, found, mine[model], failed[model], notes) for model in found.described]
    _note_gaps(described, notes)
    return described


def _describe(model: str, found: Collection, records: list[Record], failed: list[Record], notes: Notes) -> Model:
    costs = [record.cost for record in (*records, *failed) if record.cost is not None]
    turns = [turn for record in records for turn in record.turns]
    return {
        "modelId": model,
        "transcripts": len(records),
        "failedProbes": len(failed),
        "scenarios": len({record.scenario for record in records} - {None}),
        "perTurn": {
            "inputTokens": _known((turn.input_tokens for turn in turns), len(turns)),
            "outputTokens": _known((turn.output_tokens for turn in turns), len(turns)),
            "reasoningTokens": _known((turn.reasoning_tokens for turn in turns), len(turns)),
            "cachedInputTokens": _known((turn.cached_input_tokens for turn in turns), len(turns)),
            "answerWords": _known((turn.answer_words for turn in turns), len(turns)),
        },
        "perTranscript": {
            "turns": spread([len(record.turns) for record in records], len(records)),
            "durationMs": _known((record.duration for record in records), len(records)),
            "costUsd": _known((record.cost for record in records), len(records)),
        },
        "perFailedProbe": {"costUsd": _known((record.cost for record in failed), len(failed))},
        "costUsd": tidy(math.fsum(costs)) if costs else None,
        "sharesOfTranscripts": {
            "truncated": _ending(((record, record.truncated) for record in records), found),
            "refused": _ending(((record, is_refused(record, found.settings.scale)) for record in records), found),
            "retried": _ending(((record, record.retried) for record in records), found),
        },
        "versions": _versions(model, records, notes),
    }


def _known(values: Iterable[float | None], of: int) -> Spread:
    return spread([value for value in values if value is not None], of)


def _ending(records: Iterable[tuple[Record, bool | None]], found: Collection) -> Share:
    """The share of transcripts; samples of one scenario, or family, are no independent ones."""
    clusters: dict[str, tuple[int, int]] = {}
    for record, value in records:
        if value is not None:
            family = found.family(record)
            hits, of = clusters.get(family, (0, 0))
            clusters[family] = hits + value, of + 1
    return clustered_share(clusters)


def _versions(model: str, records: list[Record], notes: Notes) -> Versions:
    counts = Counter(version for record in records for version in record.versions)
    if len(counts) > 1:
        names = ", ".join(shown(version) for version in sorted(counts)[:5])
        more = "" if len(counts) <= 5 else f" and {len(counts) - 5} more"
        notes.say(f"{shown(model)} was answered by {len(counts)} versions: {names}{more}")
    ordered = sorted(counts, key=lambda version: (-counts[version], version))
    return {
        "count": len(counts),
        "listed": [{"version": version, "transcripts": counts[version]} for version in ordered[:MOST_VERSIONS]],
        "transcriptsWithout": sum(not record.versions for record in records),
    }


def _note_gaps(described: list[Model], notes: Notes) -> None:
    """Which figures are not those of all turns or transcripts."""
    spreads: defaultdict[tuple[str, str], list[Spread]] = defaultdict(list)
    shares: defaultdict[str, list[Share]] = defaultdict(list)
    for model in described:
        turn, whole, endings = model["perTurn"], model["perTranscript"], model["sharesOfTranscripts"]
        spreads["inputTokens", "turns"].append(turn["inputTokens"])
        spreads["outputTokens", "turns"].append(turn["outputTokens"])
        spreads["reasoningTokens", "turns"].append(turn["reasoningTokens"])
        spreads["cachedInputTokens", "turns"].append(turn["cachedInputTokens"])
        spreads["answerWords", "turns"].append(turn["answerWords"])
        spreads["durationMs", "transcripts"].append(whole["durationMs"])
        spreads["costUsd", "transcripts"].append(whole["costUsd"])
        shares["truncated"].append(endings["truncated"])
        shares["refused"].append(endings["refused"])
        shares["retried"].append(endings["retried"])
    for (name, unit), figures in spreads.items():
        known, of = sum(figure["n"] for figure in figures), sum(figure["of"] for figure in figures)
        if known < of:
            what = "the sums and means are over the others" if known else "no figure is computed"
            notes.say(f"{name} is not known for {of - known} of {of} {unit}; {what}")
    transcripts = sum(model["transcripts"] for model in described)
    for name, endings_of_all in shares.items():
        known = sum(share["n"] for share in endings_of_all)
        if known < transcripts:
            notes.say(f"whether they were {name} is not known for {transcripts - known} of {transcripts} transcripts")
