"""For every row of the classification table calls that only this row is about, and what must come of them."""

from support.rule_examples.answers import ANSWERS
from support.rule_examples.billing import BILLING
from support.rule_examples.example import Example
from support.rule_examples.providers import PROVIDERS
from support.rule_examples.statuses import STATUSES
from support.rule_examples.tiers import TIERS
from support.rule_examples.transport import TRANSPORT
from support.rule_examples.wild import WILD

EXAMPLES = TRANSPORT + BILLING + PROVIDERS + STATUSES + ANSWERS + WILD + TIERS

__all__ = ["EXAMPLES", "Example"]
