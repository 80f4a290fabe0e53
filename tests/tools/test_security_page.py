"""The table of attacks comes from the tests, and a tag that leads nowhere is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.workers import ROOT
from tools import security

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = '''
def test_a_thing_holds() -> None:
    """Why.

    Attack (provider): one thing.
    Attack (run file): another | thing
    """
def helper() -> None:
    """Attack (provider): no test."""
'''
SCRIPT = """
// attack (local user): a third thing
for (const one of [1]) {
  onBoth(
    `the ${one} of it\'s kind holds (B19)`, async () => {});
}
"""


def tree(folder: Path, python: str = PYTHON, script: str = SCRIPT) -> Path:
    """A checkout with two tests."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_x.py").write_text(python)
    (folder / "tests" / "test_y.py").write_text("def test_plain() -> None: ...")
    (folder / "queue-handler" / "test").mkdir(parents=True)
    (folder / "queue-handler" / "test" / "x.test.ts").write_text(script)
    return folder


def test_each_tag_of_a_test_is_a_row(tmp_path: Path) -> None:
    """With the test's own name as what holds."""
    assert security.attacks(tree(tmp_path)) == [
        ("provider", "one thing", "a thing holds", "tests/test_x.py"),
        ("run file", "another | thing", "a thing holds", "tests/test_x.py"),
        ("local user", "a third thing", "the ... of it's kind holds", "queue-handler/test/x.test.ts"),
    ]


@pytest.mark.parametrize(
    ("python", "script", "said"),
    [
        (PYTHON.replace("run file", "nobody"), SCRIPT, "tests/test_x.py: nobody is not one of provider, run file"),
        (PYTHON.replace(" (run file)", ""), SCRIPT, "test_a_thing_holds: write Attack"),
        (PYTHON, "// attack: x", "x.test.ts: write Attack"),
        (PYTHON, "// attack (network): x\nconst a = 1;", "no test follows: // attack"),
    ],
)
def test_a_tag_that_leads_nowhere_is_an_error(tmp_path: Path, python: str, script: str, said: str) -> None:
    """A row that is lost would look like an attack that nobody thought of."""
    with pytest.raises(ValueError, match=said.replace("(", r"\\(")):
        security.attacks(tree(tmp_path, python, script))


def test_everybody_who_may_be_hostile_has_a_promise_and_a_proof() -> None:
    """SECURITY.md and the table speak of the same people."""
    page, promises = security.security_page(), (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "another \\| thing" not in page
    proven = {attack.who for attack in security.attacks()}
    assert proven == set(security.WHO)
    for title in security.WHO.values():
        assert f"\n## {title}\n" in page
    assert promises.count("\n| **") == len(security.WHO)
    for attack in security.attacks():
        assert (ROOT / attack.proof).is_file()
