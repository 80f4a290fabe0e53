"""What one row of the classification table says. Nothing here is imported before a call fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from common.classification.failure import Retry
from common.errors import RETRYABLE_CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.classification.failure import Evidence, Kind
    from common.errors import Billing, ErrorCode


class Condition(NamedTuple):
    """What a row asks of the evidence beyond its statuses, codes and texts.

    Attributes:
        holds: whether it is so.
        words: the same in words, for docs/errors.md.
    """

    holds: Callable[[Evidence], bool]
    words: str


class Rule(NamedTuple):
    """One row: when it applies, and what then is so. The first row that applies decides.

    Attributes:
        name: of the row, in tests and docs.
        code: the failure's code.
        message: what failed and how to put it right. Filled in are `{title}`, `{host}`, `{status}`, `{model}`,
            `{key_variable}`, `{base_url_variable}`, `{parameter}` (that was refused), `{detail}` (of an answer's
            shape), `{reason}` and `{finish}` (the provider's own words).
        source: where the rule comes from.
        kinds: of evidence it applies to.
        providers: it applies to; all of them where empty.
        statuses: it applies to; all of them where empty.
        codes: any of which the body must carry, where codes or texts are given.
        texts: any of which the body's text must hold, where codes or texts are given.
        condition: what must hold beside all that.
        retryable: where that differs from what the code says.
        retry: where that differs from "with backoff if retryable, else never".
        reason: in place of the provider's own.
        billing: "unknown" where the call may have been paid for.
        stops_provider: whether every other call to this provider must fail in the same way: a wrong key, no credit.
            Behind a gateway it is one upstream's key and one upstream's account: then only the model is stopped.
        tier_unavailable: whether the service tier that was asked for has no room. It says nothing of the rate at which
            the provider may be asked, and its delay concerns this call alone.
        stops_model: whether every other call for this model must fail in the same way.
    """

    name: str
    code: ErrorCode
    message: str
    source: str
    kinds: tuple[Kind, ...] = ("http",)
    providers: tuple[str, ...] = ()
    statuses: tuple[int, ...] | range = ()
    codes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    condition: Condition | None = None
    retryable: bool | None = None
    retry: Retry | None = None
    reason: str | None = None
    billing: Billing | None = None
    stops_provider: bool = False
    stops_model: bool = False
    tier_unavailable: bool = False

    def applies(self, seen: Evidence) -> bool:
        """Whether this row is about such a call."""
        if seen.kind not in self.kinds or (self.providers and (seen.vendor or seen.provider) not in self.providers):
            return False
        if self.statuses and seen.status not in self.statuses:
            return False
        if (self.codes or self.texts) and not (
            any(code in seen.codes for code in self.codes) or any(text in seen.text for text in self.texts)
        ):
            return False
        return self.condition is None or self.condition.holds(seen)

    def is_retryable(self) -> bool:
        """What the failure document says."""
        return self.code in RETRYABLE_CODES if self.retryable is None else self.retryable

    def retry_kind(self) -> Retry:
        """What this process does."""
        if self.retry is not None:
            return self.retry
        return Retry.BACKOFF if self.is_retryable() else Retry.NEVER
