"""What is known of single models, and how a user adds to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from common.errors import ConfigError
from common.providers.model_table import get_model_table
from common.providers.routing import infer_provider

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def user_file(tmp_path: Path) -> Callable[[Any], str]:
    """Writes a user's file and returns its path."""

    def write(content: Any) -> str:
        path = tmp_path / "models.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def test_a_later_row_overrides_the_fields_it_names() -> None:
    """gpt-5-mini has gpt-5's limit and a longer list of refusals."""
    table = get_model_table(None)
    assert table.facts("openai", "gpt-5").refuses == (
        "temperature",
        "topP",
        "frequencyPenalty",
        "presencePenalty",
    )
    mini = table.facts("openai", "gpt-5-mini-2025-08-07")
    assert mini.max_output_tokens == 128_000
    assert "stopSequences" in mini.refuses


def test_a_fine_tune_has_the_limits_of_its_base() -> None:
    """`ft:gpt-4o:…` is capped like gpt-4o."""
    assert get_model_table(None).facts("openai", "ft:gpt-4o-2024-08-06:org::id").max_output_tokens == 16_384


@pytest.mark.parametrize(
    ("provider", "model", "limit"),
    [
        ("openai", "gpt-4.1-mini", 32_768),
        ("openai", "o3", 100_000),
        ("anthropic", "claude-sonnet-4-5-20250929", 64_000),
        ("google", "models/gemini-2.5-flash", 65_536),
        ("google", "gemini-2.0-flash", 8_192),
        ("xai", "grok-4.3", 1_000_000),
        ("deepseek", "deepseek-v4-flash", 393_216),
        ("mistral", "ministral-3b-2512", 131_072),
    ],
)
def test_the_limit_of_a_model_is_the_one_that_its_vendor_gives(provider: str, model: str, limit: int) -> None:
    """With the date in its name and without, with the prefix of the vendor's list and without."""
    assert get_model_table(None).facts(provider, model).max_output_tokens == limit


def test_nothing_is_known_of_an_unknown_model() -> None:
    """No limit and no refusal are invented."""
    facts = get_model_table(None).facts("openai", "some-local-model")
    assert facts.max_output_tokens is None
    assert facts.refuses == ()


def test_the_builtin_rows_pass_the_check_of_the_users_file(user_file: Callable[[Any], str]) -> None:
    """The two files have one form."""
    source = Path(get_model_table.__code__.co_filename).with_name("models.json")
    table = get_model_table(user_file(source.read_text()))
    assert table.facts("anthropic", "claude-sonnet-5").max_output_tokens == 128_000


def test_the_users_rows_come_last_and_route(user_file: Callable[[Any], str]) -> None:
    """A user's row changes a limit and sends an unknown ID to its provider."""
    table = get_model_table(
        user_file(
            {
                "openai": [{"match": "gpt-4o", "maxOutputTokens": 99}],
                "mistral": [{"match": "house-*", "refuses": ["temperature"]}],
            }
        )
    )
    assert table.facts("openai", "gpt-4o").max_output_tokens == 99
    assert table.facts("openai", "gpt-4o-mini").max_output_tokens == 16_384
    assert infer_provider("house-7", None, table.user_provider).provider == "mistral"
    assert table.facts("mistral", "house-7").refuses == ("temperature",)
    assert table.user_provider("other") is None


def test_a_users_row_may_name_a_fine_tune_or_a_path(user_file: Callable[[Any], str]) -> None:
    """By its whole ID, and not only by that of its base."""
    rows = {"openai": [{"match": "ft:gpt-4o:acme*", "maxOutputTokens": 99}], "google": [{"match": "models/own"}]}
    table = get_model_table(user_file(rows))
    assert table.facts("openai", "ft:gpt-4o:acme::id").max_output_tokens == 99
    assert table.facts("openai", "ft:gpt-4o:other::id").max_output_tokens == 16_384
    assert table.user_provider("models/own") == "google"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ([], "must hold an object"),
        ({"azure": []}, '"azure" is not one of'),
        ({"openai": {}}, "openai must be a list"),
        ({"openai": [[]]}, "openai[0] must be an object"),
        ({"openai": [{"match": " "}]}, 'with "match"'),
        ({"openai": [{"match": "x", "maxTokens": 3}]}, '"maxTokens" is not one of'),
        ({"openai": [{"match": "x", "maxOutputTokens": True}]}, "maxOutputTokens must be"),
        ({"openai": [{"match": "x", "maxOutputTokens": 0}]}, "maxOutputTokens must be"),
        ({"openai": [{"match": "x", "limitIsContext": 1}]}, "limitIsContext must be"),
        ({"openai": [{"match": "x", "refuses": ["heat"]}]}, "refuses must be"),
        ({"openai": [{"match": "x", "whileThinking": "sleeps"}]}, "whileThinking must be"),
        ({"openai": [{"match": "x", "whileThinking": ["refuses"]}]}, "whileThinking must be"),
        ({"openai": [{"match": "x", "efforts": [1]}]}, "efforts must be"),
        ('{"openai": [], "openai": []}', 'the key "openai" stands twice'),
        ({"openai": [{"match": "x", "defaultEffort": 1}]}, "defaultEffort must be"),
        ({"openai": [{"match": "x", "preamble": "nowhere"}]}, "preamble must be"),
    ],
)
def test_a_wrong_users_file_is_a_clear_error(user_file: Callable[[Any], str], content: Any, said: str) -> None:
    """The message names the variable, the row and the field."""
    with pytest.raises(ConfigError) as caught:
        get_model_table(user_file(content))
    assert "PROBE_MODELS_FILE" in caught.value.message
    assert said in caught.value.message


def test_a_missing_or_huge_users_file_is_a_clear_error(tmp_path: Path, user_file: Callable[[Any], str]) -> None:
    """Neither is read to its end."""
    with pytest.raises(ConfigError, match="cannot be read"):
        get_model_table(str(tmp_path / "none.json"))
    with pytest.raises(ConfigError, match="larger than"):
        get_model_table(user_file(" " * (4 * 1024 * 1024 + 1)))
