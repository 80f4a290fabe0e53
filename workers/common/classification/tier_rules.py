"""A service tier that has no room for the request: it costs nothing, and is asked for again until the deadline."""

from __future__ import annotations

from typing import Final

from common.classification.failure import Retry
from common.classification.rule import Condition, Rule
from common.errors import ErrorCode

_NO_ROOM: Final = (
    "{title} has no room for flex processing at this moment, and billed nothing; try again later, or set"
    " modelConfig.serviceTierFallbackAfter"
)

# Not RATE_LIMIT: other requests, of other tiers and other models, are as welcome as before.
TIER_RULES: Final = (
    Rule(
        "tier.openai",
        ErrorCode.SERVER_ERROR,
        _NO_ROOM,
        "https://platform.openai.com/docs/guides/flex-processing - 429 Resource Unavailable, which is not billed",
        statuses=(429,),
        codes=("resource_unavailable",),
        texts=("resource unavailable",),
        retry=Retry.PATIENT,
        reason="resource_unavailable",
        tier_unavailable=True,
    ),
    Rule(
        "tier.google",
        ErrorCode.SERVER_ERROR,
        _NO_ROOM,
        "https://ai.google.dev/gemini-api/docs/flex-inference - 503 where the capacity for flex is used up",
        providers=("google",),
        statuses=(503,),
        condition=Condition(lambda seen: seen.flex, "the request asked for `flex`"),
        retry=Retry.PATIENT,
        reason="resource_unavailable",
        tier_unavailable=True,
    ),
)
