"""Second implementations of the intervals, for checking only.

They share no code with the functions they check, and no page may use them.
Limits come back as (low, high); ``LEVEL`` is the level of them all.
"""

import numpy as np
from scipy import optimize, special, stats

LEVEL = 0.95
Z = float(stats.norm.isf((1 - LEVEL) / 2))


def _wilson(k: int, n: int) -> tuple[float, float]:
    return stats.binomtest(k, n).proportion_ci(LEVEL, method="wilson")


def _clopper_pearson(k: int, n: int) -> tuple[float, float]:
    return stats.binomtest(k, n).proportion_ci(LEVEL, method="exact")


def _jeffreys(k: int, n: int) -> tuple[float, float]:
    def quantile(probability: float) -> float:
        return optimize.brentq(
            lambda x: special.betainc(k + 0.5, n - k + 0.5, x) - probability, 0, 1, xtol=1e-14
        )

    tail = (1 - LEVEL) / 2
    return (0.0 if k == 0 else quantile(tail)), (1.0 if k == n else quantile(1 - tail))


REFERENCES = {
    "Wilson": _wilson,
    "Clopper-Pearson": _clopper_pearson,
    "Jeffreys": _jeffreys,
}


def reference_newcombe(k1: np.ndarray, k2: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Newcombe (1998), method 10, written out for two samples of size n."""
    limits = []
    for k in (k1, k2):
        root = Z * np.sqrt(Z**2 + 4 * k * (1 - k / n))
        limits.append(
            [(2 * k + Z**2 - root) / (2 * (n + Z**2)), (2 * k + Z**2 + root) / (2 * (n + Z**2))]
        )
    (l1, u1), (l2, u2) = limits
    p1, p2 = k1 / n, k2 / n
    return p1 - p2 - np.hypot(p1 - l1, u2 - p2), p1 - p2 + np.hypot(u1 - p1, p2 - l2)


def reference_lang_reiczigel(
    k: np.ndarray, true_calls: np.ndarray, false_calls: np.ndarray, n: int, m: int
) -> tuple[np.ndarray, np.ndarray]:
    """Lang and Reiczigel (2014) in terms of the false positive rate f = 1 - Sp.

    The rate solves ``a = r s + (1 - r) f`` with the adjusted reported rate a;
    ``true_calls`` and ``false_calls`` are positive calls among m known
    positives and m known negatives.
    """
    a = (k + Z**2 / 2) / (n + Z**2)
    s, f = (true_calls + 1) / (m + 2), (false_calls + 1) / (m + 2)
    r = (a - f) / (s - f)
    var_a, var_s, var_f = a * (1 - a) / (n + Z**2), s * (1 - s) / (m + 2), f * (1 - f) / (m + 2)
    half = Z * np.sqrt(var_a + (r * r) * var_s + (1 - r) ** 2 * var_f) / (s - f)
    middle = r + 2 * Z**2 * (r * var_s - (1 - r) * var_f)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def reference_cluster_means(counts: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """t-interval of the means of equally large clusters; Wilson of C samples if all agree.

    ``counts`` holds one data set a row, one cluster a column.
    """
    rates, clusters = counts / size, counts.shape[1]
    mean = rates.mean(axis=1)
    half = stats.t.isf((1 - LEVEL) / 2, clusters - 1) * stats.sem(rates, axis=1)
    low, high = np.maximum(mean - half, 0), np.minimum(mean + half, 1)
    agree = (counts == counts[:, :1]).all(axis=1)
    for row in np.flatnonzero(agree):
        p = np.poly1d([1 + Z**2 / clusters, -2 * mean[row] - Z**2 / clusters, mean[row] ** 2])
        low[row], high[row] = np.sort(p.roots.real)
    return low, high
