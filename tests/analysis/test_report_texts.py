"""The scenarios that divide the models, with the questions and answers behind them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from common.analysis.report.texts import MOST_SHOWN, Excerpt, Texts
from support.environment import scrubbed_environment
from support.transcripts import transcript, turn
from support.workers import run_worker

if TYPE_CHECKING:
    from pathlib import Path


HOSTILE = "</blockquote><script>alert(1)</script>\"'&\u202e"
SECRET = "sk-CANARY-000001"


def asked(prompt: str, *answers: str) -> list[dict[str, Any]]:
    """The turns of a conversation."""
    return [{**turn(answer), "probePrompt": prompt if not place else "Why?"} for place, answer in enumerate(answers)]


def test_a_scenario_that_divides_the_models_is_shown_with_its_question_and_answers(tmp_path: Path) -> None:
    """Whatever stands in them: as text, in its own direction, cut where it is long, without a secret; and not stored.

    Attack (reader): a key is looked for in a report.
    """
    low = "No. " + "x" * MOST_SHOWN
    items = [
        transcript("mild", "lie", score=1, turns=asked(HOSTILE, low)),
        transcript("stern", "lie", score=5, turns=asked(HOSTILE, "Yes.", "In between.", f"For {SECRET} {HOSTILE}")),
        transcript("stern", "lie", 1, score=5, turns=asked(HOSTILE, "Yes, again.")),
        transcript("mild", "steal", score=4, turns=asked("Is it right to steal?", "Perhaps.")),
        transcript("stern", "steal", score=3, turns=asked("Is it right to steal?", "Neither.")),
        # Of another scenario, on which they do not differ.
        transcript("mild", "greet", score=3, turns=asked("Is it right to greet?", "Of course.")),
        transcript("stern", "greet", score=3, turns=asked("Is it right to greet?", "Naturally.")),
    ]
    path = tmp_path / "report.html"
    env = {**scrubbed_environment(), "OPENAI_API_KEY": SECRET}
    run = run_worker("analyze_basic.py", {"runId": "r", "transcripts": items}, env, args=("--report", str(path)))
    page = path.read_text(encoding="utf-8")
    first, second = (page.index(f"<summary>{place}&ensp;<bdi>{name}") for place, name in ((1, "lie"), (2, "steal")))
    lie = page[first:second]
    quoted = re.findall(r'<blockquote class="(\w+)" dir=auto>([^<]*)</blockquote>', lie)
    # The question once, though each was asked it; of a long conversation its first and last turn.
    escaped = "&lt;/blockquote&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;\u202e"
    assert quoted == [
        ("asked", escaped),
        ("answered", low[:MOST_SHOWN]),
        ("answered", "Yes."),
        ("asked", "Why?"),
        ("answered", f"For [redacted] {escaped}"),
        ("answered", "Yes, again."),
    ]
    assert f"The first {MOST_SHOWN:,} of {len(low):,} characters." in lie
    assert re.findall(r"Turn \d of \d", lie) == ["Turn 1 of 3", "Turn 3 of 3"]
    # A model's name in the table leads to its first answer, which says its transcript's ID.
    [target] = re.findall(r'5\.00: <a href="#([\w-]+)"><bdi>stern', page)
    assert f'<figure id="{target}"><figcaption><bdi>stern</bdi> <span class=soft>mean 5.00, transcript' in lie
    assert "<bdi>stern/lie/0</bdi>" in lie
    assert "Neither." in page[second:]
    assert "Of course." not in page
    assert SECRET not in page
    for words in ("Neither.", "Perhaps.", "steal?"):
        assert words not in str(run.document)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.measured
def test_a_scenario_in_which_models_choose_differently_is_shown_with_its_answers(tmp_path: Path) -> None:
    """Options have no order, so each that was chosen is an end of its own; names of options may be hostile too."""
    options = ["stop", "go", HOSTILE]
    items = [
        transcript("mild", "lie", score="stop", turns=asked("Lie?", "I would stop.")),  # type: ignore[arg-type] # a name
        transcript("stern", "lie", score=HOSTILE, turns=asked("Lie?", "Neither.")),  # type: ignore[arg-type] # a name
        transcript("mild", "greet", score="go", turns=asked("Greet?", "Of course.")),  # type: ignore[arg-type] # a name
        transcript("stern", "greet", score="go", turns=asked("Greet?", "Naturally.")),  # type: ignore[arg-type] # a name
    ]
    path = tmp_path / "report.html"
    job = {"runId": "r", "scale": {"options": options}, "transcripts": items}
    run_worker("analyze_basic.py", job, args=("--report", str(path)))
    page = path.read_text(encoding="utf-8")
    lie = page[page.index("<summary>1&ensp;<bdi>lie") :]
    assert re.findall(r'<blockquote class="(\w+)" dir=auto>([^<]*)</blockquote>', lie) == [
        ("asked", "Lie?"),
        ("answered", "I would stop."),
        ("answered", "Neither."),
    ]
    [target] = re.findall(r'<a href="#([\w-]+)"><bdi>mild', page)
    assert f'<figure id="{target}"><figcaption><bdi>mild</bdi> <span class=soft>mostly <bdi>stop</bdi>' in lie
    assert "Of course." not in page
    assert "<script>" not in page
    run_worker("analyze_basic.py", {**job, "transcripts": items[2:]}, args=("--report", str(path)))
    assert "In no scenario do two models choose differently." in path.read_text(encoding="utf-8")


def test_texts_that_are_set_aside_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beyond the memory that they may take; of the right run; and where two differ under one ID, neither."""
    monkeypatch.setattr("common.analysis.report.texts._IN_MEMORY", 1)
    texts = Texts(str(tmp_path))
    for name, run, answer in (
        ("a", "may", "A"),
        ("b", "may", "B"),
        ("b", "june", "other"),
        ("twice", "may", "T"),
        ("twice", "may", "T"),
        ("clash", "may", "one"),
        ("clash", "may", "another"),
    ):
        texts.keep(name, run, asked("?", answer))
    texts.keep("none", "may", [])
    texts.keep("odd", "may", [{"probePrompt": 1, "targetResponse": None}])
    # What has no name leaves nothing behind, however the process ends.
    assert list(tmp_path.iterdir()) == []

    def answers(run: str | None) -> dict[str, Any]:
        found = texts.of({"a", "b", "twice", "clash", "none", "odd"}, run)
        return {name: shown.exchanges[0].answered for name, shown in found.items()}

    a, b, twice, other = (Excerpt(text, len(text)) for text in ("A", "B", "T", "other"))
    assert answers("may") == {"a": a, "b": b, "twice": twice, "odd": None}
    assert answers("june") == {"b": other}
    assert answers(None) == {"a": a, "twice": twice, "odd": None}
    texts.close()


def test_a_disk_without_room_costs_the_page_its_texts_and_nothing_else(tmp_path: Path) -> None:
    """What goes wrong is said once, and is no failure of the job."""
    texts = Texts(str(tmp_path))

    class Full:
        """A file on a disk that is full."""

        def write(self, _: bytes) -> int:
            """Nothing more."""
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            """Nothing to do."""

    texts.close()
    texts._file = Full()  # type: ignore[assignment]
    texts.keep("a", None, asked("?", "A"))
    texts.keep("b", None, asked("?", "B"))
    assert (texts.problem, texts.of({"a", "b"}, None)) == ("No space left on device", {})
