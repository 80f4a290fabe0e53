"""How far the models agree: each two of them, all of them, and whether in answers or only in order."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from common.analysis.alpha import alpha_document, nominal_alpha, ordinal_alpha
from common.analysis.clusters import clustered, interval
from common.analysis.differing import describe_differing
from common.analysis.figures import average_ranks, mean, tidy
from common.analysis.numerical import np
from common.analysis.proportions import share_of
from common.analysis.ranks import FEWEST_PAIRS, holm, kendall_w, spearman

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.analysis.collection import Collection
    from common.analysis.comparison_documents import Agreement, OverallAgreement, PairAgreement
    from common.analysis.figure_documents import Estimate, Share
    from common.analysis.numerical import Array, Indexes
    from common.analysis.ranks import Rho
    from common.analysis.table import Table


def describe_agreement(
    found: Collection, table: Table, modes: Array, reliability: Mapping[str, float | None]
) -> Agreement | None:
    """The agreement of the models; None where fewer than two have decisions.

    Args:
        found: the run.
        table: the condition means.
        modes: the most frequent score of each condition, as the nominal alpha wants it.
        reliability: of each model's condition means, from its repeats.
    """
    if len(table.models) < 2:
        return None
    scale = found.settings.scale
    pairs = [
        describe_pair(table, modes, places, scale.neutral)
        for places in itertools.combinations(range(len(table.models)), 2)
    ]
    tested = [pair for pair in pairs if pair["p"] is not None]
    for pair, adjusted in zip(tested, holm([pair["p"] or 0.0 for pair in tested]), strict=True):
        pair["pHolm"] = tidy(adjusted)
    for pair in pairs:
        pair["ceiling"] = _ceiling(*(reliability[model] for model in pair["models"]))
    pairs.sort(key=lambda pair: (-(pair["meanAbsoluteDifference"]["value"] or 0.0), pair["n"] == 0, pair["models"]))
    return {
        "pairs": pairs,
        "overall": _overall(table, modes, [pair["rho"] for pair in pairs if pair["rho"] is not None]),
        "differing": describe_differing(found, table),
    }


def _correlation(table: Table, places: tuple[int, int]) -> Rho:
    """Spearman's rho of two models; where scenarios come in families its p is that of the families' means."""
    rows = list(places)
    both = table.known[rows].all(axis=0)
    values = table.means[rows][:, both]
    result = spearman(average_ranks(values[0]), average_ranks(values[1]))
    if table.grouped and result.rho is not None:
        means = family_means(table, values, table.families[both])
        of_families = spearman(average_ranks(means[0]), average_ranks(means[1]))
        result = result._replace(p=of_families.p, how=of_families.how, reason=_without_p(of_families))
    return result


def _without_p(of_families: Rho) -> str | None:
    if of_families.p is not None:
        return None
    if of_families.n < FEWEST_PAIRS:
        return f"p needs at least {FEWEST_PAIRS} families; here: {of_families.n}"
    return "one of them has the same mean in all families, so rho has no p"


def family_means(table: Table, values: Array, families: Indexes) -> Array:
    """The mean of each model over the scenarios of each family that it answered; NaN where it answered none."""
    groups = clustered(families)
    with np.errstate(invalid="ignore"):
        rows = [groups.sums(np.nan_to_num(row)) / groups.sums((~np.isnan(row)).astype(np.float64)) for row in values]
    return table.settled(np.array(rows))


def describe_pair(table: Table, modes: Array, places: tuple[int, int], neutral: float | None) -> PairAgreement:
    """How far two rows of a table agree, without what is adjusted for the number of pairs."""
    rows = list(places)
    both = table.known[rows].all(axis=0)
    values, families = table.means[rows][:, both], table.families[both]
    result = _correlation(table, places)
    unit = "families" if table.grouped else "scenarios"
    return {
        "models": [table.models[place] for place in places],
        "n": result.n,
        "alphaOrdinal": alpha_document(ordinal_alpha(values, families), unit),
        "alphaNominal": alpha_document(nominal_alpha(modes[rows][:, both], families), unit),
        "sameSide": _same_side(values, families, neutral),
        "meanAbsoluteDifference": _distance(table, values, families),
        "rho": None if result.rho is None else tidy(result.rho),
        "p": None if result.p is None else tidy(result.p),
        "pHolm": None,
        "how": result.how,
        "ceiling": None,
        "reason": result.reason,
    }


def _ceiling(first: float | None, second: float | None) -> float | None:
    """√(r r'): what the unreliability of two measures leaves of a perfect correlation (Spearman 1904)."""
    return None if first is None or second is None else tidy(math.sqrt(first * second))


def _same_side(values: Array, families: Indexes, neutral: float | None) -> Share | None:
    if neutral is None:
        return None
    sides = np.sign(values - neutral)
    return share_of((sides[0] == sides[1]).astype(np.float64), families)


def _distance(table: Table, values: Array, families: Indexes) -> Estimate:
    distances = table.settled(np.abs(values[0] - values[1]))
    value = mean([float(distance) for distance in distances]) if len(distances) else None
    groups = clustered(families)
    return {
        "n": len(distances),
        "value": None if value is None else tidy(value),
        "interval": interval(
            value,
            groups.means_left_out(distances) if len(distances) else np.array([]),
            groups.sizes,
            least=0.0,
            unit="families" if table.grouped else "scenarios",
        ),
        "reason": None if len(distances) else "there is no scenario that both answered",
    }


def _overall(table: Table, modes: Array, rhos: Sequence[float]) -> OverallAgreement:
    several = table.known.sum(axis=0) > 1
    scenarios = int(several.sum())
    values, families = table.means[:, several], table.families[several]
    unit = "families" if table.grouped else "scenarios"
    reason, found, test = None, None, None
    if scenarios < FEWEST_PAIRS:
        reason = f"W needs at least {FEWEST_PAIRS} scenarios that two models answered; here: {scenarios}"
    else:
        found = test = kendall_w(values)
        if found is not None and table.grouped:
            # Families change places as a whole.
            test = kendall_w(family_means(table, values, families))
            if test is None:
                reason = "every model has the same mean in all families, or there is one family, so W has no p"
        if found is None:
            reason = "every model has the same decision in all of these scenarios, so there is no order"
    return {
        "models": len(table.models),
        "scenarios": scenarios,
        "alphaOrdinal": alpha_document(ordinal_alpha(values, families), unit),
        "alphaNominal": alpha_document(nominal_alpha(modes[:, several], families), unit),
        "kendallW": None if found is None else tidy(found.w),
        "chiSquare": None if found is None or found.chi_square is None else tidy(found.chi_square),
        "p": None if test is None else tidy(test.p),
        "how": None if test is None else test.how,
        "reason": reason,
        "meanRho": tidy(mean(rhos)) if rhos else None,
        "pairs": len(rhos),
    }
