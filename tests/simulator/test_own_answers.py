"""The user's own answers: who gets which, and what is wrong with a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from simulator import Simulator
from simulator.own_answers import OwnAnswers, Rule, fits
from simulator.own_answers_file import BadAnswersError, read_answers
from simulator.question import question_of

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from simulator.question import Question

RUN = {
    "models": ["gpt-4o", {"modelId": "openai:house-7b~status=503,times=1"}, "claude-haiku-4-5"],
    "definition": {"scenarios": [{"id": "trolley", "prompt": "Divert it?"}, {"id": "bridge", "prompt": "Push?"}]},
}


def files(folder: Path, answers: object, run: object = RUN) -> tuple[Path, Path]:
    """A file of answers, as JSON or as it is given, and the run that it is for."""
    path, run_path = folder / "answers.json", folder / "run.json"
    path.write_text(answers if isinstance(answers, str) else json.dumps(answers), encoding="utf-8")
    run_path.write_text(json.dumps(run), encoding="utf-8")
    return path, run_path


def asked(prompt: str, model: str = "gpt-4o", turns: int = 1) -> Question:
    """A question after so many turns, the scenario's prompt first."""
    later = [item for turn in range(1, turns) for item in (("assistant", "So."), ("user", f"Why {turn}?"))]
    return question_of(model, "You are terse.", [("user", prompt), *later])


def test_the_first_answer_that_fits_is_given_to_sample_after_sample(tmp_path: Path) -> None:
    """By model and scenario, with wildcards; a list goes round, for each model and scenario by itself."""
    own = read_answers(
        *files(tmp_path, {"gpt-*": {"trolley": ["Yes.", "No."], "*": "Perhaps."}, "*": {"br*": "Never.", "*": "Hm."}})
    )
    assert [own.answer("openai", asked("Divert it?")) for _ in range(3)] == ["Yes.", "No.", "Yes."]
    assert own.answer("openai", asked("Push?")) == "Perhaps."
    assert own.answer("anthropic", asked("Push?", "claude-haiku-4-5")) == "Never."
    assert own.answer("anthropic", asked("Divert it?", "claude-haiku-4-5")) == "Hm."
    own.forget()
    assert own.answer("openai", asked("Divert it?")) == "Yes."


def test_rows_know_turns_and_a_preamble_may_stand_before_the_prompt(tmp_path: Path) -> None:
    """As JSON Lines; the scenario is known at its later turns too."""
    rows = [
        {"scenario": "trolley", "turn": 2, "answer": "Because."},
        {"model": "openai:house-*", "answer": "House."},
        {"turn": 1, "answer": "First."},
    ]
    own = read_answers(*files(tmp_path, "\n".join(map(json.dumps, rows))))
    assert own.answer("openai", asked("Divert it?", turns=2)) == "Because."
    assert own.answer("openai", asked("You are terse.\n\nAnd kind.\n\nDivert it?", turns=2)) == "Because."
    assert own.answer("openai", asked("Push?", "house-7b", turns=2)) == "House."
    assert own.answer("xai", asked("Push?", "house-7b")) == "First."
    assert own.answer("openai", asked("Push?", turns=2)) is None


def test_a_question_that_is_none_of_the_run_is_left_alone(tmp_path: Path) -> None:
    """Such as a judge's; where the run is not known a pattern is one of prompts."""
    path, run = files(tmp_path, {"*": {"*": "Yes."}})
    assert read_answers(path, run).answer("openai", asked("Which label is this answer?")) is None
    path, _ = files(tmp_path, {"*": {"*it?": "Yes."}})
    assert read_answers(path).answer("openai", asked("Divert it?")) == "Yes."
    assert read_answers(path).answer("openai", asked("Push?")) is None


def test_a_pattern_is_met_in_time_that_grows_with_the_text() -> None:
    """And `*` alone is special."""
    assert fits("a*b*c", "a--b--c")
    assert not fits("a*b*c", "a--c--b")
    assert not fits("ab*ba", "aba")
    assert fits("[x]?", "[x]?")
    assert not fits("*a" * 50 + "*b", "a" * 200_000)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ("{", "answers.json: is no JSON: "),
        ("5", "must be an object or a list, and is a number"),
        ("{}", 'has no answers; write {"*": {"*": "Yes."}}'),
        ({"gpt-4o": "Yes."}, 'gpt-4o: must be an object of scenarios, and is a text; write "gpt-4o": {"*": "Yes."}'),
        ({"*": {"trolley": 5}}, "*: trolley: must be a text or a list of texts, and has a number; write it in quotes"),
        ({"*": {"trolley": ["Yes.", None]}}, "must be a text or a list of texts, and has null"),
        ({"*": {"trolley": " "}}, "is blank, which no vendor sends for an answer; for a model that says nothing put"),
        ({"*": {"trolley": []}}, "is an empty list; give a text, or leave it out"),
        ({"*": {"trolly": "Yes."}}, "*: trolly: no scenario of the run is called trolly; did you mean trolley?"),
        ({"gpt-5": {"*": "Yes."}}, "no model of the run is called gpt-5; did you mean gpt-4o?"),
        ('{"*": {"trolley": "a", "trolley": "b"}}', "trolley: stands there twice; give both answers in one list"),
        (
            [{"anser": "Yes."}],
            "[0]: anser: is not a field; did you mean answer? (known: model, scenario, turn, answer)",
        ),
        ([{"model": "*"}], '[0]: answer: is required; add "answer": "Yes."'),
        ([{"model": 5, "answer": "Yes."}], "[0]: model: must be a text, and is a number"),
        (["Yes."], "[0]: must be an object, and is a text"),
        ('{"answer": "Yes.", "turn": 0}', "turn: must be a whole number from 1 on, or left out for every turn"),
        ('{"answer": "Yes."}\n{"answer": }', "line 2: is no JSON"),
        ("[" * 100_000, "nested deeper than any answers"),
    ],
)
def test_a_file_that_is_wrong_says_where_and_what_to_do(tmp_path: Path, answers: object, message: str) -> None:
    """Rather than to be obeyed in part."""
    with pytest.raises(BadAnswersError) as caught:
        read_answers(*files(tmp_path, answers))
    assert message in str(caught.value)


def test_a_run_that_is_none_and_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    """A template has to be written out before."""
    runs: list[object] = [
        {"models": []},
        [],
        {"models": ["m"], "definition": {"scenarios": [{"id": 1, "prompt": "?"}]}},
    ]
    for run in runs:
        with pytest.raises(BadAnswersError, match="queue expand"):
            read_answers(*files(tmp_path, {"*": {"*": "Yes."}}, run))
    path = tmp_path / "latin.json"
    path.write_bytes(b'{"*": {"*": "\xe4"}}')
    with pytest.raises(BadAnswersError, match="is not UTF-8"):
        read_answers(path)


def test_they_are_what_a_vendor_answers(client: httpx.Client) -> None:
    """A call that is refused uses up none; what a prompt says verbatim, and a directive, go before."""
    own = OwnAnswers([Rule("", "*", "*", None, ("One.", "Two."))])

    def ask(prompt: str) -> str:
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}]}
        answer = client.post(
            f"{simulator.url}/openai/v1/chat/completions", headers={"authorization": "Bearer a-key"}, json=body
        )
        return answer.json()["choices"][0]["message"]["content"] if answer.is_success else str(answer.status_code)

    with Simulator(answers=own) as simulator:
        assert [ask("Hello [[sim status=503 times=1]]") for _ in range(4)] == ["503", "One.", "Two.", "One."]
        assert ask("Hello\nECHO:\nVerbatim.") == "Verbatim."
        assert ask("Hello [[sim answer=length]]") in {"On", "Tw"}
        simulator.reset()
        assert ask("Hello [[sim status=503 times=1]]") == "503"
        assert ask("Hello [[sim status=503 times=1]]") == "One."
