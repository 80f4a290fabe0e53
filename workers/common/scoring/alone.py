"""Whether a label stands by itself: as the whole answer, its first line, a sentence of its own, or before a reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.scoring import clauses, grammar
from common.scoring.fold import words_of
from common.scoring.numbers import State
from common.scoring.reading import Weight
from common.scoring.words import CLOSERS, COORDINATORS, NEGATIONS, OBJECTS, OPENERS, REASONS

if TYPE_CHECKING:
    from common.scoring.parser import Sheet

_LONGEST: Final = 90
_NEXT: Final = 30
_CONTRARY: Final = COORDINATORS | frozenset(
    "but maybe perhaps close near to almost nearly leaning then aber mais also sometimes possibly pero ma mas".split()
)
_OPENING: Final = re.compile(rf"(?:(?:{OPENERS})(?: |\Z))*")
_CLOSING: Final = re.compile(rf"(?:(?: |\A)(?:{CLOSERS}))*")
_NUMERAL: Final = re.compile(r"(?:^|(?<= ))\d{1,3}(?= |$)")
_TERMINATED: Final = re.compile(r"[.!\u3002\u0964]+[\"')\]]*\s*\Z")
_BULLET: Final = re.compile(r"^[ \t>]*(?:[-|]|\d{1,3}[.)]|[a-z][.)])[ \t]+")
_OWN_QUESTION: Final = re.compile(r"\b(?:my|mine|i|final|meine?|ich|mon|ma|je|mi|mia|minha|yo)\b|我|私")
_GOING_ON: Final = frozenset(("for of is are was were to than from that which who can will would should").split()) | (
    COORDINATORS
)
_PARENTHETICAL: Final = re.compile(r"\s*,[^,.!?\n]{1,40},\s*(?:is|are|was|means|can|has|does|will|would|may|seems?)\b")
_REASONS: Final = frozenset(
    (
        "because since given as weil da denn parce car puisque porque pues perché poiché pois потому так "
        "omdat want ponieważ لان क्योंकि çünkü bo"
    ).split()
)
#: "No, that would be cruel": what follows a word that answers is a sentence of its own.
_ANSWERS: Final = frozenset("yes no ja nein oui non sí si да нет sim não tak nie hayır evet नहीं हाँ لا نعم".split())
#: "No idea", "no option": with a noun right behind it, such a word is no answer; "no to this policy" is one.
_DETERMINES: Final = _ANSWERS | NEGATIONS
_TOWARDS: Final = frozenset("to with mit avec con com с مع".split())
_COUNTED: Final = re.compile(r" ?(?:options?|points?|stars?|punkte?|puntos?|punt[io]|pontos?|балл(?:а|ов)?|puan|\d+)\b")
_AFTER_COMMA: Final = REASONS | frozenset(
    "but although though even while with without i we definitely absolutely certainly obviously clearly not no due on in"
    " by if aber obwohl ich wir mais je nous pero aunque yo ma io mas eu но я ale ja maar ik".split()
)
_QUESTION_MARK: Final = re.compile(r"(?:\A|\s)q\d*\s?[:.)]")
_AT_BEGINNING: Final = re.compile(r"(?:\A|[\n.;!?,])[\s\-#\"'(|]*(?:\d+[.)]\s*)?\Z")
_AFTER_BRACKET: Final = re.compile(r"\s*\([^()\n]{0,120}\)\s*(?P<rest>.*)", re.DOTALL)
_NO_MORE: Final = re.compile(r"[\"').! ]*(?:\n|\Z)")
_UNSPACED_REASON: Final = re.compile(r"\s*(?:因为|因為|なぜなら|왜냐하면)")


def is_alone(sheet: Sheet, index: int, start: int, end: int) -> Weight | None:
    """A label with nothing beside it in its sentence or its line but phrases that say nothing of their own."""
    mention = sheet.mentions[index]
    units = [(start, end)]
    line = sheet.passage.line(mention.start)
    if line[0] > start or line[1] < end - 1:
        units.append((max(line[0], start), min(line[1], end)))
    for first, last in units:
        if _holds_nothing_else(sheet, index, first, last):
            rule = _place(sheet, index, first, last)
            if rule is not None:
                return Weight("marked" if rule == "under_heading" else "exact", rule)
    return None


def leads(sheet: Sheet, index: int, before: str, after: str) -> Weight | None:
    """A label at the very beginning, with a reason or an explanation behind it: "B, because it saves more"."""
    passage = sheet.passage
    mention = sheet.mentions[index]
    if mention.start - passage.first > _LONGEST or passage.sentence(mention.start)[0] > passage.first:
        return None
    if before.strip() and not _OPENING.fullmatch(_plain(before)):
        return None
    behind = clauses.tokens(after[:200])
    raw = after.lstrip(" ")
    if raw.startswith("("):
        rest = _AFTER_BRACKET.match(raw)
        if rest is None:
            return None
        raw = rest.group("rest")
        if not raw.strip(" .!\n") and not names_another(sheet, index, _CONTRARY):
            return Weight("exact", "first_line")
    label = passage.text[mention.start : mention.end]
    denies = label in NEGATIONS
    if label == "a" and _QUESTION_MARK.search(passage.text):
        return None  # Q and A of an interview
    if (clauses.is_taken_back(behind) and not denies) or clauses.is_conditional(after, behind):
        return None
    if behind[:1] == [":"] and behind[1:2] in (["to"], ["means"]) and mention.number is None and len(label) > 1:
        return None  # "Oppose: to be against something"
    if not _introduces(
        raw,
        behind,
        objects=mention.number is None and not determines(label, behind),
        any_clause=label in _ANSWERS,
    ) or _PARENTHETICAL.match(after):
        return None
    if names_another(sheet, index, _CONTRARY) or _defines(sheet, index):
        return None
    if mention.number is not None and mention.number.defines and _count_numbers(sheet) > 1:
        return None
    return Weight("exact", "first_line")


def determines(label: str, behind: list[str]) -> bool:
    """Whether a word that could answer makes a phrase with the one right behind it: "no idea"."""
    return label in _DETERMINES and behind[:1] != [] and behind[0] in OBJECTS and behind[0] not in _TOWARDS


def _introduces(raw: str, behind: list[str], *, objects: bool, any_clause: bool) -> bool:
    """Whether what stands behind a leading label explains it, rather than making it a part of a sentence."""
    if not raw:
        return False
    sign = raw[0]
    if sign == ",":
        return (
            any_clause
            or (behind[1:2] != [] and behind[1] in _AFTER_COMMA)
            or _UNSPACED_REASON.match(raw, 1) is not None
        )
    if sign in ":;\u2014)" or (sign in "-=" and raw[1:2] in {" ", "\t", ">"}):
        return True
    if _UNSPACED_REASON.match(raw):
        return True
    if raw[0] == "\n":
        return False
    if not behind:
        return False
    if behind[0] in _REASONS:
        return True
    if not objects or behind[0] not in OBJECTS:
        return False
    place = 0
    while place < len(behind) and behind[place] in OBJECTS:
        place += 1
    return place == len(behind) or behind[place] in {".", "!", ",", ";"} or behind[place] in _REASONS


def names_another(sheet: Sheet, index: int, between: frozenset[str]) -> bool:
    """Whether another label follows at once, with no words between but these: "Yes, but no", "3, maybe 4"."""
    if index + 1 >= len(sheet.mentions):
        return False
    here, following = sheet.mentions[index], sheet.mentions[index + 1]
    if following.choice == here.choice or following.state is State.OUT:
        return False
    gap = sheet.passage.text[here.end : following.start]
    if len(gap) > _NEXT or "\n" in gap.strip(" \t") or "." in gap:
        return False
    words = [word for word in clauses.tokens(gap) if word[0].isalnum()]
    if not words and gap.strip() in {"(", "["}:
        return following.choice is not None and sheet.passage.text[following.end : following.end + 1] in {")", "]"}
    if not words and gap.strip() == ":":
        return _NO_MORE.match(sheet.passage.text, following.end) is not None
    if not words:
        return gap.strip() in {"", "/", "=", "...", "\u2026"}
    return all(word in between for word in words)


def _defines(sheet: Sheet, index: int) -> bool:
    """Whether other labels too stand at the beginning of a line or sentence with a colon or dash: a scale explained."""
    text, here = sheet.passage.text, sheet.mentions[index]
    if text[here.end : here.end + 2].strip()[:1] not in {":", "-", "=", "\u2014", "(", ")", "."}:
        return False
    for mention in sheet.mentions:
        if mention.choice == here.choice or mention.choice is None:
            continue
        if text[mention.end : mention.end + 2].strip()[:1] not in {":", "-", "=", "\u2014", ")"}:
            continue
        if _AT_BEGINNING.search(text[max(0, mention.start - 12) : mention.start]):
            return True
    return False


def _count_numbers(sheet: Sheet) -> int:
    return sum(mention.number is not None for mention in sheet.mentions)


def _holds_nothing_else(sheet: Sheet, index: int, start: int, end: int) -> bool:
    text, mention = sheet.passage.text, sheet.mentions[index]
    if end - start > _LONGEST * 3:
        return False
    head, tail = text[start : mention.start], text[mention.end : end]
    # "4 - Somewhat support", "Somewhat support (4)": the same thing named twice.
    for step in (-1, 1):
        place = index + step
        while 0 <= place < len(sheet.mentions):
            other = sheet.mentions[place]
            if not start <= other.start < end:
                break
            if other.choice != mention.choice and not (other.state is State.OUT and other.number is not None):
                return False
            if step < 0 and other.choice == mention.choice:
                head = text[start : other.start] + " " + head[other.end - start :]
            elif other.choice == mention.choice:
                tail = (
                    tail[: other.start - mention.end]
                    + " " * (other.end - other.start)
                    + tail[other.end - mention.end :]
                )
            place += step
    if len(head) > _LONGEST or len(tail) > _LONGEST:
        return False
    if mention.number is not None and ((mention.number.lists and _plain(tail)) or mention.number.defines):
        return False
    if text[mention.start : mention.end] in NEGATIONS and _COUNTED.match(tail):
        return False
    head, tail = _plain(head), _plain(tail)
    if not sheet.scale.reads_numbers:
        label = text[mention.start : mention.end]
        # "Option 1 - 2" names another number, "Option 1 (1)" the same.
        another = label[-1].isdigit() and not label.endswith(f" {tail}")
        head, tail = _NUMERAL.sub("", head).strip(), tail if another else _NUMERAL.sub("", tail).strip()
    return (not head or _OPENING.fullmatch(head) is not None) and (not tail or _CLOSING.fullmatch(tail) is not None)


def _plain(text: str) -> str:
    return " ".join(word for word in words_of(text) if word[0].isalnum())


def _place(sheet: Sheet, index: int, start: int, end: int) -> str | None:
    """By which rule a label that stands alone is the decision, by where it stands; None where it is not."""
    passage, mention = sheet.passage, sheet.mentions[index]
    text = passage.text
    terminated = _TERMINATED.search(text[max(start, end - 12) : end]) is not None
    if start <= passage.first:
        if end >= passage.last:
            return "whole_answer"
        following, blank = passage.line_after(end)
        if not terminated and not blank and next(iter(clauses.tokens(following[:40])), "") in _GOING_ON:
            return None
        return None if _defines(sheet, index) else "first_line"
    line_start, line_end = passage.line(mention.start)
    above, blank = passage.line_before(line_start)
    if _BULLET.match(text[line_start:line_end]):
        below, _ = passage.line_after(line_end)
        if _BULLET.match(above) or _BULLET.match(below):
            return None
    earlier = passage.sentence_before(passage.sentence(mention.start)[0]).rstrip()
    if start == line_start or not text[line_start:start].strip():
        colon = above.rstrip().endswith(":")
        if colon or ((blank or above.lstrip().startswith("#")) and len(above) < _LONGEST and _is_heading(above)):
            spoken = clauses.tokens(above)
            cue = grammar.says_decision(spoken if colon else [*spoken, ":"], number=mention.number is not None)
            if cue is not None and not clauses.is_denied(spoken):
                return "under_heading"
            if colon:
                return None
        if not blank and not re.search(r"[.!?:\u3002\u2026][\"')\]]*\s*\Z", above):
            return None
    if not terminated and end < passage.last:
        return None
    if earlier.rstrip("\"')]").endswith("?") and not _OWN_QUESTION.search(earlier):
        return None
    return "last_line" if end >= passage.last else "own_sentence"


def _is_heading(line: str) -> bool:
    return not re.search(r"[.!?,;]\s*\Z", line.strip())
