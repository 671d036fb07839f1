"""Accuracies of a weak teacher, its student and a ceiling, with their covariance.

From scores of items, from rates alone, or from results of training seeds: what
the sample is decides which errors are counted. `recovered_gap` uses them.
"""

from collections.abc import Sequence
from math import inf, sqrt
from typing import NamedTuple

import numpy as np

from smallprint.stats.checks import check_count, check_range, check_same_length

MODELS = ("weak", "student", "ceiling")
PAIRS = ((0, 1), (0, 2), (1, 2))


class Part(NamedTuple):
    """One source of error: a 3 x 3 ``covariance`` of (weak, student, ceiling)
    and the degrees of freedom ``df`` it was estimated with."""

    covariance: np.ndarray
    df: float


class Accuracies(NamedTuple):
    """Three accuracies in [0, 1] and where their errors come from.

    ``parts`` are independent sources and add up; ``design`` says in words what
    they are, and so what the interval leaves out.
    """

    weak: float
    student: float
    ceiling: float
    parts: tuple[Part, ...]
    design: str

    @property
    def values(self) -> np.ndarray:
        """The accuracies in the order weak, student, ceiling."""
        return np.array([self.weak, self.student, self.ceiling])

    @property
    def covariance(self) -> np.ndarray:
        """The 3 x 3 covariance of the accuracies, all sources together."""
        return np.sum([part.covariance for part in self.parts], axis=0)

    def df(self, contrast: np.ndarray) -> float:
        """Degrees of freedom of a contrast's variance (Satterthwaite 1946).

        ``(sum v)^2 / sum(v^2 / df)`` over the sources' variances v of it.
        """
        variances = [float(contrast @ part.covariance @ contrast) for part in self.parts]
        below = sum(v**2 / part.df for v, part in zip(variances, self.parts, strict=True))
        return sum(variances) ** 2 / below if below > 0 else inf


# Where the accuracies and their errors come from -----------------------------


def _single(model: int, variance: float, df: float) -> Part:
    covariance = np.zeros((3, 3))
    covariance[model, model] = variance
    return Part(covariance, df)


def accuracies_from_items(
    weak: Sequence, student: Sequence, ceiling: Sequence, paired: bool = True
) -> Accuracies:
    """Accuracies and covariances from item-level scores.

    Parameters
    ----------
    weak, student, ceiling : array of shape (items,) or (seeds, items)
        Scores in [0, 1], correct as 1. With two or more seeds of a model the
        luck of training counts too: for seed means with variance v over m
        seeds and interaction mean square e, it adds ``v / m - e / (m n)``, or 0
        if negative, to the variance over n items (two-way random effects).
        With one seed the result holds for those very models only.
    paired : bool
        Whether all were scored on the same items in the same order. Items then
        shared are correlated, and the covariance is that of the items' scores.

    Raises
    ------
    ValueError
        For scores outside [0, 1], fewer than 2 items, or paired scores of
        unequal length.
    """
    scores = [np.atleast_2d(np.asarray(one, dtype=float)) for one in (weak, student, ceiling)]
    for name, one in zip(MODELS, scores, strict=True):
        if not ((one >= 0) & (one <= 1)).all():
            raise ValueError(f"{name} must hold scores in [0, 1]; found others")
        check_count(one.shape[1], f"items of {name}", minimum=2)
    means = [one.mean(axis=0) for one in scores]
    if paired:
        check_same_length(**dict(zip(MODELS, map(list, means), strict=True)))
        n = len(means[0])
        parts = [Part(np.cov(means) / n, n - 1)]
    else:
        parts = [
            _single(model, float(mean.var(ddof=1)) / len(mean), len(mean) - 1)
            for model, mean in enumerate(means)
        ]
    seeded = [model for model in range(3) if len(scores[model]) > 1]
    parts += [_training_part(model, scores[model]) for model in seeded]
    luck = ", ".join(MODELS[model] for model in seeded) or "none"
    design = f"{'paired' if paired else 'unpaired'} items; training seeds of: {luck}"
    return Accuracies(*(float(one.mean()) for one in scores), tuple(parts), design)


def _training_part(model: int, scores: np.ndarray) -> Part:
    m, n = scores.shape
    by_seed = scores.mean(axis=1)
    residuals = scores - by_seed[:, None] - scores.mean(axis=0) + scores.mean()
    interaction = float((residuals**2).sum()) / ((m - 1) * (n - 1))
    variance = float(by_seed.var(ddof=1)) / m - interaction / (m * n)
    return _single(model, max(0.0, variance), m - 1)


def accuracies_from_rates(
    weak: float,
    student: float,
    ceiling: float,
    n: int | Sequence[int],
    correlation: float | Sequence[float] = 0.0,
) -> Accuracies:
    """Accuracies when only rates and numbers of items are known.

    Variances are ``p (1 - p) / (n - 1)``, what item-level outcomes would give;
    a rate of exactly 0 or 1 thus counts as known without error.

    Parameters
    ----------
    weak, student, ceiling : float
        In [0, 1].
    n : int or three ints
        Items: one number if all models were scored on the same ones.
    correlation : float or three floats
        Assumed correlation between the item outcomes of weak and student, weak
        and ceiling, student and ceiling. 0 is unpaired. Show several.

    Raises
    ------
    ValueError
        For rates out of range, correlations that no outcomes with these rates
        can have, or correlations between different sets of items.
    """
    rates = zip(MODELS, (weak, student, ceiling), strict=True)
    p = np.array([check_range(rate, name) for name, rate in rates])
    sizes = np.array([check_count(one, "n", minimum=2) for one in np.broadcast_to(n, 3)])
    rho = np.broadcast_to(np.asarray(correlation, dtype=float), 3)
    if rho.any() and len(set(sizes)) > 1:
        raise ValueError(f"correlation must be 0 for different sets of items; found {correlation}")
    deviation = np.sqrt(p * (1 - p) / (sizes - 1))
    if not rho.any():
        parts = tuple(_single(m, float(deviation[m]) ** 2, sizes[m] - 1) for m in range(3))
        return Accuracies(*map(float, p), parts, "unpaired items; training seeds of: none")
    for (i, j), value in zip(PAIRS, rho, strict=True):
        low, high = possible_correlations(p[i], p[j])
        check_range(value, f"correlation of {MODELS[i]} and {MODELS[j]}", low, high)
    matrix = np.eye(3)
    for (i, j), value in zip(PAIRS, rho, strict=True):
        matrix[i, j] = matrix[j, i] = value
    if np.linalg.eigvalsh(matrix)[0] < -1e-12:
        raise ValueError(f"correlation must be possible for three models; found {correlation}")
    covariance = matrix * np.outer(deviation, deviation)
    design = "paired items, correlation assumed; training seeds of: none"
    return Accuracies(*map(float, p), (Part(covariance, sizes[0] - 1),), design)


def possible_correlations(p: float, q: float) -> tuple[float, float]:
    """Smallest and largest correlation of two yes/no outcomes with rates p and q.

    From the bounds of Frechet on their joint probability,
    ``max(0, p + q - 1) <= P(both) <= min(p, q)``; (0, 0) if one never varies.
    """
    spread = sqrt(p * (1 - p) * q * (1 - q))
    if spread == 0:
        return 0.0, 0.0
    return (max(0.0, p + q - 1) - p * q) / spread, (min(p, q) - p * q) / spread


def accuracies_from_seeds(
    weak: float | Sequence[float],
    student: float | Sequence[float],
    ceiling: float | Sequence[float],
    paired: bool = False,
    items: int | None = None,
    correlation: float | Sequence[float] = 0.0,
) -> Accuracies:
    """Accuracies from one result a training seed: seeds are the sample.

    Parameters
    ----------
    weak, student, ceiling : sequence of float, or float
        One accuracy a seed, in [0, 1]; a single number is taken as known
        without error, as when a benchmark fixes it.
    paired : bool
        Whether the i-th results of all three belong together (one pipeline).
        Else the three are independent samples.
    items : int, optional
        Items of the shared test set. Seeds say nothing about them; with a
        number the binomial variance of the mean accuracies is added, with
        ``correlation`` as in `accuracies_from_rates`. It is an upper bound,
        since what differs between seeds is partly counted twice.

    Raises
    ------
    ValueError
        For accuracies out of range, a sequence of fewer than 2, or paired
        results of unequal length.
    """
    results = [np.atleast_1d(np.asarray(one, dtype=float)) for one in (weak, student, ceiling)]
    for name, given, one in zip(MODELS, (weak, student, ceiling), results, strict=True):
        check_count(len(one), f"seeds of {name}", minimum=1 if np.ndim(given) == 0 else 2)
        for value in one:
            check_range(value, name)
    means = [float(one.mean()) for one in results]
    if paired:
        check_same_length(**dict(zip(MODELS, map(list, results), strict=True)))
        m = check_count(len(results[0]), "paired seeds", minimum=2)
        parts = [Part(np.cov(results) / m, m - 1)]
    else:
        parts = [
            _single(model, float(one.var(ddof=1)) / len(one), len(one) - 1)
            for model, one in enumerate(results)
            if len(one) > 1
        ]
    design = f"{'paired' if paired else 'unpaired'} seeds"
    if items is not None:
        parts += accuracies_from_rates(*means, items, correlation).parts
        design += f" and {items} items"
    if not parts:
        raise ValueError("weak, student and ceiling must not all be known without error")
    return Accuracies(*means, tuple(parts), design)
