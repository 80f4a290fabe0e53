"""Figures of random jobs against statsmodels and krippendorff, which share no code with ours."""

from __future__ import annotations

from typing import Any

import krippendorff
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_paired

from common.analysis.alpha import nominal_alpha, ordinal_alpha
from common.analysis.proportions import clustered_share, share
from common.analysis.ranks import holm
from support.transcripts import computed, transcript

# Many examples of what the tests beside it take line by line.
pytestmark = pytest.mark.untraced

SCENARIOS, SAMPLES = 24, 3
OPTIONS = ["spare", "swerve"]


def drawn(seed: int, models: int = 4) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Scores of models by scenarios by samples, in which each of these has its part."""
    random = np.random.default_rng(seed)
    parts = ((models, 1, 1), 0.4), ((1, SCENARIOS, 1), 0.8), ((models, SCENARIOS, 1), 0.6)
    middle = 3 + sum(random.normal(0, size, shape) for shape, size in parts)
    return np.clip(np.round(middle + random.normal(0, 0.4, (models, SCENARIOS, SAMPLES))), 1, 5)


def job(scores: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
    """The transcripts of these scores, in scenarios with two dimensions that are not balanced."""
    return [
        transcript(
            "abcdef"[row],
            f"s{column:02}",
            sample,
            score=float(score),
            scenario={"dimensions": {"stakes": "xyz"[column % 3], "who": "pq"[column % 7 // 3 % 2]}},
        )
        for (row, column, sample), score in np.ndenumerate(scores)
    ]


# The tracer is slow, and cheaper tests take the same lines.
@pytest.mark.untraced
def test_holm_is_that_of_others() -> None:
    """Of lists of any length, with equal values and zeros in them."""
    random = np.random.default_rng(1)
    for size in range(1, 30):
        values = np.round(random.random(size) ** 3, random.integers(1, 5))
        assert holm(list(values)) == pytest.approx(multipletests(values, method="holm")[1])


def test_every_family_of_tests_in_a_document_is_adjusted_as_others_do() -> None:
    """Pairs, correlations, levels, and the effects of models."""
    found = computed(job(drawn(2)))
    dimensions = found["dimensions"]
    kinds = [
        found["comparisons"]["pairs"],
        found["agreement"]["pairs"],
        dimensions,
        [model for each in dimensions for model in each["models"]],
        [each["interaction"] for each in dimensions],
        [effect for each in dimensions for effect in each["effects"]],
        [effect for each in dimensions for model in each["models"] for effect in model["effects"]],
    ]
    for kind in kinds:
        p, adjusted = zip(*((entry["p"], entry["pHolm"]) for entry in kind), strict=True)
        assert adjusted == pytest.approx(multipletests(p, method="holm")[1], rel=1e-8)


@pytest.mark.parametrize("models", [2, 3, 6])
def test_alpha_is_that_of_others(models: int) -> None:
    """Ordinal and nominal, with a third of the values missing."""
    random = np.random.default_rng(models)
    for _ in range(8):
        table = random.integers(1, 6, (models, 30)).astype(float)
        table[1] = np.where(random.random(30) < 0.5, table[0], table[1])
        table[random.random(table.shape) < 1 / 3] = np.nan
        ordinal = krippendorff.alpha(reliability_data=table, level_of_measurement="ordinal")
        nominal = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
        assert ordinal_alpha(table, np.arange(30)).value == pytest.approx(ordinal)
        assert nominal_alpha(table, np.arange(30)).value == pytest.approx(nominal)


def test_alpha_of_a_document_is_that_of_its_condition_means() -> None:
    """Of each pair, and of all models."""
    scores = drawn(3)
    means = scores.mean(axis=2)
    found = computed(job(scores))["agreement"]
    overall = krippendorff.alpha(reliability_data=means, level_of_measurement="ordinal")
    assert found["overall"]["alphaOrdinal"]["value"] == pytest.approx(overall)
    for pair in found["pairs"]:
        rows = ["abcdef".index(model) for model in pair["models"]]
        expected = krippendorff.alpha(reliability_data=means[rows], level_of_measurement="ordinal")
        assert pair["alphaOrdinal"]["value"] == pytest.approx(expected)


def test_variance_components_are_those_of_an_analysis_of_variance() -> None:
    """Expected mean squares from statsmodels' table, and its own maximum of the restricted likelihood."""
    scores = drawn(4, models=5)[:, :10, :2]
    cells = [(m, s, score) for (m, s, _), score in np.ndenumerate(scores)]
    model, scenario, values = (np.array(part) for part in zip(*cells, strict=True))
    frame = pd.DataFrame({"model": model.astype(str), "scenario": scenario.astype(str), "score": values})
    table = anova_lm(smf.ols("score ~ model * scenario", frame).fit())
    squares = {name: table["mean_sq"][name] for name in ("model", "scenario", "model:scenario", "Residual")}
    found = computed(job(scores))["reliability"]["components"]
    rest, both = squares["Residual"], squares["model:scenario"]
    assert found["repeat"] == pytest.approx(rest)
    assert found["interaction"] == pytest.approx((both - rest) / 2)
    assert found["model"] == pytest.approx((squares["model"] - both) / 10 / 2)
    assert found["scenario"] == pytest.approx((squares["scenario"] - both) / 5 / 2)
    # Of a balanced design whose components are all above 0 the restricted likelihood is highest at the same values.
    parts = {"model": "0 + C(model)", "scenario": "0 + C(scenario)", "both": "0 + C(model):C(scenario)"}
    mixed = MixedLM.from_formula("score ~ 1", frame, groups=np.ones(len(values)), vc_formula=parts)
    fitted = mixed.fit(reml=True)
    likely = dict(zip(mixed.exog_vc.names, fitted.vcomp, strict=True))
    assert found["interaction"] == pytest.approx(likely["both"], rel=0.01)
    assert found["scenario"] == pytest.approx(likely["scenario"], rel=0.01)
    assert found["model"] == pytest.approx(likely["model"], rel=0.01)


def test_effects_are_those_of_a_regression() -> None:
    """Two unbalanced dimensions beside each model's own level."""
    scores = drawn(5)
    stakes, who = computed(job(scores))["dimensions"]
    cells = [(m, "xyz"[s % 3], "pq"[s % 7 // 3 % 2], mean) for (m, s), mean in np.ndenumerate(scores.mean(axis=2))]
    frame = pd.DataFrame(cells, columns=["model", "stakes", "who", "score"])
    expected = smf.ols("score ~ C(model) + C(stakes) + C(who)", frame).fit().params
    found = {effect["level"]: effect["effect"]["value"] for each in (stakes, who) for effect in each["effects"]}
    assert found["y"] == pytest.approx(expected["C(stakes)[T.y]"])
    assert found["z"] == pytest.approx(expected["C(stakes)[T.z]"])
    assert found["q"] == pytest.approx(expected["C(who)[T.q]"])


def test_equivalence_is_two_one_sided_tests() -> None:
    """Of the condition means, scenario by scenario."""
    scores = drawn(6, models=2)
    (pair,) = computed(job(scores), equivalenceBound=0.5)["comparisons"]["pairs"]
    first, second = scores.mean(axis=2)
    expected, *_ = ttost_paired(first, second, -0.5, 0.5)
    assert pair["equivalence"]["p"] == pytest.approx(expected)


def test_two_options_are_compared_as_mcnemar_does() -> None:
    """With one sample each, up to thirteen scenarios in which two models differ, every change of places is counted."""
    random = np.random.default_rng(7)
    for _ in range(5):
        chosen = random.integers(0, 2, (2, 20))
        chosen[1, 13:] = chosen[0, 13:]
        items = [
            transcript("ab"[row], f"s{column:02}", score=OPTIONS[option])  # type: ignore[arg-type] # a name
            for (row, column), option in np.ndenumerate(chosen)
        ]
        (pair,) = computed(items, scale={"options": OPTIONS})["nominal"]["pairs"]
        table = [[np.sum((chosen[0] == a) & (chosen[1] == b)) for b in (0, 1)] for a in (0, 1)]
        assert pair["p"] == pytest.approx(mcnemar(table, exact=True).pvalue)


@pytest.mark.parametrize(("count", "n"), [(0, 12), (1, 12), (5, 12), (12, 12), (3, 200)])
def test_the_interval_of_a_share_is_that_of_others(count: int, n: int) -> None:
    """Wilson's; of clusters whose samples are all the same, the wider ends of Wilson's and Jeffreys' of as many."""
    wilson = proportion_confint(count, n, method="wilson")
    alone = share(count, n)
    assert (alone["low"], alone["high"]) == pytest.approx(wilson, abs=1e-9)
    together = clustered_share({str(place): (4 * (place < count), 4) for place in range(n)})
    jeffreys = proportion_confint(count, n, method="jeffreys")
    assert together["effectiveN"] == pytest.approx(n)
    assert together["low"] == pytest.approx(min(wilson[0], jeffreys[0]) if count else 0.0, abs=1e-9)
    assert together["high"] == pytest.approx(max(wilson[1], jeffreys[1]) if count < n else 1.0, abs=1e-9)
