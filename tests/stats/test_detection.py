import itertools

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from smallprint.stats import detection


def drawn(seed, levels):
    """Scores with ties where there are few levels."""
    rng = np.random.default_rng(seed)
    positive = np.zeros(40, bool)
    positive[: rng.integers(1, 39)] = True
    return rng.integers(levels, size=40) + 0.3 * positive * rng.random(), rng.permutation(positive)


@pytest.mark.parametrize("levels", [2, 5, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_the_share_of_pairs_in_the_right_order(seed, levels):
    scores, positive = drawn(seed, levels)
    pairs = list(itertools.product(scores[positive], scores[~positive]))
    by_hand = np.mean([(a > b) + 0.5 * (a == b) for a, b in pairs])
    u = mannwhitneyu(scores[positive], scores[~positive]).statistic
    assert detection.roc_area(scores, positive) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(u / len(pairs))


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_precision_and_recall_are_counts_at_each_threshold(levels):
    scores, positive = drawn(7, levels)
    precision, recall = detection.precision_and_recall(scores, positive)
    cuts = sorted(set(scores), reverse=True)
    assert precision == pytest.approx([positive[scores >= cut].mean() for cut in cuts])
    assert recall == pytest.approx([positive[scores >= cut].sum() / positive.sum() for cut in cuts])
    steps = np.diff([0, *recall])
    assert detection.average_precision(scores, positive) == pytest.approx((precision * steps).sum())


def test_a_worked_ranking():
    # Found at ranks 1, 3 and 6: precisions 1, 2/3 and 1/2.
    positive = np.array([1, 0, 1, 0, 0, 1], bool)
    scores = np.arange(6, 0, -1.0)
    assert detection.average_precision(scores, positive) == pytest.approx((1 + 2 / 3 + 1 / 2) / 3)
    found = detection.precision_at_recall(scores, positive, np.array([0.1, 1 / 3, 0.5, 1.0]))
    assert found == pytest.approx([1, 1, 2 / 3, 1 / 2])


def test_interpolation_takes_the_best_precision_further_on():
    positive = np.array([0, 1, 1, 1, 0], bool)
    found = detection.precision_at_recall(np.arange(5, 0, -1.0), positive, np.array([0.3, 1.0]))
    assert found == pytest.approx([3 / 4, 3 / 4])


def test_a_score_that_says_nothing_has_the_share_of_positives():
    positive = np.arange(20) < 5
    assert detection.average_precision(np.zeros(20), positive) == pytest.approx(0.25)
    assert detection.roc_area(np.zeros(20), positive) == 0.5
    rng = np.random.default_rng(0)
    areas = [detection.roc_area(rng.random(200), np.arange(200) < 50) for _ in range(400)]
    assert np.mean(areas) == pytest.approx(0.5, abs=0.01)
