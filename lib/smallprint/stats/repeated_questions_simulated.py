"""Simulated studies of runs by questions: bootstrap without item results, and power.

A latent normal score decides each answer. Its variance is 1: a share is the
question's (the same in both conditions), a share the run's (its own in each
condition), the rest the answer's. The accuracy of each condition is exact,
whatever the shares; the shares are assumptions, so show several.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from smallprint.stats.checks import check_count, check_level, check_range
from smallprint.stats.intervals import Interval

BATCH = 250


def simulated_scores(
    rng: np.random.Generator,
    accuracies: tuple[float, float],
    shape: tuple[int, int, int],
    question_share: float,
    run_share: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of both conditions in simulated studies.

    Parameters
    ----------
    accuracies : (float, float)
        Of the two conditions, over all questions and runs, in [0, 1].
    shape : (studies, runs, questions)
    question_share, run_share : float
        Of the latent variance, at least 0 and together at most 1.

    Returns
    -------
    two arrays of ``shape``
        Scores 0 and 1.

    Raises
    ------
    ValueError
        For values out of range.
    """
    from scipy.special import ndtri

    studies, runs, questions = (check_count(one, "shape", minimum=1) for one in shape)
    check_range(question_share, "question_share")
    check_range(run_share, "run_share", high=1 - question_share)
    thresholds = [float(ndtri(check_range(one, "accuracies"))) for one in accuracies]
    rest = np.sqrt(1 - question_share - run_share)
    shared = np.sqrt(question_share) * rng.standard_normal((studies, 1, questions))
    arms = []
    for threshold in thresholds:
        latent = rest * rng.standard_normal((studies, runs, questions)) + shared
        latent += np.sqrt(run_share) * rng.standard_normal((studies, runs, 1))
        arms.append((latent < threshold).astype(float))
    return arms[0], arms[1]


def _batches(
    accuracies: tuple[float, float],
    runs: int,
    questions: int,
    shares: tuple[float, float],
    draws: int,
    seed: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    for start in range(0, check_count(draws, "draws", minimum=1), BATCH):
        shape = (min(BATCH, draws - start), runs, questions)
        yield simulated_scores(rng, accuracies, shape, *shares)


class Bootstrap(NamedTuple):
    """Bootstrap of a difference: its ``standard_error``, percentile ``interval``
    and one-sided ``p_greater`` in (0, 1], the share of draws at or below 0."""

    standard_error: float
    interval: Interval
    p_greater: float


def parametric_bootstrap(
    first: float,
    second: float,
    runs: int,
    questions: int,
    question_share: float = 0.0,
    run_share: float = 0.0,
    draws: int = 4000,
    seed: int = 0,
    level: float = 0.95,
) -> Bootstrap:
    """Bootstrap of first minus second accuracy when no item results are published.

    Draws whole studies from the printed accuracies under the model of this
    module (parametric bootstrap: Efron and Tibshirani 1993, section 6.5). The
    questions of a draw are the same in both conditions. With both shares 0 all
    answers are independent.

    Parameters
    ----------
    first, second : float
        Accuracies in [0, 1].
    runs, questions : int
        Of each condition.
    question_share, run_share : float
        Of the latent variance, at least 0 and together at most 1.
    draws, seed : int
        The p-value is at least ``1 / (draws + 1)``.
    level : float
        Nominal coverage in (0, 1).

    Raises
    ------
    ValueError
        For values out of range.
    """
    check_level(level)
    shares = (question_share, run_share)
    differences = np.concatenate(
        [
            one.mean(axis=(1, 2)) - other.mean(axis=(1, 2))
            for one, other in _batches((first, second), runs, questions, shares, draws, seed)
        ]
    )
    tail = (1 - level) / 2
    low, high = map(float, np.quantile(differences, [tail, 1 - tail]))
    p = float((1 + np.count_nonzero(differences <= 1e-12)) / (draws + 1))
    interval = Interval(low, high, level, "parametric bootstrap, percentile")
    return Bootstrap(float(differences.std(ddof=1)), interval, p)
