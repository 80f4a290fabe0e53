"""Names that a reader would take for one, and scenarios that look like variants of each other."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from common.analysis.notes import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.analysis.collection import Scenario
    from common.analysis.notes import Notes

MOST_SHOWN: Final = 3
# What stands before the mark of a variant, such as trolley-2, lie/reversed or case_17.b.
_SEPARATORS: Final = "-_/.:#@ "
_LONGEST_MARK: Final = 12


def note_lookalikes(models: Sequence[str], scenarios: Sequence[str], notes: Notes) -> None:
    """IDs that differ in case, blanks, or invisible and compatible characters alone."""
    for what, names in (("model", models), ("scenario", scenarios)):
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            groups[_skeleton(name)].append(name)
        alike = [sorted(group) for _, group in sorted(groups.items()) if len(group) > 1]
        if alike:
            examples = "; ".join(" and ".join(repr(shown(name)) for name in group[:3]) for group in alike[:MOST_SHOWN])
            notes.say(f"{len(alike)} groups of {what} IDs look alike and count as different ones: {examples}")


def _skeleton(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in plain if unicodedata.category(char) != "Cf" and not char.isspace())


def note_families(scenarios: Mapping[str, Scenario], notes: Notes) -> None:
    """Scenarios without a family whose IDs or template say that they have one: they count as independent."""
    alone = [key for key, scenario in scenarios.items() if scenario.family.startswith("scenario:")]
    if len(alone) < 2:
        return
    templates = Counter(template for key in alone if (template := scenarios[key].template) is not None)
    stems = Counter(stem for key in alone if (stem := _stem(key)) is not None)
    shared = [stem for stem, count in stems.items() if count > 1]
    # One stem of all is the name of the study, and a rare one is chance.
    if len(shared) > 1 and 2 * sum(stems[stem] for stem in shared) >= len(alone):
        which = f"IDs such as those that begin with {shown(min(shared))!r}"
    elif templates and max(templates.values()) > 1 and (len(templates) > 1 or templates.total() < len(alone)):
        which = "templates"
    else:
        return
    notes.say(
        f"the {which} look like families of scenarios, but no scenario.family is given: scenarios count as"
        " independent, and intervals are too narrow where they are not"
    )


def _stem(name: str) -> str | None:
    """An ID without the mark of a variant at its end; None where it has none."""
    cut = max(name.rfind(sign, max(0, len(name) - _LONGEST_MARK - 1)) for sign in _SEPARATORS)
    stem = name[: max(cut, 0)].rstrip(_SEPARATORS)
    return stem if cut < len(name) - 1 and any(map(str.isalnum, stem)) else None
