"""Reasoning that a local model writes into its answer: `<think>...</think>` at the very start of the text.

A server with a reasoning parser keeps it apart; one without (Ollama, LM Studio, vLLM by default) sends it as it came.
Tags anywhere else are the answer's own words and stay.
"""

from __future__ import annotations

import re
from typing import Final

OPEN: Final = "<think>"
CLOSE: Final = "</think>"
_TAGS: Final = re.compile(r"</?think>")


def without_reasoning(text: str) -> tuple[str, bool]:
    """The answer without the reasoning before it, and whether there was any.

    A block that is never closed leaves no answer. What stands before a closing tag that nothing opened is reasoning
    too: the opening one is part of the prompt's template there.
    """
    if CLOSE not in text and OPEN not in text:
        return text, False
    found = False
    while text.lstrip().startswith(OPEN):
        text, found = _behind_block(text), True
    if not found and (close := text.find(CLOSE)) >= 0 and not 0 <= text.find(OPEN) < close:
        text, found = text[close + len(CLOSE) :].lstrip(), True
    return text, found


def _behind_block(text: str) -> str:
    """What follows the block at the start of a text: behind its own closing tag, or else behind the last one."""
    depth, end = 0, None
    for tag in _TAGS.finditer(text):
        depth += 1 if tag.group() == OPEN else -1
        if tag.group() == CLOSE:
            end = tag.end()
        if depth == 0:
            break
    return "" if end is None else text[end:].lstrip()
