"""What is said of a field that nobody knows: what could stand in its place."""

from __future__ import annotations

import pytest

from common.analysis.job import parse_job as parse_analysis
from common.errors import ValidationError
from common.probe.job import parse_job as parse_probe
from support.jobs import probe_job


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ({"kind": "numbers", "min": 1, "max": 5}, "scale.kind: is not a setting (known: min, max, neutral, options)"),
        ({"min": 1, "max": 5, "neutrall": 3}, "scale.neutrall: is not a setting; did you mean neutral?"),
        ({"min": 5, "max": 1}, "scale: needs min and max, min below max, or options"),
        ({"options": ["a", "a"]}, "scale: names an option twice"),
    ],
)
def test_an_unknown_field_is_told_by_the_fields_of_its_own_place(scale: dict[str, object], message: str) -> None:
    """And a rule of the model itself in its own words."""
    with pytest.raises(ValidationError) as caught:
        parse_analysis({"runId": "r", "transcripts": [], "scale": scale}, None)
    assert message in caught.value.message


def test_a_setting_of_a_probe_is_told_by_the_settings() -> None:
    """The same function serves every job."""
    with pytest.raises(ValidationError) as caught:
        parse_probe(probe_job(config={"maxTokns": 5}))
    assert "config.maxTokns: is not a setting; did you mean maxTokens? (known: temperature" in caught.value.message
