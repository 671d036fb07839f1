"""Confidence intervals for one proportion.

All three assume n independent samples with one common probability. Samples
that share a prompt are independent given that prompt only: see `clusters`.
"""

from collections.abc import Callable
from typing import NamedTuple

from smallprint.stats.checks import check_counts, check_level


class Interval(NamedTuple):
    """An interval estimate.

    ``low`` and ``high`` are in the unit of the estimated quantity; ``level``
    is the nominal coverage in (0, 1); ``method`` names how it was computed.
    """

    low: float
    high: float
    level: float
    method: str


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile of a level in (0, 1): 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(ndtri((1 + check_level(level)) / 2))


def _one_proportion(k: int, n: int, level: float, method: str, keyword: str) -> Interval:
    from statsmodels.stats.proportion import proportion_confint

    k, n = check_counts(k, n)
    low, high = proportion_confint(k, n, alpha=1 - check_level(level), method=keyword)
    # At k = 0 and k = n the limit at the edge is exact; formulas miss it by
    # rounding, and Jeffreys is set to it on purpose (see its docstring).
    low = 0.0 if k == 0 else float(low)
    high = 1.0 if k == n else float(high)
    return Interval(low, high, level, method)


def wilson_interval(k: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of Wilson (1927), without continuity correction.

    Coverage is near the nominal level on average over p and dips below it for
    p near 0 or 1 (to about 0.84 at n p near 0.18; Brown, Cai and DasGupta 2001).

    Parameters
    ----------
    k, n : int
        Positives and samples, 0 <= k <= n, n > 0.
    level : float
        Nominal coverage in (0, 1).

    Raises
    ------
    ValueError
        For counts or a level out of range.
    """
    return _one_proportion(k, n, level, "Wilson", "wilson")


def clopper_pearson_interval(k: int, n: int, level: float = 0.95) -> Interval:
    """Exact interval of Clopper and Pearson (1934): two one-sided binomial tests.

    Coverage is never below the nominal level, and mostly well above it.
    Parameters and errors as in `wilson_interval`.
    """
    return _one_proportion(k, n, level, "Clopper-Pearson", "beta")


def jeffreys_interval(k: int, n: int, level: float = 0.95) -> Interval:
    """Equal-tailed interval from the posterior Beta(k + 1/2, n - k + 1/2).

    As Brown, Cai and DasGupta (2001) define it, the lower limit is 0 at k = 0
    and the upper limit 1 at k = n; without that, coverage falls to 0 near the
    edges. Parameters and errors as in `wilson_interval`.
    """
    return _one_proportion(k, n, level, "Jeffreys", "jeffreys")


INTERVALS: dict[str, Callable[..., Interval]] = {
    "Wilson": wilson_interval,
    "Clopper-Pearson": clopper_pearson_interval,
    "Jeffreys": jeffreys_interval,
}
