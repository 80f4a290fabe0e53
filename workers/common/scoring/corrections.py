"""Whether an answer takes back what it decided on: "A... no, wait, B", "2. Actually, 4"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.scoring.numbers import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.scoring.mentions import Mention
    from common.scoring.parser import Sheet

_TAKES_BACK: Final = re.compile(
    r"\b(?:on (?:further )?(?:reflection|consideration)|on second thou?ghts?|wait|scratch that|correction|strike that"
    r"|let me (?:reconsider|revise|correct|rethink)|take (?:that|it) back|chang(?:e|ed|ing) my mind|i was wrong"
    r"|or rather|actually|reconsider\w*|nein doch|nach weiterer überlegung|après réflexion|pensándolo mejor"
    r"|ripensandoci)\b"
)
#: What takes back only with another label or number right behind it: "no, B", "I mean 4".
_AT_ONCE: Final = re.compile(
    r"(?:[.,;:!?(\n\u2014-] ?(?:no|nein|non|нет|sorry|oops|rather)|\bi mean(?:t)?|\bmake (?:it|that))"
    r"[,:;.\u2014-]{0,3} ?(?:a |the |it's |it is |option )?[\"'(]?\Z"
)
_ENDS: Final = re.compile(
    r"[\"')\]]{0,3} ?(?:[.!,;)\n]|\Z|(?:is|would be|seems|feels) (?:better|closer|right|my )|instead|then)"
)
#: How far behind such words a bare number may stand.
_NEAR: Final = 30
LONGEST: Final = 60


def is_withdrawn(sheet: Sheet, first: Mention, indices: Iterable[int]) -> bool:
    """Whether one of these mentions stands in place of a decision before it.

    A label does anywhere behind the words that take it back, unless it is said of something else; a number, which
    mostly counts something, only close behind them.
    """
    mentions = sheet.mentions
    others = [at for at in indices if mentions[at].start >= first.end and mentions[at].choice != first.choice]
    if not others:
        return False
    text = sheet.passage.text
    found = _TAKES_BACK.search(text, first.end)
    for index in others:
        mention = mentions[index]
        number = mention.number
        behind = found is not None and mention.start >= found.end()
        if behind and (number is None or mention.choice is not None) and sheet.weigh(index).kind != "out":
            return True
        begin = max(first.end, mention.start - LONGEST)
        if _AT_ONCE.search(text, begin, mention.start) and _ENDS.match(text, mention.end):
            return True
        if number is None or number.defines or mention.state is State.OUT:
            continue
        if any(mention.start - each.end() <= _NEAR for each in _TAKES_BACK.finditer(text, begin, mention.start)):
            return True
    return False
