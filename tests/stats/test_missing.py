from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.stats.intervals import wilson_interval
from smallprint.stats.missing import missing_bounds


@pytest.mark.parametrize(("k", "n", "missing"), [(0, 3, 4), (2, 5, 3), (4, 4, 1), (1, 2, 0)])
def test_bounds_equal_brute_force_over_all_completions(k, n, missing):
    known = [1] * k + [0] * (n - k)
    rates = [sum(known + list(rest)) / (n + missing) for rest in product([0, 1], repeat=missing)]
    bounds = missing_bounds(k, n, missing)
    assert bounds[:2] == pytest.approx((min(rates), max(rates)))


def test_the_belief_split_with_its_abstainers():
    bounds = missing_bounds(59 + 21, 107 + 324, 69)
    assert (bounds.low, bounds.high) == (0.16, 0.298)
    assert bounds.interval[:2] == pytest.approx(
        (wilson_interval(80, 500).low, wilson_interval(149, 500).high)
    )


def test_the_limits_are_scipys_of_both_readings():
    from scipy.stats import binomtest

    for k, n, missing in ((0, 12, 3), (9, 12, 3), (80, 431, 69), (12, 12, 5)):
        low, high = (binomtest(one, n + missing) for one in (k, k + missing))
        expected = (
            low.proportion_ci(method="wilson").low,
            high.proportion_ci(method="wilson").high,
        )
        assert missing_bounds(k, n, missing).interval[:2] == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_more_missing_never_narrows(k, negatives, missing):
    n = k + negatives + 1
    fewer, more = missing_bounds(k, n, missing), missing_bounds(k, n, missing + 1)
    assert more.low <= fewer.low <= k / n <= fewer.high <= more.high
    assert fewer.interval.low <= fewer.low
    assert fewer.high <= fewer.interval.high


def test_nothing_missing_is_plain_wilson():
    bounds = missing_bounds(37, 100, 0)
    assert bounds.low == bounds.high == 0.37
    assert bounds.interval[:2] == wilson_interval(37, 100)[:2]


def test_a_negative_number_missing_is_refused():
    with pytest.raises(ValueError, match="missing must be a whole number at least 0; found -1"):
        missing_bounds(1, 2, -1)
