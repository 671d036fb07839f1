"""Cells of the coverage table: true rates, draws, our interval and an independent one.

For each, the exact coverage by enumeration of all outcomes.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy import stats

from smallprint.stats.comparisons import newcombe_interval
from smallprint.stats.coverage_reference import (
    LEVEL,
    REFERENCES,
    Z,
    reference_lang_reiczigel,
    reference_newcombe,
    reference_tango_holds,
)
from smallprint.stats.intervals import INTERVALS, Interval
from smallprint.stats.judge_error import rogan_gladen_interval, rogan_gladen_known_interval
from smallprint.stats.marginal_shift import paired_interval
from smallprint.stats.missing import missing_bounds
from smallprint.stats.ratios import FiellerSet

RATES = (0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 0.96)
SIZES = (10, 20, 50, 100, 200)
PAIRS = ((0.05, 0.05), (0.12, 0.01), (0.5, 0.5), (0.8, 0.6), (0.96, 0.37))
PAIR_SIZES = (10, 20, 50)
JUDGES = ((0.1, 0.9, 0.95), (0.37, 0.9, 0.95), (0.5, 0.8, 0.8), (0.96, 0.9, 0.95))
JUDGE_SIZE, CALIBRATION_SIZE = 100, 50
PAIRED = ((0.2, 0.2, 25), (0.4, 0.1, 25), (0.05, 0.0, 25), (0.3, 0.15, 80))
MISSING = ((0.3, 0.1, 0.1), (0.3, 0.4, 0.0), (0.3, 0.0, 0.4), (0.95, 0.2, 0.2))
MISSING_SIZE = 60
KNOWN_JUDGES = ((0.1, 0.9, 0.95), (0.37, 0.9, 0.95), (0.96, 0.8, 0.8))


class Cell(NamedTuple):
    """One cell: where, how to draw outcomes, and the two implementations.

    ``interval`` is ours, None where no number is given; ``holds`` says of an
    outcome whether the second implementation's interval holds the truth, and
    ``independent`` is the exact probability that it does. ``resampled`` says
    that ours rests on random numbers, and so can differ on a single draw.
    """

    method: str
    p: str
    n: int
    truth: float
    draw: Callable[[np.random.Generator, int], np.ndarray]
    interval: Callable[..., Interval | FiellerSet | None]
    holds: Callable[[tuple[int, ...]], bool]
    independent: float
    resampled: bool = False


# One proportion, two, and a judge between -------------------------------------


def proportion_cells() -> Iterator[Cell]:
    """The three intervals of one proportion."""
    for method, function in INTERVALS.items():
        for n in SIZES:
            k = np.arange(n + 1)
            low, high = np.array([REFERENCES[method](int(one), n) for one in k]).T
            for p in RATES:
                holds = (low <= p) & (p <= high)
                yield Cell(
                    method,
                    f"{p:g}",
                    n,
                    p,
                    lambda rng, draws, n=n, p=p: rng.binomial(n, p, (draws, 1)),
                    lambda k, f=function, n=n: f(k, n, LEVEL),
                    holds.__getitem__,
                    float(stats.binom.pmf(k, n, p) @ holds),
                )


def newcombe_cells() -> Iterator[Cell]:
    """The difference of two proportions."""
    for n in PAIR_SIZES:
        k1, k2 = np.indices((n + 1, n + 1))
        low, high = reference_newcombe(k1, k2, n)
        for p1, p2 in PAIRS:
            pmf = stats.binom.pmf(k1, n, p1) * stats.binom.pmf(k2, n, p2)
            holds = (low <= p1 - p2) & (p1 - p2 <= high)
            yield Cell(
                "Newcombe",
                f"{p1:g}, {p2:g}",
                n,
                p1 - p2,
                lambda rng, draws, n=n, p=(p1, p2): rng.binomial(n, p, (draws, 2)),
                lambda k1, k2, n=n: newcombe_interval(k1, n, k2, n, LEVEL),
                holds.__getitem__,
                float(pmf[holds].sum()),
            )


def judge_cells() -> Iterator[Cell]:
    """The corrected rate where the judge was calibrated on labelled samples."""
    n, m = JUDGE_SIZE, CALIBRATION_SIZE
    k, true_calls, false_calls = np.indices((n + 1, m + 1, m + 1))
    # A calibration without s > f is impossible in practice here; its weight is below 1e-10.
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = reference_lang_reiczigel(k, true_calls, false_calls, n, m)
    for p, sensitivity, specificity in JUDGES:
        reported = p * sensitivity + (1 - p) * (1 - specificity)
        rates = (reported, sensitivity, 1 - specificity)
        pmf = np.prod(
            [
                stats.binom.pmf(count, size, rate)
                for count, size, rate in zip(
                    (k, true_calls, false_calls), (n, m, m), rates, strict=True
                )
            ],
            axis=0,
        )
        holds = (low <= p) & (p <= high)
        yield Cell(
            "Lang-Reiczigel",
            f"{p:g} (Se {sensitivity:g}, Sp {specificity:g}, of {m} each)",
            n,
            p,
            lambda rng, draws, rates=rates: rng.binomial((n, m, m), rates, (draws, 3)),
            lambda k, true, false: rogan_gladen_interval(k, n, true, m, m - false, m, LEVEL),
            holds.__getitem__,
            float(pmf[holds].sum()),
        )


# Pairs, missing samples and a judge whose errors are known --------------------


def _three_way(p: tuple[float, float], n: int, holds: np.ndarray) -> float:
    """Probability of the outcomes that hold, of two counts of n with rates p."""
    x, y = np.indices((n + 1, n + 1))
    kept = holds & (x + y <= n)
    counts = np.stack([x[kept], y[kept], n - x[kept] - y[kept]], axis=1)
    return float(stats.multinomial.pmf(counts, n, [*p, max(0.0, 1 - sum(p))]).sum())


def paired_cells() -> Iterator[Cell]:
    """Tango's interval of joint minus mirror rate."""
    for joint, mirror, n in PAIRED:
        holds = reference_tango_holds(n, joint - mirror)
        yield Cell(
            "Tango",
            f"{joint:g}, {mirror:g}",
            n,
            joint - mirror,
            lambda rng, draws, n=n, p=(joint, mirror): rng.multinomial(n, [*p, 1 - sum(p)], draws)[
                :, :2
            ],
            lambda k, mirror_k, n=n: paired_interval(k, mirror_k, n, LEVEL),
            holds.__getitem__,
            _three_way((joint, mirror), n, holds),
        )


def missing_cells() -> Iterator[Cell]:
    """Wilson's limits of the two readings, where positives and others go missing apart."""
    n, limits = MISSING_SIZE, np.array([REFERENCES["Wilson"](k, MISSING_SIZE) for k in range(61)])
    known, missing = np.indices((n + 1, n + 1))
    for p, of_positives, of_others in MISSING:
        rates = (p * (1 - of_positives), p * of_positives + (1 - p) * of_others)
        holds = (limits[known, 0] <= p) & (p <= limits[np.minimum(known + missing, n), 1])
        yield Cell(
            "Wilson, missing bounds",
            f"{p:g} (missing: {of_positives:.0%} of positives, {of_others:.0%} of others)",
            n,
            p,
            lambda rng, draws, rates=rates: rng.multinomial(n, [*rates, 1 - sum(rates)], draws)[
                :, :2
            ],
            lambda k, lost: missing_bounds(k, n - lost, lost, LEVEL).interval,
            holds.__getitem__,
            _three_way(rates, n, holds),
        )


def known_judge_cells() -> Iterator[Cell]:
    """The corrected rate where sensitivity and specificity are known."""
    n, k = JUDGE_SIZE, np.arange(JUDGE_SIZE + 1)
    for p, sensitivity, specificity in KNOWN_JUDGES:
        reported = p * sensitivity + (1 - p) * (1 - specificity)
        # Holding the truth is holding the reported rate that it implies.
        holds = np.abs(k / n - reported) <= Z * np.sqrt(reported * (1 - reported) / n)
        yield Cell(
            "Rogan-Gladen, errors known",
            f"{p:g} (Se {sensitivity:g}, Sp {specificity:g})",
            n,
            p,
            lambda rng, draws, reported=reported: rng.binomial(n, reported, (draws, 1)),
            lambda k, s=sensitivity, t=specificity: rogan_gladen_known_interval(k, n, s, t, LEVEL),
            holds.__getitem__,
            float(stats.binom.pmf(k, n, reported) @ holds),
        )
