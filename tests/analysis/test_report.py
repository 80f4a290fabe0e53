"""`--report FILE.html`: one page that needs nothing but a browser."""

from __future__ import annotations

import itertools
import os
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from common.analysis.collection import collect
from common.analysis.coverage import Grid
from common.analysis.proportions import share
from common.analysis.reading import Reader
from common.analysis.report.markup import ceiling, number, p_value, percent, signed
from common.analysis.report.pairs_part import shade
from common.analysis.report.summary_part import _ranges
from common.analysis.report.target import write_report
from common.analysis.settings import Settings
from support.environment import scrubbed_environment
from support.transcripts import analysis, failure, run_analysis, scored, transcript, turn
from support.workers import run_worker

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>\"'&\u202e</style>"
VOID = {"meta", "rect", "line", "br"}


class Page(HTMLParser):
    """What a browser would make of the page: elements, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is closed at once."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """It ends where it should."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """What stands between."""
        self.text += data

    def count(self, tag: str) -> int:
        """How many elements of a kind."""
        return sum(name == tag for name, _ in self.elements)


def page(transcripts: Any, folder: Path) -> tuple[Page, str]:
    """The page of these transcripts."""
    path = folder / "report.html"
    found = analysis(transcripts, "--report", str(path))
    assert not [text for text in found["warnings"] if "report" in text]
    text = path.read_text(encoding="utf-8")
    parsed = Page(text)
    assert parsed.open == []
    return parsed, text


def rich_run() -> list[dict[str, Any]]:
    """Everything that the page can show."""
    fields = {"turns": [turn("a b c", reasoningTokens=5)], "costSnapshot": {"totalCost": 0.0125}}
    scores: dict[str, list[float]] = {
        "gpt-4o": [1, 2, 3, 4, 5, 4, 3],
        HOSTILE: [5, 4, 3, 2, 1, 2, 2],
        "c": [1, 2, 3, 4, 5, 5, 3.5],
    }
    items = scored(scores, **fields)
    for place, item in enumerate(items):
        item["scenario"] = {"name": HOSTILE, "dimensions": {HOSTILE: "high" if place % 2 else "low"}}
    items += scored({"gpt-4o": [2, 2]}, id=None, sampleIndex=1)
    return [*items, failure("c", "s99", code=HOSTILE), transcript("c", "s98")]


def test_the_page_needs_no_script_and_no_network(tmp_path: Path) -> None:
    """Nothing is run, nothing is fetched, and a policy says so to the browser."""
    parsed, text = page(rich_run(), tmp_path)
    assert parsed.count("script") == 0
    for tag, attributes in parsed.elements:
        assert tag not in {"script", "link", "img", "iframe", "object"}
        assert not attributes.keys() & {"src", "style", "onclick", "onload"}
        # Within the page alone.
        assert str(attributes.get("href", "#")).startswith("#")
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


@pytest.mark.measured
def test_names_are_text_whatever_they_hold(tmp_path: Path) -> None:
    """Model IDs, scenario names, levels and codes come from a sender; each is shown as it is, in its own direction."""
    parsed, text = page(rich_run(), tmp_path)
    assert "<script" not in text
    assert text.count("</style>") == 1
    assert HOSTILE in parsed.text
    assert "<bdi>&lt;script&gt;" in text
    long = page(scored({"x" * 300: [1, 2, 3]}), tmp_path)[1]
    assert f'<bdi title="{"x" * 300}">' in long


def test_the_numbers_stand_beside_the_pictures(tmp_path: Path) -> None:
    """A picture is a cell of a table that has a caption, and says in words what it shows."""
    parsed, _ = page(rich_run(), tmp_path)
    # Means, distributions, coverage, tokens and latency of three models; three pairs.
    assert parsed.count("svg") == 3 * 5 + 3
    assert all(
        attributes["role"] == "img" and attributes["aria-label"] for tag, attributes in parsed.elements if tag == "svg"
    )
    assert parsed.count("caption") == parsed.count("table") >= 8
    for words in (
        "Coverage",
        "Tokens and latency",
        "Decisions",
        "Agreement matrix",
        "Mean score of the row less that of the column",
        "Reliability",
        "What the next run needs",
        "The pairs",
        "differ most",
        "Kruskal-Wallis",
        "Methods",
        "mean 3.21, interval",
    ):
        assert words in parsed.text or any(words in str(attributes) for _, attributes in parsed.elements), words


def test_the_page_follows_the_readers_system_and_can_be_printed(tmp_path: Path) -> None:
    """Dark and print have colours of their own."""
    _, text = page([transcript()], tmp_path)
    for rule in ("prefers-color-scheme: dark", "@media print", "color-scheme: light dark", "@page"):
        assert rule in text


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{}],
        [transcript()],
        [failure()],
        scored({"a": [1, 2, 3, 4, 5]}),
        scored({"a": [3] * 9, "b": [3] * 9}),
        [transcript(turns=[], durationMs=None)],
    ],
)
def test_a_run_with_little_in_it_has_a_page(items: list[dict[str, Any]], tmp_path: Path) -> None:
    """Whatever is missing."""
    parsed, _ = page(items, tmp_path)
    assert "Analysis of run r" in parsed.text


def test_a_wide_run_is_shown_in_bands_and_many_models_without_a_matrix(tmp_path: Path) -> None:
    """The page says what a column stands for, and where the rest is."""
    scores = {f"m{place:02}": [1.0 + (place + number) % 5 for number in range(6)] for place in range(41)}
    items = scored(scores) + [transcript("m00", f"x{place:04}") for place in range(500)]
    parsed, text = page(items, tmp_path)
    assert "each of the 102 columns stands for 5 neighbouring scenarios" in parsed.text
    assert "The matrix is left out above 40 models" in parsed.text
    assert "754 more are in the JSON" in parsed.text
    assert len(text) < 500_000


def test_a_report_replaces_the_old_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    """With the rights of a file that anybody makes."""
    path = tmp_path / "report.html"
    path.write_text("old")
    page([transcript()], tmp_path)
    assert path.read_text().startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere/report.html", "the folder of the file does not exist; make it"),
        ("", "must be the name of a file"),
        (".", "must be the name of a file"),
        ("/dev/null", "is a device or a pipe"),
    ],
)
def test_a_report_that_cannot_be_written_is_known_before_the_job_is_read(
    target: str, said: str, tmp_path: Path
) -> None:
    """VALIDATION_ERROR, also where the job itself is wrong."""
    name = target if target in {"", "/dev/null"} else str(tmp_path / target)
    run = run_worker("analyze_basic.py", b"not a job", args=("--report", name))
    assert run.error["code"] == "VALIDATION_ERROR"
    assert f"--report: {said}" in run.error["message"]


def test_a_report_that_fails_at_the_end_does_not_take_the_figures_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warning says why; no part of a file is left."""
    grid = Grid(collect([], Reader().notes, Settings()))
    found = run_analysis([]).document["analysis"]
    warnings = write_report(str(tmp_path / "gone" / "report.html"), found, grid)
    assert warnings == ["the report was not written (No such file or directory); the statistics are whole"]
    broken: Any = {"run": {}}
    assert write_report(str(tmp_path / "report.html"), broken, grid) == [
        "the report was not written (KeyError); the statistics are whole"
    ]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    assert "No space left" in write_report(str(tmp_path / "report.html"), found, grid)[0]
    assert list(tmp_path.iterdir()) == []


def test_no_secret_reaches_the_page(tmp_path: Path) -> None:
    """As none reaches the document.

    Attack (reader): a key is looked for in a report.
    """
    secret = "sk-CANARY-000001"
    env = {**scrubbed_environment(), "OPENAI_API_KEY": secret}
    path = tmp_path / "report.html"
    job = {"runId": secret, "transcripts": [transcript(secret)]}
    run = run_worker("analyze_basic.py", job, env, args=("--report", str(path)))
    assert secret.encode() not in run.stdout
    assert secret not in path.read_text()


def test_numbers_are_for_people() -> None:
    """Thousands are parted, what is not known is a dash, and a small p is not 0."""
    assert (number(12345.678, 1), number(None)) == ("12,345.7", "&ndash;")
    assert (p_value(0.04), p_value(1e-9), p_value(None)) == ("0.040", "&lt; 0.001", "&ndash;")
    assert percent(share(0, 0)) == "&ndash;"
    assert [ceiling([value]) for value in (0, 0.03, 1, 7, 11, 240, 999)] == [1, 0.05, 1, 10, 20, 500, 1000]


def test_the_page_opens_with_the_answer(tmp_path: Path) -> None:
    """Under the run's name: which models differ, by how much, and which do not; then the contents."""
    path = tmp_path / "report.html"
    scores = {"low": [1.0, 2, 1, 2, 1, 2, 1, 2], "high": [4.0, 5, 4, 4, 4, 5, 4, 4], "same": [4.0, 5, 4, 5, 4, 4, 4, 4]}
    analysis(scored(scores), "--report", str(path), name="Spring <i>study</i>", equivalenceBound=0.5)
    text = path.read_text(encoding="utf-8")
    parsed = Page(text)
    assert "<title>Spring &lt;i&gt;study&lt;/i&gt;</title>" in text
    for words in (
        "Over the 8 scenarios that all 3 models answered, high has the highest mean (4.25) and low the lowest (1.50).",
        "2 of 3 pairs of models differ; 1 are equal within 0.5 points.",
        "The largest difference: high less low is +2.75",
    ):
        assert words in parsed.text.replace("\n", " "), words
    assert text.index("The largest difference") < text.index('id="pairs"') < text.index('id="decisions"')
    targets = {str(attributes["href"]) for tag, attributes in parsed.elements if tag == "a"}
    anchors = {f"#{attributes['id']}" for _, attributes in parsed.elements if "id" in attributes}
    assert targets <= anchors
    sections = {"#summary", "#pairs", "#decisions", "#agreement", "#reliability", "#background"}
    assert {target for target in targets if not target.startswith("#answer")} == sections


@pytest.mark.measured
def test_every_part_that_a_run_may_have_is_on_the_page(tmp_path: Path) -> None:
    """Order, refusals, changes of mind, several runs, and options without an order."""
    items = [
        transcript(
            model,
            f"{place:02}{'xy'[side]}",
            score=(place * 3 + side + ord(model)) % 5 + 1,
            runId=run,
            id=f"{run}{model}{place}{side}",
            turns=[{**turn(finishReason="refusal" if place == 1 else "stop"), "score": 1}, {**turn(), "score": 2}],
            scenario={
                "pair": f"p{place}",
                "orientation": ("normal", "flipped")[side],
                "dimensions": {"amount": place % 2},
            },
        )
        for run in ("may", "june")
        for model in "ab"
        for place in range(12)
        for side in (0, 1)
    ]
    path = tmp_path / "report.html"
    analysis(items, "--report", str(path), runs=[{"runId": "may"}, {"runId": "june"}])
    whole = Page(path.read_text(encoding="utf-8"))
    for words in (
        "Order effect per model",
        "Refusals per model",
        "Refusals by level",
        "Change of mind",
        "Each model in each",
    ):
        assert words in whole.text, words
    assert whole.open == []
    names = [
        transcript(
            model,
            f"s{place}",
            score="yes" if place % 3 and run == "june" else "no",  # type: ignore[arg-type] # a name
            runId=run,
            id=f"{run}{model}{place}",
            scenario={"dimensions": {"d": place % 2}},
        )
        for run in ("may", "june")
        for model in "ab"
        for place in range(12)
    ]
    scale = {"options": ["yes", "no"]}
    runs = [{"runId": "may", "scale": scale}, {"runId": "june", "scale": scale}]
    analysis(names, "--report", str(path), runs=runs)
    options = Page(path.read_text(encoding="utf-8"))
    for words in (
        "Share of each option",
        "Whether a dimension moves the choice",
        "Options have no order",
        "the largest is a, whose shares differ by 0.67 between may and june",
        "1 for no option in common",
    ):
        assert words in options.text, words
    assert options.open == []
    assert "No transcript has a score" not in options.text


def test_what_scrolls_can_be_reached_by_the_keyboard(tmp_path: Path) -> None:
    """Every part that is wider than a phone has a name of its own; headings go down one level at a time."""
    parsed, text = page(rich_run(), tmp_path)
    regions = [attributes for _, attributes in parsed.elements if "scroll" in str(attributes.get("class", "")).split()]
    assert len(regions) == parsed.count("table")
    assert len({region["aria-label"] for region in regions}) == len(regions)
    assert all(region["tabindex"] == "0" and region["role"] == "region" and region["aria-label"] for region in regions)
    assert '<th scope=col class="left"></th>' not in text
    levels = [int(tag[1]) for tag, _ in parsed.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_numbers_of_the_page_are_short() -> None:
    """A difference has its sign, nothing has none, and neighbouring numbers are a range."""
    assert (signed(0.5), signed(-0.001), signed(None)) == ("+0.50", "+0.00", "&ndash;")
    assert _ranges([1, 2, 3, 7, 9, 10]) == "1&ndash;3, 7, 9&ndash;10"
    assert (shade(0.0, 2.0), shade(2.0, 2.0), shade(-0.1, 2.0)) == ("self", "p3", "n1")
