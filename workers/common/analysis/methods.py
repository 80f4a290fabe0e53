"""The methods of the analysis, each with its formula and where that comes from."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from common.analysis.bootstrap import RESAMPLES, SEED


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
        name="Wilson score interval of a share, 95 %; transcripts, or conditions, count as independent",
        formula="(p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)",
        source="Wilson 1927, JASA 22(158); recommended by Brown, Cai and DasGupta 2001, Statistical Science 16(2)",
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
    "cluster-bootstrap": Method(
        name=(
            f"Percentile interval of the mean decision, 95 %, {RESAMPLES} resamples of whole conditions, NumPy's PCG64"
            f" with seed {SEED}"
        ),
        formula="the 2.5th and 97.5th percentile of the resampled means",
        source=(
            "Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13; resampling of whole "
            "clusters: Davison and Hinkley 1997, section 3.8"
        ),
    ),
    "consistency": Method(
        name=(
            "Consistency across repeats: share of conditions with identical scores, with scores on one side of "
            "neutral, and the pooled standard deviation within conditions"
        ),
        formula="√(mean over c of s²[c])",
        source="within-subject standard deviation: Bland and Altman 1996, BMJ 313:744",
    ),
    "spearman": Method(
        name=(
            "Spearman's rank correlation over the scenarios that both models answered, ties with average ranks; p"
            " two-sided, over all orders up to 8 pairs, by Student's t beyond"
        ),
        formula="Pearson's r of the ranks; t = rho √((n - 2)/(1 - rho²)), n - 2 degrees of freedom",
        source="Spearman 1904, American Journal of Psychology 15(1); Zar 1972, JASA 67(339)",
    ),
    "holm": Method(
        name="Holm's adjustment of the p-values of all pairs, and of all dimensions",
        formula="max over j ≤ i of min(1, (m - j + 1) p[j]), p ascending",
        source="Holm 1979, Scandinavian Journal of Statistics 6(2)",
    ),
    "kendall-w": Method(
        name=("Kendall's coefficient of concordance over the scenarios that every model answered, corrected for ties"),
        formula="W = 12 S / (m²(n³ - n) - m ΣT); χ² = m(n - 1)W, n - 1 degrees of freedom",
        source=(
            "Kendall and Smith 1939, Annals of Mathematical Statistics 10(3); Siegel and Castellan 1988, section 9.6"
        ),
    ),
    "kruskal-wallis": Method(
        name=(
            "Kruskal-Wallis test of a dimension's levels, corrected for ties; one value per scenario (over all "
            "models: their mean), levels with fewer than 5 scenarios left out"
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
}


def methods_used(*, decisions: bool, agreement: bool, dimensions: bool) -> list[dict[str, Any]]:
    """The methods behind the figures that were computed."""
    names = ["quantile", "wilson"]
    if decisions:
        names += ["condition-mean", "cluster-bootstrap", "consistency"]
    if agreement:
        names += ["spearman", "kendall-w"]
    if dimensions:
        names += ["kruskal-wallis", "eta-squared"]
    if agreement or dimensions:
        names.append("holm")
    return [{"id": name, **_METHODS[name]._asdict()} for name in names]
