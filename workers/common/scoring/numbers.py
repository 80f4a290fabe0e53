"""Numbers in an answer: which of them could be a score, and which are dates, counts, ranges, shares or list numbers."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from common.scoring.fold import words_of
from common.scoring.scale import UNSPACED
from common.scoring.words import CLOSING_VERBS, COORDINATORS, FOLLOWING

if TYPE_CHECKING:
    from common.scoring.scale import Scale

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_RANGE: Final = re.compile(
    r"\s*(?:-|~|\u301c|\u2014|\.\.+|-?\bto\b-?|\bthrough\b|\bbis\b|\bà\b|\ba\b|\bal\b|\baté\b|\bдо\b|\bto\b|الي|से|から|至|到|부터)"
    r"\s*(?P<other>[+-]?\d+(?:[.,]\d+)?)(?![\d.,]*\d)"
)
_SLASH: Final = re.compile(r"\s?/\s?(?P<of>\d+(?:\.\d+)?)(?P<more>\s?/\s?\d)?")
_WRITTEN: Final = {
    word: value
    for value, words in (
        (3, "three drei trois tres tre"),
        (4, "four vier quatre cuatro quattro"),
        (5, "five fünf cinq cinco cinque пяти"),
        (6, "six sechs seis sei"),
        (7, "seven sieben sept siete sette семи"),
        (8, "eight acht huit ocho otto"),
        (9, "nine neun neuf nueve nove"),
        (10, "ten zehn dix diez dieci dez tien десяти"),
        (100, "hundred hundert cent cien cento ста"),
    )
    for word in words.split()
}
_OF_ALL: Final = (
    r"(?:(?:a|an|the|la|den)\s+)?(?:(?:possible|maximum|max|total)\s+(?:of\s+)?)?"
    rf"(?P<of>\d+(?:\.\d+)?|(?:{'|'.join(_WRITTEN)})(?!\w))(?![\d.,/%]*\d)"
)
_OF: Final = r"out\s+of|of|von|sur|de|su|из\s+возможных|из|van|na|من"
_OUT_OF: Final = re.compile(
    rf"\s+(?:(?:points?|stars?|punkte?|puntos?|points)\s+)?(?:{_OF}|(?P<over>over))\s+{_OF_ALL}"
)
_MOST: Final = r"max(?:imum|imal|imo)?\.?(?:\s+(?:score|points?|of))?:?|максимум|[满滿]分(?:为|為|是|:)?"
#: The same behind a bracket, or apart: "4 (out of 10)", "4, max 10".
_BESIDE: Final = re.compile(
    r"(?:\s*(?:points?|pts|stars?|punkten?|puntos?|punti|pontos?|балл(?:а|ов)?|分|点|點|점))?"
    rf"(?:\s*[(\[]\s*(?:{_OF}|(?:min\.?\s+\d+,\s*)?(?:{_MOST})|from|possible|/)|[ \t]*[,;\u2014-][ \t]*(?:out\s+of|{_MOST}))\s*{_OF_ALL}"
)
_BEST: Final = re.compile(
    r"\s*[(\[][^()\[\]\n]{0,40}?(?<![\d.,])(?P<of>\d{1,4})\s*"
    r"(?:(?:=|is|being|as)\s*(?:the\s+)?(?:top|most|max(?:imum)?|best|highest)|max(?:imum)?|best|highest)\b"
)
_BETWEEN_BRACKETS: Final = re.compile(
    r"\s*[(\[]\s*(?P<low>[+-]?\d{1,4})\s*(?:-|~|\u2014|to|bis|à|a|до|至|到|から)\s*(?P<high>\d{1,4})\s*[)\]]"
)
_PERCENT: Final = re.compile(
    r"\s?(?:[%\u2030\u00b0]|per\s?cent|prozent|pour\s?cents?|por\s?ciento|por\s?cento|per\s?cento|procent|процент)"
)
_UNCLEAR_BEFORE: Final = re.compile(
    r"(?:[~\u2248<\u2264\u2265\u00b1\u2260\u2243\u223c]|大约|约|大概|およそ|約|약|लगभग|(?:\A|(?<=[^-=\n]))>"
    r"|\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|ca\.?|between|from|up to|at least|at most"
    r"|than|over|under|above|below|beyond|exceeds?|close to"
    r"|etwa|ungefähr|rund|zwischen|mindestens|höchstens|über|unter|environ|entre|au moins|au plus|plus de|moins de"
    r"|aproximadamente|alrededor de|al menos|más de|menos de|circa|tra|fra|almeno|più di|meno di|cerca de|pelo menos"
    r"|mais de|около|примерно|между|не менее|не более|более|менее|تقريبا|حوالي|بين))\s*(?:a |an |the |eine[rn]? |une? )?$"
)
_DASHED: Final = re.compile(r"(?:[-\u2014\u2500\u2796][ (\[]*|[(\[] ?[-\u2014] ?[)\]] ?)\Z")
_NEGATIVE: Final = re.compile(
    r"(?:\b(?:minus|negative?|neg\.?|moins|négatif|menos|negativo|meno|минус)|[负負]|マイナス|마이너스)[)\]]? ?\Z"
)
# "a 4", "4 points": what these words come before or after is counted, not scored.
_COUNTED_AFTER: Final = re.compile(
    r"(?:\b(?:step|point|article|section|chapter|page|pages|no|no\.|item|question|q|reason|part|version|phase|scenario|case"
    r"|rule|principle|day|week|year|years|age|aged|figure|fig\.?|table|line|paragraph|stage|footnote|verse|act|volume"
    r"|top|turn|round|room|group|type|class|category|tier|schritt|punkt|artikel|seite|frage|kapitel|grund|étape|point"
    r"|article|page|raison|paso|punto|artículo|página|razón|шаг|пункт|статья|страница|глава)\s*[#:.]?|第)\s*$"
)
_LIST_NUMBER: Final = re.compile(r"^[ \t>]*(?:(?:[-#|]+|[\u2713-\u2718])[ \t]+)*\(?$")
_UNIT_AFTER: Final = re.compile(
    r"\s?(?:points?|pts?|stars?|punkten?|puntos?|punti|pontos?|балл(?:а|ов)?|分|点|點|점|نقاط|نقطه|अंक|puan|punkt(?:y|ów)?)(?!\w)"
    r"|(?:分|点|點|점)(?=[\s。.,!)]|です|입니다|を|をつ|因|\Z)"
)
_UNSPACED_AFTER: Final = re.compile(
    r"(?:です|でした|だと|だ|입니다|이다|을|를|を|に|로|으로|因为|,|。|$|的?评分|に|के|है)"
)
_ONE_IN: Final = re.compile(r"\s+(?:in|for|against|versus|vs\.?|per|gegen|contra|contre)\s+\d")
_SUM_AFTER: Final = re.compile(r"\s*[+\u00d7\u00f7^]\s*\d")
_SUM_BEFORE: Final = re.compile(r"\d\s*[+\u00d7\u00f7^]\s*$")
_BETWEEN: Final = re.compile(r"(?:between|zwischen|entre|tra|fra|между|tussen|pomiędzy|между)\s+$")
_AND: Final = re.compile(r"\s+(?:and|und|et|y|e|и|en|i)\s+(?P<other>[+-]?\d+(?:[.,]\d+)?)(?![\d.,]*\d)")
_MIXED: Final = re.compile(r"[ \t]+\d")
_LETTER: Final = re.compile(r"[^\W\d_]")
_OWN_SCRIPT: Final = re.compile(f"[{UNSPACED}]")
_FOLLOWERS: Final = (
    FOLLOWING | COORDINATORS | CLOSING_VERBS | frozenset({"overall", "if", "unless", "is", "would", "it"})
)


#: An answer with more numbers, or more labels, than this decides nothing; it is not looked at further.
MOST: Final = 2_000


class State(Enum):
    """What a number can be."""

    PLAIN = auto()
    OUT = auto()  # it is no score at all: a date, a count, a list number, the bounds of the scale
    UNCLEAR = auto()  # where it stands for a decision, the decision is not one number on the scale


class Number(NamedTuple):
    """A number in a folded text, with what belongs to it: a sign, "/5", "out of 5", a unit.

    Attributes:
        bounds: the two ends of a range, where it is one.
        defines: whether a definition follows, as in "4 = agree".
        lists: whether it stands at the beginning of a line as the numbers of a list do.
    """

    start: int
    end: int
    value: float | None
    state: State
    bounds: tuple[float, float] | None = None
    defines: bool = False
    lists: bool = False


def numbers_in(text: str, scale: Scale) -> list[Number]:
    """Every number of a folded text."""
    found: list[Number] = []
    end = 0
    for match in _NUMBER.finditer(text):
        if len(found) > MOST:
            break  # nobody decides by so many
        if match.start() >= end:
            number = _number(text, match, scale)
            found.append(number)
            end = number.end
    return found


def _number(text: str, match: re.Match[str], scale: Scale) -> Number:
    start, end = match.span()
    value = _value(match.group(), scale)
    if value is None:
        return Number(
            start, end, None, State.OUT if match.group().count(".") + match.group().count(",") > 1 else State.UNCLEAR
        )
    before = text[max(0, start - 40) : start]
    sign = _sign(before, scale)
    if sign is None:
        return Number(start, end, value, State.OUT)
    taken, factor, state = sign
    start, value = start - taken, value * factor
    before = before[: len(before) - taken]
    ranged = _RANGE.match(text, end)
    if ranged is None and _BETWEEN.search(before):
        ranged = _AND.match(text, end)
    if ranged is not None and _is_range(text, ranged, match.group()):
        other = float(ranged.group("other").replace(",", "."))
        ends = (min(value, other), max(value, other))
        whole = State.OUT if ends == scale.number_bounds else State.UNCLEAR
        return Number(start, ranged.end(), None, whole, ends)
    if _is_none(text, before, end):
        return Number(start, end, value, State.OUT)
    if _UNCLEAR_BEFORE.search(before) or text[end : end + 1] in {"+", "\u00b1", "?"}:
        state = State.UNCLEAR
    return _with_tail(text, Number(start, end, value, state), before, scale)


def _with_tail(text: str, number: Number, before: str, scale: Scale) -> Number:
    """The number with "/5" or its unit, judged by what stands behind."""
    start, end, value, state = number[:4]
    part = _SLASH.match(text, end) or _OUT_OF.match(text, end)
    if part is not None and part.re is _OUT_OF and part.group("over") and _amount(part) <= scale.number_bounds[1]:
        part = None  # "4 over 3" prefers one to the other; "4 over 10" is ten's
    if part is not None:
        if part.re is _SLASH and part.group("more"):
            return Number(start, part.end(), value, State.OUT)
        end = part.end()
        if _amount(part) != scale.number_bounds[1]:
            state = State.UNCLEAR
    else:
        elsewhere = _on_another(text, end, scale)
        if elsewhere is not None:
            end, state = elsewhere, State.UNCLEAR
    for unit in scale.units:
        rest = text[end:].lstrip(" ") if len(text) - end < 40 else text[end : end + 40].lstrip(" ")
        if rest.startswith(unit):
            end = text.index(unit, end) + len(unit)
            break
    else:
        if _PERCENT.match(text, end):
            return Number(start, end, value, State.OUT)
        unit_match = _UNIT_AFTER.match(text, end)
        if unit_match is not None:
            end = unit_match.end()
    line_start = text.rfind("\n", 0, start) + 1
    lists = bool(_LIST_NUMBER.match(text[line_start:start])) if start - line_start < 12 else False
    mark = text[end : end + 1]
    lists = lists and mark in {".", ")"}
    if lists and mark in {".", ")"} and text[end + 1 : end + 2] in {" ", "\t"}:
        line_end = text.find("\n", end)
        if text[end + 1 : line_end if line_end >= 0 else len(text)].strip():
            return Number(start, end, value, State.OUT, lists=True)
    defines = text[end : end + 3].lstrip().startswith("=")
    if _ONE_IN.match(text, end) or _SUM_AFTER.match(text, end) or _SUM_BEFORE.search(before):
        return Number(start, end, value, State.OUT)
    if _MIXED.match(text, end):
        return Number(start, end, value, State.UNCLEAR)
    if not _may_follow(text, end):
        return Number(start, end, value, State.OUT)
    return Number(start, end, value, state, None, defines, lists)


def _amount(found: re.Match[str]) -> float:
    of = found.group("of")
    return float(_WRITTEN.get(of, of))


def _on_another(text: str, end: int, scale: Scale) -> int | None:
    """Where what says ends that a number is one of another scale: "4 (out of 10)", "4 (1-10)"; None where nothing does."""
    beside = _BESIDE.match(text, end)
    if beside is not None:
        return beside.end() if _amount(beside) != scale.number_bounds[1] else None
    best = _BEST.match(text, end)
    if best is not None and _amount(best) != scale.number_bounds[1]:
        return end
    bounds = _BETWEEN_BRACKETS.match(text, end)
    low, high = scale.number_bounds
    inside = bounds is None or low <= float(bounds.group("low")) <= float(bounds.group("high")) <= high
    return None if inside else end


def _value(digits: str, scale: Scale) -> float | None:
    """The number; None where it is none, or can be read in two ways."""
    marks = [char for char in digits if char in ".,"]
    if len(marks) > 1:
        return None
    whole, _, rest = digits.partition(marks[0]) if marks else (digits, "", "")
    if len(whole) > 1 and whole.startswith("0"):
        return None
    if len(digits) > 15:
        return None
    # "3,4" is one number to some, and two to others.
    if marks and marks[0] == "," and not rest.startswith("0") and scale.of_number(float(rest)) is not None:
        return None
    # 1,500 is one and a half to some, and fifteen hundred to others.
    if len(rest) == 3 and (marks[0] == "," or scale.number_bounds[1] >= 1000):
        return None
    return float(f"{whole}.{rest or 0}")


def _sign(before: str, scale: Scale) -> tuple[int, int, State] | None:
    """The characters of a sign, its factor, and what it does to the number; None where it makes it part of a name."""
    last, second = before[-1:], before[-2:-1]
    if _NEGATIVE.search(before):
        return 0, 1, State.UNCLEAR
    if last in {"+", "-"}:
        if second.isalnum() or second in {".", ")"}:
            return None
        if scale.number_bounds[0] < 0 and second != "-":
            return 1, -1 if last == "-" else 1, State.PLAIN
        return 1, -1 if last == "-" else 1, State.UNCLEAR
    if scale.number_bounds[0] < 0 and _DASHED.search(before):
        # A bullet, a dash or a minus: nobody can tell.
        return 0, 1, State.UNCLEAR
    return 0, 1, State.PLAIN


def _is_none(text: str, before: str, end: int) -> bool:
    """Whether what stands around a number makes it a part of a word, a sum of money, a time, a name, or an ordinal."""
    last, mark = before[-1:], text[end : end + 1]
    if last and (
        last in "$\u20ac\u00a3\u00a5\u20b9#@^\u00a7\u00d7\x1f" or (_LETTER.match(last) and not _OWN_SCRIPT.match(last))
    ):
        return True
    if last in {".", ",", ":", "/"} and before[-2:-1].isdigit():
        return True
    if last == "." or (last in {"/", "\\"} and before[-2:-1] not in {" ", "\n", ""}):
        return True
    if mark and (
        mark in "$\u20ac\u00a3\u00a5\u20b9^\u00d7\u00b0#@\x1f" or (_LETTER.match(mark) and not _OWN_SCRIPT.match(mark))
    ):
        return True
    if mark == ":" and text[end + 1 : end + 2].isdigit():
        return True
    if mark == "-" and text[end + 1 : end + 2].isalnum():
        return True
    return _COUNTED_AFTER.search(before) is not None


def _is_range(text: str, found: re.Match[str], digits: str) -> bool:
    """Whether two numbers are the ends of a range, and not a number and the next of a list."""
    del digits
    joined = found.group()
    if "\n" in joined or (
        text[found.end() : found.end() + 1] == "-" and text[found.end() + 1 : found.end() + 2].isdigit()
    ):
        return False
    after = text[found.end() : found.end() + 1]
    return not (after == "/" and joined.strip().startswith("a"))


def _may_follow(text: str, end: int) -> bool:
    """Whether a number may be a score, by the word behind it: "4 people" and "4个理由" count something."""
    rest = text[end : end + 40]
    if rest.lstrip(" ").startswith("\n") or not rest or rest[0] in '.,;:!?)]}"\n|/\u2014\u3002\u0964=(-':
        return True
    if _OWN_SCRIPT.match(rest):
        return _UNSPACED_AFTER.match(rest) is not None
    following = next(words_of(rest), "")
    if _OWN_SCRIPT.match(following):
        return _UNSPACED_AFTER.match(following) is not None
    return not following or not following[0].isalpha() or following in _FOLLOWERS
