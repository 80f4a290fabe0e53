"""A long list is taken in element by element, as strictly as a document that is read whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ValidationError
from common.json import stream as jsonstream
from common.json import strict as jsondoc
from support.json_values import JSON_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

# Many examples of what the tests beside it take line by line.
pytestmark = pytest.mark.untraced


def in_pieces(raw: bytes, size: int) -> Iterator[bytes]:
    """The bytes in pieces of a size."""
    return (raw[start : start + size] for start in range(0, len(raw), size))


def parse(raw: bytes, size: int = 7) -> Any:
    """The document, with the elements of `items` as they came."""
    return jsonstream.parse(in_pieces(raw, size), {"items": lambda _, value: value})


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1_000_000])
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "held no job"),
        (b" \n\t", "held no job"),
        (b"\xef\xbb\xbf", "held no job"),
        (b"[]", "must be a JSON object"),
        (b"[" * 100_000, "must be a JSON object"),
        (b'{"a": 1', "not JSON: Expecting ',' delimiter at line 1 column 8; was all of it sent?"),
        (b'{"a": 1,\n "b": }', "Expecting value at line 2 column 7"),
        (b'{"a": 1,}', "Expecting property name enclosed in double quotes at line 1 column 9"),
        (b'{"a" 1}', "Expecting ':' delimiter at line 1 column 6"),
        (b'{"a": 1 "b": 2}', "Expecting ',' delimiter at line 1 column 9"),
        (b'{"items": [{}\n {}]}', "Expecting ',' delimiter at line 2 column 2"),
        (b'{"items": [{}, ]}', "Expecting value at line 1 column 16"),
        (b'{"items": [{"a": "b', "Unterminated string starting at at line 1 column 18"),
        (b'{"items": [{"a": "b\n"}]}', "Invalid control character"),
        (b'{"items": [{"a": \n\nx"more and more and more"}]}', "Expecting value at line 3 column 1"),
        (b"{} {}", "more than one JSON document (the second starts at line 1 column 4)"),
        (b"{}\n{}", "line 2 column 1"),
        (b'{"a": "\xff"}', "byte 0xff at offset 7"),
        (b'\xef\xbb\xbf{"a": "\xc3("}', "byte 0xc3 at offset 10"),
        (b'{"a": "\xe2\x82', "byte 0xe2 at offset 7"),
        (b'{"items": ["x", {"y": "\\u0000"}]}', "items[1].y: holds U+0000"),
        (b'{"items": [{"y": "\\uD800"}]}', "items[0].y: holds half of a surrogate pair"),
        (b'{"\\ud800": 1}', "an object's key: holds half of a surrogate pair"),
        (b'{"a": {"b": -Infinity}}', "a.b: is not a finite number"),
        (b'{"a": 1e400}', "a: is not a finite number"),
        (b'{"a": 1, "a": 2}', 'the key "a" stands twice'),
        (b'{"items": [], "items": []}', 'the key "items" stands twice'),
        (b'{"items": [{"a": 1, "a": 2}]}', 'the key "a" stands twice'),
        (b'{"items": [' + b"[" * 100_000, "nested deeper"),
        (b'{"items": [' + b"[" * 64 + b"]" * 64 + b"]}", "nested deeper"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "too many digits"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_place(raw: bytes, said: str, size: int) -> None:
    """In whatever pieces it comes."""
    if size == 1 and len(raw) > 10_000:
        size = 1_000
    with pytest.raises(ValidationError) as caught:
        parse(raw, size)
    assert said in caught.value.message


@pytest.mark.untraced
@given(st.dictionaries(st.text(), JSON_VALUES, max_size=4), st.lists(JSON_VALUES, max_size=4), st.integers(1, 40))
def test_every_document_is_what_it_is_when_read_whole(other: dict[str, Any], items: list[Any], size: int) -> None:
    """The same value, or the same complaint."""
    raw = json.dumps({**other, "items": items}, indent=size % 3, ensure_ascii=size % 2 == 0).encode(
        errors="surrogatepass"
    )
    try:
        whole: Any = jsondoc.parse(raw)
    except ValidationError:
        with pytest.raises(ValidationError):
            parse(raw, size)
        return
    assert parse(raw, size) == whole


@pytest.mark.parametrize("size", range(1, 12))
def test_numbers_words_and_characters_are_not_cut(size: int) -> None:
    """At the edge of a piece there may be more to come."""
    raw = '\ufeff{"n": 12345.5e3, "items": [123456, true, null, -0.25, "é🚋\\n"], "z": false} \n'.encode()
    assert parse(raw, size) == {"n": 12345.5e3, "items": [123456, True, None, -0.25, "é🚋\n"], "z": False}


def test_an_element_is_handed_over_as_soon_as_it_is_there() -> None:
    """Not at the end of the document: nothing but what is kept need be held."""
    seen: list[Any] = []

    def pieces() -> Iterator[bytes]:
        yield b'{"items": [1,'
        for number in range(2, 50):
            yield b" %d," % number
            assert len(seen) >= number - 2
        yield b" 50]}"

    def keep(index: int, value: Any) -> int:
        seen.append(value)
        return index

    found = jsonstream.parse(pieces(), {"items": keep})
    assert found == {"items": list(range(50))}
    assert seen == list(range(1, 51))


def test_a_long_element_is_parsed_a_few_times_only() -> None:
    """The window doubles: a megabyte in pieces of a hundred bytes is not parsed ten thousand times."""
    tries = 0
    raw = b'{"items": [["' + b"x" * 1_000_000 + b'"]]}'

    class Counting(jsonstream._Window):
        def _grow(self) -> bool:
            nonlocal tries
            tries += 1
            return super()._grow()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonstream, "_Window", Counting)
        assert len(parse(raw, 100)["items"][0][0]) == 1_000_000
    assert tries < 40


def test_a_list_that_is_none_is_a_value_like_any_other() -> None:
    """Whoever reads the document says that it must be a list."""
    assert parse(b'{"items": null}') == {"items": None}
    assert parse(b'{"items": {"a": [1]}}') == {"items": {"a": [1]}}
    assert parse(b'{"items": [ ], "a": [1, 2]}') == {"items": [], "a": [1, 2]}


@pytest.mark.parametrize("raw", [b"12", b'"text"', b"null", b" -1.5 "])
def test_a_document_that_is_no_object_is_still_a_document(raw: bytes) -> None:
    """The worker says what it must be."""
    assert parse(raw, 1) == json.loads(raw)
