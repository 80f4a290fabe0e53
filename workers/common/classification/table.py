"""The whole table, in the order in which it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.classification.answer_rules import ANSWER_RULES
from common.classification.http_rules import HTTP_RULES
from common.classification.transport_rules import TRANSPORT_RULES

if TYPE_CHECKING:
    from common.classification.rule import Rule

RULES: Final[tuple[Rule, ...]] = TRANSPORT_RULES + HTTP_RULES + ANSWER_RULES
