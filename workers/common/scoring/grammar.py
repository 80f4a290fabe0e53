"""Whether the words around a label say that somebody decides on it: in the first person, or as "my answer is".

Words are looked at from the label backwards, one set for each part of speech. So a sentence costs a look-up for each
of its words, and every language that has the same order shares the rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.scoring.clauses import BREAKS, JOINING, MARKS_AFTER
from common.scoring.words import (
    ADVERBS,
    AUXILIARIES,
    BEING,
    CHOOSING,
    CHOOSING_ALONE,
    CLOSING_VERBS,
    COMPLEMENTS,
    COPULAS,
    DEGREES,
    FILLERS,
    FOLLOWING,
    INSTEAD_OF,
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
    UNREAL,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCALE: Final = re.compile(
    r"\b(?:on|using|auf|sur|en|su|in|op|na|по|numa|em|with)\s+(?:\S+\s+){0,5}?"
    r"(?:scale|skala|échelle|escala|scala|schaal|skali|шкале)\b[^.!?\n]{0,30}?[:,]\s*$"
)
_SIDE: Final = re.compile(
    r"\bi (?:would |must |have to |will |ultimately |finally |'?d )*(?:come|came|fall|land|end up|stand|come out)(?: down)?"
    r"(?: firmly| squarely| just)?(?: on the side of| in the (?:camp|category) of| at| on| with| in favou?r of)\s*[\"']?\s*$"
)
_DEMONSTRATIVES: Final = frozenset(
    ["it", "this", "that", "das", "es", "dies", "ce", "c", "esto", "questo", "isso", "это"]
)
_MOST_WORDS: Final = 8
_OPTIONS: Final = frozenset(["option", "course", "alternative"])
_CHOSEN: Final = frozenset(["best", "right", "correct", "preferred", "chosen", "my"])
_INVERTED: Final = frozenset(("ich", "ik"))
_BEFORE_CLOSING: Final = FILLERS | ADVERBS | AUXILIARIES | OBJECTS | {"es"}
_RELATIVE: Final = SUBJECTS | AUXILIARIES | CHOOSING | RATING
_ARTICLES: Final = frozenset("a an ein eine einen une un una uma um".split())
#: What is rated stands between the verb and the number; anything else makes it another sentence.
_RATED: Final = (
    OBJECTS
    | FILLERS
    | LINKING
    | NOUNS
    | ADVERBS
    | DEGREES
    | frozenset(
        "morality moral ethics ethical acceptability act behavior behaviour conduct deed permissibility solid clear full"
        " handlung handlungen verhalten tat moralische moralisch acte geste conduite acto acción conducta moral azione gesto"
        " поступок действие поведение это o dieser diese".split()
    )
)
#: "for me", "for two reasons"; "for Kant" says whose answer it is.
_FOR: Final = frozenset("me us now this that these it example instance".split())
_FOR_REASONS: Final = frozenset("reason reasons sake moment case".split())
_PREPOSITIONS: Final = frozenset(
    "on in about regarding concerning from under by via out for as at to bei dans sur en su".split()
)
_LOOSE_MARKS: Final = frozenset(",:-\u2014")
_CONTRASTS: Final = frozenset("but although though even while aber obwohl mais pero aunque ma mas но хотя".split())
_NO_RATING: Final = NEGATIONS | UNREAL | INSTEAD_OF | frozenset("him her them us you me up away off out back".split())
#: Adverbs that do more than colour the verb; every other one in -ly may stand before it.
_NO_ADVERBS: Final = (
    NEGATIONS | UNREAL | frozenset("only nearly supposedly allegedly reportedly usually fully family".split())
)
_BESIDE_PREDICATE: Final = ADVERBS | AUXILIARIES | BEING | DEGREES | {"ne", "n"}


def says_decision(before: Sequence[str], *, number: bool) -> int | None:
    """Where the words begin that announce a decision right before a label; None where there are none."""
    at = _back_over(before, len(before), FILLERS)
    if at == 0:
        return None
    word = before[at - 1]
    if word in SEPARATORS:
        while at > 0 and before[at - 1] in SEPARATORS:
            at -= 1
        if at > 0 and before[at - 1] in CHOOSING and (found := _subject(before, at - 1)) is not None:
            return found
        if at > 0 and before[at - 1] in COPULAS:
            at = _back_over(before, at - 1, ADVERBS | COPULAS | {"would", "be", "have", "to"})
        return _noun_phrase(before, at)
    if word in COPULAS:
        place = _back_over(before, at - 1, FILLERS | ADVERBS | COPULAS)
        found = _noun_phrase(before, place)
        if found is not None:
            return found
        if number and _points(before, place):
            return place - 1
    if number and "be" in before[at:] and _points(before, at):
        return at - 1
    if word in _INVERTED and at > 1 and before[at - 2] in CHOOSING:
        return at - 2  # "daher wähle ich B"
    if word in CHOOSING:
        found = _subject(before, at - 1)
        if found is None and at > 1 and before[at - 2] == "to":
            # "My decision is to choose".
            found = _noun_phrase(before, _back_over(before, at - 2, COPULAS | ADVERBS))
        if found is not None:
            return found
    if word in NOUNS:
        found = _noun_phrase(before, at)
        if found is not None and any(each in OWN for each in before[found:at]):
            return found  # "my answer B"; but "pick B" is said to somebody
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
        if before[at - 1] not in _BESIDE_PREDICATE and not _colours(before[at - 1]):
            break
        at -= 1
    if at > 0 and before[at - 1] in SUBJECTS:
        return at - 1
    return at if at < len(before) and before[at] in BEING and before[at] not in {"am", "m"} else None


def is_being(before: Sequence[str]) -> bool:
    """Whether the label is what somebody is, not what somebody does: "I am neutral"."""
    return any(word in BEING or word in {"remain", "stay", "myself"} for word in before[-4:])


def awaits_verb(before: Sequence[str], after: Sequence[str]) -> int | None:
    """Where a German or Dutch sentence begins whose verb stands behind the label: "ich würde B wählen"."""
    if not after or after[0] not in CLOSING_VERBS:
        return None
    at = _back_over(before, len(before), _BEFORE_CLOSING)
    inverted = at > 1 and before[at - 1] in _INVERTED and before[at - 2] in AUXILIARIES
    found = at > 0 and before[at - 1] in SUBJECTS and (at < len(before) or after[0] in CHOOSING or inverted)
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
    if word in JOINING:
        return after[1:2] != [] and after[1] in NEGATIONS
    if word == "for":
        return after[1:2] != [] and (after[1] in _FOR or any(each in _FOR_REASONS for each in after[1:5]))
    return word in MARKS_AFTER or word in FOLLOWING or word in CLOSING_VERBS


def has_object(after: Sequence[str], *, being: bool = False, contrasted: bool = False) -> bool:
    """Whether behind a predicate comes nothing, or what the question is about: "I support this policy.".

    Args:
        after: the words behind it.
        being: whether it is what somebody is.
        contrasted: whether a "not" behind it is said of another label.
    """
    place = 0
    while place < len(after) and place < _MOST_WORDS and after[place] in OBJECTS:
        place += 1
    if place == len(after):
        return True
    word = after[place]
    if place == 0 and word in _LOOSE_MARKS:
        # "I agree: this is hard" agrees with something else.
        return word == "," and after[1:2] != [] and (after[1] in REASONS | _CONTRASTS | NEGATIONS)
    if place == 0 and not being and word in _PREPOSITIONS:
        return False  # "we agree on the facts"; but "I am neutral on this"
    if place == 0 and word == "not":
        return contrasted  # "I support not implementing this"
    return word in MARKS_AFTER or word in FOLLOWING


def _noun_phrase(before: Sequence[str], end: int) -> int | None:
    """Where "my final answer to this" begins that ends here; None where it is no decision, or somebody else's."""
    at = end
    while at > 0 and end - at < _MOST_WORDS and before[at - 1] not in NOUNS:
        if before[at - 1] not in LINKING and before[at - 1] not in _RELATIVE:
            return None
        at -= 1
    if at == 0 or before[at - 1] not in NOUNS:
        return None
    noun = at - 1
    # "The rating that I would give".
    start, owned = noun, any(word in SUBJECTS for word in before[at:end])
    while start > 0 and noun - start < _MOST_WORDS:
        word = before[start - 1]
        if word in OTHERS:
            return None
        owned = owned or word in (_CHOSEN if before[noun] in _OPTIONS else OWN)
        if word in COMPLEMENTS or (word not in OWN and word not in LINKING and word not in NOUNS):
            break
        start -= 1
    if owned:
        return start
    if before[noun] in _OPTIONS:
        return None
    return start if _may_begin(before, start) else None


def _points(before: Sequence[str], at: int) -> bool:
    """Whether "this is a" ends here; without the article what follows is a count, or the time of day."""
    article = any(word in _ARTICLES for word in before[at:])
    return article and at > 0 and before[at - 1] in _DEMONSTRATIVES and _may_begin(before, at - 1)


def _may_begin(before: Sequence[str], start: int) -> bool:
    """Whether a clause begins here."""
    if start == 0:
        return True
    word = before[start - 1]
    return (
        not word[0].isalnum() or word in BREAKS or word in ADVERBS or word in {"think", "believe", "say", "and", "that"}
    )


def _subject(before: Sequence[str], end: int) -> int | None:
    """Where the first person stands who does what the verb here says; None where it is nobody or somebody else."""
    at = end
    while at > 0 and end - at < _MOST_WORDS:
        word = before[at - 1]
        if word in SUBJECTS:
            return at - 1
        if word not in ADVERBS and word not in AUXILIARIES and word not in CHOOSING and not _colours(word):
            return None
        at -= 1
    return None


def _colours(word: str) -> bool:
    """Whether a word is one of the many adverbs in -ly, or stands for one."""
    return (word.endswith("ly") and word not in _NO_ADVERBS) or word == "hereby"


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
        if word not in _RATED or word in _NO_RATING:
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
