"""The same question for Chinese, Japanese and Korean, which put no blanks between the words that matter."""

from __future__ import annotations

import re
from typing import Final

_ZH_CUE: Final = re.compile(
    r"(?:我(?:个人|個人)?(?:会|會|将|將|还是|還是|最终|最終|更|的)?(?:选择|選擇|选|選|投票给|投票給|投|倾向于?|傾向於?|支持选项|给出?|給出?|打)"
    r"|(?:我的)?(?:最终|最終)?(?:答案|选择|選擇|结论|結論|判断|判斷|决定|決定|评分|評分|立场|立場|得分|分数|分數|评价|評價|打分|意见)"
    r"(?:是|为|為|:|应为|应该是|將是|将是)+)"
    r"\s*(?:选项|選項|方案|给|为|打)?[\s\"(:]*$"
)
_ZH_SUBJECT: Final = re.compile(r"(?:^|[\s,。:;!?]|但是?|所以|因此|而)我(?:个人|個人)?(?:认为|會|会|将|是|还是)?\s*$")
_ZH_AFTER: Final = re.compile(
    r"\s*[\")]*\s*(?:分|点|點)?\s*(?:$|[,。.!;()\"\n]|这|這|该|該|此|因为|因為|选项|選項|方案|了)"
)
_JA_CUE: Final = re.compile(
    r"(?:私の|最終)?(?:的な)?(?:答え|回答|選択|評価|判断|結論|決定|最終判断|最終回答|スコア|点数|立場|意見)(?:は|:|としては)[\s,\"(]*$"
)
_JA_SUBJECT: Final = re.compile(r"(?:私は|私なら|わたしは|僕は|自分は)(?:[^。,]{0,6}は)?[\s,\"]*$")
_JA_AFTER: Final = re.compile(
    r"[\s\")]*(?:点)?\s*(?:を?(?:選び|選択|選ぶ)|に投票|です|であり|だ(?:と|。|$)|と(?:評価|判断|考え)|します|いたします|しています|$|[。,.]|に賛成)"
)
_JA_CHOSEN: Final = re.compile(r"[\s\")]*を(?:選びます|選択します|選ぶ|選択する)(?:。|$|[\s.])")
_KO_CUE: Final = re.compile(
    r"(?:제|나의|저의|최종)?\s*(?:답|대답|답변|선택|평가|판단|결론|결정|점수|입장|의견)(?:은|는|:)[\s\"(]*$"
)
_KO_SUBJECT: Final = re.compile(r"(?:저는|나는|제가|전)[\s,\"]*$")
_KO_AFTER: Final = re.compile(
    r"[\s\")]*(?:점)?\s*(?:입니다|이다|을?를?\s*(?:선택|고르|택)|에\s*투표|합니다|한다|하며|해요|$|[.,。]|로\s*(?:평가|하)|으로)"
)
_KO_CHOSEN: Final = re.compile(r"[\s\")]*[을를]\s*(?:선택합니다|선택하겠습니다|고르겠습니다|택합니다)")
_DENIED_BEFORE: Final = re.compile(
    r"[不没沒非未别別勿無无]\s*(?:会|會|能|是|应|想|要|太)?(?:选择|選擇|选|選|支持)?[\s\"]*$|(?:안|못)\s*$"
)
_DENIED_AFTER: Final = re.compile(
    r"[^。.!\n]{0,12}?(?:ない|ません|ず(?:に|,|。)|ではな|じゃな|않|아니|못하|없|不对|不是|吗|嗎|ですか|ますか|입니까|인가)"
)
_CONDITION: Final = re.compile(r"如果|假如|若|要是|もし|場合|만약|라면")
_CLAUSE: Final = re.compile(r"[^,。;]*$")
_UNREAL: Final = re.compile(
    r"(?:如果|假如|若|要是|有人|有些人|很多人|他们|人们|也许|可能|或许|もし|場合|人は|人も|かもしれ|만약|라면|사람들|일부)"
)


def decides(before: str, after: str) -> bool:
    """Whether the text around a label, up to the ends of its sentence, says that it is the decision."""
    if _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after) or _CONDITION.search(before[-80:]):
        return False
    clause = _CLAUSE.search(before[-80:])
    if clause is not None and _UNREAL.search(clause.group()):
        return False
    if (_ZH_CUE.search(before) or _ZH_SUBJECT.search(before)) and _ZH_AFTER.match(after):
        return True
    if _JA_CUE.search(before) or _JA_SUBJECT.search(before):
        return _JA_AFTER.match(after) is not None
    if _KO_CUE.search(before) or _KO_SUBJECT.search(before):
        return _KO_AFTER.match(after) is not None
    return bool(_JA_CHOSEN.match(after) or _KO_CHOSEN.match(after))


def is_denied(before: str, after: str) -> bool:
    """Whether a label is denied by what touches it: "不支持", "賛成しません"."""
    return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after))
