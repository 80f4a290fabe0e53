"""From a call that failed, or an answer that is none, to its code, its flag and what to do. The table decides alone.

What only a failure needs is imported when the first call fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.classification.failure import CallContext, Evidence, Failure, Retry
from common.classification.verdict import judge, judge_fault

if TYPE_CHECKING:
    from common.classification.lookup import classify, classify_error_answer, hidden_error
    from common.classification.table import RULES

__all__ = [
    "RULES",
    "CallContext",
    "Evidence",
    "Failure",
    "Retry",
    "classify",
    "classify_error_answer",
    "hidden_error",
    "judge",
    "judge_fault",
]

if not TYPE_CHECKING:  # a type checker knows the names from above, and refuses others

    def __getattr__(name: str) -> object:
        """The table and what reads it, when they are first asked for."""
        if name in __all__:
            from common.classification import lookup  # noqa: PLC0415 - see above

            return getattr(lookup, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
