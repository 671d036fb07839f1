"""Cells of the coverage table for a ratio: Fieller's set and the bootstrap of the PGR.

Where nobody unlearns what the teacher knows, an item changes the two differences in one of four
ways: student and ceiling both gain it, one of them, or neither. So all outcomes of n items are
three counts, and a bootstrap sample is another such outcome with a known probability.
"""

from collections.abc import Iterator

import numpy as np
from scipy import special, stats

from smallprint.stats.accuracies import accuracies_from_items
from smallprint.stats.coverage_cells import Cell
from smallprint.stats.coverage_reference import LEVEL
from smallprint.stats.intervals import Interval
from smallprint.stats.ratios import FiellerSet
from smallprint.stats.recovered_gap import bootstrap_gap_recovered, performance_gap_recovered

# What an item gains the student and the ceiling, and how likely each of the four is.
GAINS = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
FIELLER = (
    ("wide gap", (0.25, 0.05, 0.25), 60),
    ("narrow gap", (0.05, 0.05, 0.1), 60),
    ("next to no gap", (0.01, 0.1, 0.11), 60),
    ("gap on few items", (0.4, 0.05, 0.45), 16),
)
BOOTSTRAP = (("gap on few items", (0.4, 0.05, 0.45), 16),)
RESAMPLES = 1000


def _outcomes(n: int) -> np.ndarray:
    """All counts of the four kinds in n items."""
    a, b, c = (one.ravel() for one in np.indices((n + 1, n + 1, n + 1)))
    kept = a + b + c <= n
    return np.stack([a, b, c, n - a - b - c], axis=1)[kept]


def _items(counts: tuple[int, ...]) -> list[np.ndarray]:
    student, ceiling = np.repeat(GAINS, counts, axis=0).T
    return [np.zeros(len(student)), student, ceiling]


def _fieller(*counts: int) -> FiellerSet:
    return performance_gap_recovered(accuracies_from_items(*_items(counts)), level=LEVEL).fieller


def _cell(method: str, name: str, p, n: int, ours, holds: np.ndarray, resampled: bool) -> Cell:
    outcomes, rates = _outcomes(n), np.array([*p, 1 - sum(p)])
    known = dict(zip(map(tuple, outcomes.tolist()), holds.tolist(), strict=True))
    truth = (p[0] + p[1]) / (p[0] + p[2])
    weight = stats.multinomial.pmf(outcomes, n, rates)
    return Cell(
        method,
        f"{truth:.2f} ({name} of {p[0] + p[2]:g})",
        n,
        truth,
        lambda rng, draws: rng.multinomial(n, rates, draws),
        ours,
        known.__getitem__,
        float(weight[holds].sum()),
        resampled,
    )


def fieller_cells() -> Iterator[Cell]:
    """The whole set: it holds the ratio where a paired t-test of that ratio does not reject."""
    for name, p, n in FIELLER:
        outcomes, truth = _outcomes(n), (p[0] + p[1]) / (p[0] + p[2])
        residual = GAINS[:, 0] - truth * GAINS[:, 1]
        mean = outcomes @ residual / n
        variance = (outcomes @ residual**2 - n * mean**2) / (n - 1)
        limit = stats.t.isf((1 - LEVEL) / 2, n - 1) * np.sqrt(variance.clip(0) / n)
        # Where no item tells the ceiling from the teacher, no ratio is excluded.
        none = outcomes[:, [0, 2]].sum(axis=1) == 0
        yield _cell("Fieller", name, p, n, _fieller, none | (np.abs(mean) <= limit + 1e-12), False)


def _bootstrap(kind: str):
    def ours(*counts: int) -> Interval | None:
        return bootstrap_gap_recovered(
            *_items(counts), kind=kind, level=LEVEL, draws=RESAMPLES
        ).interval

    return ours


def _exact_bootstrap(n: int, kind: str) -> np.ndarray:
    """Limits of the bootstrap of every outcome, from all its resamples and their probabilities.

    NaN where there is none: no gap that a t-test finds, or nothing that varies.
    """
    outcomes = _outcomes(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (outcomes @ GAINS[:, 0]) / (outcomes @ GAINS[:, 1])
    ways = special.gammaln(n + 1) - special.gammaln(outcomes + 1).sum(axis=1)
    order, limits = np.argsort(ratios), np.full((len(outcomes), 2), np.nan)
    for at, counts in enumerate(outcomes):
        gap = _items(tuple(counts))[2]
        if not gap.mean() > stats.t.isf((1 - LEVEL) / 2, n - 1) * stats.sem(gap):
            continue
        chances = np.exp(ways + special.xlogy(outcomes, counts / n).sum(axis=1))
        levels = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        if kind == "BCa":
            below, same = (float(chances[one].sum()) for one in _sides(ratios, ratios[at]))
            levels = _corrected_levels(levels, below + same / 2, counts)
        if not np.isnan(levels).any():
            reached = np.searchsorted(np.cumsum(chances[order]), levels - 1e-12)
            limits[at] = ratios[order][reached.clip(max=len(order) - 1)]
    return limits


def _sides(ratios: np.ndarray, value: float) -> tuple[np.ndarray, np.ndarray]:
    same = np.isclose(ratios, value)
    return (ratios < value) & ~same, same


def _corrected_levels(levels: np.ndarray, share: float, counts: np.ndarray) -> np.ndarray:
    """Levels of Efron's (1987) BCa, with the acceleration from leaving out each item."""
    left = np.array([counts - np.eye(4, dtype=int)[kind] for kind in range(4)])
    kept = counts > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = ((left @ GAINS[:, 0]) / (left @ GAINS[:, 1]))[kept]
        away = np.average(ratios, weights=counts[kept]) - ratios
        cubes, squares = (float(counts[kept] @ away**power) for power in (3, 2))
        acceleration = cubes / (6 * squares**1.5) if squares > 0 else np.nan
        bias, z = special.ndtri(share), special.ndtri(levels)
        return special.ndtr(bias + (bias + z) / (1 - acceleration * (bias + z)))


def bootstrap_cells() -> Iterator[Cell]:
    """Both kinds of bootstrap of the PGR, where the gap is hardly ever in doubt."""
    for kind in ("BCa", "percentile"):
        for name, p, n in BOOTSTRAP:
            low, high = _exact_bootstrap(n, kind).T
            truth = (p[0] + p[1]) / (p[0] + p[2])
            holds = (low <= truth) & (truth <= high)
            method = f"Bootstrap of the PGR, {kind}"
            yield _cell(method, name, p, n, _bootstrap(kind), holds, True)
