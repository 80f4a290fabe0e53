"""The whole table, in the order in which it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.classification.access_rules import ACCESS_RULES
from common.classification.answer_rules import ANSWER_RULES
from common.classification.billing_rules import BILLING_RULES, GATEWAY_RULES
from common.classification.request_rules import REQUEST_RULES
from common.classification.status_rules import STATUS_RULES
from common.classification.tier_rules import TIER_RULES
from common.classification.transport_rules import TRANSPORT_RULES

if TYPE_CHECKING:
    from common.classification.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *TRANSPORT_RULES,
    *GATEWAY_RULES,
    *TIER_RULES,
    *BILLING_RULES,
    *ACCESS_RULES,
    *REQUEST_RULES,
    *STATUS_RULES,
    *ANSWER_RULES,
)
