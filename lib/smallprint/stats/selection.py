"""What many tries on one test set do to the best score.

The winner's expected optimism, and search against independent tries. What
corrects a winner's score is in `selection_corrections`.
"""

from collections.abc import Iterable, Sequence
from math import sqrt

import numpy as np
import pandas as pd

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


def simulate_best_of(
    tries: Iterable[int],
    n: int,
    accuracy: float = 0.6,
    true_sd: float = 0.0,
    correlation: float = 0.0,
    draws: int = 500,
    seed: int = 20260620,
) -> pd.DataFrame:
    """Simulate choosing the best of m methods on one test set.

    Every item is, with probability ``correlation``, one on which all methods
    share their luck (the weaker is right only where the stronger is), else
    they err independently; equal methods then have that correlation.

    Returns
    -------
    DataFrame
        One row a number of tries: ``tries``, ``n``; means over ``draws`` of the
        winner's ``score``, its ``truth``, ``optimism`` (score minus truth) with
        ``standard_error``, the truth of the ``best`` method there was; and
        ``expected``, the optimism of `expected_optimism`.
    """
    rng, rows = np.random.default_rng(seed), []
    for m in tries:
        score, truth, best = np.empty((3, draws))
        for draw in range(draws):
            p = np.clip(rng.normal(accuracy, true_sd, m), 0, 1)
            shared = rng.binomial(n, correlation)
            luck = np.sort(rng.random(shared))
            scores = (np.searchsorted(luck, p) + rng.binomial(n - shared, p)) / n
            won = rng.choice(np.flatnonzero(scores == scores.max()))
            score[draw], truth[draw], best[draw] = scores[won], p[won], p.max()
        optimism = score - truth
        rows.append(
            {
                "tries": m,
                "n": n,
                "score": score.mean(),
                "truth": truth.mean(),
                "optimism": optimism.mean(),
                "standard_error": optimism.std(ddof=1) / sqrt(draws),
                "best": best.mean(),
                "expected": expected_optimism(m, n, accuracy, true_sd, correlation),
            }
        )
    return pd.DataFrame(rows)


def simulate_search(
    tries: Sequence[int],
    n: int,
    accuracy: float = 0.6,
    redraw: float = 0.02,
    draws: int = 100,
    seed: int = 20260620,
) -> pd.DataFrame:
    """The best score of independent tries and of a search, where nothing is learned.

    An independent try is right on each item with probability ``accuracy``. The
    search redraws a share ``redraw`` of its current answers in the same way
    and keeps the change if the score rises. On fresh items each has
    ``accuracy``: all progress is optimism.

    Returns
    -------
    DataFrame
        One row a policy ("independent" or "adaptive") and number in ``tries``:
        ``policy``, ``tries``, ``score`` (mean over ``draws`` of the best so
        far), ``standard_error``, ``truth``, ``expected`` (for independent
        tries, ``accuracy + expected_maximum(m) sqrt(p (1 - p) / n)``; NaN for
        the search).
    """
    rng, rows = np.random.default_rng(seed), []
    tries = sorted(check_count(m, "tries", minimum=1) for m in tries)
    independent = np.maximum.accumulate(rng.binomial(n, accuracy, (draws, tries[-1])), axis=1)
    current = rng.random((draws, n)) < accuracy
    adaptive = np.empty((draws, tries[-1]))
    adaptive[:, 0] = current.sum(axis=1)
    for step in range(1, tries[-1]):
        fresh = rng.random((draws, n)) < accuracy
        proposal = np.where(rng.random((draws, n)) < redraw, fresh, current)
        better = proposal.sum(axis=1) > adaptive[:, step - 1]
        current[better] = proposal[better]
        adaptive[:, step] = current.sum(axis=1)
    deviation = sqrt(accuracy * (1 - accuracy) / n)
    for policy, best in (("independent", independent), ("adaptive", adaptive)):
        for m in tries:
            scores = best[:, m - 1] / n
            error = scores.std(ddof=1) / sqrt(draws)
            expected = accuracy + expected_maximum(m) * deviation
            expected = expected if policy == "independent" else np.nan
            rows.append((policy, m, scores.mean(), error, accuracy, expected))
    columns = ["policy", "tries", "score", "standard_error", "truth", "expected"]
    return pd.DataFrame(rows, columns=columns)
