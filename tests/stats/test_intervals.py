import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.stats.intervals import (
    INTERVALS,
    clopper_pearson_interval,
    jeffreys_interval,
    wilson_interval,
)

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
methods = st.sampled_from(sorted(INTERVALS))

# Newcombe (1998), Statistics in Medicine 17, 857-872, table I.
NEWCOMBE = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]

# Wilson limits in percent that the re-analysis of Lynch et al. (2025) quotes.
QUOTED = [
    (96, 100, 90.2, 98.4),
    (80, 100, 71.1, 86.7),
    (37, 100, 28.2, 46.8),
    (12, 100, 7.0, 19.8),
    (1, 100, 0.2, 5.4),
    (0, 100, 0.0, 3.7),
    (59, 107, 45.7, 64.2),
    (21, 324, 4.3, 9.7),
]


@pytest.mark.parametrize(("k", "n", "wilson", "exact"), NEWCOMBE)
def test_published_examples(k, n, wilson, exact):
    assert wilson_interval(k, n)[:2] == pytest.approx(wilson, abs=5e-5)
    assert clopper_pearson_interval(k, n)[:2] == pytest.approx(exact, abs=5e-5)


@pytest.mark.parametrize(("k", "n", "low", "high"), QUOTED)
def test_quoted_wilson_limits(k, n, low, high):
    interval = wilson_interval(k, n)
    assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == (low, high)


def test_jeffreys_limits_are_quantiles_of_its_posterior():
    from scipy.special import betainc

    low, high, *_ = jeffreys_interval(12, 100, 0.9)
    assert betainc(12.5, 88.5, [low, high]) == pytest.approx([0.05, 0.95], abs=1e-9)


def test_jeffreys_reaches_the_edge_it_touches():
    assert jeffreys_interval(0, 10).low == 0.0
    assert jeffreys_interval(10, 10).high == 1.0


@given(counts, methods, st.floats(0.5, 0.999))
def test_the_interval_holds_the_estimate_within_0_and_1(counts, method, level):
    k, n = counts
    interval = INTERVALS[method](k, n, level)
    assert 0 <= interval.low <= k / n <= interval.high <= 1
    assert interval.low < interval.high
    assert (interval.level, interval.method) == (level, method)


@given(counts, methods)
def test_counting_negatives_mirrors_the_interval(counts, method):
    k, n = counts
    interval, mirror = INTERVALS[method](k, n), INTERVALS[method](n - k, n)
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx(interval[:2], abs=1e-9)


@given(counts, methods)
def test_one_more_positive_moves_both_limits_up(counts, method):
    k, n = counts
    lower, upper = INTERVALS[method](k, n + 1), INTERVALS[method](k + 1, n + 1)
    assert lower.low <= upper.low
    assert lower.high <= upper.high
    assert lower[:2] != upper[:2]


@given(counts, methods, st.floats(0.5, 0.9), st.floats(0.91, 0.999))
def test_a_higher_level_is_wider(counts, method, level, higher):
    narrow, wide = INTERVALS[method](*counts, level), INTERVALS[method](*counts, higher)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


@pytest.mark.parametrize("function", INTERVALS.values(), ids=list(INTERVALS))
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((101, 100), "k must be a whole number from 0 to 100; found 101"),
        ((0.5, 100), "k must be a whole number"),
        ((0, 0), "n must be a whole number at least 1; found 0"),
        ((1, 2, 95), "level must lie strictly between 0 and 1; found 95"),
    ],
)
def test_impossible_arguments_are_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)
