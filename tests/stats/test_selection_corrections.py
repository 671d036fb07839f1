import math

import numpy as np
import pytest
from scipy import stats

from smallprint.stats.selection_corrections import (
    bootstrap_adjusted,
    split_adjusted,
    winner_adjusted,
)


def correlated_methods(rng, truths, n):
    common = rng.random(n) < 0.3
    luck = rng.random((len(truths), n))
    luck[:, common] = luck[0, common]
    return (luck < np.array(truths)[:, None]).astype(float)


@pytest.mark.parametrize("truths", [[0.6] * 12, np.linspace(0.56, 0.64, 12).tolist()])
def test_corrections_take_most_of_the_optimism_away(truths):
    rng, naive, split, resampled, truth = np.random.default_rng(20260620), [], [], [], []
    for draw in range(120):
        scores = correlated_methods(rng, truths, 400)
        one = split_adjusted(scores, splits=20, seed=draw)
        two = bootstrap_adjusted(scores, draws=100, seed=draw)
        assert one.winner == two.winner == scores.mean(axis=1).argmax()
        naive.append(one.score)
        split.append(one.adjusted)
        resampled.append(two.adjusted)
        truth.append(truths[one.winner])
    optimism = np.mean(naive) - np.mean(truth)
    assert optimism > 0.015
    for corrected in (split, resampled):
        assert abs(np.mean(corrected) - np.mean(truth)) < 0.4 * optimism


def test_the_bootstrap_interval_of_the_winner_covers():
    rng, held = np.random.default_rng(1), []
    for draw in range(120):
        found = bootstrap_adjusted(correlated_methods(rng, [0.6] * 8, 300), draws=150, seed=draw)
        held.append(found.interval.low <= 0.6 <= found.interval.high)
    assert np.mean(held) > 0.93


@pytest.mark.parametrize("means", [[0.0] * 5, [0.0, 0.5, 1.0, 1.5, 3.0]])
def test_the_conditional_interval_covers_given_the_winner(means):
    rng, covariance = np.random.default_rng(20260620), 0.6 * np.eye(5) + 0.4
    x = rng.multivariate_normal(means, covariance, size=200)
    found = [winner_adjusted(row, covariance, 0.9) for row in x]
    truth = np.array([means[one.winner] for one in found])
    low = np.array([one.interval.low for one in found])
    high = np.array([one.interval.high for one in found])
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.9, abs=0.06)
    # Median-unbiased, where the winner's score is not.
    assert np.mean([one.adjusted for one in found] > truth) == pytest.approx(0.5, abs=0.1)
    if means[0] == means[-1]:
        assert np.mean([one.score for one in found] > truth) > 0.8


def test_a_clear_winner_is_left_alone_and_a_tie_says_nothing():
    clear = winner_adjusted([0.9, 0.5], np.eye(2) * 1e-4)
    assert clear.adjusted == pytest.approx(0.9, abs=1e-6)
    assert clear.interval[:2] == pytest.approx((0.9 - 0.0196, 0.9 + 0.0196), abs=1e-4)
    tie = winner_adjusted([0.6, 0.6, 0.5], np.eye(3) * 1e-4)
    assert math.isnan(tie.adjusted)
    assert tie.interval[:2] == (-math.inf, math.inf)


def test_the_conditional_estimate_by_hand():
    """One rival at 0, known: the cut normal's median is the score seen."""
    x, covariance = [1.0, 0.0], np.diag([1.0, 1.0])
    mean = winner_adjusted(x, covariance).adjusted
    assert stats.norm.sf(1 - mean) / stats.norm.sf(-mean) == pytest.approx(0.5, abs=1e-6)
    # Correlated by one half, the rival is 0.5 x + 0.3 with its seen rest of 0.3: x > 0.6 wins.
    mean = winner_adjusted([1.0, 0.8], [[1.0, 0.5], [0.5, 1.0]]).adjusted
    assert stats.norm.sf(1 - mean) / stats.norm.sf(0.6 - mean) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: split_adjusted([0.5, 0.6]), "methods by at least 2 items"),
        (lambda: winner_adjusted([0.5, 0.6], [[1.0]]), "covariance must be 2 x 2"),
        (lambda: winner_adjusted([0.5, 0.6], np.zeros((2, 2))), "variance above 0"),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
