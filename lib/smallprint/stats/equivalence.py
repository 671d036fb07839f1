"""What a transfer test of a given size can find or rule out.

Power, two one-sided tests, and what an effect reported without n would mean.
"""

from collections.abc import Iterable
from math import inf, sqrt
from typing import NamedTuple

import pandas as pd

from smallprint.stats.checks import check_count, check_level, check_range
from smallprint.stats.intervals import Interval, normal_quantile


def difference_sd(p: float, q: float, correlation: float = 0.0) -> float:
    """Standard deviation, per item, of the difference of two outcomes.

    ``sqrt(p (1 - p) + q (1 - q) - 2 correlation sqrt(p (1 - p) q (1 - q)))``:
    over sqrt(n) it is the standard error of a difference in accuracy. For one
    in PGR, take `recovered_gap.performance_gap_recovered`'s standard error times sqrt(n).
    """
    first, second = (check_range(one, "p and q") * (1 - one) for one in (p, q))
    shared = 2 * check_range(correlation, "correlation", low=-1) * sqrt(first * second)
    return sqrt(max(0.0, first + second - shared))


class Equivalence(NamedTuple):
    """Two one-sided tests: ``p_value`` (the larger), ``equivalent`` (whether
    both reject), ``interval`` at ``2 level - 1``, which lies within the margins
    exactly when they do."""

    p_value: float
    equivalent: bool
    interval: Interval


def equivalence_test(
    estimate: float, standard_error: float, margin: float, df: float = inf, level: float = 0.95
) -> Equivalence:
    """Is the effect smaller than the margin? Two one-sided tests (Schuirmann 1987).

    Parameters
    ----------
    estimate, standard_error : float
        Of the effect, standard error above 0.
    margin : float
        Smallest effect of interest, above 0 and named beforehand.
    df : float
        Degrees of freedom; infinite for a normal test.
    level : float
        One minus the level of each test, in (0.5, 1).

    Raises
    ------
    ValueError
        For a standard error or margin not above 0, or a level out of range.
    """
    from scipy import stats

    check_range(level, "level", low=0.5)
    for name, value in (("standard_error", standard_error), ("margin", margin)):
        if not value > 0:
            raise ValueError(f"{name} must be above 0; found {value!r}")
    reference = stats.norm if df == inf else stats.t(df)
    p = float(reference.sf((margin - abs(estimate)) / standard_error))
    half = float(reference.isf(1 - level)) * standard_error
    interval = Interval(estimate - half, estimate + half, 2 * level - 1, "two one-sided tests")
    return Equivalence(p, p < 1 - level, interval)


def power_by_size(
    sizes: Iterable[int],
    sd: float,
    effect: float,
    margin: float,
    level: float = 0.95,
    power: float = 0.8,
) -> pd.DataFrame:
    """What a test on so many items finds, and what it can rule out.

    Parameters
    ----------
    sizes : iterable of int
        Test items.
    sd : float
        Per item, as from `difference_sd`; effects in the same unit.
    effect : float
        True effect to be found.
    margin : float
        Smallest effect of interest.
    level, power : float
        In (0, 1).

    Returns
    -------
    DataFrame
        One row a size: ``n``, ``standard_error``, ``power`` of the two-sided
        test at ``effect``, ``detectable`` (effect found with probability
        ``power``), ``equivalence_power`` (probability of showing equivalence
        within the margin when the true effect is 0), ``smallest_margin``
        (margin for which that probability is ``power``).
    """
    from scipy.special import ndtr, ndtri
    from statsmodels.stats.power import normal_power

    alpha, rows = 1 - check_level(level), []
    check_level(power)
    for n in sizes:
        error = sd / sqrt(check_count(n, "n", minimum=1))
        found = float(normal_power(effect, n, alpha, sigma=sd))
        detectable = float(ndtri(1 - alpha / 2) + ndtri(power)) * error
        ruled_out = max(0.0, 2 * float(ndtr(margin / error - ndtri(level))) - 1)
        smallest = float(ndtri(level) + ndtri((1 + power) / 2)) * error
        rows.append((n, error, found, detectable, ruled_out, smallest))
    columns = ["n", "standard_error", "power", "detectable", "equivalence_power"]
    return pd.DataFrame(rows, columns=[*columns, "smallest_margin"])


def readings_by_size(
    estimate: float, sizes: Iterable[int], sd: float, margin: float, level: float = 0.95
) -> pd.DataFrame:
    """What an effect reported without n would mean at each size.

    Returns
    -------
    DataFrame
        One row a size: ``n``, ``low``, ``high`` (two-sided interval), and
        ``reading``: "different" (0 excluded), "equivalent" (smaller than the
        margin by two one-sided tests), "different, but small" (both) or
        "inconclusive" (neither).
    """
    z, rows = normal_quantile(level), []
    for n in sizes:
        error = sd / sqrt(check_count(n, "n", minimum=1))
        different = abs(estimate) > z * error
        small = equivalence_test(estimate, error, margin, level=level).equivalent
        reading = {
            (True, False): "different",
            (False, True): "equivalent",
            (True, True): "different, but small",
            (False, False): "inconclusive",
        }[different, small]
        rows.append((n, estimate - z * error, estimate + z * error, reading))
    return pd.DataFrame(rows, columns=["n", "low", "high", "reading"])
