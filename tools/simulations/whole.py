"""Whole runs with a known truth: every interval and every test that the analysis publishes, at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from common.analysis.notes import Notes
from common.analysis.record import Record, ScenarioFigures
from common.analysis.settings import Scale, Settings
from common.analysis.statistics import compute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OPTIONS: Final = ("spare", "swerve", "stop")
NOMINAL: Final = Settings(scale=Scale(0.0, 0.0, None, OPTIONS))
MODELS: Final = ("a", "b", "c")
REFUSED: Final = 0.15
# Scenarios of the run from which the truth of a figure is taken, where it is no number on paper.
TRUTH: Final = 3_000
# Figures whose truth is known: models, orders, levels and turns move nothing, and scores are as often high as low.
EXACT: Final = {"comparisons.pairs": 0.0, "decisions.models": 3.0, "comparisons.common.models": 3.0}
NOTHING: Final = ("effect", "slope", "shift")
# Models that read the same scenarios do agree; errors.py tests correlations of those that do not.
AGREE: Final = ("agreement.pairs", "agreement.overall")
LEVEL: Final = 0.05


class Shape(NamedTuple):
    """How a run is built.

    Attributes:
        scenarios: how many; two of them are the two orders of one where there are pairs.
        repeats: the most samples of a condition; each has 1 to so many.
        family: the most scenarios, or pairs, of a family; each has 1 to so many.
        pairs: whether each scenario comes in both orders.
    """

    scenarios: int
    repeats: int = 4
    family: int = 1
    pairs: bool = False


def draw(shape: Shape, random: np.random.Generator, *, nominal: bool = False) -> list[Record]:
    """The records of three models that do not differ, in scenarios whose dimensions and orders move nothing."""
    records = []
    dilemmas = shape.scenarios // 2 if shape.pairs else shape.scenarios
    families = np.repeat(np.arange(dilemmas), random.integers(1, shape.family + 1, dilemmas))[:dilemmas]
    kinds = random.integers(0, 3, dilemmas)
    common = random.normal(0, 0.6, dilemmas)
    of_family = random.normal(0, 0.6, (len(MODELS), dilemmas)) * (shape.family > 1)
    shy = random.beta(REFUSED, 1 - REFUSED, (len(MODELS), dilemmas))
    for row, model in enumerate(MODELS):
        for place in range(dilemmas):
            own = common[place] + of_family[row, families[place]] + random.normal(0, 0.5)
            for side in range(1 + shape.pairs):
                about = ScenarioFigures(
                    dimensions=(("kind", "xyz"[kinds[place]]), ("size", float(place % 3))),
                    family=f"f{families[place]}" if shape.family > 1 else None,
                    pair=f"p{place}" if shape.pairs else None,
                    turned=bool(side) if shape.pairs else None,
                )
                moved = own + random.normal(0, 0.3)
                for sample in range(random.integers(1, shape.repeats + 1)):
                    refused = bool(random.random() < shy[row, families[place] if shape.family > 1 else place])
                    turns = [_said(moved + random.normal(0, 0.4), nominal=nominal) for _ in range(2)]
                    records.append(
                        Record(
                            f"{model}{place}.{side}.{sample}",
                            model,
                            f"s{place:05}.{side}",
                            sample,
                            refused=refused,
                            score=None if refused else turns[1],
                            as_asked=True,
                            turn_scores=() if refused else tuple(turns),
                            about=about,
                        )
                    )
    return records


def _said(value: float, *, nominal: bool) -> float | str:
    if nominal:
        return OPTIONS[int(np.clip(np.round(1 + value), 0, 2))]
    return float(np.clip(np.round(3 + value), 1, 5))


class Found(NamedTuple):
    """What a document says of one kind of figure.

    Attributes:
        intervals: value, low, high.
        ps: adjusted for their number, where they are.
    """

    intervals: dict[str, list[tuple[float, float | None, float | None]]]
    ps: dict[str, list[float]]


def read(document: Mapping[str, Any]) -> Found:
    """All intervals and p-values of a document, by the names of the fields that hold them."""
    found = Found(defaultdict(list), defaultdict(list))
    for name in (
        "models",
        "decisions",
        "comparisons",
        "agreement",
        "dimensions",
        "orderEffects",
        "refusals",
        "nominal",
    ):
        _walk(document.get(name), (name,), found)
    return found


def _walk(value: Any, path: tuple[str, ...], found: Found) -> None:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        for item in value:
            _walk(item, path, found)
    elif isinstance(value, dict):
        path = (*path, value["option"]) if "option" in value else path
        name = ".".join(path)
        middle = _middle(value)
        ends = value.get("interval", value if "effectiveN" in value else None)
        if middle is not None and ends is not None:
            found.intervals[name].append((middle, ends["low"], ends["high"]))
        p = value.get("pHolm", value.get("p"))
        if p is not None:
            found.ps[name].append(p)
        for key, item in value.items():
            _walk(item, (*path, key), found)


def _middle(value: Mapping[str, Any]) -> float | None:
    for key in ("value", "share", "difference", "mean"):
        if isinstance(value.get(key), float):
            return float(value[key])
    return None


def _analysed(shape: Shape, random: np.random.Generator, *, nominal: bool) -> Found:
    settings = NOMINAL if nominal else Settings()
    document, _ = compute("run", draw(shape, random, nominal=nominal), Notes(), settings)
    return read(document)


def runs(rounds: int) -> Iterator[list[str]]:
    """Every figure of whole runs: how often its interval holds the truth, or a test of its kind finds something."""
    shapes = {
        "10 scenarios": Shape(10),
        "30 in families of 1 to 4": Shape(30, family=4),
        "60 in two orders and families of 1 to 6": Shape(60, family=3, pairs=True),
    }
    yield ["figure", *shapes]
    held: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name, shape in shapes.items():
        for nominal in (False, True):
            random = np.random.default_rng(21)
            large = shape._replace(scenarios=min(TRUTH, 20 * rounds))
            truth = _analysed(large, random, nominal=nominal)
            true = {kind: _true(kind, values) for kind, values in truth.intervals.items()}
            found = [_analysed(shape, random, nominal=nominal) for _ in range(max(1, rounds // 16))]
            _tally(name, found, true, held, nominal="nominal" if nominal else "")
    for figure in sorted(held):
        yield [figure, *(held[figure].get(name, "-") for name in shapes)]


def _true(kind: str, values: list[tuple[float, float | None, float | None]]) -> float:
    if kind.endswith(NOTHING):
        return 0.0
    return EXACT.get(kind, REFUSED if kind.endswith("refused") else float(np.mean([value for value, *_ in values])))


def _tally(
    name: str, found: list[Found], true: dict[str, float], held: dict[str, dict[str, str]], *, nominal: str
) -> None:
    for kind in {kind for one in found for kind in one.intervals}:
        if nominal and "nominal" not in kind:
            continue
        truth = true.get(kind, 0.0)
        known = [
            low - 1e-9 <= truth <= high + 1e-9
            for one in found
            for _, low, high in one.intervals[kind]
            if low is not None and high is not None
        ]
        if known:
            held[f"{kind}, covered"][name] = f"{100 * np.mean(known):.1f}"
    for kind in {kind for one in found for kind in one.ps}:
        if bool(nominal) == ("nominal" in kind) and kind not in AGREE:
            false = [min(one.ps[kind], default=1.0) <= LEVEL for one in found]
            held[f"{kind}, found"][name] = f"{100 * np.mean(false):.1f}"


TABLES: Final[dict[str, Callable[[int], Iterator[list[str]]]]] = {"Every figure of whole runs, %": runs}
