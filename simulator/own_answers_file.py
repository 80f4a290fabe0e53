"""The file of the user's own answers, read and checked.

JSON is an object of objects, model to scenario to answer, or a list of rows; JSON Lines has a row a line. A row has
`answer` and, where it is not meant for all, `model`, `scenario` and `turn`.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from simulator.own_answers import ANY, OwnAnswers, Rule, fits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIELDS: Final = ("model", "scenario", "turn", "answer")
MOST_NAMED: Final = 5
_KINDS: Final = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class BadAnswersError(ValueError):
    """The file of answers cannot be used; the message names the place and the cure."""


def read_answers(path: Path, run: Path | None = None) -> OwnAnswers:
    """The answers in a file, for the run in another one.

    Raises:
        BadAnswersError: one of them is not as it has to be, or an answer is for nothing in the run.
        OSError: one of them cannot be read.
    """
    rules = list(_rules(path))
    if not rules:
        raise BadAnswersError(f'{path}: has no answers; write {{"*": {{"*": "Yes."}}}}')
    if run is None:
        return OwnAnswers(rules)
    document = _read_run(run)
    scenarios = {one["prompt"]: one["id"] for one in document["definition"]["scenarios"]}
    models = [model if isinstance(model, str) else model["modelId"] for model in document["models"]]
    _refuse_strangers(rules, scenarios, [model.partition("~")[0] for model in models])
    return OwnAnswers(rules, scenarios)


def _rules(path: Path) -> Iterator[Rule]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadAnswersError(f"{path}: is not UTF-8: {error.reason}; save it as UTF-8") from None
    try:
        document = _parsed(text, path)
    except json.JSONDecodeError as error:
        yield from _lines(text, path, error)
        return
    if isinstance(document, list):
        for index, row in enumerate(document):
            yield _row(row, f"{path}: [{index}]")
    elif not isinstance(document, dict):
        raise BadAnswersError(f"{path}: must be an object or a list, and is {_kind(document)}")
    elif isinstance(document.get("answer"), (str, list)):
        yield _row(document, f"{path}")
    else:
        yield from _table(document, path)


def _lines(text: str, path: Path, whole: json.JSONDecodeError) -> Iterator[Rule]:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) <= 1 or not lines[0][1].rstrip().endswith("}"):
        raise BadAnswersError(f"{path}: is no JSON: {whole}") from None
    for number, line in lines:
        place = f"{path}: line {number}"
        try:
            yield _row(_parsed(line, path), place)
        except json.JSONDecodeError as error:
            raise BadAnswersError(f"{place}: is no JSON: {error.msg}") from None


def _table(models: dict[str, object], path: Path) -> Iterator[Rule]:
    for model, scenarios in models.items():
        if not isinstance(scenarios, dict):
            raise BadAnswersError(
                f"{path}: {model}: must be an object of scenarios, and is {_kind(scenarios)};"
                f' write "{model}": {{"*": "Yes."}}'
            )
        for scenario, answer in scenarios.items():
            place = f"{path}: {model}: {scenario}"
            yield Rule(place, model, scenario, None, _answers(answer, place))


def _parsed(text: str, path: Path) -> object:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        if twice:
            raise BadAnswersError(f"{path}: {twice[0]}: stands there twice; give both answers in one list")
        return dict(pairs)

    try:
        parsed: object = json.loads(text, object_pairs_hook=unique)
    except RecursionError:
        raise BadAnswersError(f"{path}: is nested deeper than any answers; make it flatter") from None
    return parsed


def _row(row: object, place: str) -> Rule:
    if not isinstance(row, dict):
        raise BadAnswersError(f'{place}: must be an object, and is {_kind(row)}; write {{"answer": "Yes."}}')
    for name in row:
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise BadAnswersError(f"{place}: {name}: is not a field; {hint}(known: {', '.join(FIELDS)})")
    for name in ("model", "scenario"):
        if not isinstance(row.get(name, ANY), str):
            raise BadAnswersError(f'{place}: {name}: must be a text, and is {_kind(row[name])}; "*" is any')
    turn = row.get("turn")
    if turn is not None and (type(turn) is not int or turn < 1):
        raise BadAnswersError(f"{place}: turn: must be a whole number from 1 on, or left out for every turn")
    if "answer" not in row:
        raise BadAnswersError(f'{place}: answer: is required; add "answer": "Yes."')
    return Rule(
        place, row.get("model", ANY), row.get("scenario", ANY), turn, _answers(row["answer"], f"{place}: answer")
    )


def _answers(value: object, place: str) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    if not texts:
        raise BadAnswersError(f"{place}: is an empty list; give a text, or leave it out for the simulator's own answer")
    for text in texts:
        if not isinstance(text, str):
            raise BadAnswersError(
                f"{place}: must be a text or a list of texts, and has {_kind(text)}; write it in quotes"
            )
        if not text.strip():
            raise BadAnswersError(
                f"{place}: is blank, which no vendor sends for an answer; for a model that says nothing put"
                " [[sim answer=empty]] into the prompt"
            )
    return tuple(texts)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null")


def _read_run(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        scenarios = document["definition"]["scenarios"]
        models = document["models"]
        is_whole = all(isinstance(one["id"], str) and isinstance(one["prompt"], str) for one in scenarios)
        named = all(isinstance(model, str) or isinstance(model["modelId"], str) for model in models)
    except (ValueError, LookupError, TypeError) as error:
        raise BadAnswersError(
            f"{path}: is no run with its scenarios written out ({error}); see: queue expand"
        ) from None
    if not is_whole or not named or not isinstance(document, dict):
        raise BadAnswersError(f"{path}: a scenario has no id or prompt, or a model no modelId; see: queue expand")
    return document


def _refuse_strangers(rules: list[Rule], scenarios: dict[str, str], models: list[str]) -> None:
    """An answer that would never be given is most likely misspelt."""
    for rule in rules:
        if not any(fits(rule.scenario, name) for pair in scenarios.items() for name in pair):
            raise BadAnswersError(f"{rule.place}: {_stranger('scenario', rule.scenario, list(scenarios.values()))}")
        plain = [model.rpartition(":")[2] for model in models]
        if not any(fits(rule.model, name) for name in (*models, *plain)):
            raise BadAnswersError(f"{rule.place}: {_stranger('model', rule.model, models)}")


def _stranger(what: str, given: str, known: list[str]) -> str:
    near = difflib.get_close_matches(given, known, 1)
    hint = (
        f"did you mean {near[0]}?"
        if near
        else f"it has {', '.join(known[:MOST_NAMED])}{', ...' if len(known) > MOST_NAMED else ''}"
    )
    return f"no {what} of the run is called {given}; {hint}"
