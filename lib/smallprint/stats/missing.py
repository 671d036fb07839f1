"""Bounds for samples whose outcome is not known."""

from typing import NamedTuple

from smallprint.stats.checks import check_count, check_counts
from smallprint.stats.intervals import Interval, wilson_interval


class MissingBounds(NamedTuple):
    """Rates in [0, 1] if none (``low``) or all (``high``) of the missing are
    positive, and ``interval`` around both."""

    low: float
    high: float
    interval: Interval


def missing_bounds(k: int, n: int, missing: int, level: float = 0.95) -> MissingBounds:
    """Worst-case bounds of a rate over all ``n + missing`` samples (Manski 2003).

    Nothing is assumed about why samples are missing, so the bounds are as wide
    as the missing share. The interval runs from the lower Wilson limit of the
    low reading to the upper Wilson limit of the high one; it covers the true
    rate with at least about ``level``.

    Parameters
    ----------
    k, n : int
        Positives among the samples with a known outcome, and their number: for
        80 positives, 431 known and 69 unknown call ``missing_bounds(80, 431, 69)``.
    missing : int
        Samples with an unknown outcome, not counted in ``n``.
    level : float
        Nominal coverage in (0, 1).

    Raises
    ------
    ValueError
        For counts or a level out of range.
    """
    k, n = check_counts(k, n)
    total = n + check_count(missing, "missing")
    reached = k + int(missing)
    low, high = wilson_interval(k, total, level), wilson_interval(reached, total, level)
    return MissingBounds(
        k / total, reached / total, Interval(low.low, high.high, level, "Wilson, missing bounds")
    )
