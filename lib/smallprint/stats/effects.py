"""What each factor of a designed experiment does to a yes/no outcome.

One regression with treatment coding (the first level of a factor is its
reference), robust to clusters of samples, read in two ways: odds ratios, and
average differences in rate, which are easier to read and survive a change of
the other terms.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from smallprint.stats.checks import check_level, check_same_length
from smallprint.stats.coding import Design
from smallprint.stats.fitted import Fitted
from smallprint.stats.separation import separated_terms

# Cameron and Miller (2015, Journal of Human Resources 50, 317-372) call "few" anything from below
# 20 to below 50 clusters, depending on how unequal they are.
FEW_CLUSTERS = 40


class Effects(NamedTuple):
    """What a fit says; every frame is tidy.

    Attributes
    ----------
    model : str
        "logistic", or "linear probability" where a logistic fit does not exist.
    notes : tuple of str
        What a reader must know: separation and by what, dropped terms, few
        clusters.
    terms : DataFrame
        One row a coefficient: ``term``, ``estimate`` (log odds, or rate in the
        linear model), ``standard_error``, ``low``, ``high``, ``p_value``,
        ``odds_ratio``, ``odds_low``, ``odds_high`` (NaN in the linear model).
        With interactions in the model, a factor's coefficient is its effect at
        the reference level of its partners.
    differences : DataFrame
        One row a level against its reference: ``factor``, ``level``,
        ``reference``, ``difference`` (in [-1, 1], averaged over the samples),
        ``standard_error``, ``low``, ``high``, ``df``, ``method``.
    interactions : DataFrame
        The same for pairs: ``first``, ``second`` ("factor=level"), and
        ``difference`` is how much the second changes what the first does.
    tests : DataFrame
        One row a factor or interaction: ``term``, ``df``, ``statistic`` (Wald
        F), ``p_value``, ``p_holm`` over all rows.
    n, n_clusters : int
    """

    model: str
    notes: tuple[str, ...]
    terms: pd.DataFrame
    differences: pd.DataFrame
    interactions: pd.DataFrame
    tests: pd.DataFrame
    n: int
    n_clusters: int


def factor_effects(
    y: Sequence[float],
    data: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    clusters: Sequence[Hashable],
    interactions: Iterable[tuple[str, str]] = (),
    blocks: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
) -> Effects:
    """Effects of factors on a yes/no outcome, with cluster-robust errors.

    Logistic regression with the sandwich of Liang and Zeger (1986), times
    ``C / (C - p)``, and Student's t or F on C - p degrees of freedom, for C
    clusters and p coefficients. Packages use about ``C / (C - 1)`` and C - 1;
    here factors are set cluster by cluster, so C and not the number of samples
    is what p coefficients use up, and designed runs have a large p. With one
    sample a cluster the factor is White's with MacKinnon's correction (HC1).
    Average differences in rate set a factor to
    each level for all samples, average the fitted rates (regression
    standardisation) and take errors by the delta method; the mix of the other
    factors is the design's, taken as fixed.

    Where the data separate the outcomes (a level that never or always says
    yes), maximum likelihood has no finite answer. All terms are then fitted by
    least squares as a linear probability model with the same robust errors, no
    odds ratios are given, and a note names the terms. Where nothing varies
    given the terms, a difference gets Newcombe's interval with each cluster
    counted as one sample, and its test is Fisher's on the same counts: the most
    cautious reading, as in `clusters.clustered_interval`.

    Parameters
    ----------
    y : sequence of 0 and 1, length N
    data : DataFrame, N rows
        One column a factor, as for `Design`.
    factors : mapping of str to sequence of str
        Levels of each factor, reference first.
    clusters : sequence, length N
        The cluster of each sample.
    interactions : iterable of (str, str)
    blocks : mapping of str to sequence of str, optional
        Factors that are in the model and in no table, such as the firm of a text.
    level : float
        Nominal coverage of each interval by itself, in (0, 1).

    Raises
    ------
    ValueError
        For unequal lengths, outcomes other than 0 and 1, unlisted levels, no
        estimable term, or no more clusters than coefficients.
    """
    import statsmodels.api as sm

    y, clusters = np.asarray(y, dtype=float), list(clusters)
    check_same_length(y=list(y), data=list(data.index), clusters=clusters)
    check_level(level)
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold 0 and 1; found {sorted(set(y) - {0, 1})[:5]}")
    every = {**factors, **(blocks or {})}
    data = data[list(every)].astype(str).reset_index(drop=True)
    design = Design(data, every, interactions)
    groups = np.unique(np.array([str(one) for one in clusters]), return_inverse=True)[1]
    count, size = int(groups.max()) + 1, len(design.columns)
    if not design.members:
        raise ValueError("factors must hold one that varies and can be estimated; found none")
    if count <= size:
        raise ValueError(
            f"clusters must be more than the {size} coefficients of the model; found {count}: "
            "leave out interactions, or ask more texts"
        )
    x = design.matrix(design.codes(data))
    separated = separated_terms(x, y, design.columns)
    constant = [] if not separated else _constant_levels(y, data, design)
    logistic = not separated
    model = sm.GLM(y, x, family=sm.families.Binomial()) if logistic else sm.OLS(y, x)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    covariance = fit.cov_params() * count / (count - size)
    reading = Fitted(y, data, design, groups, fit.params, covariance, logistic, level, blocks or ())
    differences, interacted = reading.differences(), reading.interactions()
    return Effects(
        model="logistic" if logistic else "linear probability",
        notes=_notes(constant or separated, design.dropped, count),
        terms=reading.terms(),
        differences=differences,
        interactions=interacted,
        tests=reading.tests(),
        n=len(y),
        n_clusters=count,
    )


def _constant_levels(y: np.ndarray, data: pd.DataFrame, design: Design) -> list[str]:
    """Levels without both outcomes, named with the one they have; else nothing."""
    if y.min() == y.max():
        return ["every sample " + ("(all yes)" if y[0] else "(all no)")]
    named = []
    for factor, levels in design.levels.items():
        for level in levels if factor in design.members else ():
            here = y[(data[factor] == level).to_numpy()]
            if here.min() == here.max():
                named.append(f"{factor}={level} ({'all yes' if here[0] else 'all no'})")
    return named


def _notes(separated: list[str], dropped: list[str], clusters: int) -> tuple[str, ...]:
    notes = []
    if separated:
        shown = ", ".join(separated[:6]) + (", ..." if len(separated) > 6 else "")
        notes.append(
            f"outcomes are separated by {shown}: no odds ratio exists, and differences come from a "
            "linear probability model"
        )
    if dropped:
        notes.append(f"not estimable in these cells: {', '.join(dropped)}")
    if clusters < FEW_CLUSTERS:
        notes.append(f"{clusters} clusters are few: intervals are likely too narrow")
    return tuple(notes)
