"""Simulated coverage of every interval method beside an independent computation.

Simulated: seeded draws, and our function's interval for each. Independent: the
exact probability, by enumerating all outcomes, that a second implementation's
interval holds the truth. The second implementations below exist for this
check only; they share no code with the functions they check.
"""

from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from math import factorial, inf, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from smallprint.stats.clusters import clustered_interval, single_prompt_interval
from smallprint.stats.comparisons import newcombe_interval
from smallprint.stats.intervals import INTERVALS, Interval
from smallprint.stats.judge_error import rogan_gladen_interval

LEVEL = 0.95
Z = float(stats.norm.isf((1 - LEVEL) / 2))

RATES = (0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 0.96)
SIZES = (10, 20, 50, 100, 200)
PAIRS = ((0.05, 0.05), (0.12, 0.01), (0.5, 0.5), (0.8, 0.6), (0.96, 0.37))
PAIR_SIZES = (10, 20, 50)
JUDGES = ((0.1, 0.9, 0.95), (0.37, 0.9, 0.95), (0.5, 0.8, 0.8), (0.96, 0.9, 0.95))
JUDGE_SIZE, CALIBRATION_SIZE = 100, 50
PROMPTS = ((0.1, 0.05), (0.1, 0.12), (0.5, 0.05), (0.5, 0.12), (0.8, 0.12), (0.96, 0.05))
PROMPT_SIZE = 100
CLUSTERED = ((0.1, 0.05), (0.1, 0.3), (0.5, 0.05), (0.5, 0.3), (0.8, 0.05), (0.8, 0.3))
CLUSTERS, CLUSTER_SIZE = 5, 10


class Cell(NamedTuple):
    """One cell of the table: where, how to draw, our interval, the exact coverage."""

    method: str
    p: str
    n: int
    truth: float
    draw: Callable[[np.random.Generator, int], np.ndarray]
    interval: Callable[..., Interval]
    independent: float


# Second implementations, for checking only -----------------------------------


def _reference_wilson(k: int, n: int) -> tuple[float, float]:
    return stats.binomtest(k, n).proportion_ci(LEVEL, method="wilson")


def _reference_clopper_pearson(k: int, n: int) -> tuple[float, float]:
    return stats.binomtest(k, n).proportion_ci(LEVEL, method="exact")


def _reference_jeffreys(k: int, n: int) -> tuple[float, float]:
    def quantile(probability: float) -> float:
        return optimize.brentq(
            lambda x: special.betainc(k + 0.5, n - k + 0.5, x) - probability, 0, 1, xtol=1e-14
        )

    tail = (1 - LEVEL) / 2
    return (0.0 if k == 0 else quantile(tail)), (1.0 if k == n else quantile(1 - tail))


REFERENCES = {
    "Wilson": _reference_wilson,
    "Clopper-Pearson": _reference_clopper_pearson,
    "Jeffreys": _reference_jeffreys,
}


def _reference_newcombe(k1: np.ndarray, k2: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Newcombe (1998), method 10, written out for two samples of size n."""
    limits = []
    for k in (k1, k2):
        root = Z * np.sqrt(Z**2 + 4 * k * (1 - k / n))
        limits.append(
            [(2 * k + Z**2 - root) / (2 * (n + Z**2)), (2 * k + Z**2 + root) / (2 * (n + Z**2))]
        )
    (l1, u1), (l2, u2) = limits
    p1, p2 = k1 / n, k2 / n
    return p1 - p2 - np.hypot(p1 - l1, u2 - p2), p1 - p2 + np.hypot(u1 - p1, p2 - l2)


def _reference_lang_reiczigel(
    k: np.ndarray, true_calls: np.ndarray, false_calls: np.ndarray, n: int, m: int
) -> tuple[np.ndarray, np.ndarray]:
    """Lang and Reiczigel (2014) in terms of the false positive rate f = 1 - Sp.

    The rate solves ``a = r s + (1 - r) f`` with the adjusted reported rate a;
    ``true_calls`` and ``false_calls`` are positive calls among m known
    positives and m known negatives.
    """
    a = (k + Z**2 / 2) / (n + Z**2)
    s, f = (true_calls + 1) / (m + 2), (false_calls + 1) / (m + 2)
    r = (a - f) / (s - f)
    var_a, var_s, var_f = a * (1 - a) / (n + Z**2), s * (1 - s) / (m + 2), f * (1 - f) / (m + 2)
    half = Z * np.sqrt(var_a + (r * r) * var_s + (1 - r) ** 2 * var_f) / (s - f)
    middle = r + 2 * Z**2 * (r * var_s - (1 - r) * var_f)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def _reference_cluster_means(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """t-interval of equally large clusters' means; Wilson of C samples if all agree."""
    rates = counts / CLUSTER_SIZE
    mean = rates.mean(axis=1)
    half = stats.t.isf((1 - LEVEL) / 2, CLUSTERS - 1) * stats.sem(rates, axis=1)
    low, high = np.maximum(mean - half, 0), np.minimum(mean + half, 1)
    agree = (counts == counts[:, :1]).all(axis=1)
    for row in np.flatnonzero(agree):
        p = np.poly1d([1 + Z**2 / CLUSTERS, -2 * mean[row] - Z**2 / CLUSTERS, mean[row] ** 2])
        low[row], high[row] = np.sort(p.roots.real)
    return low, high


# Cells: for each, the exact coverage by enumeration of all outcomes ----------


def _beta_shapes(p: float, variance: float) -> tuple[float, float]:
    total = p * (1 - p) / variance - 1
    return p * total, (1 - p) * total


def _proportion_cells() -> Iterator[Cell]:
    for method, function in INTERVALS.items():
        for n in SIZES:
            k = np.arange(n + 1)
            low, high = np.array([REFERENCES[method](int(one), n) for one in k]).T
            for p in RATES:
                yield Cell(
                    method,
                    f"{p:g}",
                    n,
                    p,
                    lambda rng, draws, n=n, p=p: rng.binomial(n, p, (draws, 1)),
                    lambda k, f=function, n=n: f(k, n, LEVEL),
                    float(stats.binom.pmf(k, n, p) @ ((low <= p) & (p <= high))),
                )


def _newcombe_cells() -> Iterator[Cell]:
    for n in PAIR_SIZES:
        k1, k2 = np.indices((n + 1, n + 1))
        low, high = _reference_newcombe(k1, k2, n)
        for p1, p2 in PAIRS:
            pmf = stats.binom.pmf(k1, n, p1) * stats.binom.pmf(k2, n, p2)
            yield Cell(
                "Newcombe",
                f"{p1:g}, {p2:g}",
                n,
                p1 - p2,
                lambda rng, draws, n=n, p=(p1, p2): rng.binomial(n, p, (draws, 2)),
                lambda k1, k2, n=n: newcombe_interval(k1, n, k2, n, LEVEL),
                float(pmf[(low <= p1 - p2) & (p1 - p2 <= high)].sum()),
            )


def _judge_cells() -> Iterator[Cell]:
    n, m = JUDGE_SIZE, CALIBRATION_SIZE
    k, true_calls, false_calls = np.indices((n + 1, m + 1, m + 1))
    # A calibration without s > f is impossible in practice here; its weight is below 1e-10.
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _reference_lang_reiczigel(k, true_calls, false_calls, n, m)
    for p, sensitivity, specificity in JUDGES:
        reported = p * sensitivity + (1 - p) * (1 - specificity)
        rates = (reported, sensitivity, specificity)
        pmf = np.multiply.outer(
            stats.binom.pmf(np.arange(n + 1), n, reported),
            np.multiply.outer(
                stats.binom.pmf(np.arange(m + 1), m, sensitivity),
                stats.binom.pmf(np.arange(m + 1), m, 1 - specificity),
            ),
        )
        yield Cell(
            "Lang-Reiczigel",
            f"{p:g} (Se {sensitivity:g}, Sp {specificity:g}, of {m} each)",
            n,
            p,
            lambda rng, draws, rates=rates: rng.binomial((n, m, m), rates, (draws, 3)),
            lambda k, se, sp: rogan_gladen_interval(k, n, se, m, sp, m, LEVEL),
            float(pmf[(low <= p) & (p <= high)].sum()),
        )


def _single_prompt_cells() -> Iterator[Cell]:
    n, k = PROMPT_SIZE, np.arange(PROMPT_SIZE + 1)
    for p, sd in PROMPTS:
        a, b = _beta_shapes(p, sd**2)
        # The test itself, not its inversion: no quadratic is solved here.
        error = np.sqrt((p * (1 - p) + (n - 1) * sd**2) / n)
        yield Cell(
            "Single prompt",
            f"{p:g} (SD between prompts {sd:g})",
            n,
            p,
            lambda rng, draws, a=a, b=b: rng.binomial(n, rng.beta(a, b, (draws, 1))),
            lambda k, sd=sd: single_prompt_interval(k, n, sd, LEVEL),
            float(stats.betabinom.pmf(k, n, a, b) @ (np.abs(k / n - p) <= Z * error)),
        )


def _from_counts(*counts: int) -> Interval:
    y = [1.0] * 0
    for k in counts:
        y += [1.0] * k + [0.0] * (CLUSTER_SIZE - k)
    labels = np.repeat(np.arange(CLUSTERS), CLUSTER_SIZE).tolist()
    return clustered_interval(y, labels, LEVEL).interval


def _clustered_cells() -> Iterator[Cell]:
    size = CLUSTER_SIZE
    counts = np.array(list(combinations_with_replacement(range(size + 1), CLUSTERS)))
    repeats = np.array([np.bincount(row) for row in counts], dtype=object)
    orders = [factorial(CLUSTERS) / np.prod(special.factorial(row)) for row in repeats]
    low, high = _reference_cluster_means(counts)
    for p, icc in CLUSTERED:
        a, b = _beta_shapes(p, icc * p * (1 - p))
        pmf = np.prod(stats.betabinom.pmf(np.arange(size + 1), size, a, b)[counts], axis=1)
        yield Cell(
            "Clustered t",
            f"{p:g} ({CLUSTERS} clusters of {size}, ICC {icc:g})",
            CLUSTERS * size,
            p,
            lambda rng, draws, a=a, b=b: np.sort(
                rng.binomial(size, rng.beta(a, b, (draws, CLUSTERS))), axis=1
            ),
            _from_counts,
            float((pmf * orders)[(low <= p) & (p <= high)].sum()),
        )


def _simulate(cell: Cell, rng: np.random.Generator, draws: int) -> float:
    outcomes, counts = np.unique(cell.draw(rng, draws), axis=0, return_counts=True)
    intervals = [cell.interval(*row)[:2] for row in outcomes.tolist()]
    covers = [low <= cell.truth <= high for low, high in intervals]
    return float(counts @ covers) / draws


def _in_standard_errors(simulated: float, independent: float, draws: int) -> float:
    independent = min(1.0, independent)
    error = sqrt(independent * (1 - independent) / draws)
    difference = simulated - independent
    if error == 0:
        return 0.0 if abs(difference) < 1e-12 else inf
    return difference / error


def coverage_table(seed: int = 20260620, draws: int = 20000) -> pd.DataFrame:
    """Compare the coverage of each interval method with an independent computation.

    Parameters
    ----------
    seed : int
        Seeds one generator for all cells, in the order of the rows.
    draws : int
        Simulated data sets a cell.

    Returns
    -------
    DataFrame
        One row a cell: ``method``, ``p`` (the true rates and what else the cell
        fixes, as text), ``n``, ``nominal``, ``simulated`` coverage of our
        function, ``independent`` exact coverage of a second implementation,
        ``difference_in_se`` in standard errors of the simulation.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for cells in (
        _proportion_cells,
        _newcombe_cells,
        _judge_cells,
        _single_prompt_cells,
        _clustered_cells,
    ):
        for cell in cells():
            simulated = _simulate(cell, rng, draws)
            difference = _in_standard_errors(simulated, cell.independent, draws)
            rows.append(
                (cell.method, cell.p, cell.n, LEVEL, simulated, cell.independent, difference)
            )
    columns = ["method", "p", "n", "nominal", "simulated", "independent", "difference_in_se"]
    return pd.DataFrame(rows, columns=columns)


def coverage_markdown(table: pd.DataFrame) -> str:
    """Render `coverage_table` as a Markdown table, one row a method."""
    lines = [
        "| Method | Cells | Largest difference (SE) | Cells beyond 3 SE "
        "| Lowest coverage | Highest coverage |",
        "|:--|--:|--:|--:|--:|--:|",
    ]
    for method, cells in table.groupby("method", sort=False):
        worst = cells["difference_in_se"].abs()
        exact = 100 * cells["independent"]
        lines.append(
            f"| {method} | {len(cells)} | {worst.max():.2f} | {(worst > 3).sum()} "
            f"| {exact.min():.1f}% | {exact.max():.1f}% |"
        )
    return "\n".join(lines)
