"""A document of which one list is too long to be copied and written as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.json import strict as jsondoc
from common.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

A_PIECE: Final = 500


class Rows:
    """The list, which is cleaned and written a piece at a time; it stands last in its document.

    Args:
        items: objects of JSON values.
    """

    def __init__(self, items: Sequence[Mapping[str, object]]) -> None:
        self.items = items


def pieces_of(document: Mapping[str, object]) -> Iterator[bytes]:
    """The line of a document, secrets taken out, in pieces where it has Rows."""
    rows = {name: value for name, value in document.items() if isinstance(value, Rows)}
    head = jsondoc.dump(redactor.document({name: value for name, value in document.items() if name not in rows}))
    if not rows:
        yield head
        return
    joint = head.removesuffix(b"}\n")
    for name, value in rows.items():
        yield joint + (b"," if joint != b"{" else b"") + f'"{name}":['.encode("ascii")
        for first in range(0, len(value.items), A_PIECE):
            piece = jsondoc.dump(redactor.document({"": list(value.items[first : first + A_PIECE])}))
            yield (b"," if first else b"") + piece[len(b'{"":[') : -len(b"]}\n")]
        joint = b"]"
    yield b"]}\n"
