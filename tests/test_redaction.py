"""No secret leaves: the filters at the boundary."""

from __future__ import annotations

import base64
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import logging
from common.redaction import REDACTED, Redactor
from common.secrets.strength import edits_transcripts, fragments

KEY = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx"


def is_a_key(text: str) -> bool:
    """Whether a random text is none of the words and stock defaults that no text is changed for."""
    return text == text.strip() and edits_transcripts(text)


@pytest.fixture
def filters() -> Redactor:
    """A redactor that knows one key."""
    redactor = Redactor()
    redactor.add(f" {KEY}\n")
    return redactor


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        f"Incorrect API key provided: {KEY[:10]}********{KEY[-4:]}.",
        f"key {KEY.upper()}",
        f"?key={KEY}&x=1",
        f"Authorization: Bearer {KEY}",
        f"part {KEY[6:18]}",
        "sk-another-key-of-somebody",
        "xai-abcdefgh12345678",
        "AIzaSyA-1234567890abcdef",
        "https://user:pass1234@host/",
        "proxy http://u:pw@10.0.0.1:3128 failed",
    ],
)
def test_a_quotation_loses_keys_parts_of_keys_and_what_looks_like_one(filters: Redactor, text: str) -> None:
    """Servers echo keys whole, masked and in part."""
    clean = filters.quotation(text)
    assert REDACTED in clean
    for size in (8, 12, len(KEY)):
        for start in range(len(KEY) - size + 1):
            assert KEY[start : start + size].lower() not in clean.lower()
    assert "pass1234" not in clean
    assert "another-key" not in clean


def test_an_ordinary_message_is_left_alone(filters: Redactor) -> None:
    """Asterisks, addresses and words like `key` are not secrets."""
    for text in (
        "a * b",
        "check OPENAI_API_KEY",
        "https://api.openai.com/v1",
        "task-based",
        "turn 3: cut off (length)",
    ):
        assert filters.message(text) == text
        assert filters.quotation(text) == text


def test_our_own_words_survive_a_key_that_shares_a_run_with_them() -> None:
    """A simulated key names its provider; a list of the providers is still readable."""
    redactor = Redactor()
    redactor.add("simulated-anthropic-key")
    assert redactor.message("one of openai, anthropic") == "one of openai, anthropic"
    assert "simulated-anthropic-key" not in redactor.message("the key simulated-anthropic-key")


def test_an_answer_loses_whole_secrets_only(filters: Redactor) -> None:
    """The model's words survive byte for byte."""
    text = f"**bold** sk-something-else {KEY[:12]} end"
    assert filters.answer(text) == text
    assert filters.answer(f"a {KEY} b") == f"a {REDACTED} b"


def test_a_short_word_is_no_secret() -> None:
    """A key of `test` would eat the word out of paid answers."""
    redactor = Redactor()
    redactor.add("test")
    redactor.add("")
    assert redactor.answer("a test") == "a test"
    assert redactor.message("a test") == "a test"


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("postgres", "PostgreSQL, called postgres for short"),
        ("anything", "I would not do anything like that"),
        ("password", "Should a friend share her password?"),
        ("Password1", "Password1 is a bad password"),
        ("changeme123", "the default is changeme123"),
        ("hunter2", "hunter2 is a joke"),
        ("sk-1234", "sk-1234"),
        ("your-api-key-here", "write your-api-key-here"),
        ("xxxxxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxxxxxx"),
        ("sk-xxxxxxxxxxxx", "sk-xxxxxxxxxxxx"),
        ("12345678", "call 12345678"),
        ("well-known", "a well-known case"),
        (
            "\u043f\u0430\u0440\u043e\u043b\u044c\u043f\u0430\u0440\u043e\u043b\u044c",
            "\u043f\u0430\u0440\u043e\u043b\u044c\u043f\u0430\u0440\u043e\u043b\u044c",
        ),
        ("deepseek-chat", "deepseek-chat says"),
    ],
)
def test_a_word_a_stock_default_or_a_few_characters_never_edit_a_transcript(secret: str, text: str) -> None:
    """Neither an answer nor the name of the model that gave it."""
    redactor = Redactor()
    redactor.add(secret)
    assert redactor.answer(text) == text
    turn = {"targetResponse": text, "providerMetadata": {"modelVersion": text, "requestId": text}}
    assert redactor.document({"transcript": {"turns": [turn]}}) == {"transcript": {"turns": [turn]}}


@pytest.mark.parametrize(
    "secret", ["Tr0ub4dor&3", "correct-horse-battery-staple", "sk-1a2B3c4D", "9f8e7d6c5b4a", "prod-8271", "a1b2c3d4"]
)
def test_a_real_secret_leaves_no_transcript(secret: str) -> None:
    """However short, and also where it is made of words."""
    redactor = Redactor()
    redactor.add(secret)
    assert secret not in redactor.answer(f"it is {secret}.")
    assert secret not in redactor.quotation(f"it is {secret}.")


@pytest.mark.parametrize(
    ("secret", "names"),
    [
        ("team-gpt-5.1-mini-key", ["gpt-5.1-mini-2025-11-13", "gpt-5.1-mini"]),
        ("gw-claude-sonnet-4-5-x8Kd92mQ", ["claude-sonnet-4-5-20250929", "anthropic"]),
        ("simulated-anthropic-key", ["anthropic", "Anthropic"]),
        ("sk-proj-mistral-large-Zq81Lm0p", ["mistral-large-latest", "mistral-large-2512"]),
    ],
)
def test_no_name_of_a_model_or_provider_is_a_piece_of_a_key(secret: str, names: list[str]) -> None:
    """The version that answered is a measurement."""
    redactor = Redactor()
    redactor.add(secret)
    for name in names:
        metadata = {"modelVersion": name, "provider": name, "model": name}
        assert redactor.document({"providerMetadata": metadata})["providerMetadata"] == metadata
        assert redactor.quotation(f"answered by {name}") == f"answered by {name}"


@pytest.mark.parametrize("before", ["", "team-gpt-5.1-", "sk-proj-"])
def test_eight_characters_of_a_real_key_are_shown_nowhere(before: str) -> None:
    """From either end, whatever words stand around the random part.

    Attack (provider): an error text quotes a part of the key.
    """
    key = f"{before}Zq7RkT2mVx9LbN4cWd8HsJ6pYf3GaUe5KiOo1MnB"
    redactor = Redactor()
    redactor.add(key)
    random = key[len(before) :]
    for at in range(len(random) - 7):
        piece = random[at : at + 8]
        shown = redactor.document({"error": {"details": f"key {piece}...", "requestId": f"r-{piece}"}})
        assert piece not in str(shown)


def test_spellings_of_a_secret_are_known() -> None:
    """A password may come back percent-encoded or decoded."""
    redactor = Redactor()
    redactor.add("p%40ss/word")
    assert "p@ss/word" not in redactor.quotation("it was p@ss/word")
    assert "word" not in redactor.quotation("it was p%2540ss%2Fword")


def test_a_document_is_filtered_in_every_corner(filters: Redactor) -> None:
    """Lists, objects, and numbers left alone."""
    clean = filters.document({"a": [KEY, {"b": f"x {KEY}"}], "n": 5, "t": None})
    assert KEY not in str(clean)
    assert clean["n"] == 5


@given(st.text(), st.text(min_size=12, max_size=40).filter(is_a_key))
def test_no_message_holds_a_secret_whatever_surrounds_it(text: str, key: str) -> None:
    """Also where the secret is made of odd characters."""
    redactor = Redactor()
    redactor.add(key)
    assert key not in redactor.quotation(f"{text}{key}{text}")
    assert key not in redactor.answer(f"{text}{key}{text}") or key in REDACTED


@pytest.mark.parametrize("before", ["", "u:", "Bearer ", "x"])
def test_a_key_in_base64_is_that_key(filters: Redactor, before: str) -> None:
    """Wherever it begins among the bytes."""
    token = base64.b64encode(f"{before}{KEY}!".encode()).decode()
    assert KEY not in token
    for clean in (filters.answer(f"a {token} b"), filters.quotation(f"a {token} b")):
        left = base64.b64decode(clean.removeprefix("a ").partition(REDACTED)[0] + "====")
        assert REDACTED in clean
        assert KEY[:5].encode() not in left


@pytest.mark.parametrize("key", ["1", "a", "sk-1", "test", "*", '"'])
def test_a_short_key_goes_where_a_server_is_quoted(key: str) -> None:
    """As a word of its own; words that hold it, and answers, survive."""
    redactor = Redactor()
    redactor.add(key)
    assert redactor.quotation(f"wrong key: {key}, at rest-1a") == f"wrong key: {REDACTED}, at rest-1a"
    assert redactor.answer(f"{key} is {key}") == f"{key} is {key}"


@pytest.mark.parametrize("word", ["ollama", "EMPTY", "lm-studio", "not-needed"])
def test_the_word_that_a_local_server_wants_for_a_key_is_no_secret(word: str) -> None:
    """It would be eaten out of paid answers that speak of that server."""
    redactor = Redactor()
    redactor.add(word)
    assert redactor.answer(f"Use {word}.") == redactor.quotation(f"Use {word}.") == f"Use {word}."


def test_a_key_of_bytes_that_are_no_text_is_a_secret_like_any_other() -> None:
    """The environment holds bytes."""
    key = b"sk-CANARY-\xff\xfe-q7Xz".decode("utf-8", "surrogateescape")
    redactor = Redactor()
    redactor.add(key)
    assert "CANARY" not in redactor.quotation(f"x {key}")
    assert "CANARY" not in redactor.answer(f"x {key}")


def test_the_name_of_a_variable_is_no_key(filters: Redactor) -> None:
    """A message that says which variable to set is read whole, and a key of that shape is still taken out."""
    said = "set XAI_API_KEY (admin@localhost), not xai-abcdefgh1234"
    assert filters.quotation(said) == said.replace("xai-abcdefgh1234", "[redacted]")


def test_what_a_server_names_in_a_transcript_holds_no_part_of_a_key(filters: Redactor) -> None:
    """IDs and versions are quotations, wherever they stand; the answer beside them is not.

    Attack (provider): a request ID or a model version that holds a part of the key.
    """
    part = KEY[6:18]
    turn = {"targetResponse": part, "providerMetadata": {"requestId": f"r-{part}", "modelVersion": part}}
    document = {"transcript": {"turns": [turn], "modelVersion": part}, "warnings": ["a"], "error": {"details": part}}
    clean = json.loads(json.dumps(filters.document(document)))
    assert clean["transcript"]["turns"][0].pop("targetResponse") == part
    assert part not in str(clean)


@pytest.mark.parametrize(
    "text", ["x" * 200_000 + " **", "@ ://" + ":" * 200_000, "@" + "://" * 70_000, "@" + "a:" * 90_000]
)
def test_no_text_holds_the_filter_up(filters: Redactor, text: str) -> None:
    """A library that prints a megabyte without a blank must not stop the process."""
    began = time.process_time()
    filters.message(text)
    assert time.process_time() - began < 1


def test_an_encoded_credential_is_taken_out() -> None:
    """Basic credentials are a password in another spelling."""
    token = base64.b64encode(b"user:password").decode()
    assert token not in Redactor().message(f"Authorization: Basic {token}")


def test_the_jobs_own_ids_stand_in_its_log_lines_though_a_key_has_a_word_of_them(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what quotes somebody else loses the parts of a key; a whole key is taken out of both."""
    monkeypatch.setattr(logging, "redactor", redactor := Redactor())
    redactor.add("a-deepseek-Qx7Zk2Lp")
    with logging.log_context(modelId="deepseek-reasoner", jobId="a-deepseek-Qx7Zk2Lp"):
        logging.get_logger("test").info("a line", said="about -Qx7Zk2Lp")
    line = json.loads(capfd.readouterr().err)
    assert (line["modelId"], line["jobId"]) == ("deepseek-reasoner", "[redacted]")
    assert "Qx7" not in line["said"]


def test_a_secret_may_be_added_while_a_name_is_filtered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the thread that writes turns, while a job with another key begins."""
    found = Redactor()
    found.add(KEY)

    def add_meanwhile(secret: str) -> list[str]:
        found.add(KEY[::-1])
        found.spare("a-model")
        return fragments(secret)

    monkeypatch.setattr("common.redaction.fragments", add_meanwhile)
    assert found.name(f"v-{KEY}") == f"v-{REDACTED}"
    assert found.name(f"v-{KEY[::-1]}") == f"v-{REDACTED}"
