"""Whether an answer says that its writer will not, or cannot, decide. It is asked only where no decision was found."""

from __future__ import annotations

import re
from typing import Final

_CANNOT: Final = (
    r"(?:can ?not|can'?t|won'?t|will not|am (?:not able|unable)|'m (?:not able|unable)|unable|not able|not in a position"
    r"|not comfortable|uncomfortable|don'?t feel comfortable|do not feel comfortable|refuse|decline|must decline|have to decline"
    r"|prefer not|rather not|would rather not|not going|not willing|unwilling|not (?:be )?(?:appropriate|right|proper) (?:for me )?to|inappropriate for me"
    r"|wouldn'?t (?:be able|feel comfortable)|would not (?:be able|feel comfortable)|choose not|opt not|not my place)"
)
_DOING: Final = (
    r"(?:answer|choose|pick|select|decide|provide|give|make|take|offer|express|share|state|say(?! (?:that|yes|no|so|it))|rate|score|judge|assist|help"
    r"|comment|respond|participate|engage|recommend|endorse|comply|fulfil|fulfill|discuss|continue|adopt|form|assign|vote"
    r"|determine|do (?:that|this|so)|support any|put|answering|choosing|giving|taking|making|rating|providing|sharing)"
)
_ENGLISH: Final = (
    r"(?:(?:\A|[.!?\n;:]\s*)(?:(?:sorry|unfortunately|regrettably|no)[,;]?\s*)?|\b(?:i|we|it|me|my|ai|but|this)\b[^.!?\n]{0,50}?)"
    rf"\b{_CANNOT}\b[^.!?\n]{{0,40}}?\b{_DOING}\b"
    r"|\bi (?:must |have to |respectfully |politely )*(?:decline|refuse|abstain)\b(?! to\b)|\bno comment\b|\bnot something i (?:can|could|will|am able)\b|\b(?:guidelines|policy|policies|programming|rules) (?:prevent|prohibit|forbid|do not allow|don'?t allow)|\bi (?:will |would )?pass\b"
    r"|\b(?:i|as an ai)[^.!?\n]{0,60}(?:do not|don'?t) (?:have|hold|possess|form|take|express)[^.!?\n]{0,30}"
    r"\b(?:opinions?|beliefs?|preferences?|views?|positions?|stances?|sides|feelings|values)\b"
    r"|\b(?:do not|don'?t|not) take sides\b|\bi (?:do not|don'?t) (?:wish|want|think i should|feel able) to (?:answer|choose|pick|decide|say|rate)"
    r"|\bagainst my (?:guidelines|policy|programming|principles)|\bremain neutral and (?:not|decline)"
)
_OTHERS: Final = (
    r"|\b(?:kann|möchte|werde|darf|will) ich\b[^.!?\n]{0,60}?\b(?:nicht|keine?n?)\b[^.!?\n]{0,40}?(?:antworten|nehmen|wählen|sagen|entscheiden|geben)"
    r"|\bich (?:kann|möchte|werde|darf|will)\b[^.!?\n]{0,80}?\b(?:nicht|keine?n?)\b[^.!?\n]{0,60}?"
    r"(?:beantworten|antworten|wählen|entscheiden|helfen|bewerten|geben|abgeben|nehmen|äu(?:ß|ss)ern|treffen|teilen|beurteilen)"
    r"|\bals ki\b[^.!?\n]{0,60}keine"
    r"|\bje (?:ne )?(?:peux|suis|souhaite|veux|préfère|refuse)\b[^.!?\n]{0,60}(?:pas|refuse)[^.!?\n]{0,60}"
    r"(?:répondre|choisir|donner|prendre|aider|évaluer|exprimer|fournir|noter|décider|trancher)|\bn'ai pas d'(?:opinion|avis)|\bpas me prononcer\b|\bje refuse\b|\bje préfère ne pas"
    r"|\b(?:no puedo(?! decir que)|no soy capaz|no me es posible|prefiero no|no voy a|no quiero|me niego|debo declinar|no tengo opiniones|no tengo preferencias)\b"
    r"|\b(?:non posso|non sono in grado|preferisco non|mi rifiuto|non ho opinioni)\b"
    r"|\b(?:não posso|não consigo|prefiro não|recuso|não tenho opiniões)\b"
    r"|\b(?:ik kan|ik wil|ik ga)\b[^.!?\n]{0,40}\b(?:niet|geen)\b|\bnie mogę\b|\bodmawiam\b"
    r"|(?:я )?не (?:могу|буду|хочу|стану|имею возможности)[^.!?\n]{0,60}(?:ответ|выб|оцен|помо|дать|реш|выраз|занять|суд)|отказываюсь|воздержусь"
    r"|لا (?:استطيع|يمكنني|اقدر|ارغب)(?! (?:ان )?(?:القول|اقول))|لن اجيب|اعتذر عن|غير قادر|ارفض|ليس لدي (?:اراء|راي)"
    r"|(?:无法|無法|不能|不会|不便|不愿|拒绝|拒絕|没有办法)[^。!?\n]{0,20}(?:回答|选择|選擇|提供|作答|评分|評分|判断|做出|给出|帮助|表达|评价|发表|协助|表态)"
    r"|没有(?:个人)?(?:观点|看法|立场|意见|偏好)"
    r"|(?:お答え|回答|選択|評価|判断|提供|お手伝い|選ぶこと|答える|選ぶ|答えること|意見を述べること)[^。\n]{0,8}(?:できません|できない|いたしかねます|しかねます|控え|差し控え|ことはでき|お断り)"
    r"|(?:답변|대답|선택|평가|판단|제공|도와|의견)[^.!?\n]{0,12}(?:할 수 없|드릴 수 없|하지 않겠|수 없습니다|거부|삼가)"
    r"|(?:नहीं|असमर्थ)[^।\n]{0,20}(?:सकता|सकती)|असमर्थ|मना करता"
    r"|cevap veremem|yanıt veremem|yanit veremem|seçemem|reddediyorum|לא יכול|לא אוכל|kan inte"
)
_IN_ENGLISH: Final = re.compile(_ENGLISH)
_ELSEWHERE: Final = re.compile(_OTHERS.removeprefix("|"))
# Without one of these a text refuses nothing; to look for them is far faster than to look for a refusal.
_SCRIPTS: Final = re.compile("[\u0400-\u052f\u0590-\u05ff\u0600-\u06ff\u0900-\u097f\u3040-\u9fff\uac00-\ud7af]")
_ENGLISH_HINTS: Final = (
    *(
        "can't",
        "cannot",
        "can not",
        "cant ",
        "won't",
        "will not",
        "unable",
        "not able",
        "not in a position",
        "comfortable",
    ),
    *(
        "refuse",
        "decline",
        "abstain",
        "prefer not",
        "rather not",
        "not going",
        "not willing",
        "unwilling",
        "appropriate",
    ),
    *(
        "wouldn't",
        "would not",
        "not be ",
        "choose not",
        "opt not",
        "not my place",
        "no comment",
        "pass",
        "do not",
        "don't",
    ),
    *(
        "take sides",
        "guidelines",
        "policy",
        "policies",
        "programming",
        "principles",
        "rules",
        "not something",
        "neutral",
    ),
)
_OTHER_HINTS: Final = (
    *(
        "kann",
        "möchte",
        "werde",
        "darf",
        "will ich",
        "ich will",
        "als ki",
        "je ",
        "no puedo",
        "no soy",
        "no me es",
        "prefiero",
    ),
    *(
        "no voy",
        "no quiero",
        "me niego",
        "debo",
        "no tengo",
        "non ",
        "preferisco",
        "mi rifiuto",
        "não ",
        "prefiro",
        "recuso",
    ),
    *("ik ", "nie mogę", "odmawiam", "kan inte", "cevap", "yanıt", "yanit", "seçemem", "reddediyorum"),
)


def refuses(folded: str) -> bool:
    """Whether a folded answer refuses somewhere."""
    for hint in _ENGLISH_HINTS:  # not any(): a generator for each answer costs more than the look
        if hint in folded:
            if _IN_ENGLISH.search(folded):
                return True
            break
    for hint in _OTHER_HINTS:
        if hint in folded:
            return _ELSEWHERE.search(folded) is not None
    return _SCRIPTS.search(folded) is not None and _ELSEWHERE.search(folded) is not None
