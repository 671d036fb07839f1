import numpy as np
import pytest
from three_models import draw_items

from smallprint.stats.accuracies import (
    accuracies_from_items,
    accuracies_from_rates,
    accuracies_from_seeds,
    possible_correlations,
)


def test_counts_with_the_true_correlation_give_what_items_give():
    scores = draw_items(np.random.default_rng(1), 1263, (0.53, 0.60, 0.73))
    pairs = [np.corrcoef(scores)[i, j] for i, j in ((0, 1), (0, 2), (1, 2))]
    items = accuracies_from_items(*scores)
    rates = accuracies_from_rates(*scores.mean(axis=1), 1263, pairs)
    assert rates.covariance == pytest.approx(items.covariance)
    unpaired = accuracies_from_items(*scores, paired=False)
    assert unpaired.covariance == pytest.approx(np.diag(np.diag(items.covariance)))
    alone = accuracies_from_rates(*scores.mean(axis=1), (1263, 1263, 1263))
    assert alone.covariance == pytest.approx(unpaired.covariance)


def test_impossible_correlations_are_refused():
    low, high = possible_correlations(0.5, 0.9)
    assert high == pytest.approx(1 / 3)
    assert low == pytest.approx(-1 / 3)
    assert possible_correlations(0.0, 0.5) == (0.0, 0.0)
    with pytest.raises(ValueError, match="correlation of weak and ceiling must lie in"):
        accuracies_from_rates(0.5, 0.6, 0.9, 100, 0.5)
    with pytest.raises(ValueError, match="possible for three models"):
        accuracies_from_rates(0.5, 0.5, 0.5, 100, (0.9, 0.9, -0.9))
    with pytest.raises(ValueError, match="different sets of items"):
        accuracies_from_rates(0.5, 0.6, 0.7, (100, 200, 100), 0.1)


def test_seeds_and_items_both_count():
    """Known variances of both: the estimate of their sum is unbiased."""
    rng, n, m, draws = np.random.default_rng(20260620), 60, 5, 400
    covariances, students = [], []
    for _ in range(draws):
        difficulty = rng.normal(0, 0.15, n)
        luck = rng.normal(0, 0.05, (m, 1))
        student = (rng.random((m, n)) < 0.6 + difficulty + luck).astype(float)
        weak, ceiling = (rng.random((2, n)) < np.array([[0.5], [0.8]])).astype(float)
        found = accuracies_from_items(weak, student, ceiling)
        covariances.append(found.covariance[1, 1])
        students.append(found.student)
    assert np.mean(covariances) == pytest.approx(np.var(students), rel=0.15)
    assert found.design == "paired items; training seeds of: student"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracies_from_items([1, 2], [0, 1], [0, 1]), "weak must hold scores in"),
        (lambda: accuracies_from_items([1], [0], [0]), "items of weak must be a whole"),
        (lambda: accuracies_from_items([0, 1], [0, 1, 1], [0, 1]), "equally long"),
        (lambda: accuracies_from_rates(0.5, 1.2, 0.7, 100), "student must lie in"),
        (lambda: accuracies_from_rates(0.5, 0.6, 0.7, 1), "n must be a whole"),
        (lambda: accuracies_from_seeds([0.5], [0.6, 0.6], 0.7), "seeds of weak must be"),
        (lambda: accuracies_from_seeds(0.5, 0.6, 0.7), "must not all be known"),
        (
            lambda: accuracies_from_seeds([0.5, 0.5], [0.6, 0.6], 0.7, paired=True),
            "equally long",
        ),
    ],
)
def test_impossible_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
