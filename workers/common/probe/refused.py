"""Which settings a provider just refused, so that the call can be made without them, and the turn can say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from common.classification.wording import bound_is_too_large, speaks_of_refusal
from common.errors import ErrorCode

if TYPE_CHECKING:
    from common.classification import Failure
    from common.llm_adapters.base import Adapter
    from common.probe.settings import Settings

# The row for an error whose code says that a parameter was refused; its text need not say so once more.
REFUSED: Final = "parameter.refused"
MAX_TEXT_CHARS: Final = 16_384

# What servers call a setting beside its names in the job and in the API, in words parted by blanks.
_SPELLINGS: Final = {
    "temperature": ("temperature",),
    "topP": ("top p",),
    "seed": ("seed", "random seed"),
    "frequencyPenalty": ("frequency penalty",),
    "presencePenalty": ("presence penalty",),
    "stopSequences": ("stop", "stop sequence", "stop sequences"),
    "reasoningEffort": (
        "reasoning effort",
        "effort",
        "effort level",
        "thinking level",
        "thinking config",
        "thinking budget",
        "thinking",
        "output config",
        "reasoning",
    ),
    "serviceTier": ("service tier",),
    "promptCaching": ("prompt cache key", "prompt cache", "cache control"),
}
# A word for several settings at once, where the text names none of them by its own name.
_COMMON: Final = {
    "penalty": ("frequencyPenalty", "presencePenalty"),
    "penalties": ("frequencyPenalty", "presencePenalty"),
}
_CONDITIONS: Final = re.compile(r" (?:when|while|unless|if|because|with) ")
_LEVELS: Final = re.compile(r"[.\[\]]")
_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORDS: Final = re.compile(r"[^a-z0-9.]+")


def refused_settings(failure: Failure, adapter: Adapter, settings: Settings) -> list[str]:
    """The job's names of the settings that the error names, of those that were sent and may be left out.

    The bound on the answer is never left out: an unbounded answer is another measurement, and another bill.
    """
    if not _is_refusal(failure):
        return []
    # The later of two that exclude each other goes, as in Settings.
    sent = [name for name in reversed(settings.sent) if name != "maxTokens"]
    named = {_words(_LEVELS.split(part.strip("]"))[-1]) for part in failure.parameters} - {""}
    by_field = [name for name in sent if _spellings(name, adapter) & named]
    if named and (by_field or not (named & {"body", "messages", "generation config"})):
        return by_field
    said = f" {_words(failure.text[:MAX_TEXT_CHARS])} "
    # "temperature is not supported while thinking": what stands in the condition is not what is refused.
    found = _named_in(f"{_CONDITIONS.split(said, 1)[0]} ", sent, adapter) or _named_in(said, sent, adapter)
    if "cannot both" in said or "only one of" in said:
        return found[:1]
    if not found:
        found = [name for word, names in _COMMON.items() if f" {word} " in said for name in sent if name in names]
    return list(dict.fromkeys(found))


def refused_bound(failure: Failure, adapter: Adapter, sent_as: str) -> bool:
    """Whether the API refuses the bound on the answer under the name that it was sent under, and knows another."""
    if not _is_refusal(failure) or bound_is_too_large(failure.text) or len(adapter.max_tokens_params) < 2:
        return False
    if failure.parameters:
        return sent_as in failure.parameters
    return sent_as in failure.text


def _is_refusal(failure: Failure) -> bool:
    return failure.error.code is ErrorCode.VALIDATION_ERROR and (
        failure.rule == REFUSED or speaks_of_refusal(failure.text[:MAX_TEXT_CHARS])
    )


def _named_in(said: str, sent: list[str], adapter: Adapter) -> list[str]:
    return [name for name in sent if any(f" {spelling} " in said for spelling in _spellings(name, adapter))]


def _spellings(name: str, adapter: Adapter) -> set[str]:
    found = {_words(name), _words(adapter.wire_names.get(name, name)), *_SPELLINGS.get(name, ())}
    return found | {spelling.replace(" ", "") for spelling in found}


def _words(text: str) -> str:
    """A name or a text as words in lower case, parted by single blanks: `top_p` and `topP` are one spelling."""
    words = _NOT_WORDS.sub(" ", _HUMPS.sub(" ", text).lower()).split()
    return " ".join(word.strip(".") for word in words if word.strip("."))
