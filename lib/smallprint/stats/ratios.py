"""Fieller's confidence set for the ratio of two means."""

from math import inf, sqrt
from typing import Literal, NamedTuple

from smallprint.stats.checks import check_level


class FiellerSet(NamedTuple):
    """All ratios that a test at ``1 - level`` does not reject.

    ``kind`` is "interval" (``low`` to ``high``), "two rays" (all but the values
    between ``low`` and ``high``) or "everything".
    """

    kind: Literal["interval", "two rays", "everything"]
    low: float
    high: float
    level: float

    def holds(self, value: float) -> bool:
        """Whether ``value`` is in the set."""
        if self.kind == "interval":
            return self.low <= value <= self.high
        return self.kind == "everything" or value <= self.low or value >= self.high


def fieller_set(
    numerator: float,
    denominator: float,
    numerator_variance: float,
    denominator_variance: float,
    covariance: float,
    df: float = inf,
    level: float = 0.95,
) -> FiellerSet:
    """Confidence set for the ratio r of two means (Fieller 1954).

    ``(a - r b)^2 <= t^2 (v_a - 2 r c + r^2 v_b)`` is a quadratic in r: the set
    is an interval if ``b^2 > t^2 v_b``, that is if the denominator differs from
    0 at that level, else all of the line or all but an interval. See Franz
    (2007, arXiv 0710.2024) and von Luxburg and Franz (2009). It is exact for
    normal means. Any method whose sets are always bounded fails for some ratio
    (Gleser and Hwang 1987).

    Parameters
    ----------
    numerator, denominator : float
        The two means a and b.
    numerator_variance, denominator_variance, covariance : float
        Of the means: v_a, v_b and c.
    df : float
        Degrees of freedom of Student's t; infinite for known variances.
    level : float
        Nominal coverage in (0, 1).
    """
    t2 = student_quantile(df, level) ** 2
    square = denominator**2 - t2 * denominator_variance
    middle = numerator * denominator - t2 * covariance
    constant = numerator**2 - t2 * numerator_variance
    root = middle**2 - square * constant
    if square <= 0 and root <= 0:
        return FiellerSet("everything", -inf, inf, level)
    if square == 0:  # The quadratic has one end, the other is at infinity.
        end = constant / (2 * middle)
        return FiellerSet("two rays", *((-inf, end) if middle > 0 else (end, inf)), level)
    ends = sorted((middle + sign * sqrt(max(0.0, root))) / square for sign in (-1, 1))
    return FiellerSet("interval" if square > 0 else "two rays", *ends, level)


def student_quantile(df: float, level: float) -> float:
    """Two-sided quantile of Student's t for a level in (0, 1); normal for infinite ``df``."""
    from scipy.special import ndtri, stdtrit

    upper = (1 + check_level(level)) / 2
    return float(ndtri(upper) if df == inf else stdtrit(df, upper))
