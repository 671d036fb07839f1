import math
from itertools import product

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar

from smallprint.stats.marginal_shift import (
    contrast,
    joint_bounds,
    joint_tests,
    mirror_bounds,
    paired_interval,
)


def tables(n):
    """All counts of both events, A alone, B alone and neither among n pairs."""
    return [row for row in product(range(n + 1), repeat=4) if sum(row) == n]


def test_bounds_hold_every_table_and_are_reached():
    n, reached = 6, {}
    for both, only_first, only_second, neither in tables(n):
        first, second = (both + only_first) / n, (both + only_second) / n
        low, high = joint_bounds(first, second)
        assert low - 1e-12 <= both / n <= high + 1e-12
        assert mirror_bounds(first, second, both / n).high == pytest.approx(neither / n)
        reached.setdefault((first, second), []).append(both / n)
    for margins, joints in reached.items():
        assert joint_bounds(*margins) == pytest.approx((min(joints), max(joints)))


def test_binary_outcomes_make_the_contrast_the_shift_of_a_margin():
    """Runs that end in A or B: mirror is known and joint - mirror is P(A|1) - P(A|2)."""
    rng = np.random.default_rng(20260620)
    first_a, second_a = rng.random(500) < 0.7, rng.random(500) < 0.4
    joint, mirror = np.mean(first_a & ~second_a), np.mean(~first_a & second_a)
    found = mirror_bounds(first_a.mean(), (~second_a).mean(), joint)
    assert found.high == pytest.approx(mirror)
    assert joint - mirror == pytest.approx(first_a.mean() - second_a.mean())


def test_a_run_that_ends_in_neither_leaves_the_mirror_below_its_bound():
    rng = np.random.default_rng(1)
    ends = rng.choice(["A", "B", "neither"], (2, 400), p=[0.5, 0.3, 0.2])
    joint = np.mean((ends[0] == "A") & (ends[1] == "B"))
    mirror = np.mean((ends[0] == "B") & (ends[1] == "A"))
    low, high = mirror_bounds(np.mean(ends[0] == "A"), np.mean(ends[1] == "B"), joint)
    assert low < mirror < high - 0.1


def test_tangos_interval_at_a_published_table():
    """Airway hyper-responsiveness, 1, 1, 7, 12: (-0.517, -0.026) in Fagerland et al. (2014)."""
    assert paired_interval(1, 7, 21)[:2] == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(("k", "mirror_k", "n"), [(42, 9, 99), (5, 0, 30), (0, 0, 12), (7, 7, 20)])
def test_the_limits_are_where_the_score_test_turns(k, mirror_k, n):
    """The likelihood under a difference d is maximised numerically, no formula used."""
    rest = n - k - mirror_k

    def statistic(d):
        def minus_log_likelihood(q):
            cells = [(k, q + d), (mirror_k, q), (rest, 1 - 2 * q - d)]
            return -sum(count * math.log(max(p, 1e-300)) for count, p in cells if count)

        low, high = max(0.0, -d), (1 - d) / 2
        q = optimize.minimize_scalar(
            minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
        ).x
        return ((k - mirror_k) / n - d) ** 2 / ((2 * q + d - d * d) / n)

    interval = paired_interval(k, mirror_k, n)
    for limit, outward in zip(interval[:2], (-1, 1), strict=True):
        critical = stats.chi2.isf(0.05, 1)
        assert statistic(limit + outward * 1e-3) > critical > statistic(limit - outward * 1e-3)


def test_zero_is_on_the_limit_exactly_where_mcnemar_is():
    for k, mirror_k in [(16, 6), (15, 6), (20, 9), (3, 3)]:
        p = mcnemar([[20, k], [mirror_k, 10]], exact=False, correction=False).pvalue
        low, high, *_ = paired_interval(k, mirror_k, 30 + k + mirror_k)
        assert (p < 0.05) == (not low <= 0 <= high)


def test_the_interval_at_its_edges_and_mirrored():
    assert paired_interval(9, 0, 9).high == 1
    square = stats.chi2.isf(0.05, 1)
    assert paired_interval(9, 0, 9).low == pytest.approx((9 - square) / (9 + square))
    assert paired_interval(0, 0, 9).high == pytest.approx(square / (9 + square))
    low, high, *_ = paired_interval(3, 8, 40)
    assert paired_interval(8, 3, 40)[:2] == pytest.approx((-high, -low))


def test_the_interval_covers():
    """Exact: every table of 40 pairs, weighed by its multinomial probability."""
    n, joint, mirror = 40, 0.42, 0.09
    held = 0.0
    for k in range(n + 1):
        for m in range(n + 1 - k):
            weight = stats.multinomial.pmf([k, m, n - k - m], n, [joint, mirror, 0.49])
            if weight > 1e-7:
                low, high, *_ = paired_interval(k, m, n)
                held += weight * (low <= joint - mirror <= high)
    assert held == pytest.approx(0.95, abs=0.012)


def test_a_bounded_mirror_widens_the_contrast():
    known, bounded = contrast(42, 99, 9, 9), contrast(42, 99, 0, 9)
    assert known.bounds == pytest.approx((33 / 99, 33 / 99))
    assert bounded.bounds == pytest.approx((33 / 99, 42 / 99))
    assert bounded.interval.low == known.interval.low < known.interval.high < bounded.interval.high
    theirs = mcnemar([[0, 42], [9, 0]], exact=True).pvalue
    assert known.p_value == bounded.p_value == pytest.approx(theirs)
    assert contrast(0, 10, 0, 0).p_value == 1


def test_the_least_favourable_mirror_may_lie_inside_its_bounds():
    assert contrast(3, 20, 0, 9).p_value == 1


def test_the_pairing_test_is_that_of_every_re_pairing():
    """All arrangements of seven pairs with three and four events, equally likely."""
    arrangements = list(product([0, 1], repeat=7))
    first = (1, 1, 1, 0, 0, 0, 0)
    joints = np.array(
        [np.dot(first, second) for second in arrangements if sum(second) == 4], dtype=int
    )
    found = joint_tests(2, 7, 3, 4)
    assert found.pairing_above == pytest.approx(np.mean(joints >= 2))
    assert found.pairing_below == pytest.approx(np.mean(joints <= 2))


def test_the_fixed_nulls_are_binomial_tests():
    found = joint_tests(38, 99, 50, 82)
    assert found.fixed == pytest.approx(stats.binomtest(38, 99, 0.25, "greater").pvalue)
    assert found.product == pytest.approx(
        stats.binomtest(38, 99, 50 * 82 / 99**2, "greater").pvalue
    )


def test_runs_blind_to_the_condition_never_beat_a_quarter():
    """Scenarios of any mix: the test against 25% keeps its level."""
    rng, draws = np.random.default_rng(20260620), 3000
    p = rng.choice([0.1, 0.5, 0.5, 0.9], (33, 1, 1))
    a, b = rng.random((2, 33, 3, draws)) < p
    k = (a & ~b).sum(axis=(0, 1))
    assert np.mean([k >= 36]) < 0.01


def test_a_shift_in_opposite_directions_also_beats_a_quarter():
    """Half the scenarios shift one way, half the other: no shift on average, 25% rejected."""
    k = mirror = 45
    assert joint_tests(k, 90, 45, 45).fixed < 1e-5
    assert contrast(k, 90, mirror, mirror).bounds == (0, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mirror_bounds(0.5, 0.5, 0.6), r"joint must lie in \[0, 0.5\] for margins"),
        (lambda: paired_interval(5, 6, 10), "mirror_k must be a whole number from 0 to 5"),
        (lambda: joint_tests(2, 10, 8, 8), "k with margins 8 and 8 must be"),
        (lambda: contrast(2, 10, 3, 2), "mirror_low must be"),
        (lambda: joint_bounds(1.2, 0.5), "first must lie in"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
