"""The page's section on options without an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.analysis.report.markup import (
    WIDTH,
    Column,
    estimate,
    folded,
    heading,
    key,
    number,
    p_value,
    percent,
    rectangle,
    sentence,
    svg,
    table,
    text,
)

if TYPE_CHECKING:
    from common.analysis.nominal_documents import Nominal, OptionShare

MOST_PAIRS: Final = 66
SHADES: Final = ("one", "n3", "two", "p1", "three", "n1", "h3", "n2")


def nominal_section(nominal: Nominal | None, differing: str) -> str:
    """Shares, pairs, what divides the models, and dimensions."""
    if nominal is None:
        return ""
    entries = [(_shade(place), text(option)) for place, option in enumerate(nominal["options"])]
    rows = [
        [
            text(model["modelId"]),
            _bar(model["options"]),
            *(percent(option["share"]) for option in model["options"]),
            number(model["entropyBits"], 2),
            number(model["scores"]),
        ]
        for model in nominal["models"]
    ]
    columns = [
        Column("Shares", "picture"),
        *(Column(f"{text(option)}, %") for option in nominal["options"]),
        Column("entropy, bits"),
        Column("scores"),
    ]
    pairs = [
        [
            f"{text(pair['models'][0])} and {text(pair['models'][1])}",
            number(pair["distance"], 2),
            p_value(pair["pHolm"]),
            percent(pair["sameOption"]),
            estimate(pair["alphaNominal"]),
            number(pair["n"]),
            pair["verdict"],
        ]
        for pair in nominal["pairs"][:MOST_PAIRS]
    ]
    names = ("distance of shares", "p (Holm)", "same option, %", "alpha, nominal", "scenarios")
    return (
        heading("Options", "What each model chose. Options have no order, so there is no mean.")
        + key(entries)
        + table("Share of each option, with 95 % intervals.", columns, rows)
        + f"<p>Krippendorff's alpha of all models (nominal): {estimate(nominal['alphaNominal'])}.</p>\n"
        + table(
            "Pairs of models by how far their shares are apart: 0 for the same shares, 1 for no option in common.",
            [*map(Column, names), Column("verdict", "left")],
            pairs,
            row_heading="Models",
        )
        + differing
        + _dimensions(nominal)
    )


def nominal_sentences(nominal: Nominal) -> list[str]:
    """What of it stands in the summary."""
    tested = [pair for pair in nominal["pairs"] if pair["pHolm"] is not None]
    sentences = []
    if tested:
        differing = sum(pair["verdict"] == "different" for pair in tested)
        words = f"<b>{differing} of {len(tested)}</b> pairs of models choose differently"
        if rest := len(tested) - differing:
            words += f"; for {rest} no difference is shown, which does not mean that they are equal"
        first, second = (text(model) for model in tested[0]["models"])
        sentences = [
            f"{words}.",
            (
                f"Furthest apart are {first} and {second}: their shares differ by {number(tested[0]['distance'], 2)}"
                " (0: the same shares, 1: no option in common)."
            ),
        ]
    if nominal["alphaNominal"]["value"] is not None:
        alpha = estimate(nominal["alphaNominal"])
        sentences.append(f"The models agree with Krippendorff's alpha = {alpha} (1: the same answers, 0: chance).")
    return sentences


def _shade(place: int) -> str:
    return SHADES[place % len(SHADES)]


def _bar(options: list[OptionShare]) -> str:
    parts, begin = "", 0.0
    for place, option in enumerate(options):
        width = (option["share"]["share"] or 0.0) * WIDTH
        parts += rectangle(f"cut {_shade(place)}", begin, width)
        begin += width
    words = ", ".join(f"{option['option'][:40]}: {option['share']['count']}" for option in options)
    return svg(words, parts)


def _dimensions(nominal: Nominal) -> str:
    if not nominal["dimensions"]:
        return ""
    tests = [
        [
            text(dimension["name"]),
            number(dimension["n"]),
            number(dimension["explained"], 3),
            p_value(dimension["pHolm"]),
            sentence(dimension["reason"]) if dimension["reason"] else "",
        ]
        for dimension in nominal["dimensions"]
    ]
    levels = [
        [
            f"{text(dimension['name'])}: {text(level['level'])}",
            number(level["scenarios"]),
            *(percent(option["share"]) for option in level["options"]),
        ]
        for dimension in nominal["dimensions"]
        for level in dimension["levels"]
    ]
    names = [Column("scenarios"), *(Column(f"{text(option)}, %") for option in nominal["options"])]
    columns = [*map(Column, ("scenarios", "share explained", "p (Holm)")), Column("note", "left")]
    return table("Whether a dimension moves the choice.", columns, tests, row_heading="Dimension") + folded(
        "Shares of the levels",
        table("Share of each option per level, over all models.", names, levels, row_heading="Level"),
    )
