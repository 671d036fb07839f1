"""What the best of several methods is worth, allowing for its having been chosen."""

from collections.abc import Sequence
from math import inf, nan, sqrt
from typing import NamedTuple

import numpy as np

from smallprint.stats.checks import check_level
from smallprint.stats.intervals import Interval


class Selected(NamedTuple):
    """The best of several methods.

    ``winner`` is its row, ``score`` what it got on the reused test set,
    ``adjusted`` an estimate of its worth that allows for the choice, with an
    ``interval`` where the method gives one.
    """

    winner: int
    score: float
    adjusted: float
    interval: Interval | None


def _check_scores(scores: Sequence[Sequence[float]]) -> np.ndarray:
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(f"scores must be methods by at least 2 items; found {scores.shape}")
    return scores


def split_adjusted(
    scores: Sequence[Sequence[float]], splits: int = 200, seed: int = 20260620
) -> Selected:
    """Choose on one half of the items, score on the other; mean over random halves.

    Each half-split is unbiased for the method it chose, from half the items:
    the mean estimates what choosing on n / 2 items is worth, a little less
    than choosing on n. The splits share items, so their spread is no error.

    Parameters
    ----------
    scores : array, methods by items
    splits : int
        Random splits into halves.
    seed : int
    """
    scores, rng = _check_scores(scores), np.random.default_rng(seed)
    n = scores.shape[1]
    held = np.empty(splits)
    for split in range(splits):
        chosen = np.zeros(n, dtype=bool)
        chosen[rng.permutation(n)[: n // 2]] = True
        held[split] = scores[scores[:, chosen].mean(axis=1).argmax()][~chosen].mean()
    means = scores.mean(axis=1)
    return Selected(int(means.argmax()), float(means.max()), float(held.mean()), None)


def bootstrap_adjusted(
    scores: Sequence[Sequence[float]],
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 20260620,
) -> Selected:
    """Choose on resampled items, score on those left out.

    The bootstrap bias correction of Tsamardinos, Greasidou and Borboudakis
    (2018, Machine Learning 107, 1895-1922), on one test set: the mean of the
    left-out scores, and their percentiles as interval. The left-out items are
    about 0.37 n, so the interval is wide.

    Parameters
    ----------
    scores : array, methods by items
    level : float
        Nominal coverage in (0, 1).
    draws, seed : int
        Resamples and what seeds them.
    """
    scores, rng = _check_scores(scores), np.random.default_rng(seed)
    check_level(level)
    n = scores.shape[1]
    counts = rng.multinomial(n, np.full(n, 1 / n), size=draws)
    winners = (counts @ scores.T).argmax(axis=1)
    out = (counts == 0).astype(float)
    left = (out @ scores.T)[np.arange(draws), winners] / np.maximum(out.sum(axis=1), 1)
    left = left[out.any(axis=1)]
    low, high = np.quantile(left, [(1 - level) / 2, (1 + level) / 2])
    means = scores.mean(axis=1)
    interval = Interval(float(low), float(high), level, "bootstrap bias correction")
    return Selected(int(means.argmax()), float(means.max()), float(left.mean()), interval)


def winner_adjusted(
    scores: Sequence[float], covariance: Sequence[Sequence[float]], level: float = 0.95
) -> Selected:
    """Median-unbiased estimate and interval for the winner, given that it won.

    Given the part of the other scores that is independent of the winner's,
    winning means that its score lies between two limits, and its distribution
    is a normal cut at them (Andrews, Kitagawa and McCloskey 2023, Quarterly
    Journal of Economics 139, 305-358). The estimate is the mean under which
    the score seen is the median, the limits those under which it is in either
    tail. With a close second the interval becomes very long downwards; after a
    tie the score says nothing about the winner's worth: ``adjusted`` is NaN and
    the interval the whole line.

    Parameters
    ----------
    scores : sequence of float, length m
        Means, approximately normal.
    covariance : m x m array
        Of the means; for shared items the covariance of the item scores / n.
    level : float
        Nominal coverage in (0, 1), given who won.

    Raises
    ------
    ValueError
        For a covariance of another shape, or a winner without variance.
    """
    x, covariance = np.asarray(scores, dtype=float), np.asarray(covariance, dtype=float)
    if covariance.shape != (len(x), len(x)):
        raise ValueError(f"covariance must be {len(x)} x {len(x)}; found {covariance.shape}")
    check_level(level)
    won = int(x.argmax())
    variance = float(covariance[won, won])
    if variance <= 0:
        raise ValueError("covariance must give the winner a variance above 0; found 0")
    slopes = np.delete(covariance[won], won) / variance
    rests = np.delete(x, won) - slopes * x[won]
    # Winning is x[won] (1 - slope) >= rest for every other method.
    with np.errstate(divide="ignore", invalid="ignore"):
        cuts = rests / (1 - slopes)
    lower = float(np.max(cuts[slopes < 1 - 1e-12], initial=-inf))
    upper = float(np.min(cuts[slopes > 1 + 1e-12], initial=inf))
    if not lower < x[won] < upper:
        tied = Interval(-inf, inf, level, "conditional on winning (a tie)")
        return Selected(won, float(x[won]), nan, tied)
    tail = (1 - level) / 2
    found = [
        _mean_with_tail(x[won], sqrt(variance), lower, upper, q) for q in (tail, 0.5, 1 - tail)
    ]
    interval = Interval(found[0], found[2], level, "conditional on winning")
    return Selected(won, float(x[won]), found[1], interval)


def _mean_with_tail(x: float, sd: float, lower: float, upper: float, tail: float) -> float:
    """Mean of the cut normal under which a value above ``x`` has probability ``tail``."""
    from scipy.optimize import brentq
    from scipy.stats import truncnorm

    def excess(mean: float) -> float:
        return truncnorm.sf(x, (lower - mean) / sd, (upper - mean) / sd, mean, sd) - tail

    reach = sd
    for _ in range(12):
        low, high = x - reach, x + reach
        if excess(low) < 0 < excess(high):
            return float(brentq(excess, low, high, xtol=1e-10))
        reach *= 2
    return -inf if excess(x) > 0 else inf
