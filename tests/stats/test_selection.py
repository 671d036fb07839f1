import math

import pytest
from scipy import stats

from smallprint.stats.selection import (
    expected_maximum,
    expected_optimism,
    simulate_best_of,
    simulate_search,
)

# Harter (1961, Biometrika 48, 151-165), expected largest normal order statistic.
HARTER = {2: 0.56419, 3: 0.84628, 5: 1.16296, 10: 1.53875, 20: 1.86748, 50: 2.24907, 100: 2.50759}


# The best of many -------------------------------------------------------------


@pytest.mark.parametrize(("m", "value"), HARTER.items())
def test_the_expected_maximum_is_tabulated(m, value):
    assert expected_maximum(m) == pytest.approx(value, abs=6e-6)


def test_the_expected_maximum_equals_scipys_order_statistic():
    largest = stats.order_statistic(stats.Normal(), r=7, n=7)
    assert expected_maximum(7) == pytest.approx(float(largest.mean()), abs=1e-6)
    assert expected_maximum(1) == pytest.approx(0, abs=1e-9)
    assert 4.8 < expected_maximum(10**6) < 4.9


@pytest.mark.parametrize(
    ("true_sd", "correlation"), [(0.0, 0.0), (0.01, 0.0), (0.0, 0.5), (0.02, 0.5)]
)
def test_the_optimism_formula_is_what_simulation_gives(true_sd, correlation):
    table = simulate_best_of((2, 9, 60), 1263, 0.6, true_sd, correlation, draws=1500)
    off = (table["optimism"] - table["expected"]) / table["standard_error"]
    assert off.abs().max() < 3.5
    assert (table["truth"] <= table["best"]).all()


def test_optimism_at_the_published_sizes():
    """Nine tries on 1263 items at the teacher's level: about two points, without any merit."""
    assert expected_optimism(9, 1263, 0.6) == pytest.approx(1.48501 * math.sqrt(0.24 / 1263), 1e-5)
    assert expected_optimism(1, 1263, 0.6) == pytest.approx(0, abs=1e-9)
    assert expected_optimism(9, 1263, 1.0) == 0
    sizes = [expected_optimism(20, n, 0.7, 0.01) for n in (100, 300, 1500)]
    assert sizes == sorted(sizes, reverse=True)


# Independent tries and search --------------------------------------------------


def test_independent_tries_follow_the_formula_and_search_goes_beyond():
    table = simulate_search((1, 10, 100, 400), 1263, 0.6, draws=150)
    alone = table.query("policy == 'independent'")
    off = (alone["score"] - alone["expected"]) / alone["standard_error"]
    assert off.abs().max() < 3.5
    score = table.pivot(index="tries", columns="policy", values="score")
    assert score["adaptive"].is_monotonic_increasing
    assert score.loc[400, "adaptive"] > score.loc[400, "independent"] + 0.05
    # Early on, small changes find less than fresh starts.
    assert score.loc[10, "adaptive"] < score.loc[10, "independent"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_maximum(0), "m must be a whole"),
        (lambda: expected_optimism(5, 0, 0.5), "n must be a whole"),
        (lambda: expected_optimism(5, 10, 1.5), "accuracy must lie in"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
