"""The methods of the analysis, each with its formula and where that comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.analysis.permutation import PERMUTATIONS, SEED

if TYPE_CHECKING:
    from common.analysis.documents import Figures
    from common.analysis.documents import Method as MethodDocument


class Method(NamedTuple):
    """A method, its formula, and where that comes from."""

    name: str
    formula: str
    source: str


_METHODS: Final = {
    "quantile": Method(
        name="Median and 95th percentile",
        formula="x[h] with h = (n - 1)p, by linear interpolation between its neighbours",
        source="Hyndman and Fan 1996, The American Statistician 50(4), type 7",
    ),
    "wilson": Method(
        name=(
            "Wilson score interval of a share, 95 %, for the effective n: samples of one scenario, or scenarios of one"
            " family, are no independent ones; where there are such, the wider ends of it and of Jeffreys' interval"
        ),
        formula=(
            "(p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n), n the number of samples over the design effect times"
            " (t/z)², at least that of clusters whose samples are all the same; the design effect is at least .3."
            " Jeffreys: quantiles of Beta(np + 1/2, n(1 - p) + 1/2)"
        ),
        source=(
            "Wilson 1927, JASA 22(158); Brown, Cai and DasGupta 2001, Statistical Science 16(2); effective n: Kish"
            " 1965; Korn and Graubard 1998, Survey Methodology 24(2); degrees of freedom: Satterthwaite 1946"
        ),
    ),
    "condition-mean": Method(
        name=(
            "Mean decision: the mean over conditions (scenarios) of the mean over repeats; its deviation is that "
            "of the condition means, n - 1"
        ),
        formula="mean over c of (mean over r of x[c, r])",
        source=(
            "equal weight per condition: repeats are no independent samples (Hurlbert 1984, Ecological Monographs"
            " 54(2))"
        ),
    ),
    "cluster-jackknife-t": Method(
        name=(
            "Interval of a figure over scenarios, 95 %: the jackknife over clusters (families, or scenarios), Student's"
            " t and half of the sample's skewness; no skewness for effects of levels"
        ),
        formula=(
            "SE² = (G - 1)/G Σ(f without g - their mean)²; f - √(G - 1) SE h(± t/√(G - 1)), h(q) = 3(∛(1 + k(q - k/6G))"
            " - 1)/k, k half the skewness; degrees of freedom (Σn)²/Σn² - 1 for clusters of n"
        ),
        source=(
            "Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 11; Hall 1992, JRSS B 54(1); checked"
            " by simulation, docs/statistics.md"
        ),
    ),
    "consistency": Method(
        name=(
            "Consistency across repeats: share of conditions with identical scores, with scores on one side of "
            "neutral, and the pooled standard deviation within conditions"
        ),
        formula="√(Σ(n[c] - 1) s²[c] / Σ(n[c] - 1))",
        source="within-subject standard deviation: Bland and Altman 1996, BMJ 313:744",
    ),
    "entropy": Method(
        name="Entropy of the scores",
        formula="-Σ p log2 p",
        source="Shannon 1948, Bell System Technical Journal 27(3)",
    ),
    "sign-flip": Method(
        name=(
            "Paired permutation test of two models over the scenarios that both answered, and of the two orders of a"
            f" scenario: signs change by cluster; all of them up to 13 clusters, {PERMUTATIONS} random ones (NumPy's"
            f" PCG64, seed {SEED}) beyond, and where fewer than 10 are as far out all signs by their sums, if these"
            " are multiples of one number, or else the saddlepoint approximation"
        ),
        formula="p = (b + 1)/(B + 1), b the sums Σ ± d[g] at least as far from 0 as Σ d[g]",
        source=(
            "Fisher 1935, The Design of Experiments, section 21; Phipson and Smyth 2010, SAGMB 9(1); Robinson 1982,"
            " JRSS B 44(1)"
        ),
    ),
    "detectable": Method(
        name="Smallest difference that this run could have shown, at .05 with a power of .8",
        formula="(t[1 - a/2] + t[.8]) SE of the difference, a = .05; a/m where it must hold against all m pairs;"
        " null where it is above the scale's length, or 2^(1 - G) ≥ a, the least p of G clusters",
        source="Cohen 1988, Statistical Power Analysis, chapter 2; Bloom 1995, Evaluation Review 19(5)",
    ),
    "equivalence": Method(
        name="Equivalence within the job's bound: two one-sided tests",
        formula="p = the larger of P(t ≥ (bound - d)/SE) and P(t ≥ (bound + d)/SE)",
        source="Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15(6)",
    ),
    "krippendorff": Method(
        name=(
            "Krippendorff's alpha of the condition means, ordinal, and of their most frequent scores, nominal; a"
            " unit is a scenario with two values or more"
        ),
        formula=(
            "1 - D(observed)/D(expected); ordinal: δ² = (difference of the mean ranks among all values)²; interval by z"
            " = ½ ln((1 + (k - 1)a)/(1 - a)), k the values of a unit"
        ),
        source=(
            "Krippendorff 2019, Content Analysis, 4th edition, chapter 12; Fisher 1925, Statistical Methods for"
            " Research Workers, section 39"
        ),
    ),
    "spearman": Method(
        name=(
            "Spearman's rank correlation over the scenarios that both models answered, ties with average ranks: the"
            " same order, not the same answers. p two-sided, over all orders up to 8 pairs, random ones beyond, and by"
            " Student's t where no single pair carries a twentieth of the sum"
        ),
        formula="Pearson's r of the ranks; t = rho √((n - 2)/(1 - rho²)), n - 2 degrees of freedom",
        source="Spearman 1904, American Journal of Psychology 15(1); Hoeffding 1951, Annals of Math. Statistics 22(4)",
    ),
    "holm": Method(
        name="Holm's adjustment of the p-values of all tests of one kind",
        formula="max over j ≤ i of min(1, (m - j + 1) p[j]), p ascending",
        source="Holm 1979, Scandinavian Journal of Statistics 6(2)",
    ),
    "kendall-w": Method(
        name=(
            "Kendall's coefficient of concordance, corrected for ties, over what each model answered; p from random"
            " orders of each model's ranks"
        ),
        formula="W = Σ(Σ r)² / Σ k Σ r², r the ranks of a model less their mean, k the models that answered a scenario",
        source=(
            "Kendall and Smith 1939, Annals of Mathematical Statistics 10(3); missing values: Skillings and Mack 1981,"
            " Technometrics 23(2)"
        ),
    ),
    "additive": Method(
        name="Scenarios over all models, within models: what is left when each model's own level is gone",
        formula="x[m, s] = a[m] + b[s] by least squares over what is there",
        source="Searle 1971, Linear Models, chapter 7",
    ),
    "kruskal-wallis": Method(
        name=(
            "Kruskal-Wallis test of a dimension's levels, corrected for ties; one value per scenario, levels with fewer"
            " than 5 scenarios left out; p by permutation of families' levels where scenarios come in families"
        ),
        formula=(
            "H = (12/(N(N + 1)) Σ R²[i]/n[i] - 3(N + 1)) / (1 - Σ(t³ - t)/(N³ - N)); χ² with k - 1 degrees of freedom"
        ),
        source="Kruskal and Wallis 1952, JASA 47(260)",
    ),
    "eta-squared": Method(
        name="Eta squared of H, from 0 to 1; a value below 0 counts as 0",
        formula="η² = (H - k + 1)/(n - k)",
        source="Tomczak and Tomczak 2014, Trends in Sport Sciences 21(1)",
    ),
    "amce": Method(
        name=(
            "Effects of levels in points of the scale: average marginal component effects, by least squares over all"
            " dimensions and each model's own level; trends the same with the level's number in its place"
        ),
        formula="x = a[model] + Σ β[dimension, level]; p by Student's t with the jackknife's standard error",
        source=(
            "Hainmueller, Hopkins and Yamamoto 2014, Political Analysis 22(1); Bell and McCaffrey 2002, Survey"
            " Methodology 28(2)"
        ),
    ),
    "interaction": Method(
        name="Model by dimension: whether levels move models differently; p by permutation of the scenarios' levels",
        formula="Σ over levels and models of n (mean of x[m, s] - a[m] - b[s])², over its total",
        source="Anderson and ter Braak 2003, Journal of Statistical Computation and Simulation 73(2)",
    ),
    "nominal": Method(
        name=(
            "Options without an order: two models by permutation of their answers within scenarios or families; levels"
            " of a dimension by permutation of the scenarios' levels"
        ),
        formula="|Σ ± (shares of one - those of the other)|²; Σ over levels of n |mean shares less all|² / total",
        source=("after Stuart 1955, Biometrika 42(3), and Anderson 2001, Austral Ecology 26(1), with p by permutation"),
    ),
    "variance-components": Method(
        name="Variance components of models, scenarios, their interaction, repeats; reliability, noise ceiling, plan",
        formula=(
            "expected mean squares of the crossed table; reliability 1 - s²[repeat]/n/s²[condition means], ceiling its"
            " root; scenarios t² (σ² + s²[repeat]/samples)/precision²"
        ),
        source="Searle, Casella and McCulloch 1992, Variance Components, chapter 4; Spearman 1904",
    ),
    "bounds": Method(
        name="Bounds of the means for what was refused",
        formula="the mean had every refusal been the lowest score, and the highest",
        source="Manski 2003, Partial Identification of Probability Distributions, chapter 1",
    ),
}


def methods_used(figures: Figures, *, runs: bool) -> list[MethodDocument]:
    """The methods behind the figures that were computed, also where `runs` were compared."""
    names = ["quantile", "wilson"]
    compared = figures["comparisons"]
    if figures["decisions"]:
        names += ["condition-mean", "cluster-jackknife-t", "consistency", "entropy", "variance-components"]
    if compared or figures["orderEffects"]:
        names.append("sign-flip")
    if compared:
        names.append("detectable")
        names += ["equivalence"] if any(pair["equivalence"] for pair in compared["pairs"]) else []
    if figures["agreement"]:
        names += ["krippendorff", "spearman", "kendall-w"]
    if figures["dimensions"]:
        names += ["additive", "kruskal-wallis", "eta-squared", "amce", "interaction"]
    if figures["nominal"]:
        names += ["entropy", "nominal", "krippendorff", "holm"]
    if runs:
        names += ["cluster-jackknife-t", "sign-flip", "detectable", "krippendorff", "spearman", "holm"]
    if figures["refusals"]:
        names.append("bounds")
    if compared or figures["dimensions"] or figures["orderEffects"]:
        names.append("holm")
    return [
        {"id": name, "name": method.name, "formula": method.formula, "source": method.source}
        for name, method in ((name, _METHODS[name]) for name in dict.fromkeys(names))
    ]
