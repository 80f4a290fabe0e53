"""What an error's own words speak of, in whatever phrase: servers that speak OpenAI's language write their own texts.

Each function takes the text in lower case, as Evidence has it, and looks for words; none has more than linear cost.
"""

from __future__ import annotations

import re
from typing import Final

# How far apart two words of one phrase may stand.
NEAR_CHARS: Final = 60

_RATE: Final = ("per minute", "per second", "per hour", "per day", "(tpm)", "(rpm)", "rate limit", "tokens per min")
_CONTEXT: Final = (
    "context size",
    "context length",
    "context window",
    "context limit",
    "context_length",
    "context overflow",
    "maximum context",
    "model context",
    "max_model_len",
    "max_seq_len",
    "maximum sequence length",
    "n_ctx",
)
_BEYOND: Final = (
    "exceed",
    "too long",
    "too large",
    "too many",
    "too big",
    "too small",
    "greater than",
    "larger than",
    "longer than",
    "more than",
    "overflow",
    "not fit",
    "must be <=",
    "must be less",
    "maximum context length",
    "shorten",
    "reduce",
    "not enough",
)
_LONG_INPUT: Final = (
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "input too long",
    "too many input tokens",
    "too many total text bytes",
    "exceed context limit",
    "exceeds the maximum number of tokens",
    "maximum prompt length is",
    "too large for model",
    "trying to keep the first",
    "`max_new_tokens` must be <=",
)
_BOUNDS: Final = (
    "max_tokens",
    "max_completion_tokens",
    "max_new_tokens",
    "max_output_tokens",
    "maxoutputtokens",
)
_BOUND_TOO_LARGE: Final = re.compile(
    rf"max_?(?:completion_|new_|output_)?tokens?[^\n.:]{{0,{NEAR_CHARS}}}(?:too large|too big|too high)"
)
_NO_MONEY: Final = (
    "credit balance is too low",
    "specified api usage limits",
    "specified workspace api usage limits",
    "insufficient balance",
    "insufficient account balance",
    "insufficient credit",
    "insufficient funds",
    "not enough credit",
    "not enough balance",
    "doesn't have any credits",
    "does not have any credits",
    "used all available credits",
    "reached its monthly spending limit",
    "run out of credits",
    "out of credits",
    "credits are depleted",
    "credits have been depleted",
    "credits are exhausted",
    "balance is depleted",
    "balance is insufficient",
    "spend limit",
    "spending limit",
    "budget has been exceeded",
    "exceeded budget",
    "budget exceeded",
    "key limit exceeded",
    "requires more credits",
    "account is in arrears",
    "overdue payment",
    "\u4f59\u989d\u4e0d\u8db3",  # "the balance is not enough" (Chinese gateways)
    "\u6b20\u8d39",  # "in arrears"
)
_MODERATED: Final = (
    "cyber policy",
    "blocked by content filtering policy",
    "content filtering policy",
    "content management policy",
    "content policy",
    "content violates usage guidelines",
    "violates our usage polic",
    "safety_check_type",
    "content exists risk",
    "data_inspection_failed",
    "input was flagged",
    "input has been flagged",
    "flagged by moderation",
    "flagged by our content",
    "responsibleaipolicyviolation",
    "responsible ai policy",
    "guardrail intervened",
    "guardrail_intervened",
    "blocked by guardrail",
    "blocked by a guardrail",
    "contentpolicyviolationerror",
    "sensitive content",
    "sensitive or unsafe",
)
_NO_MODEL: Final = (
    "model not exist",
    "model does not exist",
    "model not found",
    "model was not found",
    "unknown model",
    "no such model",
    "invalid model name",
    "not a valid model",
    "is not a valid model id",
    "model is not available",
    "no endpoints found for",
)
_MODEL_MISSING: Final = re.compile(
    rf"\bmodel\b[^\n]{{0,{NEAR_CHARS}}}(?:does not exist|doesn't exist|not found|is not served|is not loaded)"
)
# A refusal of the setting itself; a value out of its range is the job's own fault and is not among them.
_REFUSED: Final = (
    "unsupported",
    "not supported",
    "not support",
    "n't support",
    "unrecognized",
    "unrecognised",
    "not recognized",
    "unknown name",
    "unknown parameter",
    "unknown field",
    "unknown argument",
    "unexpected keyword",
    "unexpected parameter",
    "incompatible",
    "not compatible",
    "not enabled",
    "not available",
    "not permitted",
    "not allowed",
    "cannot both be specified",
    "cannot be used",
    "can't be used",
    "cannot be set",
    "is deprecated",
    "is disabled",
    "no longer",
    "not a valid parameter",
)


def speaks_of_rates(text: str) -> bool:
    """Whether it is about a limit of so many in a span of time."""
    return _any(text, _RATE)


def speaks_of_context(text: str) -> bool:
    """Whether the conversation, or it and the bound on the answer together, are longer than the model takes."""
    if speaks_of_rates(text):
        return False
    if _any(text, _LONG_INPUT) or (_any(text, _CONTEXT) and _any(text, _BEYOND)):
        return True
    return "prompt" in text and "token" in text and _any(text, _CONTEXT)


def names_the_bound(text: str) -> bool:
    """Whether the bound on the answer is part of what is too long."""
    return _any(text, _BOUNDS) or "in the completion" in text


def bound_is_too_large(text: str) -> bool:
    """Whether the bound alone is to blame: `'max_tokens' is too large` (vLLM, OpenAI)."""
    return any(bound in text for bound in _BOUNDS) and _BOUND_TOO_LARGE.search(text) is not None


def speaks_of_no_money(text: str) -> bool:
    """Whether the account has no credit, or has used up what it may spend."""
    return _any(text, _NO_MONEY)


def speaks_of_moderation(text: str) -> bool:
    """Whether the question or the answer was withheld because of what it says."""
    return _any(text, _MODERATED)


def speaks_of_no_model(text: str) -> bool:
    """Whether the model is not served."""
    return _any(text, _NO_MODEL) or ("model" in text and _MODEL_MISSING.search(text) is not None)


def speaks_of_refusal(text: str) -> bool:
    """Whether a setting was refused as such, whatever its value."""
    return _any(text, _REFUSED)


def _any(text: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase in text for phrase in phrases)
