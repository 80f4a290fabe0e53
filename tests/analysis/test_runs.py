"""One job with several runs: the same model at two times."""

from __future__ import annotations

from typing import Any

import pytest

from support.transcripts import analysis, computed, transcript, turn

RUNS = [{"runId": "may"}, {"runId": "june"}]


def run_of(
    name: str, scores: list[float], model: str = "m", prompt: str = "Is it right?", **fields: Any
) -> list[dict[str, Any]]:
    """A run of one model, whose IDs are those of every run."""
    return [
        transcript(
            model,
            f"s{place:02}",
            score=score,
            runId=name,
            **{"turns": [{**turn(modelVersion=f"{model}-{name}"), "probePrompt": prompt}], **fields},
        )
        for place, score in enumerate(scores)
    ]


MAY, JUNE = [1.0, 2, 3, 4, 5, 4, 3, 2], [2.0, 3, 3, 5, 5, 5, 4, 3]


def test_a_model_is_compared_with_itself_over_what_was_asked_alike() -> None:
    """The later less the earlier, with versions, the paired test and the correlation of test and retest."""
    found = analysis(run_of("may", MAY) + run_of("june", JUNE), runs=RUNS)
    (entry,) = found["acrossRuns"]["comparisons"]
    assert (entry["modelId"], entry["runs"], entry["n"]) == ("m", ["may", "june"], 8)
    assert entry["versions"] == [["m-may"], ["m-june"]]
    assert entry["difference"] == 0.75
    assert entry["interval"]["low"] < 0.75 < entry["interval"]["high"]
    assert (entry["p"], entry["pHolm"], entry["verdict"]) == (2 / 64, 2 / 64, "different")
    assert entry["rho"] > 0.8
    assert entry["meanAbsoluteDifference"]["value"] == 0.75


def test_the_other_figures_are_over_the_last_run_unless_the_job_pools() -> None:
    """With the same scenarios, each then has two samples."""
    items = run_of("may", MAY) + run_of("june", JUNE)
    last = computed(items, runs=RUNS)
    assert (last["transcriptCount"], last["decisions"]["models"][0]["mean"]) == (8, 3.75)
    both = computed(items, runs=RUNS, pool=True)
    assert (both["transcriptCount"], both["decisions"]["models"][0]["mean"]) == (16, 3.375)
    assert both["decisions"]["models"][0]["conditions"] == 8
    assert both["acrossRuns"]["pooled"] is True


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"prompt": "Is it wrong?"}, "prompt"),
        ({"scenario": {"preamble": "Be brief."}}, "preamble"),
        ({"turns": [{**turn(requested={"temperature": 0.7}), "probePrompt": "Is it right?"}]}, "temperature"),
    ],
)
def test_what_was_asked_otherwise_is_said_and_not_averaged(fields: dict[str, Any], what: str) -> None:
    """Neither compared nor pooled into one mean."""
    items = run_of("may", MAY) + run_of("june", JUNE, **fields)
    found = computed(items, runs=RUNS, pool=True)
    (entry,) = found["acrossRuns"]["comparisons"]
    assert (entry["n"], entry["difference"], entry["verdict"]) == (0, None, "not compared")
    assert entry["reason"] == "no scenario was asked alike in both runs"
    assert {name for name, count in entry["notCompared"].items() if count} == {what}
    assert entry["notCompared"][what] == 8
    # Sixteen conditions, of which two each are one family.
    model = found["decisions"]["models"][0]
    assert (model["conditions"], model["interval"]["clusters"]) == (16, 8)
    assert any("8 scenarios were not asked alike in all runs" in text for text in found["warnings"])


def test_a_twin_that_was_asked_otherwise_stays_in_the_cluster_of_the_other() -> None:
    """Six pairs in two orders, of which one order has another prompt in the second run: six clusters."""
    items = [
        transcript(
            "m",
            f"s{pair}{order}",
            score=1 + (pair + (name == "june")) % 5,
            runId=name,
            turns=[{**turn(), "probePrompt": name if order == "normal" else "the same"}],
            scenario={"pair": f"p{pair}", "orientation": order},
        )
        for name in ("may", "june")
        for pair in range(6)
        for order in ("normal", "flipped")
    ]
    (model,) = computed(items, runs=RUNS, pool=True)["decisions"]["models"]
    assert (model["conditions"], model["interval"]["clusters"]) == (18, 6)


def test_another_scale_is_not_compared() -> None:
    """A 4 of 5 is no 4 of 10."""
    runs = [{"runId": "may"}, {"runId": "june", "scale": {"min": 1, "max": 10}}]
    found = computed(run_of("may", MAY) + run_of("june", [value * 2 for value in JUNE]), runs=runs)
    assert found["acrossRuns"]["comparisons"][0]["notCompared"]["scale"] == 8
    assert found["decisions"]["highest"] == 10.0


def test_runs_are_pooled_where_their_scales_are_alike() -> None:
    """In whatever order options are named; a 4 of 5 and a 4 of 10 have no mean (the job is wrong)."""
    scales = [{"options": ["help", "leave"]}, {"options": ["leave", "help"]}]
    runs = [{**run, "scale": scale} for run, scale in zip(RUNS, scales, strict=True)]
    items = [transcript("m", "s00", runId=run["runId"], summary={"score": "help"}) for run in RUNS]
    assert computed(items, runs=runs, pool=True)["nominal"]["models"][0]["conditions"] == 1


def test_transcripts_of_other_runs_are_left_out_and_named() -> None:
    """As are those that name none; and each run's IDs are its own."""
    items = run_of("may", MAY) + run_of("june", JUNE) + run_of("april", [1.0]) + [transcript("m", "s00", score=1)]
    found = computed(items, runs=RUNS, pool=True)
    assert found["transcriptCount"] == 16
    assert any("2 transcripts are of none of the job's runs (runId april)" in text for text in found["warnings"])
    assert not any("second time" in text for text in found["warnings"])


def test_p_values_are_adjusted_over_models_and_runs() -> None:
    """Three pairs of runs for each of two models are six tests."""
    runs = [{"runId": name} for name in ("a", "b", "c")]
    items = [
        item
        for name, shift in (("a", 0.0), ("b", 0.5), ("c", 1.0))
        for model in ("m", "n")
        for item in run_of(name, [1 + place % 3 + shift for place in range(8)], model)
    ]
    entries = computed(items, runs=runs)["acrossRuns"]["comparisons"]
    assert [(entry["modelId"], entry["runs"]) for entry in entries[:3]] == [
        ("m", ["a", "b"]),
        ("m", ["a", "c"]),
        ("m", ["b", "c"]),
    ]
    assert {entry["pHolm"] for entry in entries} == {6 * 2 / 2**8}


def test_options_are_compared_by_their_shares() -> None:
    """Six of eight choices differ, all in one direction; the order in which the options are named says nothing."""
    runs = [
        {"runId": "may", "scale": {"options": ["spare", "swerve"]}},
        {"runId": "june", "scale": {"options": ["swerve", "spare"]}},
        {"runId": "july", "scale": {"options": ["swerve", "spare", "stop"]}},
    ]
    chosen = {"may": ["spare"] * 8, "june": ["swerve"] * 6 + ["spare"] * 2, "july": ["stop"] * 8}
    items = [item for name, options in chosen.items() for item in run_of(name, options)]  # type: ignore[arg-type] # names
    found = computed(items, runs=runs)
    june, july, _ = found["acrossRuns"]["comparisons"]
    assert (june["n"], june["distance"], june["p"], june["how"]) == (8, 0.75, 2 / 64, "exact")
    assert (june["pHolm"], june["verdict"], june["sameOption"]["count"]) == (2 / 64, "different", 2)
    assert (june["difference"], june["rho"], june["alphaOrdinal"]["value"]) == (None, None, None)
    assert june["alphaNominal"]["value"] < 0
    assert (july["n"], july["verdict"], july["notCompared"]["scale"]) == (0, "not compared", 8)
    assert [model["scores"] for model in found["nominal"]["models"]] == [8]


def test_what_is_said_of_one_run_names_it() -> None:
    """It would pass for something that is said of all; and one model is compared with itself, so nothing is missing."""
    doubled = run_of("may", MAY) + run_of("may", MAY)
    for last, pool in (("june", False), ("may", False), ("june", True)):
        names = ["may", "june"] if last == "june" else ["june", "may"]
        runs = [{"runId": name} for name in names]
        said = computed(doubled + run_of("june", JUNE), runs=runs, pool=pool)["warnings"]
        twice = [text for text in said if "8 transcripts came a second time" in text]
        assert [text.startswith("run may: ") for text in twice] == [not pool]
        assert not any("only one model" in text for text in said)
