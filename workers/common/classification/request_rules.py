"""What is wrong with the request itself: its content, its length, its model, a parameter; then a busy model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.classification import wording
from common.classification.rule import Condition, Rule
from common.classification.vocabulary import (
    ANTHROPIC_ERRORS,
    BAD_REQUEST,
    CLIENT_ERRORS,
    OVERLOADED,
    SERVER_ERRORS,
    WITHHELD,
)
from common.errors import ErrorCode
from common.json.loose import as_dict

if TYPE_CHECKING:
    from common.classification.failure import Evidence

_TOO_LONG: Final = "the conversation is longer than {model} takes; shorten it or choose a model with a larger context"
_TOGETHER_TOO_LONG: Final = (
    "the conversation and maxTokens together are longer than {model} takes; lower maxTokens or shorten the conversation"
)
_NO_MODEL: Final = "{title} does not serve the model {model} to this key; check modelId"
_BAD_SETTING: Final = "{title} refused a parameter of the request: {parameter}; take it out or change it"


def _was_moderated(seen: Evidence) -> bool:
    metadata = as_dict(as_dict(as_dict(seen.body).get("error")).get("metadata"))
    return "flagged_input" in metadata or wording.speaks_of_moderation(seen.text)


def _is_too_long(seen: Evidence) -> bool:
    return wording.speaks_of_context(seen.text)


def _together_too_long(seen: Evidence) -> bool:
    return wording.names_the_bound(seen.text) and wording.speaks_of_context(seen.text)


def _bound_too_large(seen: Evidence) -> bool:
    return wording.bound_is_too_large(seen.text)


def _has_no_model(seen: Evidence) -> bool:
    return wording.speaks_of_no_model(seen.text)


def _refuses_a_setting(seen: Evidence) -> bool:
    return wording.speaks_of_refusal(seen.text)


REQUEST_RULES: Final = (
    Rule(
        "content.code",
        ErrorCode.CONTENT_FILTER,
        WITHHELD,
        "openai: invalid_prompt, content_policy_violation; Portkey's guardrails: 446",
        statuses=CLIENT_ERRORS,
        codes=(
            "invalid_prompt",
            "content_policy_violation",
            "contentpolicyviolationerror",
            "content_filter",
            "content_filtered",
            "cyber_policy_violation",
            "responsibleaipolicyviolation",
            "data_inspection_failed",
            "moderation_blocked",
            "hooks_failed",
        ),
    ),
    Rule(
        "content.text",
        ErrorCode.CONTENT_FILTER,
        WITHHELD,
        "anthropic: 400; xai: 403; deepseek: 400; OpenRouter: 403 with moderation metadata; Azure: 400",
        statuses=CLIENT_ERRORS,
        condition=Condition(_was_moderated, "the text speaks of moderation, or the body says which input was flagged"),
    ),
    Rule(
        "bound.too-large",
        ErrorCode.VALIDATION_ERROR,
        "maxTokens is larger than what {model} has left for an answer; lower maxTokens",
        "https://docs.vllm.ai - a bound beyond what is left is refused, however short the conversation",
        statuses=(400, 422),
        condition=Condition(_bound_too_large, "the text says that the bound on the answer is too large"),
    ),
    Rule(
        "context.with-bound",
        ErrorCode.CONTEXT_LENGTH,
        _TOGETHER_TOO_LONG,
        "openai, anthropic, deepseek, Together: the prompt and the bound on the answer share the context",
        statuses=(400, 413, 422, 500),
        condition=Condition(
            _together_too_long, "the text says that the prompt and the bound on the answer are too long together"
        ),
    ),
    Rule(
        "context.code",
        ErrorCode.CONTEXT_LENGTH,
        _TOO_LONG,
        "openai: context_length_exceeded; llama.cpp: exceed_context_size_error; LiteLLM's class",
        statuses=(400, 413, 422, 500),
        codes=("context_length_exceeded", "exceed_context_size_error", "contextwindowexceedederror"),
    ),
    Rule(
        "context.text",
        ErrorCode.CONTEXT_LENGTH,
        _TOO_LONG,
        "each provider and each local server in its own words; llama.cpp: 500",
        statuses=(400, 413, 422, 500),
        condition=Condition(_is_too_long, "the text says that the prompt is longer than the context"),
    ),
    Rule(
        "anthropic.413",
        ErrorCode.CONTEXT_LENGTH,
        _TOO_LONG,
        ANTHROPIC_ERRORS,
        providers=("anthropic",),
        statuses=(413,),
    ),
    Rule(
        "model.unknown",
        ErrorCode.NOT_FOUND,
        _NO_MODEL,
        "openai: model_not_found; mistral: invalid_model, 1500; deepseek: 400; LiteLLM and OpenRouter: 400",
        statuses=BAD_REQUEST,
        codes=("model_not_found", "invalid_model", "1500", "notfounderror"),
    ),
    Rule(
        "model.text",
        ErrorCode.NOT_FOUND,
        _NO_MODEL,
        "each gateway in its own words",
        statuses=(400, 403, 404, 422),
        condition=Condition(_has_no_model, "the text says that the model is not served"),
    ),
    Rule(
        "parameter.refused",
        ErrorCode.VALIDATION_ERROR,
        _BAD_SETTING,
        "each provider in its own words",
        statuses=(400, 422),
        codes=(
            "unsupported_parameter",
            "unsupported_value",
            "unknown_parameter",
            "extra_forbidden",
            "unsupportedparamserror",
        ),
    ),
    Rule(
        "parameter.text",
        ErrorCode.VALIDATION_ERROR,
        _BAD_SETTING,
        "refused, unsupported, unrecognized, incompatible, not enabled: each server in its own words",
        statuses=(400, 422),
        condition=Condition(
            _refuses_a_setting, "the text says that something is refused, unsupported, unrecognized or not enabled"
        ),
    ),
    Rule(
        "overloaded",
        ErrorCode.SERVER_ERROR,
        OVERLOADED,
        "openai: server_is_overloaded; anthropic: 529; google: UNAVAILABLE; xai and deepseek: 503",
        statuses=SERVER_ERRORS,
        codes=("server_is_overloaded", "overloaded_error", "unavailable"),
        texts=("overloaded", "at capacity"),
        reason="overloaded",
    ),
    Rule(
        "capacity.498",
        ErrorCode.SERVER_ERROR,
        OVERLOADED,
        "https://console.groq.com/docs/errors - flex tier capacity exceeded",
        statuses=(498,),
        reason="overloaded",
    ),
)
