import math

import numpy as np
import pytest
from scipy import stats

from smallprint.stats.selection import expected_maximum, expected_optimism

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


def best_of(m, n, accuracy, true_sd, correlation, rng):
    """Optimism of the best of m methods, of which a share of items is luck that all have."""
    p = np.clip(rng.normal(accuracy, true_sd, m), 0, 1)
    shared = rng.binomial(n, correlation)
    luck = np.sort(rng.random(shared))
    scores = (np.searchsorted(luck, p) + rng.binomial(n - shared, p)) / n
    won = rng.choice(np.flatnonzero(scores == scores.max()))
    return scores[won] - p[won]


@pytest.mark.parametrize("m", [2, 9, 60])
@pytest.mark.parametrize(
    ("true_sd", "correlation"), [(0.0, 0.0), (0.01, 0.0), (0.0, 0.5), (0.02, 0.5)]
)
def test_the_optimism_formula_is_what_simulation_gives(m, true_sd, correlation):
    rng = np.random.default_rng(20260620)
    drawn = [best_of(m, 1263, 0.6, true_sd, correlation, rng) for _ in range(1500)]
    expected = expected_optimism(m, 1263, 0.6, true_sd, correlation)
    assert abs(np.mean(drawn) - expected) < 3.5 * stats.sem(drawn)


def test_optimism_at_the_published_sizes():
    """Nine tries on 1263 items at the teacher's level: about two points, without any merit."""
    assert expected_optimism(9, 1263, 0.6) == pytest.approx(1.48501 * math.sqrt(0.24 / 1263), 1e-5)
    assert expected_optimism(1, 1263, 0.6) == pytest.approx(0, abs=1e-9)
    assert expected_optimism(9, 1263, 1.0) == 0
    sizes = [expected_optimism(20, n, 0.7, 0.01) for n in (100, 300, 1500)]
    assert sizes == sorted(sizes, reverse=True)


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
