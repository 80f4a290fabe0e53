"""What a conversation asks, as one number: two that have the same would send the same bytes to the same place.

It is made of the first request as it is sent, of the place that it is sent to, and of the questions after it, with the
labels under which their answers are found. What only
makes the provider find its cache is left out: it changes no answer.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from common.llm_adapters.base import Message, Prompt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.llm_adapters.base import Setting
    from common.probe.answered import Target
    from common.probe.plan import Plan

# Raised where the same conversation gets another number.
VERSION: Final = 1
VENDOR: Final = "vendor"


def fingerprint(target: Target, plan: Plan, sent: Mapping[str, Setting], max_tokens_param: str | None) -> str:
    """The number, as 64 hexadecimal digits.

    Args:
        target: who is asked. An address that is not the vendor's own may lead to another model of the same name.
        plan: the questions.
        sent: the settings, as they are sent with the first request.
        max_tokens_param: the operator's name for the bound on the answer.
    """
    settings = {name: value for name, value in sent.items() if name != "promptCaching"}
    first, *others = plan.turns
    prompt = Prompt(target.model, plan.preamble, (Message("user", first.prompt),), settings, max_tokens_param)
    base_url = target.endpoint.base_url
    asked = {
        "version": VERSION,
        "provider": target.provider,
        "place": VENDOR if base_url == target.endpoint.provider.base_url else base_url,
        "path": target.adapter.path(target.model),
        "request": target.adapter.payload(prompt),
        "then": others,
    }
    text = json.dumps(asked, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
