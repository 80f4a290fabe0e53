"""The corpus of answers, and parsers for its scales."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.scoring.job import ScoreFields
from common.scoring.marker import Marker
from common.scoring.parser import Parser
from common.scoring.scale import Scale, scale_of

if TYPE_CHECKING:
    from common.scoring.reading import Reading

CORPUS: Final = Path(__file__).resolve().parents[1] / "scoring" / "corpus"
DECLARED: Final = json.loads((CORPUS / "scales.json").read_text(encoding="utf-8"))
SCALES: Final[dict[str, Any]] = DECLARED["scales"]
MARKER: Final[str] = DECLARED["marker"]


class Example(NamedTuple):
    """An answer, and what is to be read in it: a score, a label of a nominal scale, or None.

    Attributes:
        seen: what a person sees in it although the parser is silent; None where that is nothing.
    """

    scale: str
    marked: bool
    kind: str
    value: float | str | None
    answer: str
    seen: float | str | None = None

    def parser(self) -> Parser:
        """The parser for its scale and marker."""
        return parser(self.scale, MARKER if self.marked else None)


def examples() -> list[Example]:
    """All of them."""
    found = []
    for path in sorted(CORPUS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            value = item["label"] if "label" in item else item["score"]
            found.append(
                Example(
                    item["scale"], item.get("marker", False), item["class"], value, item["answer"], item.get("seen")
                )
            )
    return found


def scale(declared: Any) -> Scale:
    """A declared scale, made ready."""
    return scale_of(ScoreFields.model_validate({"scale": declared}).scale)


@cache
def parser(name: str, after: str | None = None) -> Parser:
    """The parser for a scale of the corpus."""
    return Parser(scale(SCALES[name]), None if after is None else Marker(after, None))


def value_of(reading: Reading) -> float | str | None:
    """What was read, as the corpus writes it."""
    if reading.choice is None:
        return None
    return reading.choice.label if reading.choice.score is None else reading.choice.score
