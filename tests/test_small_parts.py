"""Errors, token counts, costs and log lines."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, cast

import pytest
import tiktoken

from common.errors import ErrorCode, RetryableError, ValidationError, WorkerError, unforeseen
from common.llm_adapters import Message
from common.logging import get_logger, log_context
from common.probe import tokens
from common.probe.cost import cost_snapshot
from common.probe.job import ModelCost
from support.workers import check_log, check_retryable_message, log_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from common.probe.documents import Turn


def test_a_retryable_message_never_holds_a_word_that_turns_the_retry_off() -> None:
    """Whatever text gets into it; the whole of it stays in the details."""
    error = RetryableError("Invalid host 'not found' at port 40401, Bad Request", ErrorCode.NETWORK_ERROR)
    shown = error.to_dict()
    check_retryable_message(shown["message"])
    assert shown["details"] == "Invalid host 'not found' at port 40401, Bad Request"
    final = WorkerError("Invalid", ErrorCode.VALIDATION_ERROR)
    assert final.to_dict()["message"] == "Invalid"


def test_a_word_is_found_behind_letters_that_are_longer_in_lower_case() -> None:
    """The lower case of U+0130 has two characters."""
    message = RetryableError("\u0130" * 80 + " INVALID, 400", ErrorCode.SERVER_ERROR).to_dict()["message"]
    assert message == "\u0130" * 80 + " …, …"


def test_an_unforeseen_exception_is_retryable_and_says_where() -> None:
    """No run is lost to a bug of ours."""
    try:
        json.loads("{")
    except ValueError as caught:
        error = unforeseen(caught)
    assert (error.code, error.retryable) == (ErrorCode.UNKNOWN, True)
    assert "JSONDecodeError" in str(error.details)
    assert "decoder.py:" in str(error.details)
    assert unforeseen(MemoryError()).details == "MemoryError: "


def test_long_texts_are_clipped_and_absent_fields_left_out() -> None:
    """A document is for a database row."""
    shown = WorkerError("m" * 5_000, details="d" * 5_000, retry_after_seconds=2.5).to_dict()
    assert len(shown["message"]) == len(str(shown["details"])) == 1_000
    assert shown["retryAfterSeconds"] == 2.5
    assert "statusCode" not in shown


def test_an_error_with_another_field_is_a_new_error() -> None:
    """The one that was raised stays as it was built; class, message, code and the other fields go along."""
    raised = ValidationError("m", reason="r", retryable=True)
    changed = raised.but(attempts=3, stops_model=True)
    assert type(changed) is ValidationError
    assert raised.to_dict() == {
        "message": "m",
        "code": "VALIDATION_ERROR",
        "retryable": True,
        "details": None,
        "reason": "r",
    }
    assert changed.to_dict() == {**raised.to_dict(), "attempts": 3, "stopsModel": True}


def price(**changes: Any) -> ModelCost:
    """Two dollars per million in, ten out."""
    return ModelCost(**{"costInputPerMillion": 2.0, "costOutputPerMillion": 10.0, **changes})


def turn(read: int, written: int, cached: int | None = None, source: str = "provider", **more: Any) -> Turn:
    """A turn as far as its bill goes."""
    metadata = {"cachedInputTokens": cached, "tokenSource": source, **more}
    return cast("Turn", {"inputTokens": read, "outputTokens": written, "providerMetadata": metadata})


def test_a_cost_equals_the_hand_calculation() -> None:
    """1,000 in of which 400 cached at half a dollar, 100 out."""
    snapshot = cost_snapshot(price(costCachedInputPerMillion=0.5), [turn(1_000, 100, 400)])
    assert snapshot["inputCost"] == pytest.approx((600 * 2 + 400 * 0.5) / 1e6)
    assert snapshot["outputCost"] == pytest.approx(100 * 10 / 1e6)
    assert snapshot["totalCost"] == pytest.approx(0.0014 + 0.001)
    assert snapshot["estimated"] is False


@pytest.mark.parametrize(
    ("metadata", "name"),
    [({"cached": 400}, "costCachedInputPerMillion"), ({"cacheWriteInputTokens": 400}, "costCacheWriteInputPerMillion")],
)
def test_tokens_that_are_billed_apart_and_have_no_price_make_the_cost_unknown(
    metadata: dict[str, Any], name: str
) -> None:
    """At the price of plain input it would be too high or too low; what is missing is named."""
    snapshot = cost_snapshot(price(), [turn(1_000, 100, **metadata)])
    assert (snapshot["inputCost"], snapshot["totalCost"], snapshot["estimated"]) == (None, None, False)
    assert snapshot["outputCost"] == pytest.approx(0.001)
    assert any(name in text for text in snapshot["unpriced"])
    known = cost_snapshot(price(**{name: 3.0}), [turn(1_000, 100, **metadata)])
    assert known["totalCost"] == pytest.approx((600 * 2 + 400 * 3) / 1e6 + 0.001)
    assert known.get(name) == 3.0
    assert "unpriced" not in known


def test_no_more_tokens_can_be_cached_than_were_read() -> None:
    """Whatever a gateway says."""
    cheap = price(costCachedInputPerMillion=0.0, costCacheWriteInputPerMillion=9.0)
    assert cost_snapshot(cheap, [turn(10, 0, 999, cacheWriteInputTokens=5)])["inputCost"] == 0.0


def test_a_cost_that_is_not_known_is_null() -> None:
    """Never 0: one estimated turn makes the sum unknown."""
    snapshot = cost_snapshot(price(), [turn(10, 10), turn(10, 10, source="estimate")])
    assert snapshot["totalCost"] is None
    assert snapshot["estimated"] is True
    unknown = {"code": "NETWORK_ERROR", "billing": "unknown"}
    assert cost_snapshot(price(), [turn(10, 10, discarded=[unknown])])["totalCost"] is None


def test_answers_thrown_away_are_part_of_the_cost() -> None:
    """They were paid for."""
    waste = {"inputTokens": 1_000_000, "outputTokens": 0, "cachedInputTokens": None}
    assert cost_snapshot(price(), [turn(0, 0, discarded=[waste])])["totalCost"] == 2.0


def test_estimates_know_other_scripts() -> None:
    """Four characters a token in English, about two bytes elsewhere."""
    assert tokens.estimate("") == 0
    assert tokens.estimate("a") == 1
    assert tokens.estimate("a" * 400) == 100
    assert tokens.estimate("道" * 100) == 150
    assert tokens.count_text("mistral", "m", "a" * 40) == (10, "estimate")


def test_without_a_vocabulary_openai_is_estimated_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The network guard of these tests would fail the call."""
    tokens._encoding.cache_clear()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert tokens.count_text("openai", "gpt-4o", "a" * 40) == (10, "estimate")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    tokens._encoding.cache_clear()
    assert tokens.count_text("openai", "gpt-4o", "a" * 40) == (10, "estimate")


def test_a_damaged_vocabulary_is_no_reason_to_open_a_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tiktoken would delete the file and download it."""
    tokens._encoding.cache_clear()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    (tmp_path / "fb374d419588a4632f3f557e76b4b70aebbca790").write_bytes(b"damaged")
    assert tokens.count_text("openai", "gpt-4o", "a" * 40)[1] == "estimate"
    tokens._encoding.cache_clear()


def test_with_a_vocabulary_openai_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a vocabulary of single bytes: control tokens in the text are text, a wall of one letter is estimated."""
    tokens._encoding.cache_clear()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    for url in tokens.VOCABULARIES.values():
        (tmp_path / hashlib.sha1(url.encode()).hexdigest()).touch()  # noqa: S324 - the name that tiktoken gives the file
    monkeypatch.setattr(tiktoken, "get_encoding", _bytes_as_tokens)
    assert tokens.count_text("openai", "gpt-4o", "Hello world, this is a test.") == (28, "tiktoken")
    assert tokens.count_text("openai", "gpt-4o", "a <|endoftext|> b") == (17, "tiktoken")
    assert tokens.count_text("openai", "gpt-4o", "a" * 1_000_000)[1] == "estimate"
    assert tokens.count_input("openai", "gpt-4", "Be brief.", [Message("user", "Hello")]) == (24, "tiktoken")
    assert tokens.count_text("mistral", "gpt-4o", "Hello") == (2, "estimate")
    tokens._encoding.cache_clear()


def _bytes_as_tokens(name: str) -> tiktoken.Encoding:
    ranks = {bytes([byte]): byte for byte in range(256)}
    return tiktoken.Encoding(name, pat_str=r"\S+|\s+", mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 256})


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4o", "o200k_base"),
        ("gpt-4.1-mini", "o200k_base"),
        ("ft:gpt-4.1-2025-04-14:org::id", "o200k_base"),
        ("gpt-6-sol", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
    ],
)
def test_each_model_has_its_vocabulary(model: str, name: str) -> None:
    """Tiktoken's own table errs on fine-tunes and does not know the newest."""
    assert tokens.encoding_name(model) == name


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What is written to descriptor 2, by a job with a budget of its own."""
    written: list[bytes] = []

    def write(fd: int, data: bytes) -> int:
        assert fd == 2
        written.append(data)
        return len(data)

    monkeypatch.setattr(os, "write", write)
    with log_context():
        yield written


def test_a_log_line_carries_the_jobs_ids_and_no_secret(stderr: list[bytes]) -> None:
    """One JSON object a line."""
    with log_context(jobId="j", runId="r", modelId=None):
        get_logger("probe").warning("call failed", err=ValueError("key sk-abcdefghijkl"), attempt=2, note=None)
    [line] = log_lines(b"".join(stderr))
    assert line["level"] == "warn"
    assert (line["context"], line["msg"], line["jobId"], line["runId"], line["attempt"]) == (
        "probe",
        "call failed",
        "j",
        "r",
        2,
    )
    assert line["err"] == {"type": "ValueError", "message": "key [redacted]"}
    assert "modelId" not in line


def test_levels_are_obeyed(stderr: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Info by default; a typo means info."""
    logger = get_logger("x")
    logger.debug("no")
    monkeypatch.setenv("LOG_LEVEL", "error")
    logger.info("no")
    logger.warning("no")
    logger.error("yes")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    logger.debug("no")
    logger.info("yes")
    assert [line["msg"] for line in log_lines(b"".join(stderr))] == ["yes", "yes"]


def test_a_flood_of_lines_is_cut_and_errors_still_pass(stderr: list[bytes]) -> None:
    """Under 32 KiB in all, each line under 8 KiB, and the cut is said."""
    logger = get_logger("x")
    with log_context(jobId="j"):
        for _ in range(500):
            logger.warning("w" * 5_000, extra="e" * 5_000)
        logger.error("the end")
    check_log(b"".join(stderr))
    lines = log_lines(b"".join(stderr))
    assert lines[-2]["msg"] == "further log lines of this job are left out"
    assert lines[-1]["msg"] == "the end"


def test_a_line_too_long_for_one_write_loses_its_fields(stderr: list[bytes]) -> None:
    """It reaches a pipe whole or not at all."""
    fields: dict[str, Any] = {f"field{index}": "v" * 200 for index in range(40)}
    get_logger("x").warning("kept", **fields)
    [line] = log_lines(b"".join(stderr))
    assert (line["msg"], line["truncated"]) == ("kept", True)
