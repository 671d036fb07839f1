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


def reference_korn_graubard(counts: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Korn and Graubard (1998) for equally large clusters; data sets and clusters as above."""
    clusters = counts.shape[1]
    n, mean = size * clusters, counts.mean(axis=1) / size
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.var(counts / size, axis=1, ddof=1) / clusters * n / (mean * (1 - mean))
    agree = (counts == counts[:, :1]).all(axis=1)
    kept = (Z / stats.t.isf((1 - LEVEL) / 2, clusters - 1)) ** 2
    effective = np.where(agree, clusters, n / np.maximum(effect, 1.0) * kept)
    effective = np.where(np.isnan(effective), clusters, effective)
    hits, tail = mean * effective, (1 - LEVEL) / 2
    low = np.nan_to_num(stats.beta.ppf(tail, hits, effective - hits + 1), nan=0.0)
    high = np.nan_to_num(stats.beta.isf(tail, hits + 1, effective - hits), nan=1.0)
    return low, high


def reference_tango_holds(n: int, difference: float) -> np.ndarray:
    """Whether Tango's score test keeps a difference, for all counts (x, y) of n; shape (n+1, n+1).

    The mirror rate under the difference maximises the likelihood, found by
    bisection of its slope. Impossible counts come out as anything.
    """
    x, y = np.indices((n + 1, n + 1))
    rest = np.maximum(n - x - y, 0)
    low = np.full(x.shape, max(0.0, -difference))
    high = np.full(x.shape, (1 - difference) / 2)
    for _ in range(80):
        q = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = x / (q + difference) + y / q - 2 * rest / (1 - 2 * q - difference)
        low, high = np.where(slope > 0, q, low), np.where(slope > 0, high, q)
    variance = n * (low + high + difference - difference**2)
    return (x - y - n * difference) ** 2 <= Z**2 * variance
