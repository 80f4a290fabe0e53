"""What the analysis says of the run as a whole, and of each model's turns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.transcripts import computed, failure, scored, transcript, turn, without_clock


def said(found: dict[str, Any], words: str) -> bool:
    """Whether a warning says so."""
    return any(words in text for text in found["warnings"])


def test_the_coverage_matrix_shows_what_is_missing_and_what_failed() -> None:
    """Two models, three scenarios, two samples: every kind of cell."""
    items = [
        transcript("a", "s1", 0),
        transcript("a", "s1", 1),
        transcript("a", "s2", 0),
        failure("a", "s2", 1, "RATE_LIMIT"),
        failure("a", "s3", 0),
        failure("a", "s3", 1),
        transcript("b", "s1", 0),
        transcript("b", "s2", 0),
        transcript("b", "s2", 1),
    ]
    run = computed(items)["run"]
    assert (run["modelCount"], run["scenarioCount"], run["samplesPerCell"]) == (2, 3, 2)
    assert (run["transcripts"], run["failedProbes"]) == (6, 3)
    assert run["failures"] == {"RATE_LIMIT": 1, "TIMEOUT": 2}
    coverage = run["coverage"]
    assert coverage["cells"] == 6
    counts = [coverage[name] for name in ("complete", "partial", "failed", "missing")]
    assert counts == [2, 2, 1, 1]
    assert coverage["matrix"] == {
        "models": ["a", "b"],
        "scenarios": ["s1", "s2", "s3"],
        "answered": [[2, 1, 0], [1, 2, 0]],
        "failed": [[0, 1, 2], [0, 0, 0]],
    }
    assert coverage["missingCells"] == {
        "count": 1,
        "listed": [{"modelId": "b", "scenarioId": "s3"}],
        "truncated": False,
    }
    assert [cell["codes"] for cell in coverage["failedCells"]["listed"]] == [{"RATE_LIMIT": 1}, {"TIMEOUT": 2}]


def test_without_sample_indexes_the_most_frequent_number_of_tries_is_a_complete_cell() -> None:
    """Nobody says how many there should be."""
    items = [transcript("m", scenario, sampleIndex=None, id=None) for scenario in ("a", "a", "b", "b", "c")]
    run = computed(items)["run"]
    assert run["samplesPerCell"] == 2
    assert (run["coverage"]["complete"], run["coverage"]["partial"]) == (2, 1)


def test_lists_and_matrix_are_bounded_and_say_so() -> None:
    """A ragged run of 400 models and 400 scenarios has 160,000 cells, of which 400 are there."""
    found = computed([transcript(f"m{place:03}", f"s{place:03}") for place in range(400)])
    coverage = found["run"]["coverage"]
    assert coverage["matrix"] is None
    assert said(found, "left out above 100000")
    missing = coverage["missingCells"]
    assert (missing["count"], len(missing["listed"]), missing["truncated"]) == (159_600, 1_000, True)
    assert found["run"]["modelCount"] == 400
    assert len(found["models"]) == len(found["run"]["models"]) == 100
    assert said(found, "there are 400 models; the 100 with the most transcripts are described")


def test_many_codes_are_bounded() -> None:
    """They come from the sender and need be no codes at all."""
    codes = computed([failure(scenario=f"s{place}", code=f"code {place:03}") for place in range(100)])["run"][
        "failures"
    ]
    assert len(codes) == 41
    assert sum(codes.values()) == 100


def test_tokens_and_words_are_counted_per_turn() -> None:
    """By hand: three turns in two transcripts."""
    items = [
        transcript(
            "m", "s1", turns=[turn("one two three", (10, 30)), turn("one  two\n", (20, 50), reasoningTokens=40)]
        ),
        transcript("m", "s2", turns=[turn("one", (30, 10), cachedInputTokens=8)], durationMs=3000),
    ]
    model = computed(items)["models"][0]
    per_turn = model["perTurn"]
    assert per_turn["inputTokens"] == {"n": 3, "of": 3, "sum": 60, "mean": 20.0, "median": 20.0, "p95": 29.0}
    assert per_turn["outputTokens"] == {"n": 3, "of": 3, "sum": 90, "mean": 30.0, "median": 30.0, "p95": 48.0}
    assert per_turn["reasoningTokens"]["sum"] == 40
    assert per_turn["cachedInputTokens"]["sum"] == 8
    assert per_turn["answerWords"] == {"n": 3, "of": 3, "sum": 6, "mean": 2.0, "median": 2.0, "p95": 2.9}
    per_transcript = model["perTranscript"]
    assert per_transcript["turns"] == {"n": 2, "of": 2, "sum": 3, "mean": 1.5, "median": 1.5, "p95": 1.95}
    assert (per_transcript["durationMs"]["median"], per_transcript["durationMs"]["p95"]) == (2000.0, 2900.0)


def test_a_count_that_is_not_known_is_left_out_and_named() -> None:
    """The sum is over the others and says of how many; where none is known it is null, not 0."""
    items = [transcript("m", f"s{place}", turns=[turn(tokens=(None, 5), cachedInputTokens=None)]) for place in range(2)]
    items.append(transcript("m", "s9", turns=[turn(cachedInputTokens=None)]))
    found = computed(items)
    per_turn = found["models"][0]["perTurn"]
    assert (per_turn["inputTokens"]["n"], per_turn["inputTokens"]["of"], per_turn["inputTokens"]["sum"]) == (1, 3, 10)
    assert per_turn["cachedInputTokens"]["sum"] is None
    assert said(found, "inputTokens is not known for 2 of 3 turns; the sums and means are over the others")
    assert said(found, "cachedInputTokens is not known for 3 of 3 turns; no figure is computed")


def test_a_transcript_is_truncated_refused_or_retried_where_one_turn_is() -> None:
    """Shares are of transcripts; where that is not known it does not count as no."""
    items = [
        transcript("m", "s1", turns=[turn(), turn(finishReason="length", truncated=True)]),
        transcript("m", "s2", turns=[turn(finishReason="refusal", attempts=3)]),
        transcript("m", "s3", turns=[turn(truncated=True)]),
        transcript("m", "s4", turns=[{"targetResponse": "no metadata"}]),
        transcript("m", "s5", turns=[turn(), {"targetResponse": "no metadata"}]),
    ]
    found = computed(items)
    shares = found["models"][0]["sharesOfTranscripts"]
    assert {name: (share["count"], share["n"]) for name, share in shares.items()} == {
        "truncated": (2, 3),
        "refused": (1, 3),
        "retried": (1, 3),
    }
    assert said(found, "whether they were refused is not known for 2 of 5 transcripts")


def test_a_model_that_was_answered_by_several_versions_is_warned_of() -> None:
    """From the turns, or where they say nothing, from the transcript."""
    items = [
        transcript("m", "s1"),
        transcript("m", "s2", turns=[turn(modelVersion="v2")]),
        transcript("m", "s3", turns=[{"targetResponse": "x"}], modelVersion="v2"),
        transcript("m", "s4", turns=[{"targetResponse": "x"}]),
        transcript("n", "s1"),
    ]
    found = computed(items)
    assert found["models"][0]["versions"] == {
        "count": 2,
        "listed": [{"version": "v2", "transcripts": 2}, {"version": "v1", "transcripts": 1}],
        "transcriptsWithout": 1,
    }
    assert [text for text in found["warnings"] if "versions" in text] == ["m was answered by 2 versions: v1, v2"]


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({"costSnapshot": {"currency": "USD", "totalCost": 0.5}}, 0.5),
        ({"turns": None, "content": {"turns": [turn()], "costSnapshot": {"totalCost": 0.5}}}, 0.5),
        ({"turns": [{**turn(), "costSnapshot": {"totalCost": 0.2}}, turn(costSnapshot={"totalCost": 0.3})]}, 0.5),
        ({"turns": [{**turn(), "costSnapshot": {"totalCost": 0.2}}, turn()]}, None),
        ({"costSnapshot": {"totalCost": None}, "turns": [turn(costSnapshot={"totalCost": 9})]}, None),
        ({"costSnapshot": {"totalCost": 1, "currency": "EUR"}}, None),
        ({}, None),
    ],
)
def test_the_cost_is_taken_from_where_it_stands(fields: dict[str, Any], cost: float | None) -> None:
    """Beside the turns, in their content, or in every one of them; what is not known is null, never 0."""
    found = computed([transcript(**fields)])
    spread = found["models"][0]["perTranscript"]["costUsd"]
    assert (spread["sum"], spread["of"]) == (cost, 1)
    assert said(found, "costUsd is not known") == (cost is None)


def test_a_partial_cost_says_over_how_many() -> None:
    """One of two transcripts is known."""
    found = computed([transcript("m", "s1", costSnapshot={"totalCost": 0.5}), transcript("m", "s2")])
    spread = found["models"][0]["perTranscript"]["costUsd"]
    assert (spread["sum"], spread["n"], spread["of"]) == (0.5, 1, 2)
    assert said(found, "costUsd is not known for 1 of 2 transcripts")


def test_the_same_id_counts_once_whichever_comes_first() -> None:
    """A page that was read twice must not double the figures."""
    one, two = transcript("m", turns=[turn(tokens=(1, 1))]), transcript("m", turns=[turn(tokens=(2, 2))])
    found, turned = computed([one, two, one]), computed([two, one, one])
    assert found["transcriptCount"] == 1
    assert said(found, "2 transcripts came a second time with the same id")
    assert without_clock(found) == without_clock(turned)


def test_several_transcripts_of_one_sample_count_as_repeats() -> None:
    """Each of them was paid for; the warning says that something is odd."""
    found = computed([transcript("m", "s", score=2), transcript("m", "s", score=4, id="another")])
    assert found["decisions"]["models"][0]["mean"] == 3.0
    assert found["decisions"]["models"][0]["scores"] == 2
    assert found["run"]["samplesPerCell"] == 1
    assert said(found, "1 samples (model, scenario and sampleIndex) have several transcripts")


ODD = [
    ({"modelId": None}, "transcripts[].modelId: must be a string that is not blank"),
    ({"modelId": 7}, "transcripts[].modelId"),
    ({"scenarioId": " "}, "transcripts[].scenarioId"),
    ({"sampleIndex": -1}, "transcripts[].sampleIndex: must be a whole number"),
    ({"sampleIndex": True}, "transcripts[].sampleIndex"),
    ({"durationMs": "5"}, "transcripts[].durationMs: must be a number"),
    ({"turns": "none"}, "transcripts[].turns: must be a list"),
    ({"turns": [1]}, "transcripts[].turns[]: must be an object"),
    ({"content": [1]}, "transcripts[].content: must be an object"),
    ({"turns": [{"targetResponse": 5}]}, "transcripts[].turns[].targetResponse"),
    ({"turns": [turn(tokens=(1.5, 2))]}, "transcripts[].turns[].inputTokens"),  # type: ignore[arg-type] # on purpose
    ({"turns": [turn(reasoningTokens=-1)]}, "transcripts[].turns[].providerMetadata.reasoningTokens"),
    ({"turns": [{"providerMetadata": "x"}]}, "transcripts[].turns[].providerMetadata: must be an object"),
    ({"summary": {"score": 6}}, "transcripts[].summary.score: must be a number from 1 to 5"),
    ({"summary": {"score": "5"}}, "transcripts[].summary.score"),
    ({"summary": 3}, "transcripts[].summary: must be an object"),
    ({"scenario": {"dimensions": {"a": [1]}}}, "transcripts[].scenario.dimensions: must hold numbers and strings"),
    ({"costSnapshot": {"totalCost": -1}}, "transcripts[].costSnapshot.totalCost"),
    ({"costSnapshot": {"totalCost": 1, "currency": "EUR"}}, "transcripts[].costSnapshot.currency: must be USD"),
    ({"error": "TIMEOUT"}, "transcripts[].error.code: is missing; the failure counts as UNKNOWN"),
    ({"modelVersion": 5, "turns": []}, "transcripts[].modelVersion"),
]


@pytest.mark.parametrize(("fields", "warning"), ODD)
def test_a_field_of_another_type_narrows_and_is_named(fields: dict[str, Any], warning: str) -> None:
    """The other transcript counts as it would without; the warning has the ID of one that is odd."""
    found = computed([transcript("m", "good"), transcript("m", "odd", **fields)])
    assert found["models"][0]["transcripts"] >= 1
    assert any(text.startswith(warning) and "1 times, for one in m/odd/0" in text for text in found["warnings"]), found[
        "warnings"
    ]


def test_warnings_are_grouped_and_bounded() -> None:
    """Ten thousand odd transcripts are one sentence, which does not depend on their order."""
    items = [transcript("m", f"s{place}", durationMs="x") for place in range(300)]
    found = computed(items)
    assert [text for text in found["warnings"] if "300 times, for one in m/s0/0" in text]
    assert without_clock(computed(items[::-1])) == without_clock(found)
    many = [
        transcript(f"m{place:02}", f"s{kind}", turns=[turn(modelVersion=f"v{kind}")])
        for place in range(99)
        for kind in (1, 2)
    ]
    warnings = computed(many)["warnings"]
    assert len(warnings) == 50
    assert warnings[-1].startswith("and 5")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
SOME = st.sampled_from(["m1", "m2", "m3", "s1", "s2", "high", "low"])
TURN = st.fixed_dictionaries(
    {},
    optional={
        "targetResponse": SOME | JUNK,
        "inputTokens": st.integers(0, 99) | JUNK,
        "outputTokens": st.integers(0, 99) | JUNK,
        "score": st.integers(1, 5) | JUNK,
        "probePrompt": SOME | JUNK,
        "costSnapshot": st.fixed_dictionaries({"totalCost": st.floats(0, 1) | JUNK}) | JUNK,
        "providerMetadata": JUNK
        | st.fixed_dictionaries(
            {},
            optional={
                "finishReason": st.sampled_from(["stop", "length", "refusal"]) | JUNK,
                "truncated": JUNK,
                "attempts": st.integers(0, 3) | JUNK,
                "modelVersion": SOME | JUNK,
                "reasoningTokens": JUNK,
            },
        ),
    },
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text("abc", max_size=2) | JUNK,
        "modelId": SOME | JUNK,
        "scenarioId": SOME | JUNK,
        "sampleIndex": st.integers(0, 2) | JUNK,
        "turns": st.lists(TURN, max_size=3) | JUNK,
        "content": st.fixed_dictionaries({"turns": st.lists(TURN | JUNK, max_size=2)}) | JUNK,
        "durationMs": st.floats(0, 1e6) | JUNK,
        "summary": st.fixed_dictionaries(
            {"score": st.integers(1, 5) | st.floats(1, 5) | SOME | JUNK},
            optional={"class": st.just("refusal") | JUNK, "turnedBack": JUNK},
        )
        | JUNK,
        "scenario": st.fixed_dictionaries(
            {},
            optional={
                "name": SOME | JUNK,
                "dimensions": st.dictionaries(SOME, SOME | JUNK, max_size=3) | JUNK,
                "family": SOME | JUNK,
                "pair": SOME | JUNK,
                "orientation": st.sampled_from(["normal", "flipped"]) | JUNK,
                "template": SOME | JUNK,
            },
        )
        | JUNK,
        "runId": st.sampled_from(["r1", "r2"]) | JUNK,
        "completedAt": st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02"]) | JUNK,
        "error": st.fixed_dictionaries({"code": SOME | JUNK}) | JUNK,
        "costSnapshot": st.fixed_dictionaries({"totalCost": st.floats(0, 1) | JUNK}) | JUNK,
        "modelVersion": SOME | JUNK,
    },
)


JOBS: list[dict[str, Any]] = [
    {},
    {"scale": {"options": ["high", "low", "m1"]}},
    {"scale": {"min": 0, "max": 3, "neutral": None}, "equivalenceBound": 0.5, "levels": {"high": ["low", "high"]}},
    {"runs": [{"runId": "r1"}, {"runId": "r2"}]},
    {"runs": [{"runId": "r1"}, {"runId": "r2"}], "pool": True},
]


# The tracer is slow, and cheaper tests take the same lines.
@pytest.mark.untraced
@given(st.lists(ITEM, max_size=12), st.sampled_from(JOBS), st.randoms(use_true_random=False))
def test_no_transcript_crashes_it_and_no_order_changes_it(
    items: list[dict[str, Any]], job: dict[str, Any], random: Any
) -> None:
    """Whatever stands in the fields; the document agrees with its schema each time."""
    found = computed(items, **job)
    random.shuffle(items)
    assert without_clock(computed(items, **job)) == without_clock(found)


DECIDED = st.builds(
    transcript,
    st.sampled_from("abc"),
    st.sampled_from([f"s{place}" for place in range(9)]),
    st.integers(0, 2),
    score=st.integers(1, 5) | st.sampled_from([1.4, 2.5, 3.3]),
    scenario=st.fixed_dictionaries(
        {"dimensions": st.fixed_dictionaries({"d": st.integers(0, 2), "e": st.sampled_from(["x", "y"])})},
        optional={
            "family": st.sampled_from(["f1", "f2", "f3"]),
            "pair": st.sampled_from(["p1", "p2"]),
            "orientation": st.sampled_from(["normal", "flipped"]),
        },
    ),
    turns=st.lists(st.builds(turn, finishReason=st.sampled_from(["stop", "refusal"])), max_size=2),
)


@pytest.mark.untraced
@given(st.lists(DECIDED, max_size=60), st.sampled_from(JOBS[:1] + JOBS[2:3]), st.randoms(use_true_random=False))
def test_no_decisions_crash_it_and_no_order_changes_it(
    items: list[dict[str, Any]], job: dict[str, Any], random: Any
) -> None:
    """Few scenarios, odd families, levels that are confounded: every figure or its reason."""
    found = computed(items, **job)
    random.shuffle(items)
    assert without_clock(computed(items, **job)) == without_clock(found)


def test_any_model_id_will_do() -> None:
    """Empty of meaning, long, in any script."""
    names = ["x" * 300, "模型", "a\tb", "../..", "null", "0"]
    found = computed(scored({name: [1, 2, 3, 4, 5] for name in names}))
    assert found["run"]["models"] == sorted(names)
    assert len(found["agreement"]["pairs"]) == 15
