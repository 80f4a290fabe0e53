"""Answers with status 200 that are no answers: none of them may pass for one.

What another sample may mend is SERVER_ERROR, with a reason that says what was wrong; INVALID_RESPONSE is final.
"""

from __future__ import annotations

from typing import Final

from common.classification.failure import Retry
from common.classification.rule import Rule
from common.errors import ErrorCode

_OURS: Final = "the wire contract: an answer without visible text is never a success"

ANSWER_RULES: Final = (
    Rule(
        "answer.empty-body",
        ErrorCode.SERVER_ERROR,
        "{title} closed the answer without any content; try again",
        "https://api-docs.deepseek.com/quick_start/rate_limit - blank lines keep a waiting connection alive",
        kinds=("empty-body",),
        reason="empty_answer",
        retry=Retry.ONCE,
        billing="unknown",
    ),
    Rule(
        "answer.page",
        ErrorCode.SERVER_ERROR,
        "{host} answered with a web page (got text/html) in place of JSON; check {base_url_variable} and any proxy",
        _OURS,
        kinds=("page",),
        reason="malformed_answer",
        retry=Retry.ONCE,
        billing="unknown",
    ),
    Rule(
        "answer.not-json",
        ErrorCode.SERVER_ERROR,
        "the answer of {title} is not whole JSON; try again",
        _OURS,
        kinds=("not-json",),
        reason="malformed_answer",
        retry=Retry.ONCE,
        billing="unknown",
    ),
    Rule(
        "answer.foreign",
        ErrorCode.INVALID_RESPONSE,
        "the answer has the shape of another vendor's API; check {base_url_variable} and the provider of the model",
        _OURS,
        kinds=("foreign",),
        billing="unknown",
    ),
    Rule(
        "answer.shape",
        ErrorCode.SERVER_ERROR,
        "the answer of {title} lacks its answer: {detail}; try again",
        _OURS,
        kinds=("shape",),
        reason="malformed_answer",
        retry=Retry.ONCE,
        billing="unknown",
    ),
    Rule(
        "answer.blocked",
        ErrorCode.CONTENT_FILTER,
        "{title} withheld the answer ({reason}); the scenario cannot be asked there as it is",
        "google: promptFeedback.blockReason, finishReason; anthropic: stop_reason refusal; openai: content_filter",
        kinds=("blocked",),
    ),
    Rule(
        "answer.context-window",
        ErrorCode.CONTEXT_LENGTH,
        "the conversation filled the context of {model} before an answer began; shorten it or choose another model",
        "https://platform.claude.com/docs/en/api/handling-stop-reasons",
        kinds=("context-window",),
    ),
    Rule(
        "answer.spent",
        ErrorCode.INVALID_RESPONSE,
        "the model used up maxTokens before its answer began, most likely by thinking; raise maxTokens",
        "https://platform.openai.com/docs/guides/reasoning; google: MAX_TOKENS without parts",
        kinds=("spent",),
    ),
    Rule(
        "answer.media",
        ErrorCode.INVALID_RESPONSE,
        "the model answered with {detail} and without any text; choose a model that answers in text",
        _OURS,
        kinds=("media",),
    ),
    Rule(
        "answer.broke-off",
        ErrorCode.SERVER_ERROR,
        "{title} says that generation broke off ({finish}); try again",
        "mistral: finish_reason error; vLLM: abort; Z.ai: network_error; OpenRouter: an error beside the text",
        kinds=("broke-off",),
        reason="broken_off",
        retry=Retry.ONCE,
    ),
    Rule(
        "answer.interrupted",
        ErrorCode.SERVER_ERROR,
        "{title} interrupted generation for lack of resources; try again later",
        "deepseek: finish_reason insufficient_system_resource",
        kinds=("interrupted",),
        reason="overloaded",
        retry=Retry.ONCE,
    ),
    Rule(
        "answer.tool-call",
        ErrorCode.SERVER_ERROR,
        "the model called a tool ({detail}) where an answer was due; try again",
        _OURS,
        kinds=("tool-call",),
        reason="tool_call",
        retry=Retry.ONCE,
    ),
    Rule(
        "answer.thinking-only",
        ErrorCode.SERVER_ERROR,
        "the model gave its reasoning and then no answer; try again",
        _OURS,
        kinds=("thinking-only",),
        reason="empty_answer",
        retry=Retry.ONCE,
    ),
    Rule(
        "answer.blank",
        ErrorCode.SERVER_ERROR,
        "the model answered without any visible text; try again",
        _OURS,
        kinds=("blank",),
        reason="empty_answer",
        retry=Retry.ONCE,
    ),
)
