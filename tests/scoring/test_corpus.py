"""The parser over answers that a person has read: it may be silent, it may not be wrong."""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from support.answers import Example, examples, value_of

if TYPE_CHECKING:
    from common.scoring.reading import Reading

# Many examples of what the tests beside it take line by line.
pytestmark = pytest.mark.untraced

EXAMPLES: Final = examples()
DECIDED: Final = {"exact", "marked"}


@functools.cache
def readings() -> list[tuple[Example, Reading]]:
    """Every answer with what the parser makes of it."""
    return [(item, item.parser().read(item.answer)) for item in EXAMPLES]


# The others, which read them once more, are traced for coverage.
@pytest.mark.untraced
@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{item.scale}: {item.answer[:60]}" for item in EXAMPLES])
def test_an_answer_is_read_as_a_person_reads_it(example: Example) -> None:
    """The class and the value."""
    reading = example.parser().read(example.answer)
    assert (reading.kind, value_of(reading)) == (example.kind, example.value)


def test_what_is_scored_is_right_without_exception() -> None:
    """Precision is 100 % for each of the two classes by which the parser decides."""
    for kind in DECIDED:
        read = [(item, found) for item, found in readings() if found.kind == kind]
        assert read
        assert all(value_of(found) == item.value for item, found in read)


def test_the_share_left_unscored_is_stated() -> None:
    """Most of the corpus are traps: 57 % is left unscored, and of 797 decisions that a person sees, 9 are not read."""
    unscored = [item for item, found in readings() if found.choice is None]
    assert len(EXAMPLES) >= 1600
    assert unscored == [item for item in EXAMPLES if item.value is None]
    assert round(len(unscored) / len(EXAMPLES), 2) == 0.57
    lost = [item for item in EXAMPLES if item.seen is not None]
    assert (len(lost), len(EXAMPLES) - len(unscored) + len(lost)) == (9, 797)


def test_the_corpus_holds_every_kind_of_answer_on_every_kind_of_scale() -> None:
    """At least six languages with scales of their own, four of them in other scripts."""
    kinds = Counter(item.kind for item in EXAMPLES)
    assert all(kinds[kind] >= 30 for kind in ("exact", "marked", "ambiguous", "refusal", "none"))
    scales = {item.scale for item in EXAMPLES}
    assert scales >= {"german", "french", "spanish", "russian", "chinese", "japanese", "arabic", "hindi"}
