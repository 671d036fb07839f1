"""What many tries on one test set do to the best score."""

from math import sqrt

import numpy as np

from smallprint.stats.checks import check_count, check_range


def expected_maximum(m: int) -> float:
    """Expected largest of ``m`` independent standard normal values.

    ``integral of x m phi(x) Phi(x)^(m - 1) dx``: 0 for one, 0.56 for two, 1.16
    for five, 2.51 for a hundred. ValueError for m below 1.
    """
    from scipy.integrate import quad
    from scipy.special import log_ndtr

    m = check_count(m, "m", minimum=1)

    def weighted(x: float) -> float:
        return x * np.exp(np.log(m) - x * x / 2 + (m - 1) * log_ndtr(x)) / sqrt(2 * np.pi)

    return float(quad(weighted, -12, 12, points=(0, 2, 4, 6), limit=200)[0])


def expected_optimism(
    m: int, n: int, accuracy: float, true_sd: float = 0.0, correlation: float = 0.0
) -> float:
    """By how much the best of m scores exceeds the winner's true accuracy.

    Normal approximation: true accuracies with standard deviation s around
    ``accuracy``, scores with noise variance ``v = p (1 - p) (1 - correlation) / n``.
    A score regresses by ``v / (v + s^2)``, so the best of m is
    ``expected_maximum(m) v / sqrt(v + s^2)`` too good. What all methods share
    (``correlation`` of item outcomes) cannot select a winner; it moves all
    scores alike and is not in the number.

    Parameters
    ----------
    m, n : int
        Methods tried and test items.
    accuracy, true_sd, correlation : float
        In [0, 1].

    Raises
    ------
    ValueError
        For values out of range.
    """
    check_range(true_sd, "true_sd")
    check_range(correlation, "correlation")
    p = check_range(accuracy, "accuracy")
    noise = p * (1 - p) * (1 - correlation) / check_count(n, "n", minimum=1)
    total = noise + true_sd**2
    return expected_maximum(m) * noise / sqrt(total) if total > 0 else 0.0
