"""What can be known of the gap recovered, by size of the gap and of the test set.

The width of the interval for given true accuracies, and the simulated coverage
of what `recovered_gap` computes.
"""

from collections.abc import Iterable
from itertools import pairwise, product
from math import nan, sqrt

import numpy as np
import pandas as pd

from smallprint.stats.accuracies import (
    PAIRS,
    Accuracies,
    Part,
    accuracies_from_rates,
    possible_correlations,
)
from smallprint.stats.intervals import normal_quantile
from smallprint.stats.recovered_gap import GAP, contrast_variance, performance_gap_recovered


def width_map(
    gaps: Iterable[float],
    sizes: Iterable[int],
    recovered: float = 0.5,
    weak: float = 0.55,
    shared: float = 0.0,
    level: float = 0.95,
) -> pd.DataFrame:
    """How wide the interval is for each gap and size of the test set.

    Parameters
    ----------
    gaps : iterable of float
        Ceiling minus weak, so that all accuracies stay in [0, 1].
    sizes : iterable of int
        Test items, shared by the three models.
    recovered : float
        True performance gap recovered.
    weak : float
        The teacher's accuracy.
    shared : float
        Correlation of item outcomes between any two models, as a share in
        [0, 1] of the largest that their rates allow.
    level : float
        Nominal coverage in (0, 1).

    Returns
    -------
    DataFrame
        One row a gap and size: ``gap``, ``n``; ``low``, ``high`` and ``width``
        of Fieller's interval when the accuracies come out at their true values
        (NaN if unbounded); ``delta_width``; ``identified``, the probability in
        [0, 1] that a sample's gap differs from 0 (normal approximation).
    """
    from scipy.special import ndtr

    rows, z = [], normal_quantile(level)
    for gap in gaps:
        rates = (weak, weak + recovered * gap, weak + gap)
        rho = [shared * possible_correlations(rates[i], rates[j])[1] for i, j in PAIRS]
        for n in sizes:
            accuracies = accuracies_from_rates(*rates, n, rho)
            found = performance_gap_recovered(accuracies, level=level)
            bounded = found.interval is not None
            low, high = (found.fieller.low, found.fieller.high) if bounded else (nan, nan)
            error = sqrt(float(GAP @ accuracies.covariance @ GAP))
            delta = 2 * z * sqrt(contrast_variance(accuracies, recovered)) / gap
            chance = float(ndtr(gap / error - z))
            rows.append((gap, n, low, high, high - low, delta, chance))
    columns = ["gap", "n", "low", "high", "width", "delta_width", "identified"]
    return pd.DataFrame(rows, columns=columns)


def simulate_coverage(
    gaps: Iterable[float],
    sizes: Iterable[int],
    recovered: Iterable[float] = (0.5,),
    shared: Iterable[float] = (0.0, 0.5),
    weak: float = 0.55,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 20260620,
) -> pd.DataFrame:
    """Simulated coverage of Fieller's and the delta interval on paired items.

    On a share ``shared`` of the items the models have common luck (a weaker
    one is right only where a stronger one is), on the others independent.

    Returns
    -------
    DataFrame
        One row a cell: ``gap``, ``n``, ``recovered`` (the truth), ``shared``;
        ``identified``, the share of draws that get a number; ``fieller_set``,
        the coverage of the whole confidence set over all draws; ``fieller`` and
        ``delta``, that of the intervals printed (NaN if none); ``nominal``.
    """
    patterns = np.array([[w, s, c] for w in (0, 1) for s in (0, 1) for c in (0, 1)], dtype=float)
    rng, rows = np.random.default_rng(seed), []
    for gap, n, truth, common in product(gaps, sizes, recovered, shared):
        p = np.array([weak, weak + truth * gap, weak + gap])
        probabilities = _pattern_probabilities(p, common, patterns)
        held: dict[str, list[bool]] = {"Fieller": [], "delta": [], "set": []}
        for counts in rng.multinomial(n, probabilities, size=draws):
            mean = counts @ patterns / n
            centred = patterns - mean
            covariance = (centred * counts[:, None]).T @ centred / ((n - 1) * n)
            accuracies = Accuracies(*map(float, mean), (Part(covariance, n - 1),), "simulated")
            found = performance_gap_recovered(accuracies, level=level)
            held["set"].append(found.fieller.holds(truth))
            if found.interval is None:
                continue
            delta = performance_gap_recovered(accuracies, "delta", level).interval
            for name, interval in (("Fieller", found.interval), ("delta", delta)):
                held[name].append(interval.low <= truth <= interval.high)
        shares = [float(np.mean(held[name])) if held[name] else nan for name in held]
        fieller, delta, whole = shares
        rows.append(
            (gap, n, truth, common, len(held["delta"]) / draws, whole, fieller, delta, level)
        )
    columns = ["gap", "n", "recovered", "shared", "identified", "fieller_set", "fieller", "delta"]
    return pd.DataFrame(rows, columns=[*columns, "nominal"])


def _pattern_probabilities(p: np.ndarray, shared: float, patterns: np.ndarray) -> np.ndarray:
    """Probability of each pattern of right and wrong under partly common luck."""
    independent = np.prod(np.where(patterns == 1, p, 1 - p), axis=1)
    edges = np.concatenate([[0.0], np.sort(p), [1.0]])
    common = np.zeros(len(patterns))
    for low, high in pairwise(edges):
        right = (p > (low + high) / 2).astype(float)
        common[(patterns == right).all(axis=1)] += high - low
    return shared * common + (1 - shared) * independent
