"""From a call that failed, or an answer that is none, to its code, its flag and what to do. The table decides alone."""

from common.classification.rule import Again, Evidence, Rule
from common.classification.table import RULES
from common.classification.verdict import CallContext, Failure, classify, classify_error_answer, judge

__all__ = [
    "RULES",
    "Again",
    "CallContext",
    "Evidence",
    "Failure",
    "Rule",
    "classify",
    "classify_error_answer",
    "judge",
]
