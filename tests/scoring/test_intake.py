"""A job of any size is scored in bounded memory, and its result does not depend on how it came."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from common.errors import ValidationError
from common.json.rows import Rows, pieces_of
from common.process.worker import Session
from common.scoring import intake
from common.scoring.run import run
from support.answers import SCALES, examples, parser

if TYPE_CHECKING:
    from collections.abc import Iterator


def pieces(document: Any, size: int = 1000) -> Iterator[bytes]:
    """The bytes of a job, as a pipe brings them."""
    raw = json.dumps(document).encode()
    yield from (raw[place : place + size] for place in range(0, len(raw), size))
    yield b""


def result(document: Any) -> Any:
    """What is printed of a job."""
    session = Session({})
    return json.loads(b"".join(pieces_of(run(intake.read(pieces(document), session), session))))


def job(**fields: Any) -> dict[str, Any]:
    """A job of every answer on one scale, in the order in which a caller may write it."""
    answers = [item.answer for item in examples() if item.scale == "likert"]
    return {"runId": "r", "scale": SCALES["likert"], **fields, "transcripts": [{"answer": text} for text in answers]}


def test_a_large_job_is_scored_as_it_comes_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers wait for the end of a small job, and not of a large one."""
    document = job(marker={"after": "Final judgment:"}, orientation="flipped")
    whole = result(document)
    monkeypatch.setattr(intake, "WAITING_CHARS", 500)
    assert result(document) == whole
    assert len(whole["scores"]) > 100


def test_in_a_large_job_the_scale_stands_before_the_answers_or_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field that changes what was scored already is refused."""
    monkeypatch.setattr(intake, "WAITING_CHARS", 500)
    last = {"transcripts": job()["transcripts"], "scale": SCALES["likert"], "runId": "r"}
    assert result(last)["scores"] == result(job())["scores"]
    with pytest.raises(ValidationError, match="orientation: stands behind"):
        result({**job(), "orientation": "flipped"})


def test_overrides_may_stand_behind_a_large_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """They change no reading."""
    monkeypatch.setattr(intake, "WAITING_CHARS", 500)
    document = job()
    document["transcripts"][0]["id"] = "x"
    document["overrides"] = [{"id": "x", "score": 1, "reason": "r", "who": "w"}]
    assert result(document)["scores"][0]["class"] == "manual"


def test_a_list_is_written_in_pieces_that_make_one_document() -> None:
    """Whatever its length; and what JSONB refuses is replaced in it as everywhere."""
    for number in (0, 1, 499, 500, 501, 1200):
        items = [{"a": index, "b": "é\x00"} for index in range(number)]
        line = b"".join(pieces_of({"first": 1, "rows": Rows(items)}))
        assert line.endswith(b"]}\n")
        assert json.loads(line) == {"first": 1, "rows": [{"a": item["a"], "b": "é\ufffd"} for item in items]}
    assert b"".join(pieces_of({"rows": Rows([])})) == b'{"rows":[]}\n'
    assert b"".join(pieces_of({"a": 1})) == b'{"a":1}\n'


@pytest.mark.parametrize(
    "part",
    [
        "support ",
        "support, oppose, ",
        '"support" ',
        "not ",
        "1 ",
        "1-2-3-",
        "4/",
        "(",
        "()",
        ".",
        "\n",
        "*",
        "~~",
        "~~a~~",
        "<a",
        "i cannot ",
        "on a scale ",
        "answer: ",
        "\\boxed{",
        "final judgment: ",
        '"',
        " ",
        "我支持,",
        "é",
        "- support\n",
        "1. a\n",
        "_",
        "i can not be ",
        "ich kann ",
        "“support” ",
        "i choose ",
        "my answer is ",
        "> support\n",
    ],
)
def test_no_answer_takes_long(part: str) -> None:
    """Whatever is repeated in it; what is measured is ten times what it takes, at least."""
    text = part * (50_000 // len(part))
    began = time.process_time()
    for name, after in (("support", None), ("five", None), ("support", "Final judgment:")):
        parser(name, after).read(text)
    assert time.process_time() - began < 10
