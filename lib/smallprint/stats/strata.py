"""Clusters within strata: texts within the cells of a design."""

from collections.abc import Hashable, Sequence

import numpy as np

from smallprint.stats.checks import check_counts, check_range, check_same_length
from smallprint.stats.intervals import Interval, normal_quantile


def pooled_intraclass_correlation(
    k: Sequence[int], n: Sequence[int], strata: Sequence[Hashable]
) -> float:
    """Intraclass correlation of clusters within strata, from counts of each cluster.

    The estimator of `intraclass_correlation` with its sums of squares and
    degrees of freedom added over strata, so differences between strata do not
    count. One stratum has few clusters and a poor estimate; many together have
    a usable one, if the correlation is about the same in all.

    Parameters
    ----------
    k, n : sequences of int
        Positives and samples of each cluster.
    strata : sequence
        The stratum of each cluster.

    Returns
    -------
    float
        At most 1, negative by chance; NaN if no stratum holds both outcomes,
        two clusters and a cluster with two samples.

    Raises
    ------
    ValueError
        For unequal lengths or counts out of range.
    """
    k, n, strata = list(k), list(n), [str(one) for one in strata]
    check_same_length(k=k, n=n, strata=strata)
    hits, sizes = np.array([check_counts(*pair) for pair in zip(k, n, strict=True)], float).T
    place = np.unique(strata, return_inverse=True)[1]
    total = np.bincount(place, sizes)
    rates, means = hits / sizes, np.bincount(place, hits) / total
    between = float(sizes @ (rates - means[place]) ** 2)
    within = float(sizes @ (rates * (1 - rates)))
    between_df = len(sizes) - len(total)
    within_df = float(sizes.sum()) - len(sizes)
    spread = float((total - np.bincount(place, sizes**2) / total).sum())
    if between + within == 0 or not between_df or not within_df:
        return float("nan")
    size = spread / between_df
    between, within = between / between_df, within / within_df
    return (between - within) / (between + (size - 1) * within)


def effective_interval(
    k: int, n: int, design_effect: float, df: float, level: float = 0.95
) -> Interval:
    """Interval of Korn and Graubard (1998) for a rate from clustered samples.

    Clopper and Pearson's interval with ``n* = n / design_effect * (z / t)^2``
    samples, at most n, and as many positives as keep the rate; z and t are the
    quantiles of the normal distribution and of Student's t on ``df`` degrees of
    freedom. It has no zero width at 0% and 100%, and is conservative. Of the
    interval's two ingredients the design effect matters most: estimate it over
    many strata.

    Parameters
    ----------
    k, n : int
        Positives and samples.
    design_effect : float
        How many times clustering enlarges the variance, at least 1.
    df : float
        Degrees of freedom of the design effect, usually clusters minus strata;
        above 0.
    level : float
        Nominal coverage in (0, 1).

    Raises
    ------
    ValueError
        For values out of range.
    """
    from scipy.special import betaincinv, stdtrit

    k, n = check_counts(k, n)
    check_range(design_effect, "design_effect", low=1, high=float("inf"))
    check_range(df, "df", low=1e-9, high=float("inf"))
    shrink = (normal_quantile(level) / float(stdtrit(df, (1 + level) / 2))) ** 2
    size = n / design_effect * min(1.0, shrink)
    hits, tail = k / n * size, (1 - level) / 2
    low = 0.0 if k == 0 else float(betaincinv(hits, size - hits + 1, tail))
    high = 1.0 if k == n else float(betaincinv(hits + 1, size - hits, 1 - tail))
    return Interval(low, high, level, "Korn-Graubard")
