import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import power_proportions_2indep, power_ztost_prop
from statsmodels.stats.weightstats import DescrStatsW

from smallprint.stats.equivalence import (
    difference_sd,
    equivalence_test,
    power_by_size,
    readings_by_size,
)


def test_power_is_that_of_statsmodels_for_two_samples():
    p, q, n = 0.65, 0.6, 1500
    table = power_by_size((n,), difference_sd(p, q), p - q, 0.05).iloc[0]
    theirs = power_proportions_2indep(p - q, q, n, return_results=False)
    assert table["power"] == pytest.approx(theirs, abs=0.01)
    at = power_by_size((n,), difference_sd(p, q), table["detectable"], 0.05).iloc[0]
    assert at["power"] == pytest.approx(0.8, abs=1e-3)
    sd = difference_sd(p, q)
    needed = normal_sample_size_one_tail(0.05, 0.8, 0.025, sd, sd)
    assert power_by_size((round(needed),), sd, 0.05, 0.05)["power"].item() == pytest.approx(
        0.8, abs=1e-3
    )


def test_equivalence_power_is_that_of_statsmodels_for_one_sample():
    n, margin = 2000, 0.03
    table = power_by_size((n,), 0.5, 0.01, margin).iloc[0]
    theirs = power_ztost_prop(
        0.5 - margin,
        0.5 + margin,
        n,
        0.5,
        alpha=0.05,
        dist="norm",
        variance_prop=0.5,
        discrete=False,
    )
    assert table["equivalence_power"] == pytest.approx(float(theirs[0]), abs=1e-9)
    at = power_by_size((n,), 0.5, 0.01, table["smallest_margin"]).iloc[0]
    assert at["equivalence_power"] == pytest.approx(0.8, abs=1e-9)


def test_the_equivalence_test_is_statsmodels():
    y = np.random.default_rng(3).normal(0.02, 0.4, 300)
    p, *_ = DescrStatsW(y).ttost_mean(-0.07, 0.07)
    ours = equivalence_test(y.mean(), stats.sem(y), 0.07, df=299)
    assert ours.p_value == pytest.approx(p)
    assert ours.equivalent == (p < 0.05)
    assert ours.interval.level == pytest.approx(0.9)


@given(st.floats(-0.1, 0.1), st.floats(0.001, 0.1), st.floats(0.001, 0.1))
def test_equivalent_exactly_when_the_interval_lies_within(estimate, error, margin):
    found = equivalence_test(estimate, error, margin)
    inside = -margin < found.interval.low and found.interval.high < margin
    edge = abs(abs(estimate) + (found.interval.high - estimate) - margin)
    assert found.equivalent == inside or edge < 1e-12


def test_difference_sd_is_that_of_items():
    rng = np.random.default_rng(0)
    first, second = (rng.random((2, 200000)) < [[0.6], [0.7]]).astype(float)
    shared = rng.random(200000) < 0.4
    second[shared] = first[shared]
    rho = np.corrcoef(first, second)[0, 1]
    expected = np.std(first - second)
    assert difference_sd(first.mean(), second.mean(), rho) == pytest.approx(expected, rel=1e-3)


def test_half_a_point_reads_differently_at_each_size():
    """The production result: +0.5 points, n not given."""
    table = readings_by_size(0.005, (500, 5000, 200000), difference_sd(0.6, 0.605, 0.3), 0.02)
    assert table["reading"].tolist() == ["inconclusive", "equivalent", "different, but small"]
    large = readings_by_size(0.03, (100000,), 0.5, 0.02)
    assert large["reading"].tolist() == ["different"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: equivalence_test(0.0, 0.0, 0.1), "standard_error must be above 0"),
        (lambda: equivalence_test(0.0, 0.1, 0.1, level=0.3), "level must lie in"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
