"""A joint outcome of two conditions: "A in the first and B in the second".

Each of n pairs has one run in each condition. Outcome A in the first is the
event with rate ``first``, outcome B in the second the event with rate
``second``; ``joint`` is the share of pairs with both, ``mirror`` of pairs with B in
the first and A in the second. Where a run must end in A or B, the four cells
of the paired table follow from ``first``, ``second`` and ``joint``, and

    joint - mirror = first + second - 1 = P(A | first condition) - P(A | second),

the shift of one margin. Where a run can end in neither, the mirror rate is
only bounded.
"""

from math import sqrt
from typing import NamedTuple

from smallprint.stats.checks import check_count, check_counts, check_range
from smallprint.stats.intervals import Interval, normal_quantile


class Bounds(NamedTuple):
    """``low`` and ``high`` of a rate or a difference that is not published."""

    low: float
    high: float


def joint_bounds(first: float, second: float) -> Bounds:
    """Frechet bounds of the joint rate, whatever the dependence (Frechet 1951).

    ``max(0, first + second - 1)`` to ``min(first, second)``; ValueError for a
    rate outside [0, 1].
    """
    first, second = check_range(first, "first"), check_range(second, "second")
    return Bounds(max(0.0, first + second - 1), min(first, second))


def mirror_bounds(first: float, second: float, joint: float) -> Bounds:
    """Bounds of the mirror rate from both margins and the joint rate.

    The upper bound ``1 - first - second + joint`` is the share of pairs with
    neither event, and the mirror rate itself where every run ends in A or B;
    the lower bound, 0, is reached where all of these are runs that end in
    neither.

    Raises
    ------
    ValueError
        For rates outside [0, 1], or a joint rate outside `joint_bounds`.
    """
    low, high = joint_bounds(first, second)
    # Printed rates are rounded, so a joint rate on its bound may miss it in the last digit.
    if not low - 1e-9 <= joint <= high + 1e-9:
        raise ValueError(
            f"joint must lie in [{low:g}, {high:g}] for margins {first:g} and {second:g}; "
            f"found {joint!r}"
        )
    return Bounds(0.0, max(0.0, 1 - first - second + joint))


def paired_interval(k: int, mirror_k: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of Tango (1998) for a difference of paired proportions.

    Inverts the score test of ``joint - mirror = d``: with x and y pairs of each
    kind, ``(x - y - n d)^2 <= z^2 n (2 q + d - d^2)``, where q is the
    maximum-likelihood mirror rate under d, the larger root of
    ``2 n q^2 - (x + y - (2 n - x + y) d) q - y d (1 - d) = 0`` (Statistics in
    Medicine 17, 891-908). At d = 0 it is McNemar's test without correction.
    Pairs are taken as independent.

    Parameters
    ----------
    k, mirror_k : int
        Pairs with the joint outcome and with its mirror, together at most n.
    n : int
        Pairs.
    level : float
        Nominal coverage in (0, 1).

    Returns
    -------
    Interval
        In [-1, 1].

    Raises
    ------
    ValueError
        For counts or a level out of range.
    """
    from scipy.optimize import brentq

    k, n = check_counts(k, n)
    y, z = check_count(mirror_k, "mirror_k", maximum=n - k), normal_quantile(level)

    def excess(d: float) -> float:
        b, c = k + y - (2 * n - k + y) * d, y * d * (1 - d)
        q = (b + sqrt(max(0.0, b * b + 8 * n * c))) / (4 * n)
        # Multiplied out, the statistic stays finite where its variance is 0.
        return (k - y - n * d) ** 2 - z**2 * n * (2 * q + d * (1 - d))

    estimate, ends = (k - y) / n, []
    for edge in (-1.0, 1.0):
        # At the estimate itself statistic and variance can both be 0, a false root.
        start = estimate + edge * 1e-9
        ends.append(edge if estimate == edge else float(brentq(excess, start, edge, xtol=1e-12)))
    return Interval(*ends, level, "Tango")


class Contrast(NamedTuple):
    """``bounds`` of joint minus mirror rate, equal where the mirror is known;
    an ``interval`` around both; and McNemar's exact two-sided ``p_value`` at the
    least favourable mirror count."""

    bounds: Bounds
    interval: Interval
    p_value: float


def contrast(k: int, n: int, mirror_low: int, mirror_high: int, level: float = 0.95) -> Contrast:
    """Joint minus mirror rate, for a mirror count known or bounded.

    The interval runs from the lower limit of `paired_interval` at the highest
    mirror count to the upper limit at the lowest, so it covers whatever the
    count is, at least as well as Tango's.

    Parameters
    ----------
    k, n : int
        Pairs with the joint outcome, and pairs.
    mirror_low, mirror_high : int
        Fewest and most pairs with the mirror outcome, as from `mirror_bounds`.
    level : float
        Nominal coverage in (0, 1).

    Raises
    ------
    ValueError
        For counts or a level out of range.
    """
    from scipy import stats

    check_count(mirror_low, "mirror_low", maximum=mirror_high)
    high = paired_interval(k, mirror_low, n, level).high
    low = paired_interval(k, mirror_high, n, level).low
    counts = range(int(mirror_low), int(mirror_high) + 1)
    p = max(stats.binomtest(int(k), int(k) + m).pvalue if k + m else 1.0 for m in counts)
    bounds = Bounds((k - mirror_high) / n, (k - mirror_low) / n)
    return Contrast(bounds, Interval(low, high, level, "Tango, mirror bounded"), float(p))


class JointTests(NamedTuple):
    """One-sided p-values of a joint count, see `joint_tests`."""

    fixed: float
    product: float
    pairing_above: float
    pairing_below: float


def joint_tests(k: int, n: int, first_k: int, second_k: int, null: float = 0.25) -> JointTests:
    """Three nulls for the same joint count.

    ``fixed`` is the binomial test against ``null``. A quarter is the largest
    joint rate that condition-blind runs can have: if the condition changes
    nothing and runs are independent given the scenario, scenario s gives
    ``p_s (1 - p_s) <= 1/4``. So rejecting 25% says that the condition matters in
    some scenarios. It does not say that the two runs of a pair are linked, nor
    in which direction the condition works on average: for that the mirror rate
    is needed. It equals the product of the margins only if both are one half.

    ``product`` is the same test against ``first_k second_k / n^2``, as if these
    margins were known. ``pairing_above`` and ``pairing_below`` are exact: given
    both margins and no link within pairs, the joint count is hypergeometric
    (Fisher's test, the permutation test of re-pairing the runs). Scenarios
    that pull both runs one way shift it too.

    Parameters
    ----------
    k, n : int
        Pairs with the joint outcome, and pairs.
    first_k, second_k : int
        Pairs with A in the first condition, and with B in the second.
    null : float
        In [0, 1].

    Returns
    -------
    JointTests
        p-values in (0, 1]: of a joint rate above ``null``, above the product,
        and above and below what the margins give.

    Raises
    ------
    ValueError
        For counts out of range or a joint count that the margins exclude.
    """
    from scipy import stats

    k, n = check_counts(k, n)
    first_k = check_count(first_k, "first_k", maximum=n)
    second_k = check_count(second_k, "second_k", maximum=n)
    low, high = max(0, first_k + second_k - n), min(first_k, second_k)
    check_count(k, f"k with margins {first_k} and {second_k}", minimum=low, maximum=high)
    product = first_k * second_k / n**2
    link = stats.hypergeom(n, first_k, second_k)
    tails = stats.binom.sf(k - 1, n, [check_range(null, "null"), product])
    return JointTests(*map(float, (*tails, link.sf(k - 1), link.cdf(k))))
