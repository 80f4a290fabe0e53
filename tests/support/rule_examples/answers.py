"""Answers with status 200 that are none."""
# ruff: noqa: FBT003 - `retryable` stands in the same column of every row

from __future__ import annotations

from typing import Any

from support.rule_examples.example import ALL, PAGE, Example, choice

_NO_OBJECTS_OF_OURS: tuple[Any, ...] = (None, [], "x", {})

ANSWERS = (
    Example("answer.empty-body", "deepseek", "SERVER_ERROR", True, "ONCE", 200, b"\n\n \n", billing="unknown"),
    Example("answer.page", "openai", "SERVER_ERROR", True, "ONCE", 200, PAGE, billing="unknown"),
    Example("answer.not-json", "openai", "SERVER_ERROR", True, "ONCE", 200, b'{"choices": [{"mess', billing="unknown"),
    Example(
        "answer.foreign",
        "openai",
        "INVALID_RESPONSE",
        False,
        "NEVER",
        200,
        {"type": "message", "content": [{"type": "text", "text": "hi"}]},
        billing="unknown",
    ),
    Example("answer.foreign", "google", "INVALID_RESPONSE", False, "NEVER", 200, choice("hi"), billing="unknown"),
    Example(
        "answer.foreign", "mistral", "INVALID_RESPONSE", False, "NEVER", 200, {"candidates": []}, billing="unknown"
    ),
    *(
        Example("answer.shape", name, "SERVER_ERROR", True, "ONCE", 200, body, billing="unknown")
        for name in ALL
        for body in _NO_OBJECTS_OF_OURS
    ),
    Example("answer.shape", "openai", "SERVER_ERROR", True, "ONCE", 200, {"choices": []}, billing="unknown"),
    Example(
        "answer.shape",
        "openai",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        {"error": {"message": "broken"}},
        billing="unknown",
    ),
    Example(
        "status.429", "openai", "RATE_LIMIT", True, "BACKOFF", 200, {"error": {"code": 429, "message": "slow down"}}
    ),
    Example(
        "answer.blocked",
        "google",
        "CONTENT_FILTER",
        False,
        "NEVER",
        200,
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        reason="PROHIBITED_CONTENT",
    ),
    Example(
        "answer.blocked",
        "google",
        "CONTENT_FILTER",
        False,
        "NEVER",
        200,
        {
            "candidates": [
                {
                    "content": {},
                    "finishReason": "SAFETY",
                    "safetyRatings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "blocked": True}],
                }
            ]
        },
        reason="HARM_CATEGORY_HATE_SPEECH",
    ),
    Example(
        "answer.blocked",
        "anthropic",
        "CONTENT_FILTER",
        False,
        "NEVER",
        200,
        {"content": [], "stop_reason": "refusal", "stop_details": {"category": "cyber"}},
        reason="cyber",
    ),
    Example(
        "answer.blocked",
        "openai",
        "CONTENT_FILTER",
        False,
        "NEVER",
        200,
        choice(None, "content_filter"),
        reason="content_filter",
    ),
    Example(
        "answer.context-window",
        "anthropic",
        "CONTEXT_LENGTH",
        False,
        "NEVER",
        200,
        {"content": [], "stop_reason": "model_context_window_exceeded"},
    ),
    Example("answer.spent", "openai", "INVALID_RESPONSE", False, "NEVER", 200, choice("", "length")),
    Example(
        "answer.spent",
        "google",
        "INVALID_RESPONSE",
        False,
        "NEVER",
        200,
        {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]},
    ),
    Example(
        "answer.spent",
        "anthropic",
        "INVALID_RESPONSE",
        False,
        "NEVER",
        200,
        {"content": [{"type": "thinking", "thinking": ""}], "stop_reason": "max_tokens"},
    ),
    *(
        Example("answer.broke-off", provider, "SERVER_ERROR", True, "ONCE", 200, choice("half of", finish))
        for provider in ("mistral", "openai")
        for finish in ("error", "abort", "network_error", "cancelled", "client_disconnect")
    ),
    Example(
        "answer.media",
        "openai",
        "INVALID_RESPONSE",
        False,
        "NEVER",
        200,
        choice(None, "stop", audio={"id": "a", "data": "AAAA"}),
    ),
    Example(
        "answer.media",
        "google",
        "INVALID_RESPONSE",
        False,
        "NEVER",
        200,
        {"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png"}}]}, "finishReason": "STOP"}]},
    ),
    Example(
        "answer.interrupted",
        "deepseek",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        choice("half of", "insufficient_system_resource"),
        reason="overloaded",
    ),
    Example(
        "answer.tool-call",
        "openai",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        choice(None, "tool_calls", tool_calls=[{"function": {"name": "search"}}]),
    ),
    Example(
        "answer.tool-call",
        "anthropic",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        {"content": [{"type": "tool_use", "name": "search"}], "stop_reason": "tool_use"},
    ),
    Example(
        "answer.tool-call",
        "google",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        {"candidates": [{"content": {"parts": [{"functionCall": {"name": "search"}}]}, "finishReason": "STOP"}]},
    ),
    Example(
        "answer.thinking-only", "xai", "SERVER_ERROR", True, "ONCE", 200, choice("", "stop", reasoning_content="hm")
    ),
    Example(
        "answer.thinking-only",
        "mistral",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        choice([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]),
    ),
    Example(
        "answer.thinking-only",
        "google",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        {"candidates": [{"content": {"parts": [{"thought": True, "text": "hm"}]}, "finishReason": "STOP"}]},
    ),
    Example("answer.blank", "openai", "SERVER_ERROR", True, "ONCE", 200, choice(" \n\t ")),
    Example("answer.blank", "anthropic", "SERVER_ERROR", True, "ONCE", 200, {"content": [], "stop_reason": "end_turn"}),
    Example(
        "answer.blank",
        "google",
        "SERVER_ERROR",
        True,
        "ONCE",
        200,
        {"candidates": [{"content": {"parts": [{"thoughtSignature": "x"}]}, "finishReason": "STOP"}]},
    ),
)
