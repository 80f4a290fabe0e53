"""Strict JSON in, storable JSON out."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ValidationError
from common.json import strict as jsondoc
from support.json_values import JSON_VALUES


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "held no job"),
        (b" \n\t", "held no job"),
        (b"\xef\xbb\xbf", "held no job"),
        (b'{"a": 1', "line 1 column"),
        (b'{"a": 1,\n "b": }', "line 2 column 7"),
        (b"{} {}", "more than one JSON document"),
        (b"{}\n{}", "line 2 column 1"),
        (b'{"a": "\xff"}', "byte 0xff at offset 7"),
        (b'{"prompt": "\\ud800"}', "prompt: holds half of a surrogate pair"),
        (b'{"prompt": ["x", {"y": "\\u0000"}]}', "prompt[1].y: holds U+0000"),
        (b'{"\\ud800": 1}', "holds half of a surrogate pair"),
        (b'{"config": {"temperature": NaN}}', "config.temperature: is not a finite number"),
        (b'{"a": -Infinity}', "a: is not a finite number"),
        (b'{"a": 1e400}', "a: is not a finite number"),
        (b'{"a": 1, "a": 2}', 'the key "a" stands twice'),
        (b"[" * 100_000, "nested deeper"),
        (b"[" * 70 + b"]" * 70, "nested deeper"),
        (b"1" * 5_000, "too many digits"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_place(raw: bytes, said: str) -> None:
    """The message says where the fault is and does not quote the job."""
    with pytest.raises(ValidationError) as caught:
        jsondoc.parse(raw)
    assert said in caught.value.message
    assert not caught.value.retryable


def test_several_documents_point_at_the_way_to_send_several() -> None:
    """The hint is the caller's."""
    with pytest.raises(ValidationError, match="--jsonl"):
        jsondoc.parse(b"{}\n{}", several_hint=" (see --jsonl)")


def test_a_byte_order_mark_changes_nothing() -> None:
    """A BOM before the document is accepted."""
    assert jsondoc.parse(b'\xef\xbb\xbf{"a": "\xc3\xa9"}') == {"a": "é"}


@given(JSON_VALUES)
def test_every_json_value_survives_the_way_in(value: Any) -> None:
    """What json writes, parse reads, unless the database could not store it."""
    raw = json.dumps(value).encode()
    try:
        assert jsondoc.parse(raw) == value
    except ValidationError as error:
        assert "U+0000" in error.message or "surrogate" in error.message or "no job" in error.message  # noqa: PT017


@given(st.dictionaries(st.text(), JSON_VALUES | st.text(st.characters()), max_size=4))
def test_every_document_leaves_as_one_ascii_line_that_can_be_stored(document: dict[str, Any]) -> None:
    """No U+0000, no lone surrogate, no newline but the last, whatever is in it."""
    line = jsondoc.dump(document)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert "\x00" not in json.dumps(json.loads(line.decode("ascii")), ensure_ascii=False)
    json.dumps(json.loads(line), ensure_ascii=False).encode()


def test_a_split_pair_becomes_its_character_and_a_half_becomes_the_replacement() -> None:
    """Only what cannot be stored changes."""
    assert jsondoc.storable("a\ud83d\ude8bb") == "a🚋b"
    assert jsondoc.storable("a\ud83db\x00") == "a\ufffdb\ufffd"
    assert jsondoc.storable("plain") == "plain"
    assert jsondoc.storable("é🚋") == "é🚋"


def test_a_number_that_json_has_no_word_for_leaves_as_null() -> None:
    """NaN and Infinity would break the reader."""
    assert json.loads(jsondoc.dump({"a": math.nan, "b": (math.inf, 1.5)})) == {"a": None, "b": [None, 1.5]}


def test_a_path_is_shown_short_and_plain() -> None:
    """A key is the sender's text."""
    assert jsondoc.printable_path("a\x1b[31m.b") == "a?[31m.b"
    assert len(jsondoc.printable_path("x" * 500)) == 121
