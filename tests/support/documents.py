"""Documents against the types that their schemas come from."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter


def check_document(kind: Any, document: object) -> None:
    """Raise where a document is not of this kind."""
    TypeAdapter(kind).validate_python(document)
