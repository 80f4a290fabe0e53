"""How misbehaviour is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.directive_keys import KEYS
from simulator.directives import BadDirectiveError, blocks_after_tilde, blocks_in_prompt, merge, table

Ask = Callable[..., httpx.Response]


def settings_of(prompt: str, *, turn: int = 1, attempt: int = 1) -> Any:
    """The settings that a prompt asks for."""
    return merge(blocks_in_prompt(prompt)[1], turn=turn, attempt=attempt)


def test_blocks_are_taken_out_of_the_prompt(ask: Ask) -> None:
    """The answer quotes the prompt without its directives."""
    body = ask("openai", 'Hello [[sim finish=odd]] you [[sim model="a b"]]').json()
    assert body["choices"][0]["message"]["content"] == "Simulated answer 1 of openai to: Hello  you"
    assert body["choices"][0]["finish_reason"] == "odd"
    assert body["model"] == "a b"


def test_values_may_be_quoted() -> None:
    """Quotes hold blanks and closing brackets."""
    settings = settings_of('[[sim header.X-Text="a ]] b" finish="" delay=0.5\n chunked=true]]')
    assert settings.headers == {"x-text": "a ]] b"}
    assert settings.text("finish") == ""
    assert settings.seconds("delay") == 0.5
    assert settings.flag("chunked")


@pytest.mark.parametrize(
    "directive",
    [
        "sttus=503",
        "status",
        "status=",
        "status=abc",
        "status=99",
        "status=٥٠٣",
        "error=nonsense",
        "answer=nonsense",
        "answer=size:",
        "answer=size:-1",
        "delay=-1",
        "delay=nan",
        "delay=soon",
        "hang=yes",
        "close=sometimes",
        "header.=x",
        "header.NAME.x=y",
        "header.x=漢",
        "status=503 and then",
        'finish="never closed',
    ],
)
def test_what_is_not_understood_is_a_teapot(ask: Ask, directive: str) -> None:
    """A misspelt directive is answered with 418 and named, so that no test passes by accident."""
    response = ask("openai", f"Hello [[sim {directive}]]")
    assert response.status_code == 418
    assert response.json()["error"]["directive"]


def test_an_unclosed_block_is_a_teapot(ask: Ask) -> None:
    """A block needs its closing brackets."""
    assert ask("mistral", "Hello [[sim status=503").status_code == 418
    assert ask("mistral", "Hello [[simple]]").status_code == 418


def test_a_directive_of_streams_is_a_teapot_elsewhere(ask: Ask) -> None:
    """An error in mid-stream needs a stream."""
    response = ask("openai", "[[sim stream-error=server]]")
    assert (response.status_code, response.json()["error"]["directive"]) == (418, "stream-error")
    assert ask("openai", "[[sim stream-error=server]]", stream=True).status_code == 200


def test_the_model_may_carry_directives(ask: Ask) -> None:
    """What follows a tilde is no part of the model."""
    response = ask("anthropic", "Hi", "claude-haiku-4-5~status=503,retry-after=4")
    assert (response.status_code, response.headers["retry-after"]) == (503, "4")
    assert ask("anthropic", "Hi", "claude-haiku-4-5~finish=odd").json()["model"] == "claude-haiku-4-5-20251001"
    assert ask("anthropic", "Hi", "claude-haiku-4-5~oops").status_code == 418


def test_the_url_may_carry_directives(simulator: Any, client: httpx.Client) -> None:
    """After the provider's name they reach every request, the list of models too, and attempts are counted."""
    url = f"{simulator.url}/openai~status=500,times=1/v1/models"
    headers = {"authorization": "Bearer k"}
    assert [client.get(url, headers=headers).status_code for _ in range(3)] == [500, 200, 200]
    assert client.get(f"{simulator.url}/openai~oops/v1/models", headers=headers).status_code == 418
    assert client.get(f"{simulator.url}/openai%7Estatus%3D500/v1/models", headers=headers).status_code == 500


def test_times_ends_the_misbehaviour(ask: Ask) -> None:
    """With times=N the first N attempts at the identical request fail, another request has its own count."""
    prompt = "[[sim status=503 times=2]] a"
    assert [ask("openai", prompt).status_code for _ in range(4)] == [503, 503, 200, 200]
    assert ask("openai", prompt + "b").status_code == 503
    assert ask("xai", prompt).status_code == 503
    assert [ask("openai", "[[sim status=503]]").status_code for _ in range(3)] == [503] * 3


def test_attempts_can_differ(ask: Ask) -> None:
    """Each block has its own attempt, so a sequence of faults can be written."""
    prompt = "[[sim status=429 attempt=1]] [[sim html=502 attempt=2]] [[sim finish=odd attempt=3]]"
    responses = [ask("openai", prompt) for _ in range(4)]
    assert [response.status_code for response in responses] == [429, 502, 200, 200]
    assert responses[2].json()["choices"][0]["finish_reason"] == "odd"
    assert responses[3].json()["choices"][0]["finish_reason"] == "stop"


def test_turns_can_differ(ask: Ask) -> None:
    """With turn=N only the conversation of N user messages misbehaves; older messages' directives are history."""
    model = "gpt-4o~status=500,turn=2"
    assert ask("openai", ["a"], model).status_code == 200
    assert ask("openai", ["a", "b", "c"], model).status_code == 500
    assert ask("openai", ["[[sim status=500]]", "b", "c"]).status_code == 200


def test_the_first_of_two_wins() -> None:
    """Blocks in force are merged, and where two name the same key the first one wins."""
    settings = settings_of("[[sim delay=1 header.a=1]] [[sim delay=2 finish=x header.a=2 header.b=3]]")
    assert settings.seconds("delay") == 1
    assert settings.text("finish") == "x"
    assert settings.headers == {"a": "1", "b": "3"}
    assert "delay" not in settings_of("[[sim delay=1 turn=2]]")


def test_headers_replace_the_vendor_s_own(ask: Ask) -> None:
    """header.NAME=VALUE stands on any response, once."""
    response = ask("openai", "[[sim header.x-request-id=mine header.Content-Type=text/plain]]")
    assert response.status_code == 200
    assert response.headers.get_list("x-request-id") == ["mine"]
    assert response.headers.get_list("content-type") == ["text/plain"]


def test_a_status_below_400_is_an_answer(ask: Ask) -> None:
    """An unusual success still carries the answer."""
    response = ask("openai", "[[sim status=201]]")
    assert (response.status_code, response.json()["object"]) == (201, "chat.completion")


def test_a_wrong_request_is_refused_before_its_directives_count(ask: Ask) -> None:
    """No fault can hide that a request is wrong."""
    assert ask("openai", "[[sim reset=before]]", unknown=1).status_code == 400


def test_plain_text_is_left_alone() -> None:
    """Without directives nothing is changed, not even blanks at the ends."""
    assert blocks_in_prompt("  as it is ") == ("  as it is ", [])
    assert blocks_after_tilde("gpt-4o") == ("gpt-4o", [])
    with pytest.raises(BadDirectiveError):
        blocks_after_tilde("gpt-4o~")


def test_the_table_names_every_key() -> None:
    """What is printed comes from what is parsed."""
    text = table()
    assert all(key.name in text and key.meaning in text for key in KEYS)
    assert max(map(len, text.splitlines())) <= 120
