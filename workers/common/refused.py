"""Which setting a provider just refused, so that the call can be made without it, and the turn can say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from common.classification import Failure
    from common.llm_adapters.base import Adapter
    from common.settings import Settings

REFUSED: Final = "parameter.refused"


def refused_setting(failure: Failure, adapter: Adapter, settings: Settings) -> str | None:
    """The job's name of the setting that the error names, if it was sent and may be left out.

    The bound on the answer is never left out: an unbounded answer is another measurement, and another bill.
    """
    if failure.rule != REFUSED:
        return None
    # The later of two that exclude each other goes, as in Settings.
    candidates = [name for name in reversed(settings.sent) if name != "maxTokens"]
    named = failure.parameter
    if named is not None:
        last = re.split(r"[.\[\]]", named.strip("]"))[-1]
        return next((name for name in candidates if last in {name, adapter.wire_names[name]}), None)
    said = (failure.error.details or "").lower()
    for name in candidates:
        for spelling in (name, adapter.wire_names[name]):
            if re.search(rf"(?<![a-z_]){re.escape(spelling.lower())}(?![a-z_])", said):
                return name
    return None
