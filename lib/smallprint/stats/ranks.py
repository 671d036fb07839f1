"""How much of an order of rates the counts support."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from smallprint.stats.checks import check_counts, check_level, check_same_length
from smallprint.stats.comparisons import fisher_exact, holm


def rank_intervals(
    labels: Sequence[str], k: Sequence[int], n: Sequence[int], level: float = 0.95
) -> pd.DataFrame:
    """Simultaneous intervals for the ranks of m rates (1 = highest rate).

    Every pair is tested with Fisher's exact test and adjusted by Holm's method.
    A label's interval runs from 1 + the number of labels significantly above
    it to m - the number significantly below it. While no pairwise statement is
    false, no rank interval is, so all hold together with probability at least
    ``level``. This is the pairwise construction of Al Mohamad, Goeman and
    van Zwet (2022, Biometrics 78, 238-247; arXiv 1812.05507), with Holm's
    adjustment of exact tests in place of Tukey's for normal means. Under ties
    a true rank is the range of places the tied rates share.

    Assumes independent samples. Holm's proof covers "these two rates differ";
    that the sign is right too is checked by simulation, not proved.

    Parameters
    ----------
    labels : sequence of str
        Names, length m >= 1.
    k, n : sequences of int
        Positives and samples of each label.
    level : float
        Simultaneous coverage in (0, 1).

    Returns
    -------
    DataFrame
        One row a label in the order given: ``label``, ``rate``, ``rank`` (tied
        rates share the better one), ``rank_low``, ``rank_high``.

    Raises
    ------
    ValueError
        For columns of unequal length or counts out of range.
    """
    labels, k, n = list(labels), list(k), list(n)
    check_same_length(labels=labels, k=k, n=n)
    alpha = 1 - check_level(level)
    counts = [check_counts(*pair) for pair in zip(k, n, strict=True)]
    rate = np.array([positives / total for positives, total in counts])
    pairs = list(combinations(range(len(labels)), 2))
    p_holm = holm([fisher_exact(*counts[i], *counts[j]).p_value for i, j in pairs])
    above, below = np.zeros(len(labels), int), np.zeros(len(labels), int)
    for (i, j), p_value in zip(pairs, p_holm, strict=True):
        if p_value < alpha:
            higher, lower = (i, j) if rate[i] > rate[j] else (j, i)
            above[lower] += 1
            below[higher] += 1
    return pd.DataFrame(
        {
            "label": labels,
            "rate": rate,
            "rank": [1 + int((rate > own).sum()) for own in rate],
            "rank_low": 1 + above,
            "rank_high": len(labels) - below,
        }
    )
