"""Whether the words around a label say that somebody decides on it: in the first person, or as "my answer is".

Words are looked at from the label backwards, one set for each part of speech. So a sentence costs a look-up for each
of its words, and every language that has the same order shares the rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.scoring.fold import words_of
from common.scoring.words import (
    ADVERBS,
    ATTRIBUTIONS,
    AUXILIARIES,
    BEING,
    CHOOSING,
    CHOOSING_ALONE,
    CLOSING_VERBS,
    COMPLEMENTS,
    CONDITIONS,
    COPULAS,
    DEGREES,
    FILLERS,
    FOLLOWING,
    HOLDING,
    INSTEAD_OF,
    INVERTING,
    LINKING,
    NEGATIONS,
    NOUNS,
    OBJECTS,
    OTHERS,
    OWN,
    RATING,
    REASONS,
    SEPARATORS,
    SUBJECTS,
    SUBORDINATING,
    UNREAL,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARENTHESIS: Final = re.compile(r"[(\[][^()\[\]\n]{0,80}[)\]]")
_BREAKS: Final = frozenset(
    [
        ",",
        ";",
        ":",
        ".",
        "but",
        "however",
        "yet",
        "sondern",
        "aber",
        "jedoch",
        "mais",
        "cependant",
        "pero",
        "sin",
        "sino",
        "ma",
        "però",
        "mas",
        "porém",
        "maar",
        "но",
        "а",
        "ale",
        "لكن",
        "लेकिन",
        "ama",
        "instead",
        "rather",
        "—",
        "so",
    ]
)
_SCALE: Final = re.compile(
    r"\b(?:on|using|auf|sur|en|su|in|op|na|по|numa|em|with)\s+(?:\S+\s+){0,5}?"
    r"(?:scale|skala|échelle|escala|scala|schaal|skali|шкале)\b[^.!?\n]{0,30}?[:,]\s*$"
)
_SIDE: Final = re.compile(
    r"\bi (?:would |must |have to |will |ultimately |finally |'?d )*(?:come|came|fall|land|end up|stand|come out)(?: down)?"
    r"(?: firmly| squarely| just)?(?: on the side of| in the (?:camp|category) of| at| on| with| in favou?r of)\s*[\"']?\s*$"
)
_FORCED: Final = re.compile(
    r"(?:even|as) if|if (?:i|we) (?:had|have|must|really had|were (?:forced|pressed|made)|am forced|do have) ?(?:to)?"
    r"|if (?:forced|pressed|pushed)|if (?:only )?because|if (?:i'm|i am) (?:honest|being honest)|if any(?:thing)?"
    r"|wenn ich (?:mich entscheiden|wählen|eine wahl treffen) m(?:u|ü)ss(?:te)?|auch wenn|selbst wenn"
    r"|si (?:je )?(?:devais|dois|tuviera que|tengo que) (?:choisir|elegir)|même si|aunque|se dovessi scegliere"
)
_DEMONSTRATIVES: Final = frozenset(
    ["it", "this", "that", "das", "es", "dies", "ce", "c", "esto", "questo", "isso", "это"]
)
_MINE: Final = frozenset(["my", "mein", "meine", "ma", "mon", "mi", "mia", "minha"])
_MARKS_AFTER: Final = frozenset(",.;:!)]}\u3002\u0964\u2014-|\u2026(")
_NOT_AFTER: Final = frozenset(["or", "and", "nor", "oder", "und", "ou", "y", "o", "e", "или", "и"])
_MOST_WORDS: Final = 8
_OPTIONS: Final = frozenset(["option", "course", "alternative"])
_CHOSEN: Final = frozenset(["best", "right", "correct", "preferred", "chosen", "my"])
_EMPHASIS: Final = frozenset(["at", "really", "so", "yet", "sure", "way", "chance", "exactly", "quite", "ever"])
_PREDICATES: Final = frozenset(["is", "isn", "was", "would", "wouldn", "does", "doesn"])
_BESIDE_PREDICATE: Final = ADVERBS | AUXILIARIES | BEING | DEGREES
#: Particles that end a Japanese, Korean or Turkish predicate, and stand for "is".
_DROPPED: Final = str.maketrans("", "", "\u2019")


def tokens(text: str) -> list[str]:
    """Words and signs without what stands in brackets."""
    if "(" in text or "[" in text:
        text = _PARENTHESIS.sub(" ", text)
    return list(words_of(text))


def says_decision(before: Sequence[str], *, number: bool) -> int | None:
    """Where the words begin that announce a decision right before a label; None where there are none."""
    at = _back_over(before, len(before), FILLERS)
    if at == 0:
        return None
    word = before[at - 1]
    if word in SEPARATORS:
        while at > 0 and before[at - 1] in SEPARATORS:
            at -= 1
        if at > 0 and before[at - 1] in COPULAS:
            at = _back_over(before, at - 1, ADVERBS | COPULAS | {"would", "be", "have", "to"})
        return _noun_phrase(before, at)
    if word in COPULAS:
        place = _back_over(before, at - 1, FILLERS | ADVERBS | COPULAS)
        found = _noun_phrase(before, place)
        if found is not None:
            return found
        if number and place > 0 and before[place - 1] in _DEMONSTRATIVES and _may_begin(before, place - 1):
            return place - 1
        return None
    if word in CHOOSING:
        found = _subject(before, at - 1)
        if found is not None:
            return found
    if word in NOUNS:
        found = _noun_phrase(before, at)
        if found is not None:
            return found
        at = _back_over(before, at - 1, FILLERS)
        word = before[at - 1] if at else ""
    if word in CHOOSING:
        found = _subject(before, at - 1)
        return found if found is not None or word not in CHOOSING_ALONE else at - 1
    if _is_modal(word):
        return None
    return _rating(before, at) if number else None


def speaks_for_oneself(before: Sequence[str]) -> int | None:
    """Where the subject stands whose predicate the label is: "I", "I am", "ich", "estoy"; None where there is none."""
    at = len(before)
    while at > 0 and len(before) - at < _MOST_WORDS and before[at - 1] not in SUBJECTS:
        if before[at - 1] not in _BESIDE_PREDICATE:
            break
        at -= 1
    if at > 0 and before[at - 1] in SUBJECTS:
        return at - 1
    return at if at < len(before) and before[at] in BEING and before[at] not in {"am", "m"} else None


def awaits_verb(before: Sequence[str], after: Sequence[str]) -> int | None:
    """Where a German or Dutch sentence begins whose verb stands behind the label: "ich würde B wählen"."""
    if not after or after[0] not in CLOSING_VERBS:
        return None
    at = _back_over(before, len(before), FILLERS | ADVERBS | AUXILIARIES)
    found = at > 0 and before[at - 1] in SUBJECTS and (at < len(before) or after[0] in CHOOSING)
    return at - 1 if found else None


def takes_side(before: str) -> bool:
    """Whether "I come down on the side of" ends here."""
    return _SIDE.search(before) is not None


def names_scale(before: str) -> bool:
    """Whether "on a scale of 1 to 5:" ends here."""
    return _SCALE.search(before) is not None


def may_follow(after: Sequence[str]) -> bool:
    """Whether a label that was announced can be the whole of what was announced, by the word behind it."""
    if not after:
        return True
    word = after[0]
    return word in _MARKS_AFTER or word in FOLLOWING or word in CLOSING_VERBS


def has_object(after: Sequence[str]) -> bool:
    """Whether behind a predicate comes nothing, or what the question is about: "I support this policy."."""
    place = 0
    while place < len(after) and place < _MOST_WORDS and after[place] in OBJECTS:
        place += 1
    if place == len(after):
        return True
    word = after[place]
    return word in _MARKS_AFTER or word in FOLLOWING


def clause_of(before: Sequence[str], cue: int) -> Sequence[str]:
    """The words of the clause in which a cue stands, up to the label."""
    start = cue
    while start > 0 and (before[start - 1] not in _BREAKS or (start < len(before) and before[start] in COMPLEMENTS)):
        start -= 1
    return before[start:]


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
    if any(word in UNREAL for word in clause):
        return _FORCED.search(text) is None
    outer = clause[: len(clause) - (len(before) - cue)]
    if outer and outer[-1] in INVERTING and not _FORCED.search(text) and not _holds(outer):
        return True
    if any(word in COMPLEMENTS for word in outer) and not _holds(outer):
        return True
    return any(word in ATTRIBUTIONS for word in clause)


def _holds(outer: Sequence[str]) -> bool:
    """Whether a clause says that its writer holds what the next one says: "I think that", "my view is that"."""
    return any(word in HOLDING for word in outer) and any(word in SUBJECTS or word in _MINE for word in outer)


def is_conditional(after_text: str, after: Sequence[str]) -> bool:
    """Whether a condition follows that binds the decision."""
    for word in after:
        if word in REASONS or word in {".", ";"}:
            return False
        if word in CONDITIONS:
            return _FORCED.search(after_text) is None
    return False


def is_taken_back(after: Sequence[str]) -> bool:
    """Whether a label is denied right behind it: "Support - not at all", "B is not"; "B, not A" is no denial of B."""
    place = 0
    while place < len(after) and after[place] in _MARKS_AFTER:
        place += 1
    words = after[place : place + 2]
    if not words:
        return False
    if words[0] in NEGATIONS:
        return len(words) == 1 or words[1] in _MARKS_AFTER or words[1] in _EMPHASIS
    return words[0] in _PREDICATES and len(words) > 1 and words[1] in NEGATIONS


def _noun_phrase(before: Sequence[str], end: int) -> int | None:
    """Where "my final answer to this" begins that ends here; None where it is no decision, or somebody else's."""
    at = end
    while at > 0 and end - at < _MOST_WORDS and before[at - 1] not in NOUNS:
        if before[at - 1] not in LINKING:
            return None
        at -= 1
    if at == 0 or before[at - 1] not in NOUNS:
        return None
    noun = at - 1
    start, owned = noun, False
    while start > 0 and noun - start < _MOST_WORDS:
        word = before[start - 1]
        if word in OTHERS:
            return None
        owned = owned or word in (_CHOSEN if before[noun] in _OPTIONS else OWN)
        if word not in OWN and word not in LINKING and word not in NOUNS:
            break
        start -= 1
    if owned:
        return start
    if before[noun] in _OPTIONS:
        return None
    return start if _may_begin(before, start) else None


def _may_begin(before: Sequence[str], start: int) -> bool:
    """Whether a clause begins here."""
    if start == 0:
        return True
    word = before[start - 1]
    return (
        not word[0].isalnum()
        or word in _BREAKS
        or word in ADVERBS
        or word in {"think", "believe", "say", "and", "that"}
    )


def _subject(before: Sequence[str], end: int) -> int | None:
    """Where the first person stands who does what the verb here says; None where it is nobody or somebody else."""
    at = end
    while at > 0 and end - at < _MOST_WORDS:
        word = before[at - 1]
        if word in SUBJECTS:
            return at - 1
        if word not in ADVERBS and word not in AUXILIARIES and word not in CHOOSING:
            return None
        at -= 1
    return None


def _rating(before: Sequence[str], at: int) -> int | None:
    """Where "I rate this action" begins that ends here; any object may stand before the number."""
    if any(before[index] == "of" and before[index - 1] not in NOUNS for index in range(max(at, 1), len(before))):
        return None
    place = at
    while place > 0 and at - place < _MOST_WORDS:
        word = before[place - 1]
        if word in RATING:
            found = _subject(before, place - 1)
            return found if found is not None or word not in CHOOSING_ALONE else place - 1
        if not word[0].isalpha() or word in NEGATIONS or word in UNREAL or word in INSTEAD_OF:
            return None
        place -= 1
    return None


def _is_modal(word: str) -> bool:
    return word in UNREAL or word in NEGATIONS


def _back_over(before: Sequence[str], at: int, passed: frozenset[str]) -> int:
    stop = max(0, at - _MOST_WORDS)
    while at > stop and before[at - 1] in passed:
        at -= 1
    return at
