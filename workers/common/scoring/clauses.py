"""What a clause makes of a decision that it announces: it may deny it, suppose it, grant it, or give it to others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.scoring.fold import words_of
from common.scoring.words import (
    ATTRIBUTIONS,
    CHOOSING,
    COMPLEMENTS,
    CONDITIONS,
    HOLDING,
    INVERTING,
    NEGATIONS,
    OBJECTS,
    RATING,
    REASONS,
    SUBJECTS,
    SUBORDINATING,
    UNREAL,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARENTHESIS: Final = re.compile(r"[(\[][^()\[\]\n]{0,80}[)\]]")
BREAKS: Final = frozenset(
    (
        ", ; : . but however yet sondern aber jedoch mais cependant pero sino ma però mas porém maar но а ale "
        "لكن लेकिन ama instead rather — so"
    ).split()
)
_OTHERS_VIEW: Final = re.compile(
    r"[^.;\n]{0,60}?\b(?:according to (?!me\b)"
    r"|(?:from|in|under|on|by|for) (?!my\b|our\b)[^.,;\n]{0,40}?\b(?:perspective|standpoint|viewpoint|view|lens|account|theory|eyes|reading|logic)\b"
    r"|laut |nach ansicht |selon (?!moi\b)|según (?!yo\b)|secondo (?!me\b)|segundo |по мнению (?!моему))"
)
_FORCED: Final = re.compile(
    r"(?:even|as) if|if (?:i|we) (?:had|have|must|really had|were (?:forced|pressed|made)|am forced|do have) ?(?:to)?"
    r"|if (?:forced|pressed|pushed)|if (?:only )?because|if (?:i'm|i am) (?:honest|being honest)|if any(?:thing)?"
    r"|wenn ich (?:mich entscheiden|wählen|eine wahl treffen) m(?:u|ü)ss(?:te)?|auch wenn|selbst wenn"
    r"|si (?:je )?(?:devais|dois|tuviera que|tengo que) (?:choisir|elegir)|même si|aunque|se dovessi scegliere"
)
_MINE: Final = frozenset(["my", "mein", "meine", "ma", "mon", "mi", "mia", "minha"])
MARKS_AFTER: Final = frozenset(",.;:!)]}>\u3002\u0964\u2014-|\u2026(")
_DENIAL: Final = re.compile(
    r"(?<!\w)(?:not(?: really| at all| exactly| quite| so much| in the least| by any means)?|hardly|barely|scarcely"
    r"|(?:in|by) no (?:way|means)|keineswegs|überhaupt nicht|nicht wirklich|pas du tout|pas vraiment)[ \"']?(?:[.!,;)\]\n]|\Z)"
)
_DENIAL_NEAR: Final = 80
_EMPHASIS: Final = frozenset(["at", "really", "so", "yet", "sure", "way", "chance", "exactly", "quite", "ever"])
JOINING: Final = frozenset("and und et y e и en i".split())
_SUPPOSING: Final = frozenset(("were", "had", "should"))
_PRONOUNS: Final = frozenset("it i he she they we there you".split())
_PREDICATES: Final = frozenset(["is", "isn", "was", "would", "wouldn", "does", "doesn"])
#: German verbs stand before their subject in every sentence that begins with something else.
_SECOND: Final = frozenset("soll sollte würde kann werde".split())


def tokens(text: str) -> list[str]:
    """Words and signs without what stands in brackets."""
    if "(" in text or "[" in text:
        text = _PARENTHESIS.sub(" ", text)
    return list(words_of(text))


def clause_of(before: Sequence[str], cue: int) -> Sequence[str]:
    """The words of the clause in which a cue stands, up to the label."""
    start = cue
    while start > 0 and not _parts(before, start):
        start -= 1
    return before[start:]


def _parts(before: Sequence[str], start: int) -> bool:
    """Whether a clause begins here."""
    following = before[start] if start < len(before) else ""
    if before[start - 1] in JOINING:
        return following in SUBJECTS
    return before[start - 1] in BREAKS and following not in COMPLEMENTS


def last_clause(text: str) -> Sequence[str]:
    """The words of the clause in which a text ends."""
    spoken = tokens(text[-120:])
    return clause_of(spoken, len(spoken)) if spoken else spoken


def is_denied(clause: Sequence[str]) -> bool:
    """Whether a clause says that something is not so."""
    return any(word in NEGATIONS for word in clause)


def is_unreal(before: Sequence[str], cue: int, text: str) -> bool:
    """Whether it speaks of what could be, what was, what others think, or what is only granted."""
    if before and before[0] in SUBORDINATING and "," not in before[:cue]:
        return True
    if cue > 1 and "," in before[:cue] and before[0] in CONDITIONS and not _FORCED.match(text.lstrip(" \"'-")):
        return True
    clause = clause_of(before, cue)
    outer = clause[: len(clause) - (len(before) - cue)]
    asks = bool(outer) and outer[-1] in INVERTING and (len(outer) == 1 or outer[-1] not in _SECOND)
    if asks and not _holds(outer):
        return True
    if any(word in UNREAL for word in clause):
        return _FORCED.search(text) is None
    if any(word in COMPLEMENTS or word in SUBJECTS for word in outer) and not _holds(outer):
        return True
    return any(word in ATTRIBUTIONS for word in clause)


def _holds(outer: Sequence[str]) -> bool:
    """Whether a clause says that its writer holds what the next one says: "I think that", "my view is that"."""
    return any(word in HOLDING or word in CHOOSING or word in RATING for word in outer) and any(
        word in SUBJECTS or word in _MINE or word in {"seems", "appears"} for word in outer
    )


def is_own(cue: Sequence[str]) -> bool:
    """Whether the words that announce a decision name the first person."""
    return any(word in SUBJECTS or word in _MINE for word in cue)


def is_others(before: str, after: str) -> bool:
    """Whether a sentence without a first person gives somebody's answer: "according to Kant", "from her perspective"."""
    return _OTHERS_VIEW.search(before) is not None or _OTHERS_VIEW.match(after) is not None


def is_conditional(after_text: str, after: Sequence[str]) -> bool:
    """Whether a condition follows that binds the decision."""
    for place, word in enumerate(after):
        if word in REASONS or word in {".", ";"}:
            return False
        if word in _SUPPOSING and after[place + 1 : place + 2] != [] and after[place + 1] in _PRONOUNS:
            return True
        if word in CONDITIONS:
            return _FORCED.search(after_text) is None
    return False


def is_taken_back(after: Sequence[str]) -> bool:
    """Whether a label is denied right behind it, or behind what it is about: "Support - not at all", "B is not".

    "B, not A" is no denial of B.
    """
    objects = 0
    while objects < len(after) and after[objects] in OBJECTS:
        objects += 1
    place = objects
    while place < len(after) and after[place] in MARKS_AFTER:
        place += 1
    words = after[place : place + 2]
    if not words:
        return False
    if words[0] in NEGATIONS:
        return len(words) == 1 or words[1] in MARKS_AFTER or words[1] in _EMPHASIS
    return not objects and words[0] in _PREDICATES and len(words) > 1 and words[1] in NEGATIONS


def is_contradicted(text: str, start: int, end: int) -> bool:
    """Whether a denial that says nothing else follows a label: "Agree (not really)", "Agree... hardly"."""
    near = text[end : end + _DENIAL_NEAR]
    found = _DENIAL.search(near if end + _DENIAL_NEAR >= len(text) else f"{near}\x1f")
    if found is None or is_denied(text[start:end].split()):
        return False  # "No, not at all" says it once more
    between = words_of(near[: found.start()])
    return all(word in OBJECTS or not word[0].isalnum() for word in between)
